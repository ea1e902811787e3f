"""The worker's part of a policy: step by step, each act and its note in one transaction.

A worker may die at any moment. A step that began has its grant run, or its acts as rows, written down in the
transaction that began it; each act is noted in the transaction that does it. So whoever goes on finds every act
waiting or done, and nothing is given twice.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, Sum

from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.texts import say_count, say_names
from tirage.customers.states import CustomerStatus
from tirage.offers.models import CustomAllowance
from tirage.offers.operations import limits_of, save_custom_allowance
from tirage.wishes.granting import Give, draft_granting, start_granting
from tirage.wishes.models import GrantRun, Policy, PolicyAct, PolicyStep
from tirage.wishes.policies.figures import is_open, what_is_left
from tirage.wishes.policies.opening import open_second_offer
from tirage.wishes.policies.planning import StepPlan, granting_terms, plan_step, terms_of, wishes_for
from tirage.wishes.policies.recording import record
from tirage.wishes.policies.rules import Pot
from tirage.wishes.policies.running import (
    actor_for,
    ask,
    finish,
    finish_step,
    hold_reserve,
    next_step,
    refuse_reopened,
)
from tirage.wishes.rules import Rule
from tirage.wishes.states import GrantOutcome, GrantState, PolicyState, StepKind, StepState

_BATCH = 1_000


def continue_policy(*, policy: Policy, limit: int, now: datetime) -> bool:
    """Goes on with a running policy by one step's beginning, or by ``limit`` acts of it; whether there is more to do.

    Nothing is left to do for now while a grant run is under way or somebody is asked. Two who push the same policy at
    once do no harm: each portion is taken under its lock. What stands in the way stops it with the reason.
    """
    try:
        with transaction.atomic():
            here = lock_row(Policy.objects.filter(pk=policy.pk, state=PolicyState.RUNNING.value))
            return here is not None and _go_on(here, limit, now)
    except DomainError as refused:
        here = Policy.objects.select_related("release").get(pk=policy.pk)
        step = next_step(here)
        ask(here, f"Step {step.position}: {refused.message}" if step else refused.message, now)
        return False


def _go_on(policy: Policy, limit: int, now: datetime) -> bool:
    Policy.objects.filter(pk=policy.pk).update(changed_at=now)
    step = next_step(policy)
    if step is None:
        finish(policy, now)
        return False
    if step.state == StepState.WAITING:
        return _begin_step(policy, step, now)
    match StepKind(step.kind):
        case StepKind.GRANT:
            return _look_at_run(policy, step, now)
        case StepKind.OPEN | StepKind.RAISE:
            return _act(policy, step, limit, now)
        case StepKind.ASK:
            # Asked, and stopped before the answer: asked once more.
            ask(policy, _question(step), now)
            return False


def _begin_step(policy: Policy, step: PolicyStep, now: datetime) -> bool:
    """Plans the step with what is left at this moment, and writes down what it is going to do."""
    refuse_reopened(policy, now)
    hold_reserve(policy, now)
    pot = what_is_left(policy, now).pot()
    plan = plan_step(policy, step, pot, now, now)
    PolicyStep.objects.filter(pk=step.pk).update(state=StepState.WORKING.value, begun_at=now)
    step.state = StepState.WORKING.value
    if step.kind == StepKind.ASK:
        ask(policy, _question(step), now)
        return False
    if not plan.pieces:
        finish_step(policy, step, _nothing(step, pot, plan), actor_for(policy), now)
        return True
    if step.kind == StepKind.GRANT:
        _start_run(policy, step, pot, now)
        return False
    _write_acts(step, plan)
    return True


def _question(step: PolicyStep) -> str:
    note = terms_of(step).note
    return f"{note} Say go, or stop." if note else "It waits for somebody to say go."


def _nothing(step: PolicyStep, pot: Pot, plan: StepPlan) -> str:
    if not any(pot.left.values()):
        return "Nothing was left beyond what is kept back and promised."
    if step.kind == StepKind.GRANT:
        left_out = (
            f" {say_count(plan.left_out, 'wish was', 'wishes were')} left out." if plan.left_out else ""
        )
        return f"Nobody had an open wish that could be granted.{left_out}"
    if step.kind == StepKind.RAISE:
        return "Nobody had taken all of a wine of which something was left."
    return "Too little was left for anybody."


# Granting


def _start_run(policy: Policy, step: PolicyStep, pot: Pot, now: datetime) -> None:
    """One grant run of what is left, begun with the step; its worker does the rest."""
    terms, actor = terms_of(step), actor_for(policy)
    run = draft_granting(
        release=policy.release,
        stock={sku_id: Give(pieces) for sku_id, pieces in pot.left.items()},
        rule=Rule(terms.rule),
        terms=granting_terms(terms),
        seed=terms.seed,
        keeps_rest=terms.keeps_rest,
        kept_days=terms.kept_days,
        among=wishes_for(policy, step, pot),
        actor=actor,
        now=now,
    )
    start_granting(run=run, actor=actor, now=now)
    PolicyStep.objects.filter(pk=step.pk).update(run=run)
    record_step(policy, step, "began to grant wishes", now)


def record_step(policy: Policy, step: PolicyStep, text: str, now: datetime) -> None:
    record(EventName.POLICY_ACTED, policy, f"{text}, step {step.position}", actor_for(policy), now)


def _look_at_run(policy: Policy, step: PolicyStep, now: datetime) -> bool:
    run = step.run
    if run is None or run.state == GrantState.RUNNING:
        return False
    if run.state != GrantState.FINISHED:
        raise DomainError(
            "step_blocked", "Its grant run was stopped. Go on with the policy, or leave the rest of it out."
        )
    finish_step(policy, step, say_granted(run), actor_for(policy), now)
    return True


def say_granted(run: GrantRun) -> str:
    """What a grant run came to, as its step says it."""
    lines = run.lines.order_by()
    granted = lines.filter(outcome=GrantOutcome.GRANTED.value)
    pieces = granted.aggregate(pieces=Sum("given"))["pieces"] or 0
    people = granted.values("customer").distinct().count()
    text = f"Granted {say_count(pieces, 'piece', 'pieces')} to {say_count(people, 'customer', 'customers')}."
    money = lines.filter(outcome__in=[GrantOutcome.GRANTING.value, GrantOutcome.COLLECTING.value])
    if waits := money.aggregate(pieces=Sum("given"))["pieces"]:
        text += f" {say_count(waits, 'more is', 'more are')} kept until their money has come."
    if aside := lines.filter(outcome=GrantOutcome.OFFERED.value).aggregate(pieces=Sum("given"))["pieces"]:
        text += f" {say_count(aside, 'is', 'are')} set aside for customers to buy."
    return text


# Second offers and allowances


def _write_acts(step: PolicyStep, plan: StepPlan) -> None:
    acts = [
        PolicyAct(
            step=step,
            group=one.group,
            opens_at=one.opens_at,
            closes_at=one.closes_at,
            maximums=one.maximums,
            pieces=sum(one.maximums.values()) * one.members,
        )
        for one in plan.offers
    ] or [
        PolicyAct(
            step=step,
            customer_id=one.customer_id,
            offer_item_id=one.item_id,
            maximum=one.maximum,
            pieces=one.pieces,
        )
        for one in plan.gets
    ]
    PolicyAct.objects.bulk_create(acts, batch_size=_BATCH)


def _act(policy: Policy, step: PolicyStep, limit: int, now: datetime) -> bool:
    acts = list(
        step.acts.filter(done_at__isnull=True, note="")
        .select_related(
            "group",
            "customer",
            "offer",
            "offer_item__offer__group",
            "offer_item__sku",
            "step__policy__release",
        )
        .order_by("pk")[:limit]
    )
    for act in acts:
        if act.group_id is not None:
            open_second_offer(act=act, actor=actor_for(policy), now=now)
        else:
            _raise(policy, act, now)
    if acts:
        return True
    finish_step(policy, step, _say_done(step), actor_for(policy), now)
    return True


def _raise(policy: Policy, act: PolicyAct, now: datetime) -> None:
    """Gives one customer so many more; left alone, with the reason, where it can't be meant any more."""
    item, customer = act.offer_item, act.customer
    if item is None or customer is None:
        raise ValueError("an allowance without its customer")
    own = CustomAllowance.objects.filter(offer_item=item, customer=customer).first()
    maximum = own.purchase_maximum if own else item.purchase_maximum
    note = ""
    if customer.status != CustomerStatus.ACTIVE:
        note = "The account is suspended."
    elif not is_open(item.offer, now):
        note = "The offer has closed meanwhile."
    elif maximum >= act.maximum:
        note = f"May take {maximum} by now, by somebody else’s hand."
    if note:
        PolicyAct.objects.filter(pk=act.pk).update(note=note)
        return
    save_custom_allowance(
        item=item,
        customer=customer,
        purchase_minimum=own.purchase_minimum if own else item.purchase_minimum,
        purchase_maximum=act.maximum,
        wish_maximum=own.wish_maximum if own else item.wish_maximum,
        actor=actor_for(policy),
        now=now,
    )
    before = limits_of(own) if own else None
    PolicyAct.objects.filter(pk=act.pk).update(before=before, done_at=now)


def _say_done(step: PolicyStep) -> str:
    done = list(step.acts.filter(done_at__isnull=False).select_related("group", "offer"))
    if step.kind == StepKind.OPEN:
        names = say_names([act.group.name for act in done if act.group])
        return f"Opened a second offer to {names}."
    people = len({act.customer_id for act in done})
    pieces = sum(act.pieces for act in done)
    who, what = say_count(people, "customer", "customers"), say_count(pieces, "piece", "pieces")
    text = f"Raised the allowances of {who} by {what}."
    left = step.acts.filter(~Q(note=""), done_at__isnull=True).count()
    return f"{text} {say_count(left, 'was', 'were')} left as they were." if left else text
