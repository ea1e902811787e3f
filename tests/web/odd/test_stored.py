"""What is stored already is shown, whatever it is: every page opens over rows with the most that their columns hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from tests.web.odd.search import Search
from tests.web.odd.test_odd import ASKING, IS_THOROUGH, about_of, pages, path_of
from tests.web.stage import Stage, build_stage

pytestmark = pytest.mark.django_db
#: Who is in: with another end of a session nobody would see a page.
LEFT_ALONE = {
    "customers_customersession",
    "staff_session",
    "backoffice_staffmember",
    "core_winery",
    "core_wrongtries",
    # Definitions are written by the grammar alone, which reads them back.
    "segments_segment",
    "segments_segmentdefinition",
    "segments_customerlist",
    "customers_group.criteria",
}
#: Moments that PostgreSQL holds and Python doesn't, those that both hold, numbers, and texts of every length.
ODD: dict[str, dict[type[models.Field[Any, Any]], list[Any]]] = {
    "late": {
        models.DateTimeField: ["10000-01-01 07:59:00+00:00", "9999-12-31 23:59:59+00:00"],
        models.DateField: ["9999-12-31"],
    },
    "early": {models.DateTimeField: ["0001-01-01 00:00:00+00:00"], models.DateField: ["0001-01-01"]},
    "large": {
        models.BigIntegerField: [10**15, 10**11],
        models.PositiveIntegerField: [2**31 - 1],
        models.IntegerField: [2**31 - 1],
        models.PositiveSmallIntegerField: [32_767],
        models.DecimalField: ["999.9"],
    },
    "words": {
        models.CharField: ["\u202e<b>\u0301{{ x }}% %s\u200b", "x"],
        models.TextField: ["\u202e<script>\n" * 99],
    },
}


@pytest.fixture
def stage() -> Stage:
    return build_stage()


def columns(kind: type[models.Field[Any, Any]]) -> Iterator[tuple[str, str]]:
    """Tables with their columns of that kind which are no key, no state and once each."""
    for model in apps.get_models():
        if model._meta.db_table in LEFT_ALONE or not model.__module__.startswith("tirage."):
            continue
        for field in model._meta.concrete_fields:
            is_free = not (field.unique or field.is_relation or getattr(field, "db_generated", False))
            is_generated = isinstance(field, models.GeneratedField)
            is_long = not isinstance(field, models.CharField) or (field.max_length or 0) >= 60
            is_theirs = f"{model._meta.db_table}.{field.column}" in LEFT_ALONE
            if type(field) is kind and not is_theirs and is_free and not is_generated and is_long:
                yield model._meta.db_table, field.column


def store(odd: dict[type[models.Field[Any, Any]], list[Any]], tables: set[str] | None = None) -> int:
    """Writes them everywhere, the first that the column and its walls take; how many columns took one."""
    taken = 0
    for kind, values in odd.items():
        for table, column in columns(kind):
            if tables is None or table in tables:
                taken += any(_takes(table, column, value) for value in values)
    return taken


def _takes(table: str, column: str, value: Any) -> bool:
    if connection.vendor == "sqlite" and str(value).startswith("10000"):
        return False
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f'UPDATE "{table}" SET "{column}" = %s WHERE "{column}" IS NOT NULL', [value])
            return bool(cursor.rowcount)
    except DatabaseError:
        return False


def look_at_everything(stage: Stage, search: Search, said: str) -> None:
    for interface, asking in ASKING.items():
        for page in pages(interface):
            if "get" in page.methods and about_of(interface, page) in stage.known:
                for who in asking:
                    search.send(stage.clients[who], "get", path_of(stage, interface, page), said=said)


@pytest.mark.parametrize("name", sorted(ODD))
def test_every_page_opens(stage: Stage, name: str) -> None:
    search = Search()
    assert store(ODD[name]) > 5
    look_at_everything(stage, search, name)
    assert not search.faults, search.report()
    assert search.asked > 100


if IS_THOROUGH:

    @pytest.mark.chance
    @pytest.mark.parametrize("name", sorted(ODD))
    @pytest.mark.parametrize("table", sorted({table for table, _ in columns(models.DateTimeField)}))
    def test_every_page_opens_over_one_table(stage: Stage, name: str, table: str) -> None:
        search = Search()
        store(ODD[name], {table})
        look_at_everything(stage, search, f"{name} in {table}")
        assert not search.faults, search.report()
