"""What the pages of a policy say: where it stands, what its steps did, what a simulation comes to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from tirage.backoffice.wishes.policies.forms import KINDS
from tirage.core.models import Event
from tirage.core.money import Money
from tirage.core.runs import stands_still
from tirage.core.texts import say_count, say_names
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.wishes import policies as room
from tirage.wishes.models import Policy, PolicyAct, PolicyStep
from tirage.wishes.policies.figures import begins_at, held_back
from tirage.wishes.policies.planning import Gets, Simulated, StepPlan
from tirage.wishes.policies.running import next_step
from tirage.wishes.policies.writing import WRITABLE
from tirage.wishes.states import PolicyState, StepKind, StepState

STATES = {
    PolicyState.DRAFT: ("Draft", "hollow"),
    PolicyState.WAITING: ("Waits for its time", "live"),
    PolicyState.RUNNING: ("Under way", "live"),
    PolicyState.ASKING: ("Needs somebody", "warning"),
    PolicyState.STOPPED: ("Stopped", "warning"),
    PolicyState.FINISHED: ("Done", "good"),
    PolicyState.UNDOING: ("Being taken back", "live"),
    PolicyState.UNDONE: ("Taken back", "hollow"),
}
STEPS = {
    StepState.WAITING: ("To come", "hollow"),
    StepState.WORKING: ("Under way", "live"),
    StepState.DONE: ("Done", "good"),
    StepState.SKIPPED: ("Left out", "hollow"),
}
#: People of one step that the simulation names.
NAMED = 100
#: Different reasons why single acts were left alone that the page lists.
NOTES = 20


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step with its state in words and the second offers that it opened."""

    step: PolicyStep
    title: str
    groups: str
    state_words: str
    state_tone: str
    offers: list[Any]
    #: Single allowances that were left alone or stay, with how many.
    notes: list[tuple[str, int]]


def facts_of(policy: Policy, now: datetime) -> dict[str, Any]:
    """What the page of a policy takes."""
    words, tone = STATES[PolicyState(policy.state)]
    standing = next_step(policy) if policy.state in (PolicyState.ASKING, PolicyState.STOPPED) else None
    events = Event.objects.filter(subject_kind="policy", subject_id=policy.pk).order_by("-id")[:50]
    return {
        "policy": policy,
        "title": f"What is left of {policy.release.name}",
        "sentence": room.say(policy),
        "warnings": _warnings(policy, now),
        "state_words": words,
        "state_tone": tone,
        "begins_at": begins_at(policy),
        "lines": _lines(policy),
        "kept": sum(held_back(policy).values()),
        "bar": bar_of(policy),
        "late": policy.state in _MOVING and stands_still(policy.changed_at, now),
        "is_writable": policy.state in WRITABLE,
        "asks": standing is not None and standing.kind == StepKind.ASK,
        "standing": standing,
        "events": list(events),
    }


def _warnings(policy: Policy, now: datetime) -> list[str]:
    if policy.state not in WRITABLE:
        return []
    return room.warnings_of(policy.release, room.values_of(policy), now)


_MOVING = (PolicyState.RUNNING, PolicyState.UNDOING)


def _lines(policy: Policy) -> list[StepLine]:
    """The steps in their order; five statements, however many allowances were raised."""
    steps = policy.steps.select_related("run").prefetch_related("groups").order_by("position")
    acts = PolicyAct.objects.filter(step__policy=policy)
    offers, notes = defaultdict(list), defaultdict(list)
    for act in acts.filter(offer__isnull=False).select_related("offer__group").order_by("pk"):
        offers[act.step_id].append(act.offer)
    counted = acts.exclude(note="").order_by().values_list("step", "note").annotate(count=Count("pk"))
    for step_id, note, count in counted.order_by("-count", "note")[:NOTES]:
        notes[step_id].append((note, count))
    return [
        StepLine(
            step,
            KINDS[StepKind(step.kind)],
            say_names([group.name for group in step.groups.all()]),
            *STEPS[StepState(step.state)],
            offers=offers[step.pk],
            notes=notes[step.pk],
        )
        for step in steps
    ]


def bar_of(policy: Policy) -> dict[str, Any] | None:
    """What ``parts/progress.html`` takes; None while nothing moves."""
    if policy.state not in _MOVING:
        return None
    over = Q(state__in=[StepState.DONE.value, StepState.SKIPPED.value])
    counts = policy.steps.aggregate(total=Count("pk"), done=Count("pk", filter=over))
    is_undoing = policy.state == PolicyState.UNDOING
    acts = policy.steps.filter(state=StepState.WORKING.value).aggregate(
        total=Count("acts"), done=Count("acts", filter=Q(acts__done_at__isnull=False))
    )
    words = f"Step {min(counts['done'] + 1, counts['total'])} of {counts['total']}"
    if acts["total"]:
        words += f", {acts['done']:,} of {acts['total']:,}"
    return {
        "name": "policy",
        "label": "Taking back" if is_undoing else "Under way",
        "value": None if is_undoing else counts["done"] or None,
        "max": counts["total"],
        "words": "" if is_undoing else words,
        "url": reverse("backoffice:policy_progress", args=[policy.reference]),
    }


# The simulation


@dataclass(frozen=True, slots=True)
class WineLine:
    """A wine with what is free, kept back, promised and left; ``after`` is what each step leaves of it."""

    name: str
    free: int
    kept: int
    promised: int
    left: int
    after: list[int]


@dataclass(frozen=True, slots=True)
class StepSaid:
    """A step of a simulation in words."""

    step: PolicyStep
    title: str
    blocked: str
    summary: str
    money: Money
    wines: list[tuple[str, int]]
    people: list[tuple[Customer, str]]
    more: int
    offers: list[Any]


def simulation_of(policy: Policy, now: datetime) -> dict[str, Any]:
    """What the page of a simulation takes."""
    found = room.simulate(policy, now)
    shown = {pk for step in found.steps for pk, _ in _by_person(step.plan)[:NAMED]}
    customers = Customer.objects.in_bulk(shown)
    names = {pk: str(sku) for pk, sku in found.skus.items()}
    return {
        "policy": policy,
        "sentence": room.say(policy),
        "moment": found.moment,
        "is_ahead": found.moment > now,
        "wines": [
            WineLine(
                name,
                found.free.get(pk, 0),
                found.kept.get(pk, 0),
                found.promised.get(pk, 0),
                found.at_first.get(pk, 0),
                [step.left.get(pk, 0) for step in found.steps],
            )
            for pk, name in names.items()
        ],
        "steps": [_said(one, names, customers) for one in found.steps],
        "minds_offers": policy.minds_offers,
    }


def _by_person(plan: StepPlan) -> list[tuple[int, list[Gets]]]:
    """What each customer gets, by id, who gets most first."""
    found: dict[int, list[Gets]] = {}
    for gets in plan.gets:
        found.setdefault(gets.customer_id, []).append(gets)
    return sorted(found.items(), key=lambda item: (-sum(gets.pieces for gets in item[1]), item[0]))


def _said(one: Simulated, names: dict[int, str], customers: dict[int, Customer]) -> StepSaid:
    plan, kind = one.plan, StepKind(one.step.kind)
    people = _by_person(plan)
    shown = [
        (customers[pk], ", ".join(f"{gets.pieces} × {names.get(gets.sku_id, '')}" for gets in gets_of))
        for pk, gets_of in people[:NAMED]
        if pk in customers
    ]
    return StepSaid(
        one.step,
        f"{one.step.position}. {KINDS[kind]}",
        one.blocked,
        _summary(kind, plan),
        Money(plan.money_minor, current_winery().currency),
        [(names.get(pk, ""), pieces) for pk, pieces in plan.given.items() if pieces],
        shown,
        max(len(people) - NAMED, 0),
        [
            (offer, [(names.get(pk, ""), most) for pk, most in offer.maximums.items()])
            for offer in plan.offers
        ],
    )


def _summary(kind: StepKind, plan: StepPlan) -> str:
    if kind is StepKind.ASK:
        return "The team gets a mail, and the policy waits for a go."
    if not plan.pieces:
        return "Nobody would get anything."
    pieces, people = (
        say_count(plan.pieces, "piece", "pieces"),
        say_count(plan.people, "customer", "customers"),
    )
    words = {
        StepKind.GRANT: f"{pieces} to {people}.",
        StepKind.OPEN: f"Up to {pieces} offered to {people}: who comes first is served first.",
        StepKind.RAISE: f"{people} may take {pieces} more.",
    }[kind]
    if plan.unserved:
        words += f" {say_count(plan.unserved, 'would get', 'would get')} nothing."
    if plan.left_out:
        words += f" {say_count(plan.left_out, 'wish is', 'wishes are')} left out: no card, no address, or no carrier."
    return words
