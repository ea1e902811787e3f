"""What of one order's money is being collected, on its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString

from tirage.backoffice.frame.cells import state_cell
from tirage.backoffice.frame.panels import ORDER_PAGE, Look, Panel
from tirage.backoffice.payments.collecting.list import collection_url
from tirage.backoffice.payments.collecting.words import next_step, state_dot, what_for
from tirage.backoffice.payments.page import is_payable
from tirage.backoffice.payments.panels import aside_of, payments_of
from tirage.core.money import Money
from tirage.orders.models import Order
from tirage.payments.models import PayLink, Payment
from tirage.payments.queries import live_links
from tirage.payments.states import OPEN, TAKING, CollectionState
from tirage.staff.permissions import Permission

#: The latest of an order; few have more than one.
LATEST = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """Money that is or was asked for; ``href`` leads to its page, where there is one."""

    amount: Money
    what: str
    state: SafeString
    words: str
    href: str = ""


def asked_of(order: Order, payments: Sequence[Payment], now: datetime) -> list[Asked]:
    """Collections of an order, newest first, and pay links that are out without one; two statements.

    ``payments`` are all of the order's.
    """
    collections = list(order.collections.order_by("-id")[:LATEST])
    links = {link.purpose: link for link in live_links([order.pk], now)}
    attempts = {one.purpose: one for one in payments if one.state in OPEN and one.kind in TAKING}
    rows = [
        Asked(
            Money(one.amount_minor, one.currency),
            what_for(one.purpose),
            state_dot(one.state),
            str(next_step(one, links.get(one.purpose), attempts.get(one.purpose))),
            collection_url(one),
        )
        for one in collections
    ]
    covered = {one.purpose for one in collections if one.state == CollectionState.OPEN}
    return [_link(link) for link in links.values() if link.purpose not in covered] + rows


def _link(link: PayLink) -> Asked:
    state = state_cell("to_collect", "Pay link is out")
    return Asked(Money(link.amount_minor, link.currency), what_for(link.purpose), state, "")


def _read(look: Look[Order]) -> Mapping[str, Any] | None:
    order, payments = look.about, look.once(payments_of)
    asked = asked_of(order, payments, look.now)
    can_ask = is_payable(order) and order.balance_minor > look.once(aside_of)
    return {"asked": asked, "can_ask": can_ask} if asked or can_ask else None


ORDER_PAGE.declare(
    Panel(
        title="Money to collect",
        template="backoffice/payments/collecting/of_order.html",
        read=_read,
        permission=Permission.SEE_ORDERS,
        rank=10,
        aside=True,
    )
)
