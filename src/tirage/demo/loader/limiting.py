"""Volume limits and laws of some states, most of them those that come with the program; who is nearest to a limit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tirage.catalog.models import Vintage
from tirage.checkout.volumes import Parcel, judge_parcels, parts_of
from tirage.core.actors import Actor
from tirage.core.winery import local_time
from tirage.customers.models import Address, Customer
from tirage.customers.operations import set_tags
from tirage.customers.states import CustomerStatus
from tirage.delivery.laws.operations import LawValues, save_law
from tirage.delivery.laws.operations import take_over as take_over_laws
from tirage.delivery.limits.operations import take_over
from tirage.delivery.models import Destination
from tirage.delivery.starting import starting_laws, starting_limits
from tirage.delivery.states import LawKind, ReportEvery

STATES = ("MN", "OR", "TX")
#: What the demo takes over of the laws that come with the program; labels are registered by hand.
_TAKEN = (LawKind.ALCOHOL, LawKind.FORMATS, LawKind.ON_SITE, LawKind.SIGNATURE, LawKind.REPORTING)
TAG = "Near a volume limit"
_BOTTLE = 750


def rule_states(actor: Actor, now: datetime) -> None:
    """Laws as published, a permit that ends soon with the next one behind it, labels registered for a while in one
    state, and a report that is due.
    """
    today = local_time(now).date()
    known = set(Destination.objects.filter(country="US").values_list("state", flat=True))
    rows = [one for one in starting_laws() if one.kind in _TAKEN and one.state in known]
    take_over_laws(rows=rows, stood=[None] * len(rows), actor=actor, now=now)
    vintages = frozenset(Vintage.objects.values_list("pk", flat=True))
    ends = today + timedelta(days=25)
    own: dict[str, Any] = {"source": "Our own papers", "checked_on": today - timedelta(days=40)}
    for values in (
        LawValues("US", "NY", LawKind.PERMIT, ends - timedelta(days=365), ends, words="NY-DS-20417", **own),
        LawValues("US", "NY", LawKind.PERMIT, ends + timedelta(days=1), words="NY-DS-23388", **own),
        LawValues(
            "US",
            "CT",
            LawKind.LABELS,
            ends - timedelta(days=900),
            labels=vintages,
            label_ends=frozenset({(min(vintages), ends)}),
            **own,
        ),
        LawValues(
            "US",
            "OR",
            LawKind.REPORTING,
            ends - timedelta(days=365),
            words="Direct shipper’s report",
            every=ReportEvery.QUARTER.value,
            due_on=today + timedelta(days=9),
            **own,
        ),
    ):
        save_law(values=values, actor=actor, now=now)


def limit_states(actor: Actor, now: datetime) -> None:
    """Who has the least left of what may go home, and something all the same, is tagged."""
    known = set(Destination.objects.filter(country="US").values_list("state", flat=True))
    take_over(rows=[one for one in starting_limits() if one.state in known], actor=actor, now=now)
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
