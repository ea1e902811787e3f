"""What each step of a policy comes to: the one place that decides it, for the simulation and for the worker.

Reads only. A plan says who would get what of what is in the pot; what stands in a step's way is a DomainError whose
words say what to do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import F, Min, QuerySet, Sum

from tirage.catalog.models import Sku
from tirage.core.errors import DomainError
from tirage.core.texts import say_names
from tirage.core.winery import local_time
from tirage.customers.models import Group, Membership
from tirage.customers.states import CustomerStatus
from tirage.offers.models import CustomAllowance, Offer, OfferItem
from tirage.offers.operations import shift_days
from tirage.orders.models import OrderLine
from tirage.orders.states import BOUGHT
from tirage.wishes.granting import Terms
from tirage.wishes.granting.gathering import gather, open_wishes
from tirage.wishes.granting.planning import share_lines
from tirage.wishes.models import GrantRun, Policy, PolicyStep, Wish
from tirage.wishes.policies.figures import begins_at, open_offers, what_is_left
from tirage.wishes.policies.rules import Pot, StepTerms, offered_maximum
from tirage.wishes.rules import Ask, Rule, share_out
from tirage.wishes.states import PolicyTrigger, StepKind


@dataclass(frozen=True, slots=True)
class Gets:
    """What one customer gets of one wine, or may take more of it; ``item_id`` is the offer item, ``maximum`` the new
    one, of a raised allowance."""

    customer_id: int
    sku_id: int
    pieces: int
    price_minor: int
    item_id: int = 0
    maximum: int = 0


@dataclass(frozen=True, slots=True)
class OfferPlan:
    """A second offer to one group: what each of its members may take of each wine, by sku id, and when."""

    group: Group
    members: int
    maximums: dict[int, int]
    opens_at: datetime
    closes_at: datetime


@dataclass(slots=True)
class StepPlan:
    """What a step would do. ``given``: pieces by sku id that it gives, or offers as far as there are."""

    people: int = 0
    given: dict[int, int] = field(default_factory=dict)
    money_minor: int = 0
    gets: list[Gets] = field(default_factory=list)
    offers: list[OfferPlan] = field(default_factory=list)
    #: How many wishes the rule has nothing for, and how many are left out.
    unserved: int = 0
    left_out: int = 0

    @property
    def pieces(self) -> int:
        return sum(self.given.values())


def plan_step(policy: Policy, step: PolicyStep, pot: Pot, moment: datetime, now: datetime) -> StepPlan:
    """What the step would do with what is in the pot, at ``moment``, as things stand now.

    Raises DomainError ``step_blocked`` when something stands in its way.
    """
    if step.groups.count() < terms_of(step).named:
        raise DomainError(
            "step_blocked", "A group of this step is gone. Leave the step out, or write the policy anew."
        )
    return _PLANS[StepKind(step.kind)](policy, step, pot, moment, now)


def terms_of(step: PolicyStep) -> StepTerms:
    return StepTerms.from_json(step.terms)


def group_ids(step: PolicyStep) -> list[int]:
    return sorted(step.groups.values_list("pk", flat=True))


# Wishes


def wishes_for(policy: Policy, step: PolicyStep, pot: Pot) -> QuerySet[Wish]:
    """The open wishes that a step is for: of its groups, or of all of them."""
    wishes = open_wishes(policy.release, [sku_id for sku_id, pieces in pot.left.items() if pieces])
    groups = group_ids(step)
    return wishes.filter(offer_item__offer__group__in=groups) if groups else wishes


def granting_terms(terms: StepTerms) -> Terms:
    return Terms(terms.customer_cap, terms.household_cap, terms.case)


def _plan_grant(policy: Policy, step: PolicyStep, pot: Pot, moment: datetime, now: datetime) -> StepPlan:
    terms = terms_of(step)
    asked = granting_terms(terms)
    asking = gather(wishes_for(policy, step, pot), policy.release, asked, now)
    run = GrantRun(release=policy.release, rule=terms.rule, terms=asked.as_json(), seed=terms.seed)
    lines = share_lines(run, asking, pot.left, rules=())
    sku_of = {one.wish["id"]: one.wish["sku"] for one in asking}
    gets = [
        Gets(line.customer_id, sku_of[line.wish_id], line.pieces, line.price_minor)
        for line in lines
        if line.pieces
    ]
    plan = _of(gets)
    plan.left_out = sum(1 for line in lines if line.left_out)
    plan.unserved = len(lines) - len(gets) - plan.left_out
    return plan


def _of(gets: Sequence[Gets]) -> StepPlan:
    given: dict[int, int] = defaultdict(int)
    for one in gets:
        given[one.sku_id] += one.pieces
    return StepPlan(
        people=len({one.customer_id for one in gets}),
        given=dict(given),
        money_minor=sum(one.pieces * one.price_minor for one in gets),
        gets=list(gets),
    )


# A second offer


def template_of(policy: Policy) -> Offer | None:
    """The offer that a second one is made from: the policy's, or that of the highest group."""
    offers = Offer.objects.filter(release_id=policy.release_id).select_related("group", "release")
    if policy.offer_id:
        offers = offers.filter(pk=policy.offer_id)
    return offers.order_by("group__rank", "pk").first()


def _plan_open(policy: Policy, step: PolicyStep, pot: Pot, moment: datetime, now: datetime) -> StepPlan:
    terms, template = terms_of(step), template_of(policy)
    groups = list(step.groups.order_by("rank", "pk"))
    if template is None or not groups:
        raise DomainError(
            "step_blocked", "There is no group, or no offer that a second one could be made from."
        )
    _refuse_open(policy, groups, moment)
    members = members_of(groups)
    if empty := [group.name for group in groups if not members.get(group.pk)]:
        raise DomainError(
            "step_blocked", f"{say_names(empty)}: nobody is in it, so nobody would see the offer."
        )
    opens_at, closes_at = window_of(terms, moment)
    items = {item.sku_id: item for item in template.items.select_related("sku")}
    left = pot.left
    maximums = {
        sku_id: most
        for sku_id, item in items.items()
        if (most := offered_maximum(terms.maximum, left.get(sku_id, 0), item.multiple))
    }
    many = sum(members[group.pk] for group in groups)
    given = {sku_id: min(left[sku_id], most * many) for sku_id, most in maximums.items()}
    plan = StepPlan(people=many if maximums else 0, given=given)
    plan.money_minor = sum(pieces * price_of(items[sku_id]) for sku_id, pieces in given.items())
    if maximums:
        plan.offers = [OfferPlan(group, members[group.pk], maximums, opens_at, closes_at) for group in groups]
    return plan


def _refuse_open(policy: Policy, groups: Sequence[Group], moment: datetime) -> None:
    """Who can buy in an open offer sees only one at a time."""
    others = Offer.objects.filter(is_active=True, closes_at__gt=moment, group__in=groups)
    if policy.trigger == PolicyTrigger.CLOSING and policy.offer_id:
        others = others.exclude(pk=policy.offer_id)
    other = others.exclude(policy_acts__step__policy=policy).select_related("group", "release").first()
    if other:
        raise DomainError(
            "step_blocked",
            f"{other.group.name} has an offer in {other.release.name} that isn't over yet, and customers see one "
            "offer at a time. Close that one first, or leave this step out.",
        )


def members_of(groups: Sequence[Group]) -> dict[int, int]:
    """Active members by group id; one statement."""
    ids = Membership.objects.filter(group__in=groups, customer__status=CustomerStatus.ACTIVE.value)
    counts: dict[int, int] = defaultdict(int)
    for group_id in ids.values_list("group_id", flat=True):
        counts[group_id] += 1
    return dict(counts)


def window_of(terms: StepTerms, moment: datetime) -> tuple[datetime, datetime]:
    """When a second offer opens and closes: at once, or at the next such hour of the winery's clock."""
    opens_at = moment
    if terms.hour is not None:
        local = local_time(moment)
        first = local.replace(hour=terms.hour, minute=0, second=0, microsecond=0)
        today = first.astimezone(moment.tzinfo)
        opens_at = today if today >= moment else shift_days(today, timedelta(days=1))
    return opens_at, shift_days(opens_at, timedelta(days=terms.days))


def price_of(item: OfferItem) -> int:
    return item.sku.price_minor if item.price_minor is None else item.price_minor


# Allowances of those who took all


def _plan_raise(policy: Policy, step: PolicyStep, pot: Pot, moment: datetime, now: datetime) -> StepPlan:
    terms, groups = terms_of(step), list(step.groups.order_by("rank", "pk"))
    offers = list(open_offers(policy, [group.pk for group in groups], moment).order_by("pk"))
    closed = [group.name for group in groups if group.pk not in {offer.group_id for offer in offers}]
    if closed or not groups:
        names = say_names(closed) or "No group"
        raise DomainError(
            "step_blocked",
            f"{names}: no offer of this release is open, so nobody could buy what is allowed. Leave this step out, or "
            "go on once it is open.",
        )
    left = pot.left
    items = {
        item.pk: item
        for item in OfferItem.objects.filter(offer__in=offers, sku__in=[pk for pk in left if left[pk]])
        .select_related("sku", "offer__group")
        .order_by("pk")
    }
    took = who_took_all(policy, list(items.values()))
    asks = [_ask(key, one, items[one.item_id], terms) for key, one in enumerate(took)]
    shares = share_out(Rule(terms.rule), asks, left, seed=terms.seed)
    gets = [
        Gets(
            one.customer_id,
            items[one.item_id].sku_id,
            shares[key],
            price_of(items[one.item_id]),
            one.item_id,
            one.maximum + shares[key],
        )
        for key, one in enumerate(took)
        if shares[key]
    ]
    plan = _of(gets)
    plan.unserved = len(took) - len(gets)
    return plan


@dataclass(frozen=True, slots=True)
class TookAll:
    """A customer who has bought all that was allowed of an item; ``turn`` is the order of their orders."""

    customer_id: int
    item_id: int
    maximum: int
    turn: int
    spend_minor: int
    reference: str


def who_took_all(policy: Policy, items: Sequence[OfferItem]) -> list[TookAll]:
    """Active members of the items' groups who have bought their maximum, who bought first first; two statements."""
    by_wine = {(item.offer.group_id, item.sku_id): item for item in items}
    rows = (
        OrderLine.objects.filter(
            order__release_id=policy.release_id,
            order__state__in=[state.value for state in BOUGHT],
            order__customer__status=CustomerStatus.ACTIVE.value,
            order__customer__memberships__group__in={group_id for group_id, _ in by_wine},
            sku__in={sku_id for _, sku_id in by_wine},
        )
        .order_by()
        .values(
            "sku_id",
            customer=F("order__customer_id"),
            group=F("order__customer__memberships__group_id"),
            spend=F("order__customer__lifetime_minor"),
            reference=F("order__customer__reference"),
        )
        .annotate(pieces=Sum("quantity"), first=Min("order__made_at"))
        .order_by("first", "customer", "sku_id")
    )
    own = {
        (item_id, customer_id): maximum
        for item_id, customer_id, maximum in CustomAllowance.objects.filter(
            offer_item__in=[item.pk for item in items]
        ).values_list("offer_item_id", "customer_id", "purchase_maximum")
    }
    found = []
    for turn, row in enumerate(rows):
        item = by_wine.get((row["group"], row["sku_id"]))
        if item is None:
            continue
        maximum = own.get((item.pk, row["customer"]), item.purchase_maximum)
        if maximum and row["pieces"] >= maximum:
            found.append(TookAll(row["customer"], item.pk, maximum, turn, row["spend"], row["reference"]))
    return found


def _ask(key: int, one: TookAll, item: OfferItem, terms: StepTerms) -> Ask:
    return Ask(
        key=key,
        reference=f"{one.reference}-{item.sku_id}",
        sku=item.sku_id,
        customer=one.customer_id,
        pieces=terms.maximum,
        turn=one.turn,
        rank=item.offer.group.rank,
        spend_minor=one.spend_minor,
        price_minor=price_of(item),
        multiple=item.multiple,
    )


def _plan_ask(policy: Policy, step: PolicyStep, pot: Pot, moment: datetime, now: datetime) -> StepPlan:
    return StepPlan()


_PLANS: dict[StepKind, Callable[[Policy, PolicyStep, Pot, datetime, datetime], StepPlan]] = {
    StepKind.GRANT: _plan_grant,
    StepKind.OPEN: _plan_open,
    StepKind.RAISE: _plan_raise,
    StepKind.ASK: _plan_ask,
}


# The simulation


@dataclass(frozen=True, slots=True)
class Simulated:
    """One step with its plan, or why it would stop there; ``left`` is what is in the pot afterwards, by sku id."""

    step: PolicyStep
    plan: StepPlan
    blocked: str
    left: dict[int, int]


@dataclass(frozen=True, slots=True)
class Simulation:
    """A policy with today's figures, as if its time had come; pieces by sku id."""

    moment: datetime
    skus: dict[int, Sku]
    free: dict[int, int]
    kept: dict[int, int]
    promised: dict[int, int]
    at_first: dict[int, int]
    steps: list[Simulated]


def simulate(policy: Policy, now: datetime) -> Simulation:
    """What the policy would do with today's figures, as if its time had come. Nothing is written."""
    left = what_is_left(policy, now, as_if_begun=True)
    pot, moment = left.pot(), max(begins_at(policy) or now, now)
    at_first, steps = pot.left, []
    for step in policy.steps.order_by("position"):
        plan, blocked = StepPlan(), ""
        try:
            plan = plan_step(policy, step, pot, moment, now)
        except DomainError as refused:
            blocked = refused.message
        pot.take(plan.given)
        steps.append(Simulated(step, plan, blocked, pot.left))
    return Simulation(moment, left.skus, left.free, left.kept, left.promised, at_first, steps)
