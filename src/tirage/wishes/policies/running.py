"""A policy's life: let wait, begun at its time, stopped, gone on with, told to the team."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from tirage.core.actors import Actor, ActorKind, system
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.jobs import queue_job
from tirage.core.locks import lock_row
from tirage.core.reactions import react
from tirage.core.runs import in_the_name_of, take_up
from tirage.inventory.operations import release_holds, take_holds
from tirage.inventory.rules import FIRM, Wanted
from tirage.wishes.granting import start_granting, stop_granting
from tirage.wishes.models import Policy, PolicyStep
from tirage.wishes.policies.figures import begins_at, held_back, stock_ids, what_is_left
from tirage.wishes.policies.recording import record
from tirage.wishes.policies.warning import warnings_of
from tirage.wishes.policies.writing import values_of
from tirage.wishes.states import (
    POLICY_STEPS,
    GrantState,
    PolicyState,
    PolicyTrigger,
    StepKind,
    StepState,
)

TASK = "tirage.wishes.tasks.run_policy"


def actor_for(policy: Policy) -> Actor:
    """Policies act as the program, in the name of who let them wait."""
    return system(f"{policy.actor_label} (policy)"[:200])


def move(policy: Policy, to: PolicyState, now: datetime, **columns: Any) -> bool:
    """Takes the legal step; False when somebody was faster."""
    sources = [state.value for state, steps in POLICY_STEPS.items() if to in steps]
    here = Policy.objects.filter(pk=policy.pk, state__in=sources)
    moved = bool(here.update(state=to.value, changed_at=now, **columns))
    policy.refresh_from_db()
    return moved


@transaction.atomic
def let_wait(*, policy: Policy, actor: Actor, now: datetime) -> Policy:
    """Lets a draft begin by itself at its time.

    Raises DomainError ``policy_not_ready``, ``closed_by_then``, Conflict ``policy_moved``.
    """
    _refuse_unready(policy)
    _refuse_too_late(policy, now)
    at = begins_at(policy)
    if at is None:
        raise DomainError("policy_not_ready", "It begins by hand: press Begin now when it is time.")
    if at <= now:
        raise DomainError(
            "policy_not_ready", "Its time is over already. Change when it begins, or begin it now."
        )
    if not move(policy, PolicyState.WAITING, now, **in_the_name_of(actor)):
        raise _moved(policy)
    record(
        EventName.POLICY_ARMED,
        policy,
        f"let a policy for {policy.release.name} wait for its time",
        actor,
        now,
    )
    return policy


@transaction.atomic
def wait_no_more(*, policy: Policy, actor: Actor, now: datetime) -> Policy:
    """Makes a waiting policy a draft again. Raises Conflict ``policy_moved``."""
    if policy.state != PolicyState.WAITING or not move(policy, PolicyState.DRAFT, now):
        raise _moved(policy)
    record(EventName.POLICY_STOPPED, policy, "took it back: it doesn't begin by itself any more", actor, now)
    return policy


@transaction.atomic
def begin(*, policy: Policy, actor: Actor, now: datetime) -> Policy:
    """Begins now: what stays back is held from here on, and the worker goes through the steps.

    Of one that waits for its offer to close the offer has to be closed. Locks the stock. Raises DomainError
    ``policy_not_ready``, ``step_blocked``, Conflict ``policy_moved``; to people ``closed_by_then``, which the step of a
    policy that began by itself tells.
    """
    _refuse_unready(policy)
    refuse_reopened(policy, now)
    if actor.kind is not ActorKind.SYSTEM:
        _refuse_too_late(policy, now)
    names = {} if actor.kind is ActorKind.SYSTEM else in_the_name_of(actor)
    if policy.state not in (PolicyState.DRAFT, PolicyState.WAITING) or not move(
        policy, PolicyState.RUNNING, now, begun_at=now, needs="", **names
    ):
        raise _moved(policy)
    hold_reserve(policy, now)
    record(EventName.POLICY_BEGUN, policy, f"began a policy for {policy.release.name}", actor, now)
    queue_job(TASK, policy.reference)
    return policy


def _refuse_too_late(policy: Policy, now: datetime) -> None:
    """Nobody is allowed more where they can't buy any more: it would be a promise that the shop doesn't keep."""
    if late := warnings_of(policy.release, values_of(policy), now):
        raise DomainError("closed_by_then", " ".join(late))


def hold_reserve(policy: Policy, now: datetime) -> None:
    """Holds what the policy keeps back, or as much of it as is free, until it is freed. Locks the stock."""
    left = what_is_left(policy, now)
    stocks, held = stock_ids(list(left.skus)), held_back(policy)
    wanted = {
        stocks[sku_id]: Wanted(max(pieces, held.get(sku_id, 0)))
        for sku_id, pieces in left.kept.items()
        if sku_id in stocks and pieces > held.get(sku_id, 0)
    }
    if wanted:
        take_holds(holder=policy.reference, wanted=wanted, expires_at=now + FIRM, now=now)


@transaction.atomic
def free_reserve(*, policy: Policy, actor: Actor, now: datetime) -> int:
    """Lets what is kept back go to everybody; how many pieces. Raises Conflict ``policy_moved`` while it acts."""
    here = lock_row(Policy.objects.filter(pk=policy.pk).select_related("release"))
    over = (PolicyState.STOPPED, PolicyState.FINISHED, PolicyState.UNDONE)
    if here is None or here.state not in over:
        raise Conflict("policy_moved", "The policy isn't over yet. Stop it first.")
    pieces = sum(held_back(here).values())
    if pieces:
        release_holds(holder=here.reference)
        words = f"freed {pieces:,} {'piece' if pieces == 1 else 'pieces'} that a policy kept back"
        record(EventName.POLICY_ACTED, here, words, actor, now)
    return pieces


def refuse_reopened(policy: Policy, now: datetime) -> None:
    """Raises DomainError ``step_blocked`` while the offer that it waited for is open (again)."""
    offer = policy.offer
    if policy.trigger != PolicyTrigger.CLOSING or offer is None:
        return
    offer.refresh_from_db()
    if offer.is_active and now < offer.closes_at:
        raise DomainError(
            "step_blocked",
            f"The offer to {offer.group.name} isn't over: customers can still buy from it. Go on when it has closed.",
        )


def _refuse_unready(policy: Policy) -> None:
    if not policy.steps.exists():
        raise DomainError("policy_not_ready", "Add a step first: nothing would happen.")


def _moved(policy: Policy) -> Conflict:
    return Conflict("policy_moved", "The policy has moved on meanwhile. Look again.")


@transaction.atomic
def stop(*, policy: Policy, actor: Actor, now: datetime) -> Policy:
    """Ends it between two acts; a grant run of it stops too. One that is over is returned as it is."""
    if move(policy, PolicyState.STOPPED, now, needs=""):
        for step in policy.steps.filter(state=StepState.WORKING.value, run__isnull=False).select_related(
            "run"
        ):
            if step.run and step.run.state == GrantState.RUNNING:
                stop_granting(run=step.run, now=now)
        record(EventName.POLICY_STOPPED, policy, "stopped the policy", actor, now)
    return policy


@transaction.atomic
def go_on(*, policy: Policy, leave_out: bool = False, actor: Actor, now: datetime) -> Policy:
    """Goes on after a stop, or gives the go; ``leave_out`` leaves the step out that it stands at.

    Raises Conflict ``policy_moved``.
    """
    if policy.state not in (PolicyState.STOPPED, PolicyState.ASKING):
        raise _moved(policy)
    was_asking = policy.state == PolicyState.ASKING
    if policy.begun_at is None:
        # It never began: what stood in the way at its time is looked at once more.
        refuse_reopened(policy, now)
    begun_at = policy.begun_at or now
    if not move(policy, PolicyState.RUNNING, now, needs="", begun_at=begun_at, **in_the_name_of(actor)):
        raise _moved(policy)
    hold_reserve(policy, now)
    step = next_step(policy)
    if step and leave_out:
        _leave_out(policy, step, actor, now)
    elif step and step.kind == StepKind.ASK and step.state == StepState.WORKING and was_asking:
        finish_step(policy, step, f"{actor.label} said to go on.", actor, now)
    elif step and step.run and step.run.state == GrantState.STOPPED:
        start_granting(run=step.run, actor=actor_for(policy), now=now)
    record(EventName.POLICY_BEGUN, policy, "let the policy go on", actor, now)
    queue_job(TASK, policy.reference)
    return policy


def _leave_out(policy: Policy, step: PolicyStep, actor: Actor, now: datetime) -> None:
    if step.run and step.run.state == GrantState.RUNNING:
        stop_granting(run=step.run, now=now)
    PolicyStep.objects.filter(pk=step.pk).update(
        state=StepState.SKIPPED.value, done_at=now, result=f"{actor.label} left the rest of it out."[:400]
    )
    record(EventName.POLICY_ACTED, policy, f"left step {step.position} out", actor, now)


def next_step(policy: Policy) -> PolicyStep | None:
    """The step that it stands at; None when all are done."""
    states = [StepState.WAITING.value, StepState.WORKING.value]
    return policy.steps.filter(state__in=states).select_related("run").order_by("position").first()


def finish_step(policy: Policy, step: PolicyStep, result: str, actor: Actor, now: datetime) -> None:
    """Writes down that a step is done, with what it did; once."""
    open_ = [StepState.WAITING.value, StepState.WORKING.value]
    here = PolicyStep.objects.filter(pk=step.pk, state__in=open_)
    if here.update(state=StepState.DONE.value, done_at=now, result=result[:400]):
        record(EventName.POLICY_ACTED, policy, f"did step {step.position}: {result}", actor, now)


def ask(policy: Policy, needs: str, now: datetime) -> None:
    """Stops for somebody, and mails the team what for."""
    if move(policy, PolicyState.ASKING, now, needs=needs[:400]):
        record(EventName.POLICY_ASKED, policy, f"asked for somebody: {needs}", actor_for(policy), now)
        react("policy.told", policy_id=policy.pk, now=now)


def finish(policy: Policy, now: datetime) -> None:
    """All is done; the team is mailed what."""
    if move(policy, PolicyState.FINISHED, now, ended_at=now):
        record(EventName.POLICY_FINISHED, policy, "finished the policy", actor_for(policy), now)
        react("policy.told", policy_id=policy.pk, now=now)


def watch_policies(*, now: datetime) -> int:
    """Begins policies whose time has come, and takes up those whose worker died; how many. Run by the schedule."""
    waiting = Policy.objects.filter(state=PolicyState.WAITING.value).select_related(
        "offer__group", "offer__release", "release"
    )
    begun = sum(_begin_in_time(policy, now) for policy in waiting.order_by("pk"))
    moving = Policy.objects.filter(state__in=[PolicyState.RUNNING.value, PolicyState.UNDOING.value])
    return begun + take_up(TASK, list(moving.values_list("reference", flat=True)), now=now)


def _begin_in_time(policy: Policy, now: datetime) -> bool:
    at = begins_at(policy)
    if at is None or at > now:
        return False
    offer = policy.offer
    with transaction.atomic():
        if policy.trigger == PolicyTrigger.CLOSING and offer and not offer.is_active:
            ask(
                policy,
                f"The offer to {offer.group.name} was taken off before its window ended, so nothing was begun. "
                "Go on if what is left is to be given now, or stop.",
                now,
            )
            return True
        try:
            with transaction.atomic():
                begin(policy=policy, actor=actor_for(policy), now=now)
        except Conflict:
            return False
        except DomainError as refused:
            policy.refresh_from_db()
            ask(policy, refused.message, now)
    return True
