"""A cut under way: each order in a short transaction of its own, by the worker, who may die at any point."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Q, Sum

from tirage.changes.operations import refund_lines
from tirage.changes.operations.cancelling import cancel_unpaid_order
from tirage.changes.rules import Bottles
from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.jobs import queue_job
from tirage.core.locks import lock_rows
from tirage.core.runs import SILENCE, actor_of, take_up
from tirage.core.texts import say_count
from tirage.core.turns import take_turns
from tirage.futures.cutting.facts import TASK, pieces_of, reason_of
from tirage.futures.cutting.instead import end_unanswered, may_be_offered, propose
from tirage.futures.cutting.planning import keys_off, quote_off
from tirage.futures.cutting.rules import still_to_lose
from tirage.futures.cutting.supply import lower
from tirage.futures.models import Cut, CutLine, Lot
from tirage.futures.states import CutOutcome, CutState
from tirage.inventory.operations import lock_stock
from tirage.orders.models import Order, OrderLine

#: Stands against an order for a moment only; it is tried again by itself.
PASSING = frozenset({"paying", "money_moving", "price_changed", "cut_moved_on"})
_OPEN = (CutOutcome.WAITING.value, CutOutcome.PROPOSED.value, CutOutcome.REFUSED.value)


def watch_cuts(*, now: datetime) -> int:
    """Begins the cuts whose time has come, ends what nobody answered, and takes up those whose worker died; how many.
    Scheduled."""
    due = Cut.objects.filter(state=CutState.PLANNED.value, begins_at__lte=now)
    begun = take_turns(partial(_begin, cut, now) for cut in due.select_related("lot"))
    still = Cut.objects.filter(state=CutState.RUNNING.value, changed_at__lt=now - SILENCE)
    # Those that wait for somebody's hand are looked at, and left.
    waiting = Q(lines__outcome=CutOutcome.WAITING.value)
    over = ~Q(lines__outcome__in=_OPEN)
    references = still.filter(waiting | over).distinct().values_list("reference", flat=True)
    ended = end_unanswered(now=now)
    return sum(begun) + ended + take_up(TASK, list(references), now=now)


@transaction.atomic
def _begin(cut: Cut, now: datetime) -> bool:
    planned = Cut.objects.filter(pk=cut.pk, state=CutState.PLANNED.value)
    if not planned.update(state=CutState.RUNNING.value, changed_at=now):
        return False
    queue_job(TASK, cut.reference)
    return True


def continue_cut(*, cut: Cut, limit: int, now: datetime) -> bool:
    """Takes up to ``limit`` orders up, each once; whether more wait. No transaction may be open: banks are asked.

    Two workers at one cut do no harm. Ends the cut when nothing is open any more.
    """
    if Cut.objects.filter(pk=cut.pk, state=CutState.RUNNING.value).update(changed_at=now) == 0:
        return False
    waiting = CutLine.objects.filter(cut=cut, outcome=CutOutcome.WAITING.value)
    rows = waiting.select_related("cut__lot", "cut__substitute", "order").order_by("pk")
    # What something stood against for a moment comes last, and once.
    fresh = list(rows.filter(note="")[: limit + 1])
    take_turns(partial(_take_up, line, now) for line in fresh[:limit] or rows[:limit])
    finish_cut(cut=cut, now=now)
    return len(fresh) > limit


def _take_up(line: CutLine, now: datetime) -> None:
    here = CutLine.objects.filter(pk=line.pk, outcome=CutOutcome.WAITING.value)
    try:
        _take_off(line, now)
    except DomainError as refused:
        if not still_to_lose(line, pieces_of(line.order_id, line.cut.lot_id)):
            # Cancelled, or cut by another worker, in that very moment.
            here.update(outcome=CutOutcome.GONE.value, note="")
            return
        outcome = CutOutcome.WAITING if refused.code in PASSING else CutOutcome.REFUSED
        here.update(outcome=outcome.value, note=refused.message[:300])


def _take_off(line: CutLine, now: datetime) -> None:
    """Takes what an order loses off it, and gives its price back. Raises as ``refund_lines`` and ``cancel_order``."""
    cut, order = line.cut, Order.objects.get(pk=line.order_id)
    off = still_to_lose(line, pieces_of(order.pk, cut.lot_id))
    if not off:
        gone = CutLine.objects.filter(pk=line.pk, outcome__in=_OPEN)
        gone.update(outcome=CutOutcome.GONE.value, note="")
        return
    if may_be_offered(line, now) and propose(line, off, now=now):
        return
    keys, reason, actor = keys_off(cut.lot.sku_id, {order.pk: off})[order.pk], reason_of(cut), actor_of(cut)
    if off == _all_of(order.pk):
        cancel_unpaid_order(order_reference=order.reference, reason=reason, actor=actor, now=now)
        return
    refund_lines(
        order_reference=order.reference,
        pieces=keys,
        bottles=Bottles.BACK,
        expected_minor=quote_off(cut.lot.sku_id, [order], {order.pk: off})[order.pk].total.minor,
        reason=reason,
        actor=actor,
        now=now,
    )


def _all_of(order_id: int) -> int:
    return int(OrderLine.objects.filter(order=order_id).aggregate(sum=Sum("quantity"))["sum"] or 0)


@transaction.atomic
def try_again(*, cut: Cut, now: datetime) -> int:
    """Lets the worker try the orders again that something stood against; how many.

    Raises Conflict ``cut_moved_on`` where the cut isn't under way.
    """
    _refuse_unless_running(cut)
    refused = CutLine.objects.filter(cut=cut, outcome=CutOutcome.REFUSED.value)
    count = refused.update(outcome=CutOutcome.WAITING.value, note="")
    if count:
        queue_job(TASK, cut.reference)
    return count


def _refuse_unless_running(cut: Cut) -> None:
    if not Cut.objects.filter(pk=cut.pk, state=CutState.RUNNING.value).exists():
        raise Conflict("cut_moved_on", "This cut isn’t under way any more.")


@transaction.atomic
def finish_cut(*, cut: Cut, actor: Actor | None = None, now: datetime) -> bool:
    """Ends a cut that has nothing open any more; with an ``actor`` also one of which some orders refuse: they keep
    what they have. The lot then brings what was said, unless more is sold of it.

    Locks stock, lot. Records ``cut.finished``.
    """
    open_ones = [CutOutcome.WAITING.value, CutOutcome.PROPOSED.value]
    if actor is None:
        open_ones.append(CutOutcome.REFUSED.value)
    if CutLine.objects.filter(cut=cut, outcome__in=open_ones).exists():
        return False
    lock_stock([cut.lot.sku_id])
    lock_rows(Lot.objects.filter(pk=cut.lot_id))
    lower(cut.lot_id, cut.pieces)
    running = Cut.objects.filter(pk=cut.pk, state=CutState.RUNNING.value)
    if not running.update(state=CutState.FINISHED.value, changed_at=now):
        return False
    lot = Lot.objects.get(pk=cut.lot_id)
    if lot.expected == cut.pieces:
        # Nothing is open any more about what it brings.
        Lot.objects.filter(pk=lot.pk).update(lowest=lot.expected, highest=lot.expected)
    done = CutLine.objects.filter(cut=cut, change__isnull=False).count()
    text = f"finished the cut of {lot.name}: {say_count(done, 'order', 'orders')}"
    data = {"lot": lot.reference, "cut": cut.reference}
    by = actor or system("Cut")
    record_event(EventName.CUT_FINISHED, "sku", lot.sku_id, text=text, data=data, actor=by, now=now)
    return True
