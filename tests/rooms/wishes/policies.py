"""The shortest ways to a policy, for tests that are about one step of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.world import World
from tirage.customers.models import Group
from tirage.wishes.granting import continue_granting
from tirage.wishes.models import GrantRun, Policy, PolicyStep
from tirage.wishes.policies import (
    PolicyValues,
    StepValues,
    continue_policy,
    continue_undoing,
    save_policy,
)
from tirage.wishes.policies.rules import StepTerms
from tirage.wishes.states import PolicyTrigger, StepKind


def a_step(kind: str, *groups: Group, **terms: Any) -> StepValues:
    return StepValues(StepKind(kind), [group.pk for group in groups], StepTerms(**terms))


def written(world: World, *steps: StepValues, **changes: Any) -> Policy:
    """A draft that waits for Premier's offer to close."""
    facts: dict[str, Any] = {"trigger": PolicyTrigger.CLOSING, "offer_id": world.premier_offer.pk}
    values = PolicyValues(**{**facts, **changes}, steps=steps)
    return save_policy(policy=None, release=world.release, values=values, actor=world.staff, now=world.now)


def after_closing(world: World) -> datetime:
    """When all offers of the release are over."""
    return world.now + timedelta(days=7, minutes=1)


def work(policy: Policy, now: datetime, *, limit: int = 2) -> Policy:
    """What the worker does: the policy and its grant runs, until nothing moves any more."""
    moved = True
    while moved:
        moved = continue_policy(policy=policy, limit=limit, now=now)
        for run in GrantRun.objects.filter(state="running").select_related("release"):
            moved = True
            while continue_granting(run=run, limit=2, now=now).state == "running":
                pass
        policy.refresh_from_db()
        moved = moved or continue_undoing(policy=policy, limit=limit, now=now)
        policy.refresh_from_db()
    return policy


def results(policy: Policy) -> list[tuple[str, str]]:
    return list(PolicyStep.objects.filter(policy=policy).order_by("position").values_list("state", "result"))
