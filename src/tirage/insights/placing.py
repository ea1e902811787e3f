"""Placing customers: from their addresses to the rows of ``Placement``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db.models import F, Q

from tirage.customers.models import Address, Customer
from tirage.delivery.states import MethodKind
from tirage.insights.models import Placement
from tirage.insights.rules.placing import AddressFacts, Place, place_customer
from tirage.orders.models import Order

_FIELDS = ("recipient", "company", "line1", "line2", "city", "state", "postal_code", "country")
_OF_ORDERS = (*_FIELDS[:5], "ship_state", *_FIELDS[6:])
_PLACED = tuple(Place.__dataclass_fields__)
#: Of somebody's last orders, so many are looked at when no address is kept.
_ORDERS_READ = 10_000
_BATCH = 500


def place_customers(ids: Collection[int], now: datetime) -> int:
    """Places these customers anew; how many rows were written. Who doesn't exist any more is left out.

    An address that is kept says more than one of an order; the default one more than others. Inside the caller's
    transaction, with the customers held (``keeping``).
    """
    people = list(Customer.objects.filter(pk__in=list(ids)).values_list("pk", "first_name", "last_name"))
    kept = _kept_addresses(ids)
    shipped, picked_up = _order_addresses([pk for pk, _, _ in people if not kept.get(pk)])
    there = {row.customer_id: row for row in Placement.objects.filter(customer__in=list(ids))}
    rows = []
    for pk, first_name, last_name in people:
        place = place_customer(
            first_name=first_name,
            last_name=last_name,
            addresses=[*kept.get(pk, ()), *shipped.get(pk, ())],
            picks_up=pk in picked_up,
        )
        row = there.get(pk)
        if row is None or _differs(row, place):
            rows.append(Placement(customer_id=pk, placed_at=now, **_columns(place)))
    Placement.objects.bulk_create(
        rows,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["customer"],
        update_fields=[*_PLACED, "placed_at"],
    )
    return len(rows)


def _differs(row: Placement, place: Place) -> bool:
    return any(getattr(row, name) != value for name, value in _columns(place).items())


def _columns(place: Place) -> dict[str, Any]:
    found = asdict(place)
    return found | {name: found[name].value for name in ("precision", "coverage", "reason")}


def _kept_addresses(ids: Collection[int]) -> dict[int, list[AddressFacts]]:
    found: dict[int, list[AddressFacts]] = defaultdict(list)
    rows = Address.objects.filter(customer__in=list(ids), removed_at__isnull=True)
    for pk, *parts in rows.order_by("-is_default", "-pk").values_list("customer_id", *_FIELDS):
        found[pk].append(AddressFacts(*parts))
    return found


def _order_addresses(ids: Collection[int]) -> tuple[dict[int, list[AddressFacts]], set[int]]:
    """Where orders of these customers went, the last first; and who of them picked orders up."""
    found: dict[int, list[AddressFacts]] = defaultdict(list)
    picked_up: set[int] = set()
    orders = Order.objects.filter(
        Q(gift_note="") | Q(method__kind=MethodKind.PICKUP.value),
        customer__in=list(ids),
        state__in=["placed", "shipped", "cancelled"],
    )
    rows = (
        orders.annotate(way=F("method__kind")).order_by("-pk").values_list("customer_id", "way", *_OF_ORDERS)
    )
    for pk, way, *parts in rows[:_ORDERS_READ]:
        if way == MethodKind.PICKUP.value:
            picked_up.add(pk)
        elif len(found[pk]) < 3:
            found[pk].append(AddressFacts(*parts))
    return found, picked_up
