"""Many orders at once: chosen, previewed, then shipped by the worker. An interrupted run goes on where it stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q

from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.core.jobs import queue_job
from tirage.core.runs import SILENCE, in_the_name_of, take_up
from tirage.fulfilment.models import Batch, ShipRow, ShipRun
from tirage.fulfilment.operations.shipping import ship_order
from tirage.fulfilment.packing.leaving import end_batch, note_left
from tirage.fulfilment.states import SHIP_STEPS, ShipOutcome, ShipState
from tirage.orders.models import Order
from tirage.orders.states import OrderState

#: Drafts that nobody started are tidied after this time.
DRAFT_LIFE = timedelta(days=2)
_BATCH = 1_000
_TASK = "tirage.fulfilment.tasks.ship_orders"


def draft_shipping(
    *, order_ids: Sequence[int], batch: Batch | None = None, actor: Actor, now: datetime
) -> ShipRun:
    """Keeps a choice of orders for preview, each with the way that it goes by; nothing leaves yet.

    ``batch`` is the one that is handed over by it. Raises DomainError ``nothing_chosen``.
    """
    unique = list(dict.fromkeys(order_ids))
    if not unique:
        raise DomainError("nothing_chosen", "Choose at least one order first.")
    with transaction.atomic():
        ShipRun.objects.filter(state=ShipState.DRAFT.value, made_at__lt=now - DRAFT_LIFE).delete()
        run = ShipRun.objects.create(
            batch=batch, total=len(unique), made_at=now, changed_at=now, **in_the_name_of(actor)
        )
        ways = _ways_of(unique)
        rows = (ShipRow(run=run, order_id=order_id, way=ways.get(order_id)) for order_id in unique)
        ShipRow.objects.bulk_create(rows, batch_size=_BATCH)
    return run


def _ways_of(order_ids: Sequence[int]) -> dict[int, str]:
    """The method of each order by its reference, empty for none; one statement for each portion."""
    found: dict[int, str] = {}
    for first in range(0, len(order_ids), _BATCH):
        orders = Order.objects.filter(pk__in=order_ids[first : first + _BATCH])
        found |= {pk: way or "" for pk, way in orders.values_list("pk", "method__reference")}
    return found


@transaction.atomic
def start_shipping(*, run: ShipRun, tell_customers: bool, actor: Actor, now: datetime) -> ShipRun:
    """Lets the worker begin a previewed run, or go on with one that was stopped; it goes on as it was begun."""
    began = ShipRun.objects.filter(pk=run.pk, state=ShipState.DRAFT.value).update(
        state=ShipState.RUNNING.value, tell_customers=tell_customers, changed_at=now, **in_the_name_of(actor)
    )
    goes_on = ShipRun.objects.filter(pk=run.pk, state=ShipState.STOPPED.value).update(
        state=ShipState.RUNNING.value, changed_at=now, **in_the_name_of(actor)
    )
    if began or goes_on:
        queue_job(_TASK, run.reference)
    run.refresh_from_db()
    return run


def stop_shipping(*, run: ShipRun, now: datetime) -> ShipRun:
    """Ends a run between two orders. One that is over is returned as it is."""
    _advance(run, ShipState.STOPPED, now)
    return run


def sweep_stopped_shipping(*, now: datetime) -> int:
    """Queues again the runs whose worker died; how many. Run by the schedule."""
    still = ShipRun.objects.filter(state=ShipState.RUNNING.value, changed_at__lt=now - SILENCE)
    return take_up(_TASK, list(still.values_list("reference", flat=True)), now=now)


def continue_shipping(*, run: ShipRun, limit: int, actor: Actor, now: datetime) -> ShipRun:
    """Marks the next ``limit`` orders of a running run as shipped; one that is refused is left with the reason, as is
    one that goes another way by now than the one it was chosen with.

    No transaction may be open: each order takes its money from the bank. Two who push the same run at once do no harm:
    an order leaves once, and who finds it gone writes it down as shipped.
    """
    if run.state != ShipState.RUNNING:
        return run
    rows = list(
        run.rows.filter(outcome=ShipOutcome.WAITING.value).select_related("order").order_by("id")[:limit]
    )
    for row in rows:
        _ship_row(run, row, actor, now)
    ShipRun.objects.filter(pk=run.pk).update(changed_at=now)
    run.refresh_from_db()
    if len(rows) < limit or not run.rows.filter(outcome=ShipOutcome.WAITING.value).exists():
        with transaction.atomic():
            _advance(run, ShipState.FINISHED, now)
            end_batch(run, now)
    return run


def _ship_row(run: ShipRun, row: ShipRow, actor: Actor, now: datetime) -> None:
    reason = ""
    try:
        ship_order(
            order_reference=row.order.reference,
            tell_customer=run.tell_customers,
            way=row.way,
            batch=run.batch.reference if run.batch else "",
            actor=actor,
            now=now,
        )
    except DomainError as refusal:
        # Shipped by this very run in another browser, or by somebody since it was previewed: it has left.
        has_left = Order.objects.filter(
            pk=row.order_id, state=OrderState.SHIPPED.value, shipped_at__gte=run.made_at
        ).exists()
        reason = "" if has_left else refusal.message[:300]
    outcome = ShipOutcome.REFUSED if reason else ShipOutcome.SHIPPED
    waiting = ShipRow.objects.filter(pk=row.pk, outcome=ShipOutcome.WAITING.value)
    # Together: a row that isn't waited for any more is never looked at again.
    with transaction.atomic():
        note_left(run, row.order_id, reason, actor, now)
        waiting.update(outcome=outcome.value, reason=reason)


def _advance(run: ShipRun, to: ShipState, now: datetime) -> None:
    sources = [state.value for state, steps in SHIP_STEPS.items() if to in steps]
    ShipRun.objects.filter(pk=run.pk, state__in=sources).update(state=to.value, changed_at=now)
    run.refresh_from_db()


def say_result(run: ShipRun) -> str:
    """What the run did, said after who did it: "marked 38 orders as shipped. 2 were left as they were."."""
    counts = run.rows.aggregate(
        shipped=Count("pk", filter=Q(outcome=ShipOutcome.SHIPPED.value)),
        refused=Count("pk", filter=Q(outcome=ShipOutcome.REFUSED.value)),
        waiting=Count("pk", filter=Q(outcome=ShipOutcome.WAITING.value)),
    )
    shipped, refused = counts["shipped"], counts["refused"]
    text = f"marked {shipped:,} {'order' if shipped == 1 else 'orders'} as shipped."
    if refused:
        text += f" {refused:,} {'was left as it was' if refused == 1 else 'were left as they were'}."
    if counts["waiting"] and run.state == ShipState.STOPPED:
        text += f" {counts['waiting']:,} {'was' if counts['waiting'] == 1 else 'were'} not reached."
    return text
