"""Into a club, paused, gone on with, out of it; by the customer or by staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from tirage.clubs.entering import Age, allocation_of, enter, record_member
from tirage.clubs.fees import ask_for_fee, fee_words, record_fee, start_fee, write_fee
from tirage.clubs.models import Club, ClubMember
from tirage.clubs.states import LIVE, FeeWay, MemberState
from tirage.core.actors import Actor
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.reactions import react
from tirage.core.texts import fitting
from tirage.customers.models import Customer
from tirage.customers.operations import add_to_group, remove_from_group
from tirage.payments.operations import StartedPayment
from tirage.standing.agreeing import (
    Wanted,
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
    #: How staff have a joining fee paid; the cheque's number, or why none is charged.
    fee_way: FeeWay = FeeWay.CARD
    fee_note: str = ""


def words_of(club: Club) -> str:
    """All that a member agrees to: the club's terms, its fee and the standing order's words, where it has them."""
    ordered = words_for(Amount(club.amount), club.cap) if club.amount else ""
    return "\n\n".join(words for words in (club.terms, fee_words(club), ordered) if words)


def join_club(
    *, club: Club, customer: Customer, joins: Joins, return_url: str = "", actor: Actor, now: datetime
) -> ClubMember:
    """Makes the customer a member: in the club's group, in the default group too where the club says so, and with the
    club's standing order. A member already is returned as they are.

    A joining fee is charged to the card first, in three steps (no transaction may be open then): until the bank has
    answered the one who comes back is *paying*, and no member. Staff may have been paid otherwise, or waive it.
    Out of another allocation group, if the club's is one; leaving leads back. Locks club, standing order, order,
    customer. Records ``club.joined``. Raises DomainError ``club_closed``, ``suspended``, ``address_missing``,
    ``card_missing``, ``adult_missing``, ``too_young``, ``said_missing``, ``waiver_missing``, ``fee_declined``, Conflict
    ``words_changed``, ``fee_goes_back``.
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
            if member := _begun(locked, customer).first():
                return member
            if (joins.version, joins.standing_version) != (locked.version, current_terms().version):
                raise Conflict(
                    "words_changed", "The words have changed since this page was opened. Read them again."
                )
            member, started = _begin(locked, customer, joins, said, actor, now)
    except IntegrityError:
        return _begun(club, customer).get()
    return ask_for_fee(member, started, return_url, actor, now) if started else member


def _begun(club: Club, customer: Customer) -> QuerySet[ClubMember]:
    return ClubMember.objects.filter(
        club=club, customer=customer, state__in=[*_LIVE, MemberState.PAYING.value]
    )


def _begin(
    club: Club, customer: Customer, joins: Joins, said: str, actor: Actor, now: datetime
) -> tuple[ClubMember, StartedPayment | None]:
    """A member at once, or somebody whose fee is to be asked for."""
    amount = Amount(club.amount) if club.amount else Amount.FULL
    wanted = Wanted(amount, club.cap, joins.address_reference, joins.card_reference)
    address, card = own_address(customer, wanted), own_card(customer, wanted)
    way = FeeWay.CARD if actor.is_customer else joins.fee_way
    note = fitting(joins.fee_note, 200, "fee_note")
    if club.fee_minor and way is FeeWay.WAIVED and not note:
        words = "Write why nothing is charged."
        raise DomainError("waiver_missing", words, {"fee_note": words})
    member = ClubMember(
        club=club,
        customer=customer,
        address=address,
        card=card,
        joined_at=now,
        changed_at=now,
        version=club.version,
        standing_version=joins.standing_version,
        words=words_of(club),
        said=said,
        fee_waived=note if club.fee_minor and way is FeeWay.WAIVED else "",
    )
    age = Age(joins.adult_confirmed, joins.birth_date)
    if not club.fee_minor or way is FeeWay.WAIVED:
        return enter(member, age, actor, now), None
    member.fee = write_fee(club, customer, actor, now)
    if way is not FeeWay.CARD:
        entered = enter(member, age, actor, now)
        record_fee(member.fee, way, note, actor, now)
        return entered, None
    confirm_age(customer, address, age.confirmed, age.birth_date, actor, now)
    member.state = MemberState.PAYING.value
    member.save()
    return member, start_fee(member.fee, customer, card, actor, now)


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
            if locked.before and allocation_of(locked.customer) is None:
                add_to_group(customer=locked.customer, group=locked.before, actor=actor, now=now)
        locked.state, locked.reason, locked.changed_at = to.value, reason, now
        locked.save()
        name, did = _DID[to]
        record_member(name, locked, did, f"noted that {{}} {did}", actor, now, reason)
        react(name.value, member_id=locked.pk, customer_id=locked.customer_id, now=now)
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
