"""Rows of files on their way: kept by the order that they are of, until the run puts the orders together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tirage.moving.models import MovedOrder, MovedRow

_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row as it was understood: amounts in minor units, moments as ISO texts, nothing that is empty."""

    row: int
    source: str
    number: str
    data: dict[str, Any]


def keep_rows(rows: Sequence[NewRow], *, file: str, shape: str) -> None:
    """Keeps a portion of a file's rows; what an earlier file of the same shape said of these orders is replaced.

    Inside the caller's transaction. The orders wait for the next run.
    """
    ids = _waiting_orders({(one.source, one.number) for one in rows})
    for some in _portions(sorted(ids.values())):
        MovedRow.objects.filter(moved__in=some, shape=shape).exclude(file=file).delete()
    MovedRow.objects.bulk_create(
        [
            MovedRow(moved_id=ids[one.source, one.number], file=file, shape=shape, row=one.row, data=one.data)
            for one in rows
        ],
        batch_size=_BATCH,
    )


def _waiting_orders(keys: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The orders of these numbers, made where they are new, all of them waiting from now on."""
    orders = [MovedOrder(source=source, number=number, is_waiting=True) for source, number in sorted(keys)]
    made = MovedOrder.objects.bulk_create(
        orders,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["source", "number"],
        update_fields=["is_waiting"],
    )
    return {(one.source, one.number): one.pk for one in made}


def drop_files(files: Sequence[str] | None) -> int:
    """Forgets rows, of these imports or (None) of all; how many orders are to be put together anew, or taken out.

    Inside the caller's transaction.
    """
    rows = MovedRow.objects.all() if files is None else MovedRow.objects.filter(file__in=files)
    touched = MovedOrder.objects.all() if files is None else MovedOrder.objects.filter(rows__in=rows)
    count = MovedOrder.objects.filter(pk__in=touched.values("pk")).update(is_leaving=True)
    rows.delete()
    return count


def _portions(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH)]
