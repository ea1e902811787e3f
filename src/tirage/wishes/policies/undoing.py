"""Taking back what a policy did, as far as nobody has bought of it; what can't be taken back is said before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q, Sum

from tirage.changes.operations import drop_draft
from tirage.changes.operations.cancelling import cancel_unpaid_order
from tirage.checkout.models import CartLine
from tirage.core.actors import Actor
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.jobs import queue_job
from tirage.core.locks import lock_row
from tirage.core.runs import in_the_name_of
from tirage.core.texts import say_count
from tirage.inventory.operations import release_holds
from tirage.offers.models import CustomAllowance, Offer
from tirage.offers.operations import limits_of, remove_custom_allowance, save_custom_allowance
from tirage.orders.models import OrderLine
from tirage.orders.states import BOUGHT
from tirage.wishes.granting import stop_granting, take_back
from tirage.wishes.models import GrantLine, GrantRun, Policy, PolicyAct, PolicyStep
from tirage.wishes.policies.figures import held_back
from tirage.wishes.policies.opening import close_second_offer
from tirage.wishes.policies.recording import record
from tirage.wishes.policies.running import TASK, actor_for, move
from tirage.wishes.states import GrantOutcome, PolicyState, StepState

_BACK = "The policy was taken back before the money came"


@dataclass(frozen=True, slots=True)
class WayBack:
    """One thing in words; ``can`` is whether it is taken back, or stays."""

    words: str
    can: bool


def ways_back(policy: Policy) -> list[WayBack]:
    """What an undo would take back, and what stays; nothing is changed."""
    found: list[WayBack] = []
    for step in policy.steps.select_related("run").order_by("position"):
        if step.run:
            found += _of_run(step.run)
        for act in step.acts.filter(done_at__isnull=False, offer__isnull=False, undone_at__isnull=True):
            if act.offer:
                found += _of_offer(act.offer)
        found += _of_allowances(step)
    if pieces := sum(held_back(policy).values()):
        found.append(
            WayBack(f"{say_count(pieces, 'piece', 'pieces')} kept back go to everybody again.", True)
        )
    return found


def _of_run(run: GrantRun) -> list[WayBack]:
    counts = run.lines.aggregate(
        granted=Sum("given", filter=Q(outcome=GrantOutcome.GRANTED.value)),
        kept=Count("pk", filter=Q(outcome=GrantOutcome.COLLECTING.value)),
        waiting=Count("pk", filter=Q(outcome=GrantOutcome.WAITING.value, pieces__gt=0)),
        bank=Count("pk", filter=Q(outcome=GrantOutcome.GRANTING.value)),
        aside=Sum("given", filter=Q(outcome=GrantOutcome.OFFERED.value)),
    )
    found = []
    if counts["waiting"]:
        found.append(
            WayBack(f"{say_count(counts['waiting'], 'wish', 'wishes')} not granted yet stay open.", True)
        )
    if counts["kept"]:
        words = (
            f"{say_count(counts['kept'], 'grant', 'grants')} whose card was declined: the bottles go back."
        )
        found.append(WayBack(words, True))
    if counts["aside"]:
        pieces = say_count(counts["aside"], "piece", "pieces")
        found.append(
            WayBack(
                f"{pieces} set aside for customers go back; they get a mail, and their wishes are open.", True
            )
        )
    if counts["bank"]:
        words = f"{say_count(counts['bank'], 'grant waits', 'grants wait')} for the bank: what it pays stays granted."
        found.append(WayBack(words, False))
    if counts["granted"]:
        pieces = say_count(counts["granted"], "piece", "pieces")
        words = f"{pieces} granted and paid stay on the orders; cancel or change those one by one."
        found.append(WayBack(words, False))
    return found


def _of_offer(offer: Offer) -> list[WayBack]:
    name, bought = offer.group.name, pieces_bought(offer)
    found = [WayBack(f"The second offer to {name} is taken off.", True)] if offer.is_active else []
    if bought:
        found.append(
            WayBack(f"{say_count(bought, 'piece', 'pieces')} bought from it by {name} stay bought.", False)
        )
    carts = CartLine.objects.filter(offer_item__offer=offer).values("cart").distinct().count()
    if carts and offer.is_active:
        words = f"{say_count(carts, 'cart', 'carts')} with wine of it can’t be paid any more."
        found.append(WayBack(words, True))
    return found


def pieces_bought(offer: Offer) -> int:
    lines = OrderLine.objects.filter(order__offer=offer, order__state__in=[state.value for state in BOUGHT])
    return max(lines.aggregate(pieces=Sum("quantity"))["pieces"] or 0, 0)


def _of_allowances(step: PolicyStep) -> list[WayBack]:
    acts = list(
        step.acts.filter(
            customer__isnull=False, done_at__isnull=False, undone_at__isnull=True
        ).select_related("offer_item", "step__policy")
    )
    if not acts:
        return []
    used = _used(acts)
    kept = [act for act in acts if used.get(act.pk)]
    back = len(acts) - len(kept)
    found = []
    if back:
        found.append(
            WayBack(f"{say_count(back, 'raised allowance is', 'raised allowances are')} taken back.", True)
        )
    if kept:
        raised = say_count(len(kept), "raised allowance", "raised allowances")
        words = f"{raised} that customers bought of stay as they are."
        found.append(WayBack(words, False))
    return found


def _used(acts: Sequence[PolicyAct]) -> dict[int, int]:
    """Pieces that a customer has bought beyond what was allowed before, by the act's id; one statement."""
    releases = {act.step.policy.release_id for act in acts}
    rows = OrderLine.objects.filter(
        order__release__in=releases,
        order__customer__in=[act.customer_id for act in acts],
        order__state__in=[state.value for state in BOUGHT],
    )
    bought = {
        (customer_id, sku_id): pieces
        for customer_id, sku_id, pieces in rows.order_by()
        .values_list("order__customer_id", "sku_id")
        .annotate(pieces=Sum("quantity"))
    }
    found = {}
    for act in acts:
        if act.offer_item:
            beyond = bought.get((act.customer_id, act.offer_item.sku_id), 0) - (act.maximum - act.pieces)
            found[act.pk] = max(beyond, 0)
    return found


@transaction.atomic
def undo(*, policy: Policy, actor: Actor, now: datetime) -> Policy:
    """Lets the worker take back what can be. Raises Conflict ``policy_moved`` while it acts."""
    if policy.state not in (PolicyState.STOPPED, PolicyState.FINISHED) or not move(
        policy, PolicyState.UNDOING, now, **in_the_name_of(actor)
    ):
        raise Conflict("policy_moved", "It is under way, or taken back already. Stop it first.")
    record(EventName.POLICY_UNDONE, policy, "began to take the policy back", actor, now)
    queue_job(TASK, policy.reference)
    return policy


def continue_undoing(*, policy: Policy, limit: int, now: datetime) -> bool:
    """Takes the next ``limit`` acts back, the last first; whether there is more to do. No transaction may be open.

    Grants whose money didn't come are let go with nothing locked, one by one.
    """
    if policy.state != PolicyState.UNDOING:
        return False
    with transaction.atomic():
        here = lock_row(Policy.objects.filter(pk=policy.pk, state=PolicyState.UNDOING.value))
        if here is None:
            return False
        Policy.objects.filter(pk=here.pk).update(changed_at=now)
        acts = list(
            PolicyAct.objects.filter(
                step__policy=here, done_at__isnull=False, undone_at__isnull=True, note=""
            )
            .select_related(
                "offer__group",
                "offer__release",
                "customer",
                "offer_item__offer__group",
                "offer_item__sku",
                "step__policy",
            )
            .order_by("-pk")[:limit]
        )
        used = _used([act for act in acts if act.customer_id])
        for act in acts:
            _take_back(here, act, used.get(act.pk, 0), now)
    if acts:
        return True
    for step in policy.steps.filter(run__isnull=False).select_related("run"):
        if step.run:
            _end_run(policy, step.run, now)
    with transaction.atomic():
        release_holds(holder=policy.reference)
        left = [StepState.WAITING.value, StepState.WORKING.value]
        policy.steps.filter(state__in=left).update(state=StepState.SKIPPED.value, done_at=now)
        if move(policy, PolicyState.UNDONE, now, ended_at=now):
            record(
                EventName.POLICY_UNDONE,
                policy,
                "took the policy back, as far as nobody had bought",
                actor_for(policy),
                now,
            )
    return False


def _take_back(policy: Policy, act: PolicyAct, used: int, now: datetime) -> None:
    """One act; what stays says why."""
    if act.offer:
        bought = pieces_bought(act.offer)
        close_second_offer(act=act, bought=bought, actor=actor_for(policy), now=now)
        note = f"{say_count(bought, 'piece', 'pieces')} were bought and stay bought." if bought else ""
        PolicyAct.objects.filter(pk=act.pk).update(undone_at=now, note=note)
        return
    own = CustomAllowance.objects.filter(offer_item=act.offer_item, customer=act.customer).first()
    note = ""
    if used:
        note = f"{say_count(used, 'piece was', 'pieces were')} bought of it."
    elif own is None or own.purchase_maximum != act.maximum:
        note = "Somebody changed the allowance since."
    if note or own is None:
        PolicyAct.objects.filter(pk=act.pk).update(note=note)
        return
    if act.before is None:
        remove_custom_allowance(allowance=own, shown=limits_of(own), actor=actor_for(policy), now=now)
    else:
        save_custom_allowance(
            item=own.offer_item, customer=own.customer, **act.before, actor=actor_for(policy), now=now
        )
    PolicyAct.objects.filter(pk=act.pk).update(undone_at=now)


def _end_run(policy: Policy, run: GrantRun, now: datetime) -> None:
    """Stops it, and lets go what waits for money; what is paid stays."""
    stop_granting(run=run, now=now)
    again = [GrantOutcome.COLLECTING.value, GrantOutcome.OFFERED.value]
    for line in run.lines.filter(outcome__in=again).select_related("draft", "order", "wish"):
        try:
            _let_go(policy, line, now)
        except DomainError:
            # Its money is moving just now, or it went back with another: what it is it says itself.
            continue


def _let_go(policy: Policy, line: GrantLine, now: datetime) -> None:
    if line.outcome == GrantOutcome.OFFERED:
        take_back(wish=line.wish, actor=actor_for(policy), now=now)
    elif line.draft:
        drop_draft(draft_reference=line.draft.reference, actor=actor_for(policy), now=now)
    elif line.order:
        cancel_unpaid_order(
            order_reference=line.order.reference, reason=_BACK, actor=actor_for(policy), now=now
        )
