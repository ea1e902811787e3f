"""What the driver asks of the shop's own database, in a process with the shop's settings.

python -m tests.concurrency.outside_facts world CUSTOMERS   makes the shop, and tells who may buy
python -m tests.concurrency.outside_facts settle            lets the reconciler end what was left open
python -m tests.concurrency.outside_facts books             tells what the books and the gateway's say
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tirage.cli.starting import start_django


def world(customers: int) -> dict[str, Any]:
    """Two wines that everybody wants, and fewer bottles than would do for all changes."""
    from tirage.bench.world import _crowd, _delivery
    from tirage.core.clock import read_clock
    from tirage.core.models import Winery

    now = read_clock()
    _delivery()
    Winery.objects.update(customers_change_orders=True)
    return {"people": _crowd("hot", 1, customers, now)}


def settle() -> dict[str, Any]:
    """As the worker would in the minutes to come; the clock is told, not waited for."""
    from tirage.changes.collecting import retry_due_collections
    from tirage.changes.operations import lapse_drafts, let_stray_authorisations_go
    from tirage.core.clock import read_clock
    from tirage.inventory.operations import sweep_lapsed_holds
    from tirage.payments.operations import reconcile_payments

    for minutes in (5, 45, 120, 180):
        now = read_clock() + timedelta(minutes=minutes)
        reconcile_payments(now=now)
        let_stray_authorisations_go(now=now)
        lapse_drafts(now=now)
        sweep_lapsed_holds(now=now)
        retry_due_collections(now=now)
    return {}


def books() -> dict[str, Any]:
    """``orders``: reference to state, paid, and what the gateway took for it less what it gave back; all in cents."""
    from django.db.models import F, Sum

    from tirage.cli.doctor import run_checks
    from tirage.core.clock import read_clock
    from tirage.integrations.test_gateway.models import TestCharge
    from tirage.inventory.models import Stock
    from tirage.orders.models import Order, OrderLine
    from tirage.payments.models import Payment

    taken: dict[str, int] = {}
    known = dict(Payment.objects.values_list("idempotency_key", "order__reference"))
    strangers = []
    for charge in TestCharge.objects.all():
        reference = known.get(charge.idempotency_key)
        if reference is None:
            strangers.append(charge.idempotency_key)
            continue
        taken[reference] = taken.get(reference, 0) + charge.captured_minor - charge.refunded_minor
    promised = dict(
        OrderLine.objects.filter(order__state__in=["pending", "placed"])
        .values_list("sku__code")
        .annotate(pieces=Sum("quantity"))
    )
    return {
        "orders": {
            order.reference: [order.state, order.paid_minor, taken.get(order.reference, 0)]
            for order in Order.objects.all()
        },
        "strangers": strangers,
        "oversold": [
            stock.sku.code
            for stock in Stock.objects.select_related("sku")
            if promised.get(stock.sku.code, 0) > stock.on_hand
        ]
        + list(Stock.objects.filter(on_hand__lt=F("sold") + F("held")).values_list("sku__code", flat=True)),
        "doctor": [
            f"{finding.check.name}: {finding.rows[:3]}"
            for finding in run_checks(read_clock() + timedelta(hours=4))
        ],
    }


if __name__ == "__main__":
    start_django()
    act, arguments = sys.argv[1], [int(word) for word in sys.argv[2:]]
    acts: dict[str, Callable[..., dict[str, Any]]] = {"world": world, "settle": settle, "books": books}
    print(json.dumps(acts[act](*arguments), default=str))
