"""A frozen batch leaves: its orders are shipped one by one; what is refused leaves the batch with its reason."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.fulfilment.models import Batch, ShipRun
from tirage.fulfilment.operations.runs import draft_shipping, start_shipping
from tirage.fulfilment.packing.freezing import advance_batch
from tirage.fulfilment.states import BatchState, PackState


def hand_over(*, batch: Batch, tell_customers: bool, actor: Actor, now: datetime) -> ShipRun:
    """Lets the worker ship what is packed in the batch; the run that does it.

    Money that is set aside is taken order by order. An order that was recalled meanwhile stays; one whose money the
    bank refuses, or that something else stands against, leaves the batch with the reason. Locks the batch. Raises
    DomainError ``nothing_packed``, Conflict ``frozen_already``.
    """
    with transaction.atomic():
        advance_batch(batch, BatchState.LEAVING, now)
        packed = batch.rows.filter(state=PackState.PACKED.value).order_by("order_id")
        ids = list(packed.values_list("order_id", flat=True))
        if not ids:
            raise DomainError("nothing_packed", "Nothing is packed in this batch any more. Dissolve it.")
        run = draft_shipping(order_ids=ids, batch=batch, actor=actor, now=now)
        return start_shipping(run=run, tell_customers=tell_customers, actor=actor, now=now)
