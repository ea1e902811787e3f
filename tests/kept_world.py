"""The world of the fixed day, built once in each process and put back row by row: a tenth of the time of saving it."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from tests.emptying import tables_with_rows
from tests.world import OPENING_DAY, World, build_world
from tirage.core.winery import forget_winery


@dataclass(frozen=True, slots=True)
class KeptWorld:
    """``rows`` by the statement that writes them; ``world`` as bytes, so that every test has objects of its own."""

    rows: dict[str, list[tuple[Any, ...]]]
    world: bytes

    @classmethod
    def keep(cls) -> KeptWorld:
        """Builds it in a database without rows, and takes it back."""
        with transaction.atomic():
            world = build_world(OPENING_DAY)
            kept = cls(dict(map(_rows_of, tables_with_rows())), pickle.dumps(world))
            transaction.set_rollback(True)
        forget_winery()
        return kept

    def put(self) -> World:
        """Writes it into a database without rows. Ids are those of the first time: sequences are past them."""
        # References are looked at when the transaction commits, so the order doesn't matter.
        with transaction.atomic(), connection.cursor() as cursor:
            for statement, rows in self.rows.items():
                cursor.executemany(statement, rows)
        forget_winery()
        world = pickle.loads(self.world)
        assert isinstance(world, World)
        return world


def _rows_of(table: str) -> tuple[str, list[tuple[Any, ...]]]:
    """The statement that writes a table's rows, and the rows."""
    quote = connection.ops.quote_name
    columns = [
        quote(field.column) for field in _model_of(table)._meta.local_concrete_fields if not field.generated
    ]
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM {quote(table)}")
        rows = cursor.fetchall()
    marks = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {quote(table)} ({names}) VALUES ({marks})", rows


def _model_of(table: str) -> type[models.Model]:
    return next(
        model for model in apps.get_models(include_auto_created=True) if model._meta.db_table == table
    )
