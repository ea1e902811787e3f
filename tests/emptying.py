"""Empties the database after a test that commits: only the tables that have rows.

Django's own way empties every table and works out the permissions anew, which took a third of such tests' time.
"""

from __future__ import annotations

from functools import cache

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import TransactionTestCase

from tirage.orders.models import CancelReason

#: What migrating leaves behind, and every test may count on.
KEPT = frozenset(model._meta.db_table for model in (Permission, ContentType, CancelReason))
#: Of that, what tests change: put back as it was.
REASONS = (
    *("The customer asked", "Could not be paid", "Could not be delivered"),
    *("Wine not available", "Fraudulent", "Ordered twice"),
)


def empty_tables(_case: TransactionTestCase | None = None) -> None:
    """Leaves of all models' rows those of KEPT, and the reasons that a new winery begins with."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables_with_rows():
            # References are looked at when the transaction commits, so the order doesn't matter.
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
        _put_reasons_back()


def _put_reasons_back() -> None:
    wanted = list(enumerate(REASONS, start=1))
    if list(CancelReason.objects.order_by("position").values_list("position", "name")) != wanted:
        CancelReason.objects.all().delete()
        CancelReason.objects.bulk_create(CancelReason(name=name, position=at) for at, name in wanted)


def tables_with_rows() -> list[str]:
    """The tables of models but those of KEPT that aren't empty."""
    with connection.cursor() as cursor:
        cursor.execute(_find_rows(connection.vendor))
        return [table for (table,) in cursor.fetchall()]


@cache
def _find_rows(_vendor: str) -> str:
    """One question for the names of all tables with rows."""
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True)) - KEPT)
    quoted = ((table, connection.ops.quote_name(table)) for table in tables)
    return " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {name})" for table, name in quoted
    )
