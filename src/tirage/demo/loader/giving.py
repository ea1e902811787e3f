"""Bottles that were given to some who had ordered already: a giving run that is done, and can be taken back."""

from __future__ import annotations

from datetime import datetime, timedelta

from tirage.core.actors import Actor
from tirage.core.bulk import continue_run, draft_run
from tirage.customers.models import Customer
from tirage.customers.states import CustomerStatus
from tirage.demo.loader.named import NAMED
from tirage.offers.models import OfferItem
from tirage.wishes.reallocation.giving import GIVE, free_to_give, giveable_items, start_giving

#: How many customers are given some.
PEOPLE = 3


def give_some(now: datetime, by: Actor) -> None:
    """Yesterday, of the wine of an open offer that there is most of; nothing where no offer is open."""
    at = now - timedelta(days=1)
    items = [item for item in giveable_items(now) if item.offer.opens_at <= now and item.multiple == 1]
    if not items:
        return
    item = max(items, key=lambda one: (free_to_give(one.sku_id, now), one.sku.code))
    guests = _who_ordered(item)
    if not guests:
        return
    run = draft_run(kind=GIVE, keys=[one.reference for one in guests], actor=by, now=at)
    start_giving(
        run=run,
        release=item.offer.release,
        sku=item.sku,
        pieces=2,
        tells=True,
        words="You have been with us from the first vintage. Two more are yours, if you like.",
        actor=by,
        now=at,
    )
    run.refresh_from_db()
    continue_run(run=run, limit=PEOPLE + 1, now=at)


def _who_ordered(item: OfferItem) -> list[Customer]:
    """Members who have ordered in the release, but none of those who are known by name."""
    offers = OfferItem.objects.filter(sku=item.sku, offer__release=item.offer.release, multiple=1)
    members = Customer.objects.filter(
        status=CustomerStatus.ACTIVE.value,
        memberships__group__in=offers.values("offer__group"),
        orders__release=item.offer.release,
    ).exclude(email__in=[person.email for person in NAMED.values()])
    return list(members.distinct().order_by("email")[:PEOPLE])
