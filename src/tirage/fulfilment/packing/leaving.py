"""What becomes of the rows of a batch while it leaves."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.locks import lock_row
from tirage.fulfilment.models import Batch, PackRow, ShipRun
from tirage.fulfilment.packing.freezing import unpack
from tirage.fulfilment.states import BatchState, PackState, ShipState
from tirage.orders.models import Order


def note_left(run: ShipRun, order_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Writes down what became of an order of a batch that leaves: gone, or taken out with its reason."""
    if run.batch_id is None:
        return
    if not reason:
        packed = PackRow.objects.filter(batch=run.batch_id, order=order_id, state=PackState.PACKED.value)
        packed.update(state=PackState.GONE.value, changed_at=now)
        return
    with transaction.atomic():
        order = lock_row(Order.objects.filter(pk=order_id))
        if order is not None and run.batch is not None and order.packed_in == run.batch.reference:
            unpack([order], reason, actor, now)


def end_batch(run: ShipRun, now: datetime) -> None:
    """A batch is done once its run is finished; nothing where another worker has said so."""
    if run.batch_id is not None and run.state == ShipState.FINISHED:
        leaving = Batch.objects.filter(pk=run.batch_id, state=BatchState.LEAVING.value)
        leaving.update(state=BatchState.DONE.value, changed_at=now)
