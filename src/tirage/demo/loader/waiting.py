"""The line: who of the waiting list stands where, whom the spring's invitations brought in, and who is invited now."""

from __future__ import annotations

from datetime import datetime, timedelta

from tirage.core.actors import Actor
from tirage.core.events import EventName
from tirage.customers.models import Group, Membership
from tirage.demo.loader.context import BATCH, Load
from tirage.demo.loader.named import NAMED
from tirage.demo.people import Tier
from tirage.joining.models import WaitingPlace
from tirage.joining.states import PlaceState

_YEAR = timedelta(days=365)
#: Of those in front: invited last week, or before and never answered.
_INVITED, _UNANSWERED = 12, 5
_SOURCES = ("Sign-up form", "Tasting room", "A friend", "Sign-up form", "Newsletter")


def wait_in_line(load: Load, groups: dict[Tier, Group], by: Actor) -> None:
    """A place for everybody of the waiting list, as long as they have waited; and of those who came from it."""
    peter = NAMED["waiting"].email
    waiting = Membership.objects.filter(group=groups[Tier.WAITING], customer__status="active")
    in_line = [
        _place(load, one, PlaceState.WAITING, one.since)
        for one in waiting.select_related("customer").order_by("since", "pk")
    ]
    behind = [place for place in in_line if place.customer.email != peter][: _INVITED + _UNANSWERED + 24]
    for place in in_line:
        if place.customer.email == peter and behind:
            place.since = place.changed_at = behind[-1].since + timedelta(minutes=7)
    front = [place for place in in_line if place.customer.email != peter][: _INVITED + _UNANSWERED]
    for number, place in enumerate(front):
        _invite(load, place, groups[Tier.FIELD], by, answered=number < _UNANSWERED)
    came = Membership.objects.filter(group=groups[Tier.FIELD], since__gt=load.now - _YEAR)
    joined = [
        _joined(load, one, groups[Tier.FIELD])
        for one in came.select_related("customer").order_by("since", "pk")
    ]
    WaitingPlace.objects.bulk_create([*in_line, *joined], batch_size=BATCH)


def _place(load: Load, member: Membership, state: PlaceState, since: datetime) -> WaitingPlace:
    reference = load.reference("WTP")
    source = _SOURCES[sum(map(ord, reference)) % len(_SOURCES)]
    return WaitingPlace(
        reference=reference,
        customer=member.customer,
        state=state.value,
        since=since,
        source=source,
        changed_at=since,
    )


def _invite(load: Load, place: WaitingPlace, group: Group, by: Actor, *, answered: bool) -> None:
    """Last week, for a fortnight; those who never answered a month before."""
    at = load.nine(-40 if answered else -6) + timedelta(hours=2)
    at = max(at, place.since)
    place.group, place.invited_at, place.expires_at = group, at, at + timedelta(days=14)
    place.state = (PlaceState.EXPIRED if answered else PlaceState.INVITED).value
    place.changed_at = place.expires_at if answered else at
    load.act(
        EventName.WAITING_INVITED,
        "customer",
        place.customer,
        f"invited {place.customer.name} into {group.name}",
        by=by,
        at=at,
        customer=place.customer,
    )


def _joined(load: Load, member: Membership, group: Group) -> WaitingPlace:
    """Waited since they signed up, said yes two days after the invitation."""
    place = _place(load, member, PlaceState.JOINED, member.customer.signed_up_at)
    place.group, place.invited_at = group, max(member.since - timedelta(days=2), place.since)
    place.expires_at, place.changed_at = place.invited_at + timedelta(days=14), member.since
    return place
