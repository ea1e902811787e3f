"""What a batch's page says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count
from django.urls import reverse

from tirage.backoffice.packing.words import BATCH_STATES, PAPERS, batch_state
from tirage.core.money import Money
from tirage.core.runs import stands_still
from tirage.core.winery import current_winery
from tirage.fulfilment.models import Batch
from tirage.fulfilment.packing.choosing import preview_batch
from tirage.fulfilment.queries import bottles_of, ship_progress
from tirage.fulfilment.states import HINDRANCES, BatchState, PackState, ShipState
from tirage.orders.models import Order

#: Orders that are named as taken out.
MOST_TAKEN_OUT = 200


def batch_words(batch: Batch, now: datetime) -> dict[str, Any]:
    """The context of its page, by how far it is."""
    said: dict[str, Any] = {"state": batch_state(batch), "state_words": BATCH_STATES[batch.state]}
    if batch.state == BatchState.DRAFT:
        return said | _preview(batch, now)
    counts = dict(batch.rows.values_list("state").annotate(count=Count("pk")))
    packed = Order.objects.filter(pack_rows__batch=batch, pack_rows__state=PackState.PACKED.value)
    out = batch.rows.filter(state__in=[PackState.LEFT_OUT.value, PackState.RECALLED.value])
    said |= {
        "counts": counts,
        "packed": counts.get(PackState.PACKED, 0),
        "gone": counts.get(PackState.GONE, 0),
        "left_out": counts.get(PackState.LEFT_OUT, 0),
        "taken_out": counts.get(PackState.RECALLED, 0),
        "bottles": bottles_of(packed) if counts.get(PackState.PACKED) else 0,
        "out": list(out.select_related("order__customer").order_by("-changed_at", "id")[:MOST_TAKEN_OUT]),
        "late": stands_still(batch.changed_at, now),
    }
    if batch.state == BatchState.FREEZING:
        return said | {"bar": freezing_bar(batch)}
    return said | {"printing": printing_bar(batch), "papers": _papers(batch), "leaving": _leaving(batch)}


def _preview(batch: Batch, now: datetime) -> dict[str, Any]:
    found = preview_batch(batch, now)
    return {
        "preview": found,
        "to_take": Money(found.to_take_minor, current_winery().currency),
        "methods": [(name or "Without a method", count) for name, count in found.by_method.most_common()],
        "hindrances": [(HINDRANCES[why], count) for why, count in found.by_hindrance.most_common()],
        "left_out_orders": [(one.order, HINDRANCES[one.hindrance]) for one in found.left_out],
    }


def _papers(batch: Batch) -> list[dict[str, Any]]:
    """What was printed, kind by kind; one statement, without the files."""
    found: dict[str, dict[str, Any]] = {}
    for paper in batch.papers.defer("pdf").order_by("kind", "part"):
        kind = found.setdefault(
            paper.kind, {"label": PAPERS[paper.kind], "made_at": paper.made_at, "parts": []}
        )
        href = reverse("backoffice:batch_paper", args=[batch.reference, f"{paper.kind}-{paper.part}"])
        kind["parts"].append({"part": paper.part, "orders": paper.orders, "href": href})
    return [found[kind] for kind in PAPERS if kind in found]


def _leaving(batch: Batch) -> dict[str, Any] | None:
    """How far it has left, where it does."""
    run = batch.ship_runs.order_by("-id").first()
    if run is None:
        return None
    done = ship_progress(run)
    return {
        "run": run,
        "words": done.words,
        "is_stopped": run.state == ShipState.STOPPED,
        "href": reverse("backoffice:shipping", args=[run.reference]),
    }


def freezing_bar(batch: Batch) -> dict[str, Any]:
    """What ``parts/progress.html`` takes."""
    waiting = batch.rows.filter(state=PackState.CHOSEN.value).count()
    done = batch.total - waiting
    return {
        "name": "freezing",
        "label": "Taking orders in" if done else "Waiting for its turn",
        "value": done or None,
        "max": batch.total,
        "words": f"{done:,} of {batch.total:,}",
        "url": reverse("backoffice:batch_progress", args=[batch.reference]),
    }


def printing_bar(batch: Batch) -> dict[str, Any] | None:
    """The same of what is printed; None when nothing is."""
    if batch.printing_after is None:
        return None
    rows = batch.rows.filter(state__in=[PackState.PACKED.value, PackState.GONE.value])
    total = rows.count()
    done = total - rows.filter(order_id__gt=batch.printing_after).count()
    return {
        "name": "printing",
        "label": "Printing" if done else "Waiting for its turn",
        "value": done or None,
        "max": total or 1,
        "words": f"{done:,} of {total:,}",
        "url": reverse("backoffice:batch_print_progress", args=[batch.reference]),
    }
