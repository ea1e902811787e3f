"""What is printed for a batch: pick list, slips, labels, gift notes; the worker makes some hundred orders at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.urls import reverse

from tirage.catalog.models import Sku
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict
from tirage.core.events import EventName
from tirage.core.jobs import queue_job
from tirage.core.runs import SILENCE, take_up
from tirage.core.winery import current_winery, local_time
from tirage.fulfilment.models import Batch, BatchPaper
from tirage.fulfilment.states import BatchState, PackState, PaperKind
from tirage.orders.models import Order, OrderLine
from tirage.parts.documents import qr_svg, typeset
from tirage.parts.wording import say_bottles

TASK = "tirage.backoffice.packing.tasks.print_papers"
#: Orders of one file: what a printer takes without trouble, and the worker makes in some seconds.
PART = 250
PRINTABLE = (BatchState.FROZEN, BatchState.LEAVING, BatchState.DONE)


def start_printing(*, batch: Batch, actor: Actor, now: datetime) -> None:
    """Has the worker print everything of the batch, anew if it was before: recalled orders aren't in it then.

    Records ``batch.printed``. Raises Conflict ``not_frozen``.
    """
    if batch.state not in PRINTABLE:
        raise Conflict("not_frozen", "A batch is printed once it is frozen.")
    with transaction.atomic():
        batch.papers.all().delete()
        Batch.objects.filter(pk=batch.pk).update(printing_after=0, changed_at=now)
        text = f"had the papers of the batch {batch.name} printed"
        record_event(EventName.BATCH_PRINTED, "batch", batch.pk, text=text, actor=actor, now=now)
        queue_job(TASK, batch.reference)


def continue_printing(*, batch: Batch, now: datetime) -> bool:
    """Makes the next part of the papers; whether there are more. No transaction may be open.

    Whoever began anew meanwhile, or another worker, wins: a part that isn't awaited any more is thrown away.
    """
    batch.refresh_from_db()
    after = batch.printing_after
    if after is None:
        return False
    orders = list(
        _printed(batch).select_related("customer", "method").filter(pk__gt=after).order_by("pk")[:PART]
    )
    made = _papers(batch, orders, now) if orders else []
    if after == 0 and orders:
        made.append((PaperKind.PICK_LIST, _pick_list(batch, now), _printed(batch).count()))
    with transaction.atomic():
        awaited = Batch.objects.filter(pk=batch.pk, printing_after=after)
        if awaited.update(printing_after=orders[-1].pk if orders else None, changed_at=now):
            for kind, pdf, count in made:
                part = batch.papers.filter(kind=kind.value).count() + 1
                BatchPaper.objects.create(
                    batch=batch, kind=kind.value, part=part, orders=count, pdf=pdf, made_at=now
                )
    return bool(orders)


def sweep_still_printing(*, now: datetime) -> int:
    """Queues again what is printed and whose worker died; how many. Run by the schedule."""
    still = Batch.objects.filter(printing_after__isnull=False, changed_at__lt=now - SILENCE)
    return take_up(TASK, list(still.values_list("reference", flat=True)), now=now)


def _printed(batch: Batch) -> QuerySet[Order]:
    """What is packed, and what has left with it already."""
    states = [PackState.PACKED.value, PackState.GONE.value]
    return Order.objects.filter(pack_rows__batch=batch, pack_rows__state__in=states)


def _papers(batch: Batch, orders: Sequence[Order], now: datetime) -> list[tuple[PaperKind, bytes, int]]:
    wines, methods = _wines_of([order.pk for order in orders]), _methods_of(orders)
    slips = [_slip(order, wines.get(order.pk, []), methods[order.pk]) for order in orders]
    sent = [order for order in orders if order.address_lines]
    labels = [
        {"reference": order.reference, "to": order.address_lines, "method": methods[order.pk]}
        for order in sent
    ]
    notes = [
        {"reference": order.reference, "to": order.recipient or "", "note": order.gift_note}
        for order in orders
        if order.gift_note
    ]
    found = [(PaperKind.SLIPS, _pdf("slips", batch, now, orders=slips), len(slips))]
    if labels:
        found.append((PaperKind.LABELS, _pdf("labels", batch, now, labels=labels), len(labels)))
    if notes:
        found.append((PaperKind.GIFT_NOTES, _pdf("gift_notes", batch, now, notes=notes), len(notes)))
    return found


def _pdf(template: str, batch: Batch, now: datetime, **facts: Any) -> bytes:
    title = f"{batch.name} ({batch.reference})"
    return typeset(template, facts, title=title, now=now)


def _slip(order: Order, wines: Sequence[dict[str, Any]], method: str) -> dict[str, Any]:
    placed = local_time(order.placed_at or order.made_at)
    return {
        "reference": order.reference,
        "code": qr_svg(f"{settings.SITE_URL}{reverse('backoffice:order', args=[order.reference])}"),
        "placed": f"Ordered {placed:%B} {placed.day}, {placed.year}",
        "to": order.address_lines or [order.recipient or order.customer.name],
        "method": method,
        "wines": [{**one, "pieces": str(one["pieces"])} for one in wines],
        "bottles": say_bottles(sum(one["pieces"] * one["units"] for one in wines), current_winery().locale),
        "note": order.gift_note,
    }


def _methods_of(orders: Sequence[Order]) -> dict[int, str]:
    return {order.pk: order.method.name if order.method else "" for order in orders}


def _wines_of(order_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """What each order has now; one statement."""
    lines = OrderLine.objects.filter(order_id__in=order_ids).values("order_id", "sku")
    sums = lines.annotate(pieces=Sum("quantity")).filter(pieces__gt=0)
    rows = sums.order_by("order_id", "sku__vintage__wine__name", "sku__code").values_list(
        "order_id", "pieces", "sku"
    )
    skus = Sku.objects.select_related("vintage__wine").in_bulk({sku for _, _, sku in rows})
    found: dict[int, list[dict[str, Any]]] = {}
    for order_id, pieces, sku_id in rows:
        sku = skus[sku_id]
        wine = {"pieces": int(pieces), "units": sku.units, "title": sku.name, "format": sku.format_name}
        found.setdefault(order_id, []).append(wine | {"code": sku.code})
    return found


def _pick_list(batch: Batch, now: datetime) -> bytes:
    """Everything of the batch: how many of each wine, and what goes where."""
    orders = list(_printed(batch).select_related("customer").order_by("pk"))
    wines = _wines_of([order.pk for order in orders])
    totals: dict[str, dict[str, Any]] = {}
    for one in (one for found in wines.values() for one in found):
        total = totals.setdefault(one["code"], {**one, "pieces": 0})
        total["pieces"] += one["pieces"]
    day = local_time(now)
    return _pdf(
        "pick_list",
        batch,
        now,
        heading=batch.name,
        about=f"{batch.reference} · {len(orders):,} orders · printed {day:%B} {day.day}, {day.year}",
        wines=[{**one, "pieces": f"{one['pieces']:,}"} for one in sorted(totals.values(), key=_by_title)],
        orders=[
            {
                "reference": order.reference,
                "to": order.recipient or order.customer.name,
                "what": ", ".join(
                    f"{one['pieces']} × {one['title']}, {one['format']}" for one in wines.get(order.pk, [])
                ),
            }
            for order in orders
        ],
    )


def _by_title(one: dict[str, Any]) -> tuple[str, str]:
    return one["title"], one["format"]
