"""Small help for the few hand-written statements of the hot paths, on both engines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection, models

Parameters = Sequence[Any] | Mapping[str, Any]
M = TypeVar("M", bound=models.Model)


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def for_update() -> str:
    """The row lock's spelling; SQLite's writing transactions run alone anyway."""
    return " FOR UPDATE" if is_postgresql() else ""


def moment_in(value: datetime | None) -> Any:
    """A moment as the engine stores it."""
    return connection.ops.adapt_datetimefield_value(value)


def moment_out(value: Any) -> datetime | None:
    """A moment as the engine returns it, made aware."""
    if value is None:
        return None
    parsed = datetime.fromisoformat(value) if isinstance(value, str) else value
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


@contextmanager
def _sent(statement: str, parameters: Parameters) -> Iterator[Any]:
    """A cursor with the answer: on PostgreSQL of a prepared statement, by Django's way while somebody counts."""
    adapted = _adapted(parameters)
    if not is_postgresql() or connection.queries_logged or connection.execute_wrappers:
        with connection.cursor() as cursor:
            cursor.execute(statement, adapted)
            yield cursor
        return
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors, _server_cursor() as cursor:
        cursor.execute(statement, adapted, prepare=settings.TIRAGE_DATABASE_PREPARE)
        yield cursor


def _server_cursor() -> Any:
    """A cursor whose values travel beside the statement, as prepared statements need."""
    from psycopg import Cursor

    return Cursor(connection.connection)


def run(statement: str, parameters: Parameters = ()) -> int:
    """Runs one statement; how many rows it touched."""
    with _sent(statement, parameters) as cursor:
        return int(cursor.rowcount)


def run_each(statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """Runs one statement for each row of parameters."""
    with connection.cursor() as cursor:
        cursor.executemany(statement, [_adapted(row) for row in rows])


def fetch_all(statement: str, parameters: Parameters = ()) -> list[dict[str, Any]]:
    """Rows as dicts by column name."""
    with _sent(statement, parameters) as cursor:
        names = _names_of(statement, cursor)
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def fetch_one(statement: str, parameters: Parameters = ()) -> dict[str, Any] | None:
    """The first row as a dict, or None."""
    with _sent(statement, parameters) as cursor:
        row = cursor.fetchone()
        return dict(zip(_names_of(statement, cursor), row, strict=True)) if row else None


def fetch_models(model: type[M], statement: str, parameters: Parameters = ()) -> list[M]:
    """Rows as objects of ``model``; ``{columns}`` in the statement stands for its columns, of the table as ``t``.

    For the few look-ups that every page makes: the same objects as the ORM's, without its query compiler.
    """
    written = statement.format(columns=_columns_of(model))
    if not is_postgresql():
        return list(model._default_manager.raw(written, parameters))
    names = _attributes_of(model)
    with _sent(written, parameters) as cursor:
        return [model.from_db(connection.alias, names, row) for row in cursor.fetchall()]


@cache
def _columns_of(model: type[models.Model]) -> str:
    return ", ".join(f't."{field.column}"' for field in model._meta.concrete_fields)


@cache
def _attributes_of(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


#: Column names by statement: describing a result costs as much as reading a small one.
_names: dict[str, list[str]] = {}
_MOST_NAMES = 500


def _names_of(statement: str, cursor: Any) -> list[str]:
    names = _names.get(statement)
    if names is None:
        names = [column[0] for column in cursor.description or ()]
        if len(_names) < _MOST_NAMES:
            _names[statement] = names
    return names


def _adapted(parameters: Parameters) -> Any:
    if isinstance(parameters, Mapping):
        return {name: _adapt(value) for name, value in parameters.items()}
    return [_adapt(value) for value in parameters]


def _adapt(value: Any) -> Any:
    return moment_in(value) if isinstance(value, datetime) else value
