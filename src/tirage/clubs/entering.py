"""Making somebody a member: into the groups, with the standing order, noted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from tirage.clubs.models import Club, ClubMember
from tirage.clubs.states import MemberState
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.reactions import react
from tirage.customers.models import Customer, Group, Membership
from tirage.customers.operations import add_to_group, remove_from_group
from tirage.customers.states import GroupKind
from tirage.standing.agreeing import Wanted, agree, confirm_age
from tirage.standing.models import StandingOrder
from tirage.standing.states import Amount


@dataclass(frozen=True, slots=True)
class Age:
    """What was said of the member's age, where nobody had asked yet."""

    confirmed: bool = False
    birth_date: date | None = None


def enter(member: ClubMember, age: Age, actor: Actor, now: datetime) -> ClubMember:
    """Makes somebody who agreed, and paid where there is a fee, a member; ``member`` is new, or locked.

    Inside the caller's transaction. Locks standing order, customer. Records ``club.joined`` and reacts with it.
    Raises DomainError ``suspended`` and what ``agree`` raises.
    """
    customer, club = member.customer, member.club
    if not customer.is_active:
        raise DomainError("suspended", "The account is closed at the moment.")
    member.standing = _standing_of(member, age, actor, now)
    member.before = _into_groups(club, customer, actor, now)
    member.state, member.joined_at, member.changed_at = MemberState.ACTIVE.value, now, now
    member.save()
    record_member(EventName.CLUB_JOINED, member, "joined", "noted that {} joined", actor, now)
    react("club.joined", member_id=member.pk, customer_id=customer.pk, now=now)
    return member


def _standing_of(member: ClubMember, age: Age, actor: Actor, now: datetime) -> StandingOrder | None:
    club, customer = member.club, member.customer
    if not club.amount:
        confirm_age(customer, member.address, age.confirmed, age.birth_date, actor, now)
        return None
    address, card = member.address, member.card
    return agree(
        customer=customer,
        wanted=Wanted(
            Amount(club.amount),
            club.cap,
            address.reference if address else "",
            card.reference if card else "",
        ),
        version=member.standing_version,
        adult_confirmed=age.confirmed,
        birth_date=age.birth_date,
        said=member.said,
        by_club=True,
        actor=actor,
        now=now,
    )


def _into_groups(club: Club, customer: Customer, actor: Actor, now: datetime) -> Group | None:
    """Into the club's group and, if it says so, the default one; the allocation group that was left for it."""
    before = None
    if club.group.kind == GroupKind.ALLOCATION:
        before = allocation_of(customer)
        if before and before != club.group:
            remove_from_group(customer=customer, group=before, actor=actor, now=now)
        else:
            before = None
    add_to_group(customer=customer, group=club.group, actor=actor, now=now)
    default = Group.objects.filter(is_default=True).first() if club.with_default else None
    if default and (default.kind != GroupKind.ALLOCATION or allocation_of(customer) is None):
        add_to_group(customer=customer, group=default, actor=actor, now=now)
    return before


def allocation_of(customer: Customer) -> Group | None:
    """The allocation group that the customer is in."""
    found = Membership.objects.select_related("group").filter(
        customer=customer, kind=GroupKind.ALLOCATION.value
    )
    member = found.first()
    return member.group if member else None


def record_member(
    name: EventName,
    member: ClubMember,
    own: str,
    of_other: str,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> None:
    """Notes what became of a membership: ``own`` where the customer did it, ``of_other`` with the name's place."""
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
