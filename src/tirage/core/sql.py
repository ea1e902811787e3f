"""Small help for the few hand-written statements of the hot paths, on both engines."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache, partial
from typing import Any, NamedTuple, TypeVar, cast

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, models

from tirage.core.bounds import EARLIEST_READ, LATEST_READ

Parameters = Sequence[Any] | Mapping[str, Any]
M = TypeVar("M", bound=models.Model)


@cache
def is_postgresql() -> bool:
    """Which engine this process was started for."""
    return connection.vendor == "postgresql"


def for_update() -> str:
    """The row lock's spelling; SQLite's writing transactions run alone anyway."""
    return " FOR UPDATE" if is_postgresql() else ""


def is_among(column: str) -> str:
    """Whether ``column`` is one of the ids of the parameter ``%(among)s`` (``ids_parameter``), however many."""
    rows = "unnest(%(among)s::bigint[])" if is_postgresql() else "value FROM json_each(%(among)s)"
    return f"{column} IN (SELECT {rows})"


def ids_parameter(ids: Sequence[int]) -> Any:
    """Ids as one parameter, for ``is_among``."""
    return list(ids) if is_postgresql() else json.dumps(list(ids))


def for_update_of(alias: str) -> str:
    """The same of one of several tables of a statement."""
    lock = for_update()
    return f"{lock} OF {alias}" if lock else ""


def readable(column: str) -> str:
    """A column's moment, or the edge of what every clock still knows the day of (as ``core.bounds.readable``)."""
    first, last = EARLIEST_READ.isoformat(" "), LATEST_READ.isoformat(" ")
    if is_postgresql():
        return f"least(greatest({column}, timestamptz '{first}'), timestamptz '{last}')"
    return f"min(max({column}, '{first[:19]}'), '{last[:19]}')"


def day_of(column: str, zone: str) -> str:
    """The day of a column's moment on a clock; ``zone`` is the placeholder of its name."""
    if is_postgresql():
        return f"CAST({readable(column)} AT TIME ZONE {zone} AS date)"
    return f"django_datetime_cast_date({readable(column)}, {zone}, 'UTC')"


def moved(column: str, hours: str) -> str:
    """A column's moment so many hours later; ``hours`` is an expression, below nought for earlier."""
    if is_postgresql():
        return f"({column} + ({hours}) * interval '1 hour')"
    return f"datetime({column}, ({hours}) || ' hours')"


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


def fetch_related(
    model: type[M], statement: str, parameters: Sequence[Any], *, related: Sequence[str]
) -> list[M]:
    """Rows as objects of ``model`` with what they are related to, as ``select_related`` has it; one statement.

    ``{columns}`` stands for all their columns, ``{joins}`` for the joins; the table of ``model`` is ``t``, each other
    is called as its path, such as ``wish__offer_item``. For what is loaded so often that writing the question anew each
    time costs more than the answer.
    """
    written, parts = _related_to(model, statement, tuple(related))
    found = []
    for row in _sent(written, parameters).fetchall():
        objects: dict[str, models.Model | None] = {}
        for part in parts:
            objects[part.path] = one = part.object_in(row)
            if part.path and (parent := objects[part.parent]) is not None:
                parent._state.fields_cache[part.name] = one
        found.append(cast(M, objects[""]))
    return found


class _Part(NamedTuple):
    """One model's columns in a row, the first at ``start``; ``converts`` by place what the engine says otherwise."""

    path: str
    model: type[models.Model]
    start: int
    converts: Sequence[tuple[int, Sequence[Callable[[Any], Any]]]]

    @property
    def parent(self) -> str:
        return self.path.rpartition("__")[0]

    @property
    def name(self) -> str:
        return self.path.rpartition("__")[2]

    def object_in(self, row: Sequence[Any]) -> models.Model | None:
        names = _attributes_of(self.model)
        values = list(row[self.start : self.start + len(names)])
        if values[0] is None:
            return None
        for place, converters in self.converts:
            for convert in converters:
                values[place] = convert(values[place])
        return self.model.from_db(DEFAULT_DB_ALIAS, names, values)


@cache
def _related_to(
    model: type[models.Model], statement: str, related: tuple[str, ...]
) -> tuple[str, list[_Part]]:
    """The statement written out, and where its objects are in a row; each before those that are found through it."""
    paths = {"": model}
    columns, joins, parts, start = [], [], [], 0
    for path in related:
        names = path.split("__")
        for depth in range(len(names)):
            here, parent = "__".join(names[: depth + 1]), "__".join(names[:depth])
            if here not in paths:
                field = paths[parent]._meta.get_field(names[depth])
                paths[here] = cast(type[models.Model], field.related_model)
                table, own = paths[here]._meta.db_table, f'"{parent or "t"}"."{cast(Any, field).column}"'
                joins.append(f'LEFT JOIN "{table}" "{here}" ON "{here}".id = {own}')
    for path, one in paths.items():
        fields = one._meta.concrete_fields
        columns += [f'"{path or "t"}"."{field.column}"' for field in fields]
        parts.append(_Part(path, one, start, _converters(fields)))
        start += len(fields)
    return statement.format(columns=", ".join(columns), joins=" ".join(joins)), parts


def _converters(fields: Sequence[Any]) -> list[tuple[int, list[Callable[[Any], Any]]]]:
    """What the engine's values have to go through, by the place of the column."""
    found: list[tuple[int, list[Callable[[Any], Any]]]] = []
    for place, field in enumerate(fields):
        column = field.get_col(field.model._meta.db_table)
        converts = [*connection.ops.get_db_converters(column), *field.get_db_converters(connection)]
        bound: list[Callable[[Any], Any]] = [partial(_converted, convert, column) for convert in converts]
        if bound:
            found.append((place, bound))
    return found


def _converted(convert: Callable[..., Any], column: Any, value: Any) -> Any:
    return convert(value, column, connections[DEFAULT_DB_ALIAS])


#: Fields whose values the driver writes without Django's help.
_AS_IT_IS = {
    models.BigIntegerField,
    models.BooleanField,
    models.CharField,
    models.DateTimeField,
    models.ForeignKey,
    models.IntegerField,
    models.PositiveIntegerField,
    models.PositiveSmallIntegerField,
    models.TextField,
}


def insert_many(rows: Sequence[models.Model], *, batch_size: int = 1_000) -> None:
    """Writes thousands of new objects of one model; they aren't told their ids.

    On PostgreSQL by COPY, which costs a fraction of inserts with a parameter for each value. Inside the caller's
    transaction; constraints hold as ever. Nothing that ``save`` would do besides is done.
    """
    if not rows:
        return
    model = type(rows[0])
    if not is_postgresql():
        model._default_manager.bulk_create(rows, batch_size=batch_size)
        return
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    adapted = [(place, field) for place, field in enumerate(fields) if type(field) not in _AS_IT_IS]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    database = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    database.validate_no_broken_transaction()
    statement = f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN'
    with (
        database.wrap_database_errors,
        database.connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            values = [getattr(row, field.attname) for field in fields]
            for place, field in adapted:
                values[place] = field.get_db_prep_save(values[place], database)
            copy.write_row(values)


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
