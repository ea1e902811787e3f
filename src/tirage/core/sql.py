"""Small help for the few hand-written statements of the hot paths, on both engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, models

Parameters = Sequence[Any] | Mapping[str, Any]
M = TypeVar("M", bound=models.Model)


@cache
def is_postgresql() -> bool:
    """Which engine this process was started for."""
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


def day_out(value: Any) -> date | None:
    """A day as the engine returns it."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _sent(statement: str, parameters: Parameters) -> Any:
    """A cursor with the answer: on PostgreSQL of a prepared statement, by Django's way while somebody counts."""
    database = connections[DEFAULT_DB_ALIAS]
    if not is_postgresql() or database.queries_logged or database.execute_wrappers:
        cursor: Any = database.cursor()
        cursor.execute(statement, _adapted(parameters))
        return cursor
    database.ensure_connection()
    database.validate_no_broken_transaction()
    with database.wrap_database_errors:
        return _server_cursor()(database.connection).execute(
            statement, parameters, prepare=settings.TIRAGE_DATABASE_PREPARE
        )


@cache
def _server_cursor() -> Any:
    """The cursor whose values travel beside the statement, as prepared statements need."""
    from psycopg import Cursor

    return Cursor


def run(statement: str, parameters: Parameters = ()) -> int:
    """Runs one statement; how many rows it touched."""
    return int(_sent(statement, parameters).rowcount)


def run_each(statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """Runs one statement for each row of parameters."""
    with connection.cursor() as cursor:
        cursor.executemany(statement, [_adapted(row) for row in rows])


def fetch_all(statement: str, parameters: Parameters = ()) -> list[dict[str, Any]]:
    """Rows as dicts by column name."""
    cursor = _sent(statement, parameters)
    names = _names_of(statement, cursor)
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def fetch_one(statement: str, parameters: Parameters = ()) -> dict[str, Any] | None:
    """The first row as a dict, or None."""
    cursor = _sent(statement, parameters)
    row = cursor.fetchone()
    return dict(zip(_names_of(statement, cursor), row, strict=True)) if row else None


def fetch_models(
    model: type[M], statement: str, parameters: Sequence[Any] = (), *, more: Sequence[str] = ()
) -> list[M]:
    """Rows as objects of ``model``; ``{columns}`` in the statement stands for its columns, of the table as ``t``.

    For the few look-ups that every page makes: the same objects as the ORM's, without its query compiler. What stands
    after the columns becomes attributes of the objects, called as ``more`` says.
    """
    written = _with_columns(model, statement)
    if not is_postgresql():
        return list(model._default_manager.raw(written, _adapted(parameters)))
    names = _attributes_of(model)
    found = []
    for row in _sent(written, parameters).fetchall():
        one = model.from_db(DEFAULT_DB_ALIAS, names, row[: len(names)])
        for name, value in zip(more, row[len(names) :], strict=True):
            setattr(one, name, value)
        found.append(one)
    return found


@cache
def _with_columns(model: type[models.Model], statement: str) -> str:
    return statement.format(columns=", ".join(f't."{field.column}"' for field in model._meta.concrete_fields))


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
