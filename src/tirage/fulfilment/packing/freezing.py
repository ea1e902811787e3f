"""Taking orders into a batch, portion by portion in the worker, and letting them out again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import build_event, record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.jobs import queue_job
from tirage.core.locks import lock_row, lock_rows
from tirage.core.models import Event
from tirage.core.runs import SILENCE, actor_of, in_the_name_of, take_up
from tirage.fulfilment.models import Batch, PackRow
from tirage.fulfilment.packing.hindrances import PORTION, hindrances
from tirage.fulfilment.states import BATCH_STEPS, HINDRANCES, BatchState, PackState
from tirage.orders.models import Order

TASK = "tirage.fulfilment.tasks.freeze_orders"
DISSOLVED = "The batch was dissolved."


def start_freezing(
    *,
    batch: Batch,
    name: str,
    leaves_on: date | None,
    waits_for_wishes: bool,
    actor: Actor,
    now: datetime,
) -> None:
    """Lets the worker take the batch's orders in.

    With ``leaves_on`` orders that are wanted later stay out, with ``waits_for_wishes`` those with open wishes beside
    them. Raises Conflict ``frozen_already``.
    """
    columns = {"name": name, "leaves_on": leaves_on, "waits_for_wishes": waits_for_wishes}
    with transaction.atomic():
        advance_batch(batch, BatchState.FREEZING, now, **columns, **in_the_name_of(actor))
        queue_job(TASK, batch.reference)


def continue_freezing(*, batch: Batch, now: datetime) -> bool:
    """Takes the next ``PORTION`` orders in, or leaves them out with why; whether there are more.

    What stands against an order is asked anew under its lock: whoever changes it, or freezes it in another batch, comes
    before or after. Locks the batch, then the orders. Records ``order.packed`` for each, at last ``batch.frozen``.
    """
    with transaction.atomic():
        locked = lock_row(Batch.objects.filter(pk=batch.pk))
        if locked is None or locked.state != BatchState.FREEZING:
            return False
        rows = list(locked.rows.filter(state=PackState.CHOSEN.value).order_by("order_id")[:PORTION])
        if rows:
            _take_in(locked, rows, now)
            Batch.objects.filter(pk=locked.pk).update(changed_at=now)
            return True
        advance_batch(locked, BatchState.FROZEN, now, frozen_at=now)
        packed = locked.rows.filter(state=PackState.PACKED.value).count()
        text = f"froze the batch {locked.name}: {packed:,} {'order' if packed == 1 else 'orders'}"
        record_event(EventName.BATCH_FROZEN, "batch", locked.pk, text=text, actor=actor_of(locked), now=now)
    return False


def _take_in(batch: Batch, rows: Sequence[PackRow], now: datetime) -> None:
    ids = [row.order_id for row in rows]
    orders = lock_rows(Order.objects.select_related("method").filter(pk__in=ids))
    against = hindrances(batch, orders, now)
    fits = [order for order in orders if order.pk not in against]
    for hindrance in set(against.values()):
        out = [order_id for order_id, why in against.items() if why is hindrance]
        _move_rows(batch, out, PackState.LEFT_OUT, HINDRANCES[hindrance], now)
    _move_rows(batch, [order.pk for order in fits], PackState.PACKED, "", now)
    Order.objects.filter(pk__in=[order.pk for order in fits]).update(packed_in=batch.reference)
    text, actor = f"put the order into the batch {batch.name}", actor_of(batch)
    Event.objects.bulk_create(
        build_event(
            EventName.ORDER_PACKED,
            "order",
            order.pk,
            text=text,
            data={"batch": batch.reference},
            customer_id=order.customer_id,
            actor=actor,
            now=now,
        )
        for order in fits
    )


def _move_rows(batch: Batch, order_ids: Sequence[int], state: PackState, reason: str, now: datetime) -> None:
    rows = batch.rows.filter(order_id__in=order_ids, state=PackState.CHOSEN.value)
    rows.update(state=state.value, reason=reason, changed_at=now)


def sweep_still_batches(*, now: datetime) -> int:
    """Queues again the batches whose worker died; how many. Run by the schedule."""
    still = Batch.objects.filter(state=BatchState.FREEZING.value, changed_at__lt=now - SILENCE)
    return take_up(TASK, list(still.values_list("reference", flat=True)), now=now)


def recall_order(*, order_reference: str, reason: str, actor: Actor, now: datetime) -> Order:
    """Takes an order out of its frozen batch: it can be changed again, and is not handed over.

    ``reason`` stands in the batch and in the activity. Locks the order, which is locked again before it leaves: one of
    the two comes first. Records ``order.recalled``. Raises DomainError ``not_found``, ``reason_missing``, Conflict
    ``not_packed``.
    """
    if not reason.strip():
        words = "Write a few words."
        raise DomainError("reason_missing", "Say why the order is recalled.", {"reason": words})
    with transaction.atomic():
        order = lock_row(Order.objects.filter(reference=order_reference))
        if order is None:
            raise DomainError("not_found", "There is no such order.")
        if not order.packed_in:
            raise Conflict("not_packed", "This order is in no batch. Look at it again.")
        unpack([order], reason.strip(), actor, now)
    return order


def unpack(orders: Sequence[Order], reason: str, actor: Actor, now: datetime) -> None:
    """Takes locked orders out of their batches. Records ``order.recalled`` for each."""
    ids = [order.pk for order in orders]
    packed = PackRow.objects.filter(order_id__in=ids, state=PackState.PACKED.value)
    packed.update(state=PackState.RECALLED.value, reason=reason[:300], changed_at=now)
    Order.objects.filter(pk__in=ids).update(packed_in="")
    Event.objects.bulk_create(
        build_event(
            EventName.ORDER_RECALLED,
            "order",
            order.pk,
            text=f"recalled the order from its batch: {reason}",
            data={"batch": order.packed_in},
            customer_id=order.customer_id,
            actor=actor,
            now=now,
        )
        for order in orders
    )
    for order in orders:
        order.packed_in = ""


def dissolve_batch(*, batch: Batch, actor: Actor, now: datetime) -> None:
    """Lets every order of a batch go free, and ends it. Locks the batch, then the orders. Records ``batch.dissolved``.

    Raises Conflict ``frozen_already`` where it leaves, or has left.
    """
    with transaction.atomic():
        locked = lock_row(Batch.objects.filter(pk=batch.pk))
        if locked is None:
            raise DomainError("not_found", "There is no such batch.")
        advance_batch(locked, BatchState.DISSOLVED, now)
        orders = lock_rows(Order.objects.filter(packed_in=locked.reference))
        unpack(orders, DISSOLVED, actor, now)
        locked.rows.filter(state=PackState.CHOSEN.value).update(
            state=PackState.LEFT_OUT.value, reason=DISSOLVED, changed_at=now
        )
        record_event(
            EventName.BATCH_DISSOLVED,
            "batch",
            locked.pk,
            text=f"dissolved the batch {locked.name}",
            actor=actor,
            now=now,
        )


def advance_batch(batch: Batch, to: BatchState, now: datetime, **columns: object) -> None:
    """Takes a batch a legal step further, in one conditional update; but for ``end_batch`` the only writer.

    Raises Conflict ``frozen_already`` when somebody else was faster.
    """
    sources = [state.value for state, steps in BATCH_STEPS.items() if to in steps]
    moved = Batch.objects.filter(pk=batch.pk, state__in=sources)
    if not moved.update(state=to.value, changed_at=now, **columns):
        raise Conflict("frozen_already", "Somebody else has just moved this batch on. Look at it again.")
    batch.refresh_from_db()
