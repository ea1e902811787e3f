"""Tidying without keeping others waiting: rows go portion by portion, each in a short transaction of its own."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

#: Rows of one transaction.
PORTION = 500


def delete_in_portions(rows: QuerySet[Any]) -> int:
    """Deletes what ``rows`` finds until it finds nothing more; how many rows with what hung on them.

    No transaction may be open: on SQLite nobody else writes during one, and a year's rows are many.
    """
    count = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:PORTION]):
        # Asked again: a row that has become another since stays.
        gone, _ = rows.filter(pk__in=keys).delete()
        if not gone:
            break
        count += gone
    return count
