"""Memberships of clubs of a former system, with their dates and how they stood there.

A member comes into the club's group, and gets no mail and no standing order: what is charged here is agreed to here.
"""

from __future__ import annotations

from datetime import datetime

from tirage.clubs.entering import allocation_of
from tirage.clubs.models import Club, ClubMember
from tirage.clubs.states import LIVE, MemberState
from tirage.core.actors import Actor
from tirage.core.errors import Conflict, DomainError
from tirage.core.locks import lock_row
from tirage.customers.models import Customer, Membership
from tirage.customers.operations import add_to_group, remove_from_group
from tirage.customers.states import GroupKind
from tirage.moving.models import BroughtThing
from tirage.moving.states import ThingState
from tirage.moving.things import Brought

SAID = "Moved in from the former system"
_CHANGED = "This membership was changed here since it came in. Change it by hand."


class MemberWriter:
    """Implements ``things.Writer``; ``made_id`` is the membership. ``data``: club (its reference), state, joined_at,
    left_at, reason, next_shipment; behind the colon what taking back needs."""

    def write(self, thing: BroughtThing, one: Brought, actor: Actor, now: datetime) -> None:
        """Raises DomainError ``club_gone``, ``member_already``, ``second_allocation_group``, Conflict
        ``changed_since``."""
        club = Club.objects.select_related("group").filter(reference=one.data["club"]).first()
        if club is None:
            raise DomainError("club_gone", "This club no longer exists.")
        customer = thing.customer
        member = _unchanged(thing) if thing.state else None
        refuse_member(club, customer, one.data["state"], besides=member)
        member = member or ClubMember(club=club, customer=customer, version=club.version, said=SAID)
        member.words = f"Joined in the former system{_on(one.data)}. {SAID}."
        member.state, member.reason = one.data["state"], one.data["reason"]
        member.joined_at = datetime.fromisoformat(one.data["joined_at"])
        member.left_at = datetime.fromisoformat(one.data["left_at"]) if one.data["left_at"] else None
        member.changed_at = now
        member.save()
        joined = _into_group(thing, member, actor, now)
        thing.made_id, thing.state = member.pk, ThingState.IN.value
        thing.data = {**one.data, ":changed_at": now.isoformat(), ":joined": joined}

    def take_out(self, thing: BroughtThing, actor: Actor, now: datetime) -> None:
        """Raises Conflict ``changed_since``."""
        member = _unchanged(thing)
        if thing.data.get(":joined"):
            remove_from_group(
                customer=member.customer, group=member.club.group, why=SAID, actor=actor, now=now
            )
        member.delete()


def refuse_member(club: Club, customer: Customer, state: str, *, besides: ClubMember | None = None) -> None:
    """Raises DomainError ``member_already`` and ``second_allocation_group`` where somebody can't be a member."""
    if state not in {one.value for one in LIVE}:
        return
    others = ClubMember.objects.filter(club=club, customer=customer).exclude(state=MemberState.LEFT.value)
    if others.exclude(pk=besides.pk if besides else 0).exists():
        raise DomainError("member_already", f"{customer.name} is a member of {club.name} here already.")
    present = allocation_of(customer) if club.group.kind == GroupKind.ALLOCATION else None
    if present and present.pk != club.group_id:
        raise DomainError(
            "second_allocation_group",
            f"{customer.name} is in the allocation group {present.name}, and {club.name} has another. "
            "Take them out of it first.",
        )


def _on(data: dict[str, str]) -> str:
    return f" on {data['joined_at'][:10]}"


def _unchanged(thing: BroughtThing) -> ClubMember:
    found = ClubMember.objects.select_related("club__group", "customer").filter(pk=thing.made_id or 0)
    member = lock_row(ClubMember.objects.filter(pk=thing.made_id or 0)) and found.first()
    stood = thing.data.get(":changed_at")
    if member is None or member.fee_id or member.standing_id or member.changed_at.isoformat() != stood:
        raise Conflict("changed_since", _CHANGED)
    return member


def _into_group(thing: BroughtThing, member: ClubMember, actor: Actor, now: datetime) -> bool:
    """Whether they are in the club's group because of it: since they joined there; out of it once they have left."""
    group, customer = member.club.group, member.customer
    was = bool(thing.data.get(":joined"))
    if member.state == MemberState.LEFT:
        if was:
            remove_from_group(customer=customer, group=group, why=SAID, actor=actor, now=now)
        return False
    if not was and Membership.objects.filter(customer=customer, group=group).exists():
        return False
    membership = add_to_group(customer=customer, group=group, why=SAID, actor=actor, now=now)
    Membership.objects.filter(pk=membership.pk).update(since=member.joined_at)
    return True
