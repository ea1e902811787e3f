"""What can be foreseen of a policy while it is written: steps that will find nobody they could do something for."""

from __future__ import annotations

from datetime import datetime

from tirage.core.texts import say_names
from tirage.customers.models import Group
from tirage.offers.models import Offer, Release
from tirage.wishes.policies.writing import PolicyValues
from tirage.wishes.states import PolicyTrigger, StepKind


def warnings_of(release: Release, values: PolicyValues, now: datetime) -> list[str]:
    """Steps that allow more where no offer is open by then, in words; two statements, none without such a step."""
    raising = [(place, step) for place, step in enumerate(values.steps, 1) if step.kind is StepKind.RAISE]
    if not raising:
        return []
    closes = dict(
        Offer.objects.filter(release=release).order_by("closes_at").values_list("group_id", "closes_at")
    )
    offer = Offer.objects.filter(pk=values.offer_id).first() if values.offer_id else None
    moment = now
    if values.trigger is PolicyTrigger.CLOSING and offer:
        moment = max(offer.closes_at, now)
    elif values.trigger is PolicyTrigger.TIME and values.begins_at:
        moment = max(values.begins_at, now)
    names = dict(
        Group.objects.filter(pk__in={pk for _, step in raising for pk in step.groups}).values_list(
            "pk", "name"
        )
    )
    found = []
    for place, step in raising:
        late = [names[pk] for pk in step.groups if pk in names and (pk not in closes or closes[pk] <= moment)]
        if late:
            found.append(
                f"Step {place}: {say_names(late)} can’t buy by then, for no offer of this release is open to them any "
                "more, and more can only be allowed in an open offer. Leave them out, let their offer close later, or "
                "write “Open to groups” instead: it makes them a second offer."
            )
    return found
