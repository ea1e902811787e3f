"""Into a club, paused, gone on with, out of it; by the customer or by staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from tirage.clubs.models import Club, ClubMember
from tirage.clubs.states import LIVE, MemberState
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.texts import fitting
from tirage.customers.models import Customer, Group, Membership
from tirage.customers.operations import add_to_group, remove_from_group
from tirage.customers.states import GroupKind
from tirage.standing.agreeing import (
    Wanted,
    agree,
    confirm_age,
    end,
    own_address,
    own_card,
    pause,
    resume,
    words_for,
)
from tirage.standing.queries import live_standing
from tirage.standing.states import Amount
from tirage.standing.terms import current_terms

_LIVE = [state.value for state in LIVE]


@dataclass(frozen=True, slots=True)
class Joins:
    """Where a member's wine goes and what is charged (the first of each where empty), and what was read."""

    #: Of the club's terms and of the words of standing orders, as they were shown.
    version: int
    standing_version: int
    address_reference: str = ""
    card_reference: str = ""
    adult_confirmed: bool = False
    birth_date: date | None = None
    said: str = ""


def words_of(club: Club) -> str:
    """All that a member agrees to: the club's terms and, where it has one, the standing order's words."""
    if not club.amount:
        return club.terms
    return f"{club.terms}\n\n{words_for(Amount(club.amount), club.cap)}"


def join_club(*, club: Club, customer: Customer, joins: Joins, actor: Actor, now: datetime) -> ClubMember:
    """Makes the customer a member: in the club's group, in the default group too where the club says so, and with the
    club's standing order. A member already is returned as they are.

    Out of another allocation group, if the club's is one; leaving leads back. Locks club, standing order, customer.
    Records ``club.joined``. Raises DomainError ``club_closed``, ``suspended``, ``address_missing``, ``card_missing``,
    ``adult_missing``, ``too_young``, ``said_missing``, Conflict ``words_changed``.
    """
    said = fitting(joins.said, 200, "said")
    if not customer.is_active:
        raise DomainError("suspended", "The account is closed at the moment.")
    if not actor.is_customer and not said:
        raise DomainError(
            "said_missing", "Write how the customer agreed.", {"said": "When, and by which way?"}
        )
    try:
        with transaction.atomic():
            locked = lock_row(Club.objects.filter(pk=club.pk))
            if locked is None or (actor.is_customer and not locked.is_open):
                raise DomainError("club_closed", "Nobody can join this club at the moment.")
            if member := ClubMember.objects.filter(club=locked, customer=customer, state__in=_LIVE).first():
                return member
            if (joins.version, joins.standing_version) != (locked.version, current_terms().version):
                raise Conflict(
                    "words_changed", "The words have changed since this page was opened. Read them again."
                )
            return _join(locked, customer, joins, said, actor, now)
    except IntegrityError:
        return ClubMember.objects.get(club=club, customer=customer, state__in=_LIVE)


def _join(club: Club, customer: Customer, joins: Joins, said: str, actor: Actor, now: datetime) -> ClubMember:
    amount = Amount(club.amount) if club.amount else Amount.FULL
    wanted = Wanted(amount, club.cap, joins.address_reference, joins.card_reference)
    address, card = own_address(customer, wanted), own_card(customer, wanted)
    standing = None
    if club.amount:
        standing = agree(
            customer=customer,
            wanted=wanted,
            version=joins.standing_version,
            adult_confirmed=joins.adult_confirmed,
            birth_date=joins.birth_date,
            said=said,
            by_club=True,
            actor=actor,
            now=now,
        )
    else:
        confirm_age(customer, address, joins.adult_confirmed, joins.birth_date, actor, now)
    member = ClubMember.objects.create(
        club=club,
        customer=customer,
        address=address,
        card=card,
        standing=standing,
        before=_into_groups(club, customer, actor, now),
        joined_at=now,
        changed_at=now,
        version=club.version,
        words=words_of(club),
        said=said,
    )
    _record(EventName.CLUB_JOINED, member, "joined", "noted that {} joined", actor, now)
    return member


def _into_groups(club: Club, customer: Customer, actor: Actor, now: datetime) -> Group | None:
    """Into the club's group and, if it says so, the default one; the allocation group that was left for it."""
    before = None
    if club.group.kind == GroupKind.ALLOCATION:
        before = _allocation_of(customer)
        if before and before != club.group:
            remove_from_group(customer=customer, group=before, actor=actor, now=now)
        else:
            before = None
    add_to_group(customer=customer, group=club.group, actor=actor, now=now)
    default = Group.objects.filter(is_default=True).first() if club.with_default else None
    if default and (default.kind != GroupKind.ALLOCATION or _allocation_of(customer) is None):
        add_to_group(customer=customer, group=default, actor=actor, now=now)
    return before


def _allocation_of(customer: Customer) -> Group | None:
    found = Membership.objects.select_related("group").filter(
        customer=customer, kind=GroupKind.ALLOCATION.value
    )
    member = found.first()
    return member.group if member else None


def pause_membership(*, member: ClubMember, reason: str = "", actor: Actor, now: datetime) -> ClubMember:
    """Nothing is ordered by the club until it goes on; the member stays in its group. Records ``club.paused``.

    Locks the membership, its standing order, carts and stock. Raises DomainError ``not_member``, Conflict
    ``checkout_under_way``.
    """
    return _step(member, MemberState.PAUSED, reason, actor, now)


def resume_membership(*, member: ClubMember, actor: Actor, now: datetime) -> ClubMember:
    """Goes on with it. Records ``club.resumed``. Raises DomainError ``not_member``."""
    return _step(member, MemberState.ACTIVE, "", actor, now)


def leave_club(*, member: ClubMember, reason: str = "", actor: Actor, now: datetime) -> ClubMember:
    """Out of the club and its group, back into the one before; the club's standing order ends.

    Records ``club.left``. Locks and raises as ``pause_membership``.
    """
    return _step(member, MemberState.LEFT, reason, actor, now)


_DID = {
    MemberState.PAUSED: (EventName.CLUB_PAUSED, "paused the membership in"),
    MemberState.ACTIVE: (EventName.CLUB_RESUMED, "went on with the membership in"),
    MemberState.LEFT: (EventName.CLUB_LEFT, "left"),
}


def _step(member: ClubMember, to: MemberState, reason: str, actor: Actor, now: datetime) -> ClubMember:
    reason = fitting(reason, 200, "reason")
    with transaction.atomic():
        locked = lock_row(ClubMember.objects.filter(pk=member.pk, state__in=_LIVE))
        if locked is None:
            raise DomainError("not_member", "This membership has ended.")
        if locked.state == to:
            return locked
        _standing_too(locked, to, reason, actor, now)
        if to is MemberState.LEFT:
            locked.left_at = now
            remove_from_group(customer=locked.customer, group=locked.club.group, actor=actor, now=now)
            if locked.before and _allocation_of(locked.customer) is None:
                add_to_group(customer=locked.customer, group=locked.before, actor=actor, now=now)
        locked.state, locked.reason, locked.changed_at = to.value, reason, now
        locked.save()
        name, did = _DID[to]
        _record(name, locked, did, f"noted that {{}} {did}", actor, now, reason)
    return locked


def _standing_too(member: ClubMember, to: MemberState, reason: str, actor: Actor, now: datetime) -> None:
    """The standing order that the club brought; one that was agreed to since for itself stays as it is."""
    standing = live_standing(member.customer)
    if standing is None or standing.pk != member.standing_id:
        return
    customer = member.customer
    if to is MemberState.ACTIVE:
        resume(customer=customer, actor=actor, now=now)
    else:
        act = pause if to is MemberState.PAUSED else end
        act(customer=customer, reason=reason, actor=actor, now=now)


def _record(
    name: EventName,
    member: ClubMember,
    own: str,
    of_other: str,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> None:
    did = own if actor.is_customer else of_other.format(member.customer.name)
    why = f" ({reason})" if reason else ""
    record_event(
        name,
        "customer",
        member.customer_id,
        text=f"{did} {member.club.name}{why}",
        data={"club": member.club.reference, "member": member.reference},
        customer_id=member.customer_id,
        actor=actor,
        now=now,
    )
