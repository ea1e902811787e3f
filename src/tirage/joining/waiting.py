"""The line: into it, invited out of it, into a group. Places keep their time of arrival whatever happens to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.reactions import react
from tirage.core.texts import fitting
from tirage.customers.models import Customer, Group, Membership
from tirage.customers.operations import add_to_group
from tirage.customers.states import GroupKind
from tirage.joining.models import WaitingPlace
from tirage.joining.states import LIVE, PLACE_STEPS, PlaceState

_LIVE = [state.value for state in LIVE]
#: Days that an invitation may stand.
LEAST_DAYS, MOST_DAYS = 1, 90


def put_in_line(
    *,
    customer: Customer,
    since: datetime | None = None,
    source: str = "",
    note: str = "",
    actor: Actor,
    now: datetime,
) -> WaitingPlace:
    """Gives the customer a place in line, at its end or as of ``since``. One who has a live place keeps it.

    Raises DomainError ``in_a_group`` for a member of an allocation group, ``future``. Records ``waiting.joined_line``.
    """
    if since is not None and since > now:
        raise DomainError(
            "future", "Nobody waits since a day to come.", {"since": "Choose a day of the past."}
        )
    if _allocation_of(customer):
        raise DomainError("in_a_group", f"{customer.name} has an allocation already, and waits for none.")
    try:
        with transaction.atomic():
            place = WaitingPlace.objects.create(
                customer=customer,
                since=since or now,
                changed_at=now,
                source=fitting(source, 60, "source"),
                note=fitting(note, 300, "note"),
            )
            _record(EventName.WAITING_BEGAN, place, "took a place in line", "put {} in line", actor, now)
    except IntegrityError:
        return WaitingPlace.objects.get(customer=customer, state__in=_LIVE)
    return place


def invite_from_line(
    *, place_reference: str, group_reference: str, days: int, actor: Actor, now: datetime
) -> WaitingPlace:
    """Offers somebody in line a place in a group for so many days; they are mailed and say yes themselves.

    Locks the place. Records ``waiting.invited``, reacts with it. Raises DomainError ``not_found``, ``days_invalid``,
    ``suspended``, ``in_a_group``, Conflict ``not_waiting``.
    """
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise DomainError(
            "days_invalid", f"Between {LEAST_DAYS} and {MOST_DAYS} days.", {"days": "Other days."}
        )
    with transaction.atomic():
        group = _group(group_reference)
        place = _locked(place_reference)
        if place.state != PlaceState.WAITING:
            raise Conflict("not_waiting", _stands(place))
        if not place.customer.is_active:
            raise DomainError("suspended", f"{place.customer.name} is suspended.")
        if _allocation_of(place.customer):
            raise DomainError("in_a_group", f"{place.customer.name} has an allocation already.")
        place.group, place.invited_at, place.expires_at = group, now, now + timedelta(days=days)
        _step(place, PlaceState.INVITED, now)
        _record(
            EventName.WAITING_INVITED,
            place,
            f"invited {{}} into {group.name}",
            "",
            actor,
            now,
            {"days": days},
        )
        react("waiting.invited", place_id=place.pk, customer_id=place.customer_id, now=now)
    return place


def invite_one_of_many(
    *, key: str, since: datetime, group: str, days: int, actor: Actor, now: datetime
) -> None:
    """One row of a bulk run (``core.bulk``); who was invited after ``since`` is done."""
    try:
        invite_from_line(place_reference=key, group_reference=group, days=days, actor=actor, now=now)
    except Conflict:
        done = WaitingPlace.objects.filter(reference=key, invited_at__gte=since)
        if not done.exists():
            raise


def accept_invitation(*, customer: Customer, actor: Actor, now: datetime) -> Group:
    """The customer says yes: into the group. Said twice it answers alike.

    Locks place and customer. Records ``waiting.ended`` and the group's own. Raises DomainError ``no_invitation`` when
    there is none, or its days are over.
    """
    with transaction.atomic():
        place = lock_row(WaitingPlace.objects.filter(customer=customer, state=PlaceState.INVITED.value))
        if place is None:
            return _group_or_refuse(customer)
        if place.expires_at is None or place.expires_at <= now or place.group is None:
            raise _no_invitation()
        _join(place, place.group, "accepted the invitation into {group}", actor, now)
        return place.group


def promote(*, place_reference: str, group_reference: str, actor: Actor, now: datetime) -> WaitingPlace:
    """Puts somebody of the line into a group at once, without an invitation; also from outside the line, later.

    Locks place and customer. Records ``waiting.ended`` and the group's own. Raises DomainError ``not_found``,
    ``in_a_group``, Conflict ``not_waiting`` for who is in a group by it already.
    """
    with transaction.atomic():
        group, place = _group(group_reference), _locked(place_reference)
        if place.state == PlaceState.JOINED:
            raise Conflict("not_waiting", _stands(place))
        if _allocation_of(place.customer):
            raise DomainError("in_a_group", f"{place.customer.name} has an allocation already.")
        _join(place, group, "took {name} from the line into {group}", actor, now)
    return place


def _join(place: WaitingPlace, group: Group, words: str, actor: Actor, now: datetime) -> None:
    place.group = group
    _step(place, PlaceState.JOINED, now)
    said = words.format(group=group.name, name="{}")
    _record(EventName.WAITING_ENDED, place, said, said, actor, now)
    why = "invited from the waiting list"
    add_to_group(customer=place.customer, group=group, why=why, actor=actor, now=now)


def leave_line(*, customer: Customer, actor: Actor, now: datetime) -> WaitingPlace | None:
    """The customer takes their name off the line, or says no to an invitation; None when there was no place.

    Locks the place. Records ``waiting.ended``.
    """
    with transaction.atomic():
        place = lock_row(WaitingPlace.objects.filter(customer=customer, state__in=_LIVE))
        if place is None:
            return None
        was_invited = place.state == PlaceState.INVITED
        _step(place, PlaceState.LEFT, now)
        words = "said no to the invitation" if was_invited else "left the line"
        _record(EventName.WAITING_ENDED, place, words, f"noted that {{}} {words}", actor, now)
    return place


def decline_place(
    *, place_reference: str, reason: str, mail: bool, actor: Actor, now: datetime
) -> WaitingPlace:
    """Takes somebody off the line; with ``mail`` they are written to, with the reason if there is one.

    Locks the place. Records ``waiting.ended``, reacts with ``waiting.declined``. Raises DomainError ``not_found``,
    Conflict ``not_waiting``.
    """
    with transaction.atomic():
        place = _locked(place_reference)
        if place.state not in _LIVE:
            raise Conflict("not_waiting", _stands(place))
        place.reason = fitting(reason.strip(), 300, "reason")
        _step(place, PlaceState.DECLINED, now)
        _record(EventName.WAITING_ENDED, place, "took {} off the line", "took {} off the line", actor, now)
        if mail:
            react("waiting.declined", place_id=place.pk, customer_id=place.customer_id, now=now)
    return place


def decline_one_of_many(
    *, key: str, since: datetime, reason: str, mail: bool, actor: Actor, now: datetime
) -> None:
    """One row of a bulk run (``core.bulk``); who was declined after ``since`` is done."""
    try:
        decline_place(place_reference=key, reason=reason, mail=mail, actor=actor, now=now)
    except Conflict:
        declined = WaitingPlace.objects.filter(
            reference=key, state=PlaceState.DECLINED.value, changed_at__gte=since
        )
        if not declined.exists():
            raise


def put_back(*, place_reference: str, actor: Actor, now: datetime) -> WaitingPlace:
    """Puts somebody back where they stood in line: an invitation is taken back, a decline or a leaving undone.

    Locks the place. Records ``waiting.began``. Raises DomainError ``not_found``, ``in_a_group``, Conflict
    ``not_waiting`` (there is a live place, or they came into a group by it).
    """
    with transaction.atomic():
        place = _locked(place_reference)
        if PlaceState.WAITING not in PLACE_STEPS[PlaceState(place.state)]:
            raise Conflict("not_waiting", _stands(place))
        if _allocation_of(place.customer):
            raise DomainError("in_a_group", f"{place.customer.name} has an allocation already.")
        if (
            WaitingPlace.objects.filter(customer=place.customer, state__in=_LIVE)
            .exclude(pk=place.pk)
            .exists()
        ):
            raise Conflict("not_waiting", f"{place.customer.name} has another place in line.")
        place.group, place.expires_at, place.reason = None, None, ""
        _step(place, PlaceState.WAITING, now)
        _record(EventName.WAITING_BEGAN, place, "put {} back in line", "put {} back in line", actor, now)
    return place


def tidy_line(*, now: datetime) -> int:
    """Ends invitations whose days are over, and the places of people who came into a group by another way; how many.

    Run by the schedule; nothing is decided by it: an invitation past its day lets nobody in.
    """
    over = WaitingPlace.objects.filter(state=PlaceState.INVITED.value, expires_at__lte=now)
    members = Membership.objects.filter(kind=GroupKind.ALLOCATION.value).values("customer")
    inside = WaitingPlace.objects.filter(state__in=_LIVE, customer__in=members)
    ended = 0
    for pk, state in [
        *((pk, PlaceState.JOINED) for pk in inside.values_list("pk", flat=True)),
        *((pk, PlaceState.EXPIRED) for pk in over.values_list("pk", flat=True)),
    ]:
        ended += _end(pk, state, now)
    return ended


def _end(pk: int, to: PlaceState, now: datetime) -> bool:
    with transaction.atomic():
        place = lock_row(WaitingPlace.objects.filter(pk=pk, state__in=_LIVE))
        if place is None or (to is PlaceState.EXPIRED and not (place.expires_at and place.expires_at <= now)):
            return False
        if to is PlaceState.JOINED and (membership := _allocation_of(place.customer)):
            place.group = membership.group
        _step(place, to, now)
        words = {
            PlaceState.JOINED: "ended the place in line of {}, who has an allocation",
            PlaceState.EXPIRED: "ended the invitation of {}, which nobody answered",
        }[to]
        _record(EventName.WAITING_ENDED, place, words, words, system(), now)
    return True


def _step(place: WaitingPlace, to: PlaceState, now: datetime) -> None:
    place.state, place.changed_at = to.value, now
    place.save(
        update_fields=["state", "changed_at", "group", "invited_at", "expires_at", "reason"],
    )


def _locked(reference: str) -> WaitingPlace:
    place = lock_row(WaitingPlace.objects.filter(reference=reference))
    if place is None:
        raise DomainError("not_found", "There is no such place in line.")
    return place


def _group(reference: str) -> Group:
    group = Group.objects.filter(reference=reference, kind=GroupKind.ALLOCATION.value).first()
    if group is None:
        raise DomainError("not_found", "Choose the group.", {"group": "Choose an allocation group."})
    return group


def _group_or_refuse(customer: Customer) -> Group:
    """Who said yes a moment ago, in another window, is in."""
    last = (
        WaitingPlace.objects.select_related("group").filter(customer=customer).order_by("-changed_at").first()
    )
    if last is not None and last.state == PlaceState.JOINED and last.group is not None:
        return last.group
    raise _no_invitation()


def _no_invitation() -> DomainError:
    return DomainError(
        "no_invitation", "This invitation has ended. Write to us, and we put you back in line."
    )


def _allocation_of(customer: Customer) -> Membership | None:
    found = Membership.objects.select_related("group")
    return found.filter(customer=customer, kind=GroupKind.ALLOCATION.value).first()


_SAID = {
    PlaceState.WAITING: "waits in line",
    PlaceState.INVITED: "is invited already",
    PlaceState.JOINED: "is in a group already",
    PlaceState.EXPIRED: "let an invitation run out",
    PlaceState.DECLINED: "was declined",
    PlaceState.LEFT: "left the line",
}


def _stands(place: WaitingPlace) -> str:
    return f"{place.customer.name} {_SAID[PlaceState(place.state)]}."


def _record(
    name: EventName,
    place: WaitingPlace,
    own_words: str,
    staff_words: str,
    actor: Actor,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> None:
    """``{}`` stands for the customer's name, where somebody else did it."""
    words = own_words if actor.is_customer or not staff_words else staff_words
    record_event(
        name,
        "customer",
        place.customer_id,
        text=words.format(place.customer.name),
        data={"place": place.reference, "state": place.state, **(data or {})},
        customer_id=place.customer_id,
        actor=actor,
        now=now,
    )
