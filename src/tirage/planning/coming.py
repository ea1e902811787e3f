"""What past releases say of who comes and when; reads only. What they take is the forecast's."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Count, Q

from tirage.offers.audience import audiences
from tirage.offers.models import Offer
from tirage.orders.models import Order
from tirage.orders.states import BOUGHT, Channel
from tirage.planning.simulation.curve import curve_of, place_of

#: How many past offers of a group count, the latest first, and how many of their orders say when people come.
OFFERS, ORDERS = 4, 5_000
#: Before anything was sold: the share of people who come.
COMES = 0.6


@dataclass(frozen=True, slots=True)
class Coming:
    """Of a group's past offers: the share of members who ``buys``, and the ``curve`` of when they came."""

    buys: float
    curve: tuple[float, ...]


def comings(group_ids: Collection[int], now: datetime) -> dict[int, Coming]:
    """What is known of each group that has past offers; a dozen statements."""
    was_shown = Q(is_active=True) | Q(deactivated_at__isnull=False)
    past = Offer.objects.filter(was_shown, group__in=group_ids, closes_at__lte=now)
    by_group = groupby(past.order_by("group", "-closes_at", "-id"), key=lambda offer: offer.group_id)
    offers = [offer for _, found in by_group for offer in list(found)[:OFFERS]]
    if not offers:
        return {}
    made_to = audiences(offers, now)
    orders = Order.objects.filter(offer__in=offers, state__in=[state.value for state in BOUGHT])
    buyers = dict(orders.values_list("offer").annotate(people=Count("customer", distinct=True)).order_by())
    found = {}
    for group_id in {offer.group_id for offer in offers}:
        theirs = [offer for offer in offers if offer.group_id == group_id]
        members = sum(made_to[offer.pk].members for offer in theirs)
        if members:
            buys = min(sum(buyers.get(offer.pk, 0) for offer in theirs) / members, 1.0)
            found[group_id] = Coming(buys, curve_of(_places(theirs)))
    return found


def _places(offers: Collection[Offer]) -> list[float]:
    """When customers ordered, on the scale of their offer's window."""
    windows = {offer.pk: offer for offer in offers}
    placed = (
        Order.objects.filter(
            offer__in=offers, channel=Channel.OFFER.value, state__in=[state.value for state in BOUGHT]
        )
        .order_by("-placed_at")
        .values_list("offer_id", "placed_at")[:ORDERS]
    )
    found = []
    for offer_id, at in placed:
        offer = windows[offer_id]
        if at is not None and offer.opens_at <= at < offer.closes_at:
            found.append(
                place_of(_ms(at - offer.opens_at), opens=0, closes=_ms(offer.closes_at - offer.opens_at))
            )
    return found


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
