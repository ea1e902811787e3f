"""A policy that waits for the first offer to close, and one that has run when the last release ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.events import EventName
from tirage.core.runs import in_the_name_of
from tirage.offers.models import Offer
from tirage.wishes.models import GrantRun, Policy, PolicyStep
from tirage.wishes.policies import PolicyValues, StepValues, let_wait, save_policy
from tirage.wishes.policies.acting import say_granted
from tirage.wishes.policies.rules import StepTerms
from tirage.wishes.rules import Rule
from tirage.wishes.states import GrantState, PolicyState, PolicyTrigger, StepKind, StepState

#: What the waiting one keeps back of each wine.
KEPT = 24


def leave_policies(now: datetime, by: Actor) -> None:
    """Written down once the grant runs are told."""
    open_ = Offer.objects.filter(is_active=True, opens_at__lte=now, closes_at__gt=now, group__is_test=False)
    offers = list(open_.select_related("release", "group").order_by("group__rank", "pk"))
    if len(offers) > 1:
        _waiting(offers[0], offers[-1], now, by)
    run = (
        GrantRun.objects.filter(state=GrantState.FINISHED.value)
        .select_related("release")
        .order_by("-made_at")
    )
    if last := run.first():
        _that_has_run(last, by)


def _waiting(first: Offer, last: Offer, now: datetime, by: Actor) -> None:
    values = PolicyValues(
        PolicyTrigger.CLOSING,
        first.pk,
        reserve=KEPT,
        steps=[
            StepValues(StepKind.GRANT, [first.group_id], StepTerms(customer_cap=6)),
            StepValues(StepKind.ASK, terms=StepTerms(note="Look at what is left before the rest is opened.")),
            StepValues(StepKind.OPEN, [last.group_id], StepTerms(maximum=2, days=5, hour=9)),
        ],
    )
    policy = save_policy(policy=None, release=first.release, values=values, actor=by, now=now)
    let_wait(policy=policy, actor=by, now=now)


def _that_has_run(run: GrantRun, by: Actor) -> None:
    """The run that granted the release's wishes was its first step; then the team said go."""
    offer = run.release.offers.select_related("group").order_by("group__rank", "pk").first()
    written, ended = run.made_at - timedelta(days=6), run.changed_at + timedelta(hours=3)
    policy = Policy.objects.create(
        release=run.release,
        offer=offer,
        state=PolicyState.FINISHED.value,
        made_at=written,
        changed_at=ended,
        begun_at=run.made_at,
        ended_at=ended,
        **in_the_name_of(by),
    )
    said = f"{by.label} said to go on."
    for position, (kind, terms, of, result, done_at) in enumerate(
        (
            (StepKind.GRANT, StepTerms(rule=Rule.RANK.value), run, say_granted(run), run.changed_at),
            (StepKind.ASK, StepTerms(note="Does the library need any of the rest?"), None, said, ended),
        ),
        start=1,
    ):
        PolicyStep.objects.create(
            policy=policy,
            position=position,
            kind=kind.value,
            terms=terms.as_json(),
            state=StepState.DONE.value,
            run=of,
            result=result,
            begun_at=run.made_at,
            done_at=done_at,
        )
    for name, text, at in (
        (EventName.POLICY_SAVED, f"made a policy for what is left of {run.release.name}", written),
        (EventName.POLICY_BEGUN, f"began a policy for {run.release.name}", run.made_at),
        (EventName.POLICY_FINISHED, "finished the policy", ended),
    ):
        data = {"policy": policy.reference, "release": run.release.reference}
        record_event(name, "policy", policy.pk, text=text, data=data, actor=by, now=at)
