"""What follows once a customer is erased: cards, newsletters, kept files, and every table that may name the person.

Step by step, each table by portions in a transaction of their own under the lock of the erasing: a worker that dies
leaves whole portions, and the next one goes on behind them. Doing one again changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Cast

from tirage.core.locks import lock_row
from tirage.core.runs import actor_of, stands_still, take_up
from tirage.fulfilment.models import BatchPaper, PackRow
from tirage.imports import files
from tirage.imports.models import ImportRun
from tirage.imports.states import BUSY, ImportKind, ImportState
from tirage.leaving.erasing.operations import TASK, hash_of
from tirage.leaving.erasing.table import OF_OTHERS_KEPT, owner_path, swept_fields, swept_models
from tirage.leaving.erasing.words import Words, erased_from
from tirage.leaving.exporting import let_export_go
from tirage.leaving.models import Erasure, EverythingExport
from tirage.leaving.states import ErasureState, ExportState
from tirage.marketing.leaving import leave_lists
from tirage.marketing.models import Subscriber
from tirage.marketing.services import current_service
from tirage.payments.operations.forgetting import forget_cards_of

#: Rows written in one transaction.
PORTION = 200
Clock = Callable[[], datetime]
#: Files of goods have nobody in them.
_OF_GOODS = (ImportKind.SKUS, ImportKind.STOCK, ImportKind.OFFER_ITEMS)


def go_on(*, reference: str, clock: Clock) -> Erasure:
    """All steps from where the erasing stands. No transaction may be open; one that is over is left as it is.

    Raises what the processor or the newsletters' service raises; the next one begins with that step.
    """
    erasure = _claim(reference, clock())
    if erasure.state != ErasureState.RUNNING:
        return erasure
    steps = list(_steps())
    names = [name for name, _ in steps]
    try:
        first = names.index(erasure.step) if erasure.step in names else 0
        for number in range(first, len(steps)):
            name, act = steps[number]
            if erasure.step != name:
                _reach(erasure, name, "", clock())
            act(erasure, clock)
        _finish(erasure, clock())
    except Exception as problem:
        Erasure.objects.filter(pk=erasure.pk, attempt=erasure.attempt).update(
            problem=type(problem).__name__[:300]
        )
        raise
    erasure.refresh_from_db()
    return erasure


def _steps() -> Iterable[tuple[str, Callable[[Erasure, Clock], None]]]:
    yield "newsletters", _leave_newsletters
    yield "cards", _forget_cards
    yield "files", _delete_files
    for model in swept_models():
        yield str(model._meta.label), _sweeping(model)


def _sweeping(model: type[models.Model]) -> Callable[[Erasure, Clock], None]:
    return lambda erasure, clock: _sweep(model, erasure, clock)


@transaction.atomic
def _claim(reference: str, now: datetime) -> Erasure:
    """From here on it is this worker's: an earlier one finds so at its next portion."""
    erasure = lock_row(Erasure.objects.filter(reference=reference))
    if erasure is None:
        raise Erasure.DoesNotExist(reference)
    if erasure.state == ErasureState.RUNNING:
        erasure.attempt, erasure.changed_at = erasure.attempt + 1, now
        erasure.save(update_fields=["attempt", "changed_at"])
    return erasure


class Overtaken(Exception):
    """Another worker took the erasing up meanwhile."""


def _still_ours(erasure: Erasure) -> QuerySet[Erasure]:
    return Erasure.objects.filter(pk=erasure.pk, attempt=erasure.attempt, state=ErasureState.RUNNING.value)


def _reach(erasure: Erasure, step: str, cursor: str, now: datetime) -> None:
    """Writes down how far it is. Raises Overtaken."""
    if not _still_ours(erasure).update(step=step, cursor=cursor, changed_at=now, rows=erasure.rows):
        raise Overtaken(erasure.reference)
    erasure.step, erasure.cursor = step, cursor


def _leave_newsletters(erasure: Erasure, clock: Clock) -> None:
    """At the service first, which needs the address; then only a hash of it stays, off the list."""
    rows = Subscriber.objects.filter(customer=erasure.customer_id)
    if current_service().is_connected:
        leave_lists(customer_id=erasure.customer_id, now=clock())
    for row in rows:
        if not row.email.endswith("@erased.invalid"):
            rows.filter(pk=row.pk).update(email=f"{hash_of(row.email)}@erased.invalid", sent={}, digest="")


def _forget_cards(erasure: Erasure, clock: Clock) -> None:
    forget_cards_of(customer_id=erasure.customer_id, now=clock())


def _delete_files(erasure: Erasure, clock: Clock) -> None:
    """Files with everybody in them: those of everything, what was printed for batches, and those that were imported."""
    _delete_papers(erasure)
    kept = EverythingExport.objects.exclude(state=ExportState.GONE.value)
    for export in kept.filter(made_at__lte=erasure.made_at):
        let_export_go(export=export, actor=actor_of(erasure), now=clock())
    runs = ImportRun.objects.filter(parts__isnull=False, made_at__lte=erasure.made_at).distinct()
    goods = [one.value for one in _OF_GOODS]
    for run in runs.exclude(state__in=[one.value for one in BUSY]).exclude(kind__in=goods):
        files.drop_all(run)
        waiting = [ImportState.UPLOADED.value, ImportState.CHECKED.value, ImportState.FAILED.value]
        ImportRun.objects.filter(pk=run.pk, state__in=waiting).update(
            state=ImportState.CANCELLED.value, finished_at=clock()
        )


def _delete_papers(erasure: Erasure) -> None:
    """What was printed with the person's orders among others: slips, labels, gift notes."""
    BatchPaper.objects.filter(
        batch__in=PackRow.objects.filter(order__customer=erasure.customer_id).values("batch")
    ).delete()


def _sweep(model: type[models.Model], erasure: Erasure, clock: Clock) -> None:
    """Every row of the table that names the person, portion by portion behind the cursor."""
    words = Words.from_json(erasure.words)
    fields = swept_fields(model)
    while found := _naming(model, fields, words, erasure)[:PORTION]:
        with transaction.atomic():
            if not lock_row(_still_ours(erasure)):
                raise Overtaken(erasure.reference)
            erasure.rows += sum(_rewrite(model, fields, row, words, erasure) for row in found)
            _reach(erasure, str(model._meta.label), str(found[-1]["pk"]), clock())


def _naming(
    model: type[models.Model], fields: list[models.Field[Any, Any]], words: Words, erasure: Erasure
) -> list[dict[str, Any]]:
    """The next rows in which one of the words seems to stand, with whose they are."""
    rows: QuerySet[Any] = model._base_manager.order_by("pk")
    if erasure.step == model._meta.label and erasure.cursor:
        rows = rows.filter(pk__gt=model._meta.pk.to_python(erasure.cursor))
    texts = {}
    for one in fields:
        if isinstance(one, models.JSONField):
            texts[f"{one.name}_text"] = Cast(one.name, models.TextField())
    names = [f"{one.name}_text" if f"{one.name}_text" in texts else one.name for one in fields]
    path = owner_path(model)
    likes: list[Q] = []
    for word in words.own if path else words.unique:
        likes += [Q(**{f"{name}__icontains": way}) for name in names for way in _spellings(word)]
    if not likes:
        return []
    columns = ["pk", *(one.name for one in fields), *([path] if path and path != "pk" else [])]
    return list(rows.annotate(**texts).filter(reduce(or_, likes)).values(*columns)[:PORTION])


def _spellings(word: str) -> set[str]:
    """As text has it and as JSON does, where letters beyond ASCII are written by number."""
    return {word, json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1]}


def _rewrite(
    model: type[models.Model],
    fields: list[models.Field[Any, Any]],
    row: dict[str, Any],
    words: Words,
    erasure: Erasure,
) -> int:
    path = owner_path(model)
    owner = row["pk"] if path == "pk" else row.get(path) if path else None
    is_own = owner == erasure.customer_id
    if owner is not None and not is_own and model._meta.label in OF_OTHERS_KEPT:
        return 0
    pattern = words.pattern(is_own=is_own)
    changes = {}
    for one in fields:
        value = erased_from(row[one.name], pattern, words.alias)
        if value != row[one.name]:
            changes[one.name] = value[: one.max_length] if isinstance(value, str) else value
    return model._base_manager.filter(pk=row["pk"]).update(**changes) if changes else 0


def _finish(erasure: Erasure, now: datetime) -> None:
    """Nothing is left to look for: the words are forgotten."""
    _still_ours(erasure).update(
        state=ErasureState.DONE.value, words={}, problem="", changed_at=now, finished_at=now
    )


def sweep_stopped_erasing(*, now: datetime) -> int:
    """Erasings whose worker died, or whose step failed, are taken up again; how many."""
    still = [
        one.reference
        for one in Erasure.objects.filter(state=ErasureState.RUNNING.value)
        if stands_still(one.changed_at, now)
    ]
    return take_up(TASK, still, now=now)
