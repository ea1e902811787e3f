"""What staff did to one membership, and the way back: state, groups and standing order as they were before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from tirage.clubs.entering import record_member
from tirage.clubs.joining import Joins, join_club, leave_club, pause_membership, resume_membership
from tirage.clubs.models import Club, ClubMember, MemberStep
from tirage.clubs.states import FeeWay, MemberAct, MemberState
from tirage.core.actors import Actor
from tirage.core.errors import Conflict
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.customers.models import Customer
from tirage.customers.operations import groups_of, keep_as_move, undo_one_person
from tirage.customers.states import MoveKind, MoveOutcome
from tirage.standing.agreeing import facts_of, put_back
from tirage.standing.models import StandingOrder
from tirage.standing.queries import live_standing
from tirage.standing.states import StandingState

_MOVES = {MemberAct.JOIN: MoveKind.ADD, MemberAct.LEAVE: MoveKind.LEAVE}


def enter_member(
    *, club: Club, customer: Customer, joins: Joins, actor: Actor, now: datetime
) -> tuple[ClubMember, MemberStep | None]:
    """Joins for a customer who told staff, as ``join_club``; with what takes it back.

    None where there was nothing to do, or where a fee was paid: that is given back on its own.
    """
    if club.fee_minor and joins.fee_way is not FeeWay.WAIVED:
        return join_club(club=club, customer=customer, joins=joins, actor=actor, now=now), None

    def joined() -> ClubMember:
        return join_club(club=club, customer=customer, joins=joins, actor=actor, now=now)

    return _kept(MemberAct.JOIN, customer, None, joined, actor, now)


def act_on_member(
    *, member: ClubMember, act: MemberAct, reason: str = "", actor: Actor, now: datetime
) -> MemberStep | None:
    """Pauses, goes on with or ends a membership, as those operations; what takes it back, None when nothing changed."""

    def done() -> ClubMember:
        if act is MemberAct.RESUME:
            return resume_membership(member=member, actor=actor, now=now)
        step = pause_membership if act is MemberAct.PAUSE else leave_club
        return step(member=member, reason=reason, actor=actor, now=now)

    return _kept(act, member.customer, member, done, actor, now)[1]


def _kept(
    act: MemberAct,
    customer: Customer,
    member: ClubMember | None,
    do: Callable[[], ClubMember],
    actor: Actor,
    now: datetime,
) -> tuple[ClubMember, MemberStep | None]:
    with transaction.atomic():
        if member is not None:
            member = lock_row(ClubMember.objects.filter(pk=member.pk))
        before, groups = _facts(customer, member), groups_of(customer)
        done = do()
        after = _facts(customer, done)
        # Somebody who was a member already stays one: nothing was done that could be taken back.
        if before == after or (act is MemberAct.JOIN and done.joined_at != now):
            return done, None
        move = keep_as_move(
            customer=customer,
            group=done.club.group,
            kind=_MOVES.get(act, MoveKind.ADD),
            before=groups,
            name=done.club.name,
            actor=actor,
            now=now,
        )
        step = MemberStep.objects.create(
            member=done, act=act.value, move=move, before=before, after=after, made_at=now
        )
    return done, step


def undo_step(*, step: MemberStep, actor: Actor, now: datetime) -> ClubMember:
    """Makes the membership, its groups and its standing order what they were before the act; once.

    Nothing is taken back once something of it was changed again. Locks membership, standing order, the move, customer.
    Records ``club.undone``. Raises Conflict ``undone_already``, ``changed_since``.
    """
    with transaction.atomic():
        member = lock_row(ClubMember.objects.filter(pk=step.member_id))
        locked = lock_row(MemberStep.objects.filter(pk=step.pk, undone_at__isnull=True))
        if member is None or locked is None:
            raise Conflict("undone_already", "This was taken back already.")
        customer = member.customer
        standing = _lock_standing(locked, customer)
        if _facts(customer, member) != locked.after:
            raise _changed_since()
        _put_standing_back(locked, standing, actor, now)
        _put_groups_back(locked, actor, now)
        _put_member_back(locked, member, now)
        MemberStep.objects.filter(pk=locked.pk).update(undone_at=now)
        did = "took back what was done to the membership of {} in"
        record_member(EventName.CLUB_UNDONE, member, did, did, actor, now)
    return member


def _changed_since() -> Conflict:
    return Conflict(
        "changed_since",
        "Something of it has been changed since, so nothing was taken back. Change it by hand.",
    )


def _facts(customer: Customer, member: ClubMember | None) -> dict[str, Any]:
    """What an act may change, as JSON."""
    standing = live_standing(customer)
    if standing is None and member is not None and member.standing_id:
        standing = StandingOrder.objects.filter(pk=member.standing_id).first()
    return {
        "state": member.state if member else "",
        "reason": member.reason if member else "",
        "standing": facts_of(standing),
    }


def _lock_standing(step: MemberStep, customer: Customer) -> StandingOrder | None:
    facts = step.after["standing"]
    return lock_row(StandingOrder.objects.filter(pk=facts["id"], customer=customer)) if facts else None


def _put_standing_back(step: MemberStep, standing: StandingOrder | None, actor: Actor, now: datetime) -> None:
    before, after = step.before["standing"], step.after["standing"]
    if before == after or standing is None:
        return
    if before is None or before["id"] != standing.pk:
        before = {**after, "state": StandingState.ENDED.value, "reason": ""}
    put_back(standing=standing, facts=before, actor=actor, now=now)


def _put_groups_back(step: MemberStep, actor: Actor, now: datetime) -> None:
    if step.move is None:
        return
    run = undo_one_person(run=step.move, actor=actor, now=now)
    if run.rows.exclude(outcome=MoveOutcome.UNDONE.value).exists():
        raise _changed_since()


def _put_member_back(step: MemberStep, member: ClubMember, now: datetime) -> None:
    if step.act == MemberAct.JOIN:
        member.state, member.reason = MemberState.LEFT.value, "Entered by mistake"
    else:
        member.state, member.reason = step.before["state"], step.before["reason"]
    member.left_at = now if member.state == MemberState.LEFT else None
    member.changed_at = now
    member.save()
