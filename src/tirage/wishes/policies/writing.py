"""Writing a policy: its trigger, what stays back, its steps in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.bounds import YEARS, is_meant
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.runs import in_the_name_of
from tirage.core.texts import as_written
from tirage.customers.models import Group
from tirage.customers.states import GroupKind
from tirage.offers.models import Offer, Release
from tirage.wishes.granting.planning import new_seed
from tirage.wishes.models import Policy, PolicyStep
from tirage.wishes.policies.recording import record
from tirage.wishes.policies.rules import MOST_PIECES, StepTerms
from tirage.wishes.states import PolicyState, PolicyTrigger, StepKind

#: More steps than anybody follows.
MOST_STEPS = 12
#: In these states it can be written anew.
WRITABLE = (PolicyState.DRAFT, PolicyState.WAITING)


@dataclass(frozen=True, slots=True)
class StepValues:
    """One step as it is written; ``groups`` by id."""

    kind: StepKind
    groups: Sequence[int] = ()
    terms: StepTerms = field(default_factory=StepTerms)


@dataclass(frozen=True, slots=True)
class PolicyValues:
    """A policy as it is written; ``offer`` by id, ``begins_at`` aware, ``reserve_own`` by sku id."""

    trigger: PolicyTrigger
    offer_id: int | None = None
    begins_at: datetime | None = None
    reserve: int = 0
    reserve_of_all: bool = False
    reserve_own: Mapping[int, int] = field(default_factory=dict)
    minds_offers: bool = True
    steps: Sequence[StepValues] = ()


def save_policy(
    *,
    policy: Policy | None,
    release: Release,
    values: PolicyValues,
    seen: str = "",
    actor: Actor,
    now: datetime,
) -> Policy:
    """Makes a policy (``policy`` None; a draft), or writes one anew that hasn't begun.

    ``seen`` is the ``version_of`` that the page showed. Locks the policy. Raises DomainError ``policy_invalid`` with
    fields ``trigger``, ``offer``, ``begins_at``, ``reserve`` or ``<place of the step>.<field>``, Conflict
    ``policy_moved``. Records ``policy.saved``.
    """
    problems = policy_problems(release, values)
    if problems:
        raise DomainError("policy_invalid", "The policy can't be saved like this.", problems)
    with transaction.atomic():
        if policy is None:
            saved = Policy(release=release, made_at=now, **in_the_name_of(actor))
        else:
            saved = _locked(policy, seen)
        saved.trigger, saved.offer_id, saved.begins_at = (
            values.trigger.value,
            values.offer_id,
            values.begins_at,
        )
        saved.reserve, saved.reserve_of_all = values.reserve, values.reserve_of_all
        saved.reserve_own = {str(sku_id): pieces for sku_id, pieces in values.reserve_own.items()}
        saved.minds_offers, saved.changed_at = values.minds_offers, now
        saved.save()
        saved.steps.all().delete()
        for position, one in enumerate(values.steps, start=1):
            terms = one.terms.with_seed(new_seed())
            step = PolicyStep.objects.create(
                policy=saved,
                position=position,
                kind=one.kind.value,
                terms=replace(terms, note=as_written(terms.note), named=len(set(one.groups))).as_json(),
            )
            step.groups.set(one.groups)
        verb = "changed" if policy else "made"
        record(
            EventName.POLICY_SAVED, saved, f"{verb} a policy for what is left of {release.name}", actor, now
        )
    return saved


def version_of(policy: Policy) -> str:
    """What a page that shows the policy sends back, so that nobody overwrites what they haven't seen."""
    return policy.changed_at.isoformat()


def _locked(policy: Policy, seen: str) -> Policy:
    here = lock_row(Policy.objects.filter(pk=policy.pk))
    if here is None or here.state not in WRITABLE:
        raise Conflict("policy_moved", "The policy has begun, or is gone, so it can't be written anew.")
    if version_of(here) != seen:
        raise Conflict(
            "policy_moved",
            "Somebody else changed this policy meanwhile. Open it again, and write your change there.",
        )
    return here


@transaction.atomic
def delete_policy(*, policy: Policy, actor: Actor, now: datetime) -> None:
    """Deletes a draft. Records ``policy.deleted`` on the release. Raises Conflict ``policy_moved``."""
    here = lock_row(Policy.objects.filter(pk=policy.pk, state=PolicyState.DRAFT.value))
    if here is None:
        raise Conflict("policy_moved", "Only a draft can be deleted. Take it back from its time first.")
    record(EventName.POLICY_DELETED, here, f"deleted a policy for {here.release.name}", actor, now)
    here.delete()


def policy_problems(release: Release, values: PolicyValues) -> dict[str, str]:
    """What can't be saved, by field, in words."""
    found: dict[str, str] = {}
    offers = dict(Offer.objects.filter(release=release).values_list("pk", "pk"))
    if values.offer_id is not None and values.offer_id not in offers:
        found["offer"] = "Choose an offer of this release."
    if values.trigger is PolicyTrigger.CLOSING and values.offer_id is None:
        found["offer"] = "Choose the offer whose closing it waits for."
    if values.trigger is PolicyTrigger.TIME and values.begins_at is None:
        found["begins_at"] = "Say when it begins."
    if values.begins_at is not None and not is_meant(values.begins_at):
        found["begins_at"] = YEARS
    if not 0 <= values.reserve <= MOST_PIECES:
        found["reserve"] = f"A whole number from 0 to {MOST_PIECES:,}."
    for sku_id, pieces in values.reserve_own.items():
        if not 0 <= pieces <= MOST_PIECES:
            found[f"reserve-{sku_id}"] = f"A whole number from 0 to {MOST_PIECES:,}."
    if len(values.steps) > MOST_STEPS:
        found["steps"] = f"At most {MOST_STEPS} steps."
    return found | _step_problems(values.steps)


def _step_problems(steps: Sequence[StepValues]) -> dict[str, str]:
    found: dict[str, str] = {}
    named = {pk for step in steps for pk in step.groups}
    known = set(
        Group.objects.filter(pk__in=named, kind=GroupKind.ALLOCATION.value).values_list("pk", flat=True)
    )
    for place, step in enumerate(steps):
        found |= {f"{place}.{name}": words for name, words in step.terms.problems().items()}
        if not set(step.groups) <= known:
            found[f"{place}.groups"] = "Choose allocation groups."
        elif step.kind in (StepKind.OPEN, StepKind.RAISE) and not step.groups:
            found[f"{place}.groups"] = "Choose at least one group."
    return found


def values_of(policy: Policy) -> PolicyValues:
    """A saved policy as it is written; two statements."""
    return values_of_all([policy])[0]


def values_of_all(policies: Sequence[Policy]) -> list[PolicyValues]:
    """Several as they are written; two statements."""
    steps: dict[int, list[PolicyStep]] = {policy.pk: [] for policy in policies}
    found = PolicyStep.objects.filter(policy__in=policies).prefetch_related("groups").order_by("position")
    for step in found:
        steps[step.policy_id].append(step)
    return [_values(policy, steps[policy.pk]) for policy in policies]


def _values(policy: Policy, steps: Sequence[PolicyStep]) -> PolicyValues:
    return PolicyValues(
        trigger=PolicyTrigger(policy.trigger),
        offer_id=policy.offer_id,
        begins_at=policy.begins_at,
        reserve=policy.reserve,
        reserve_of_all=policy.reserve_of_all,
        reserve_own={int(sku_id): pieces for sku_id, pieces in policy.reserve_own.items()},
        minds_offers=policy.minds_offers,
        steps=[
            StepValues(
                StepKind(step.kind),
                [group.pk for group in step.groups.all()],
                StepTerms.from_json(step.terms),
            )
            for step in steps
        ],
    )
