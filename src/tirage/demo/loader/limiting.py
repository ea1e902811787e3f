"""Volume limits of three states, taken over from those that come with the program, and who is nearest to one."""

from __future__ import annotations

from datetime import datetime

from tirage.checkout.volumes import Parcel, judge_parcels, parts_of
from tirage.core.actors import Actor
from tirage.customers.models import Address, Customer
from tirage.customers.operations import set_tags
from tirage.customers.states import CustomerStatus
from tirage.delivery.limits.operations import take_over
from tirage.delivery.limits.starting import starting_limits

STATES = ("MN", "OR", "TX")
TAG = "Near a volume limit"
_BOTTLE = 750


def limit_states(actor: Actor, now: datetime) -> None:
    """Who has the least left of what may go home, and something all the same, is tagged."""
    take_over(rows=[one for one in starting_limits() if one.state in STATES], actor=actor, now=now)
    homes = list(
        Address.objects.filter(
            country="US",
            state__in=STATES,
            is_default=True,
            removed_at__isnull=True,
            customer__status=CustomerStatus.ACTIVE.value,
            customer__orders_count__gt=0,
        ).order_by("customer__email")
    )
    verdicts = judge_parcels([Parcel(home.customer_id, _BOTTLE, parts_of(home), now) for home in homes])
    near = [
        (verdict.tightest.left, home.customer_id)
        for home, verdict in zip(homes, verdicts, strict=True)
        if verdict.tightest and verdict.tightest.had and not verdict.is_beyond
    ]
    if near:
        customer = Customer.objects.get(pk=min(near, key=lambda one: one[0])[1])
        names = [*customer.tags.values_list("name", flat=True), TAG]
        set_tags(customer=customer, names=names, actor=actor, now=now)
