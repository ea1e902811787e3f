"""A batch before it is frozen: which orders, until which day, and what will become of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.core.runs import in_the_name_of
from tirage.core.winery import local_time
from tirage.fulfilment.models import Batch, PackRow
from tirage.fulfilment.packing.hindrances import hindrances, in_portions
from tirage.fulfilment.queries import bottles_of
from tirage.fulfilment.states import BatchState, Hindrance
from tirage.orders.models import Order

#: Orders of one batch: what a room packs in a week, and what is previewed in a few seconds.
MOST_ORDERS = 5_000
MOST_NAME = 80
#: Batches that nobody froze are tidied after this time.
DRAFT_LIFE = timedelta(days=7)
#: Left-out orders that a preview names; the rest is counted.
NAMED = 200


def draft_batch(*, order_ids: Sequence[int], actor: Actor, now: datetime) -> Batch:
    """Keeps a choice of orders as a batch to be previewed; nothing changes for them yet.

    Raises DomainError ``nothing_chosen``, ``too_many``.
    """
    unique = list(dict.fromkeys(order_ids))
    if not unique:
        raise DomainError("nothing_chosen", "Choose at least one order first.")
    if len(unique) > MOST_ORDERS:
        words = f"A batch has at most {MOST_ORDERS:,} orders; you chose {len(unique):,}. Choose fewer."
        raise DomainError("too_many", words)
    today = local_time(now).date()
    with transaction.atomic():
        Batch.objects.filter(state=BatchState.DRAFT.value, made_at__lt=now - DRAFT_LIFE).delete()
        batch = Batch.objects.create(
            name=f"{today:%B} {today.day}",
            leaves_on=today,
            total=len(unique),
            made_at=now,
            changed_at=now,
            **in_the_name_of(actor),
        )
        rows = (PackRow(batch=batch, order_id=order_id, changed_at=now) for order_id in unique)
        PackRow.objects.bulk_create(rows, batch_size=1_000)
    return batch


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An order that won't be taken in, with why."""

    order: Order
    hindrance: Hindrance


@dataclass(slots=True)
class BatchPreview:
    """What a batch would be if it were frozen now; ``to_take_minor`` is set aside and will be taken as it leaves."""

    fits: int = 0
    bottles: int = 0
    to_take_minor: int = 0
    by_method: Counter[str] = field(default_factory=Counter)
    by_hindrance: Counter[Hindrance] = field(default_factory=Counter)
    #: The first ``NAMED`` of those that are left out.
    left_out: list[LeftOut] = field(default_factory=list)

    def count(self, order: Order, hindrance: Hindrance | None) -> None:
        if hindrance is None:
            self.fits += 1
            self.to_take_minor += max(order.balance_minor, 0)
            self.by_method[order.method.name if order.method else ""] += 1
            return
        self.by_hindrance[hindrance] += 1
        if len(self.left_out) < NAMED:
            self.left_out.append(LeftOut(order, hindrance))


def preview_batch(batch: Batch, now: datetime) -> BatchPreview:
    """Looks at every order that was chosen; some ten statements for each five hundred of them."""
    found = BatchPreview()
    chosen = Order.objects.filter(pack_rows__batch=batch).select_related("customer")
    for orders in in_portions(chosen):
        against = hindrances(batch, orders, now)
        for order in orders:
            found.count(order, against.get(order.pk))
        found.bottles += bottles_of(
            Order.objects.filter(pk__in=[one.pk for one in orders if one.pk not in against])
        )
    return found
