"""Why orders aren't taken into a batch: asked of many at once, for its preview and again when it is frozen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from tirage.core.reactions import react
from tirage.core.winery import local_time
from tirage.delivery.laws.queries import Place, laws_of, sent_wines
from tirage.delivery.laws.rules import DatedLaw, broken_laws
from tirage.fulfilment.models import Batch, ChangeAsked
from tirage.fulfilment.states import AskState, Hindrance
from tirage.orders.models import Order, OrderLine
from tirage.orders.states import Channel, OrderState
from tirage.payments.queries import authorised_by_order

#: Orders that are looked at together.
PORTION = 500
_RANK = {hindrance: rank for rank, hindrance in enumerate(Hindrance)}


class Hindered:
    """What stands against each order, the strongest reason only. Other rooms add theirs (``orders.packing``)."""

    def __init__(self) -> None:
        self.reasons: dict[int, Hindrance] = {}

    def add(self, order_ids: Iterable[int], hindrance: Hindrance) -> None:
        for order_id in order_ids:
            known = self.reasons.get(order_id)
            if known is None or _RANK[hindrance] < _RANK[known]:
                self.reasons[order_id] = hindrance


def hindrances(batch: Batch, orders: Sequence[Order], now: datetime) -> Mapping[int, Hindrance]:
    """Why these orders can't be taken into the batch, by their id; those that can aren't in it.

    ``orders`` come with their methods; at most ``PORTION``. Some ten statements, one or two more for each state that
    they go to.
    """
    found = Hindered()
    ids = [order.pk for order in orders]
    found.add((one.pk for one in orders if one.state != OrderState.PLACED), Hindrance.NOT_PLACED)
    found.add((one.pk for one in orders if one.awaits_compliance), Hindrance.IN_COMPLIANCE)
    found.add((one.pk for one in orders if one.packed_in), Hindrance.IN_A_BATCH)
    found.add(_unpaid(orders, now), Hindrance.UNPAID)
    found.add(_against_law(orders, local_time(now).date()), Hindrance.AGAINST_LAW)
    found.add(_asked(ids), Hindrance.ASKED)
    if batch.leaves_on is not None:
        found.add(_later(orders, batch.leaves_on), Hindrance.LATER)
    react("orders.packing", order_ids=ids, waits_for_wishes=batch.waits_for_wishes, found=found)
    return found.reasons


def _unpaid(orders: Sequence[Order], now: datetime) -> list[int]:
    """Those that would be refused when they are to leave: what is owed is neither paid nor set aside."""
    owing = [order for order in orders if order.balance_minor > 0]
    aside = authorised_by_order([order.pk for order in owing], now)
    return [order.pk for order in owing if order.balance_minor > aside.get(order.pk, 0)]


def _later(orders: Sequence[Order], leaves_on: date) -> list[int]:
    return [one.pk for one in orders if one.requested_ship_on and one.requested_ship_on > leaves_on]


def _asked(order_ids: Sequence[int]) -> list[int]:
    asked = ChangeAsked.objects.filter(order_id__in=order_ids, state=AskState.OPEN.value)
    return list(asked.values_list("order_id", flat=True))


def _against_law(orders: Sequence[Order], day: date) -> list[int]:
    """What was sold before a law came doesn't leave against it: as when one order is shipped, for all of them."""
    skus = skus_of([order.pk for order in orders])
    laws: dict[Place, list[DatedLaw]] = {}
    for order in orders:
        place = (order.country, order.ship_state)
        if order.country and place not in laws:
            laws[place] = laws_of(place)
    wines = sent_wines(
        {sku for one in skus.values() for sku in one}, [law for one in laws.values() for law in one]
    )
    return [order.pk for order in orders if _is_barred(order, laws, wines, skus.get(order.pk, ()), day)]


def _is_barred(
    order: Order,
    laws: Mapping[Place, list[DatedLaw]],
    wines: Mapping[int, Any],
    sku_ids: Iterable[int],
    day: date,
) -> bool:
    own = [wines[sku_id] for sku_id in sku_ids if sku_id in wines]
    found = laws.get((order.country, order.ship_state), [])
    carrier = order.method.carrier if order.method else None
    on_site = order.channel == Channel.WINERY
    return bool(
        broken_laws(found, own, postal_code=order.postal_code, day=day, carrier=carrier, on_site=on_site)
    )


def skus_of(order_ids: Sequence[int]) -> dict[int, list[int]]:
    """The skus that each order has pieces of now; one statement."""
    pieces: dict[tuple[int, int], int] = {}
    lines = OrderLine.objects.filter(order_id__in=order_ids).order_by("order_id", "sku_id")
    for order_id, sku_id, quantity in lines.values_list("order_id", "sku_id", "quantity"):
        pieces[order_id, sku_id] = pieces.get((order_id, sku_id), 0) + quantity
    found: dict[int, list[int]] = {}
    for (order_id, sku_id), count in pieces.items():
        if count > 0:
            found.setdefault(order_id, []).append(sku_id)
    return found


def in_portions(orders: QuerySet[Order]) -> Iterable[list[Order]]:
    """The orders with their methods, ``PORTION`` at a time, by primary key; memory stays flat."""
    last = 0
    while True:
        portion = list(orders.select_related("method").filter(pk__gt=last).order_by("pk")[:PORTION])
        if not portion:
            return
        yield portion
        last = portion[-1].pk
