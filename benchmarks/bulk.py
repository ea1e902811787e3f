"""Hundreds of thousands of rows made by the database itself, in one spelling for both engines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any


@contextmanager
def unchecked() -> Iterator[None]:
    """Doesn't look up what each row refers to, nor waits for the disk: most of the time of rows that are right.

    For a benchmark's own database alone. Whatever else the rows must be is still checked.
    """
    from django.db import connection

    before, after = (
        ("SET session_replication_role = replica", "SET session_replication_role = origin")
        if connection.vendor == "postgresql"
        else ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON")
    )
    run(before)
    if connection.vendor == "sqlite":
        run("PRAGMA synchronous = OFF")
    try:
        yield
    finally:
        run(after)


def run(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)


def is_postgresql() -> bool:
    from django.db import connection

    return connection.vendor == "postgresql"


def series(count: int) -> str:
    """A table ``s`` of the numbers ``n`` from nought."""
    if is_postgresql():
        return f"generate_series(0::bigint, {count - 1}) AS s(n)"
    return (
        f"(WITH RECURSIVE some(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM some WHERE n < {count - 1})"
        " SELECT n FROM some) AS s"
    )


def chance(lot: int, number: str = "s.n") -> str:
    """Evenly spread from nought to below one, by number; each ``lot`` is another spread."""
    return f"((({number} + {lot}) * {2_654_435_761 + 40_503 * lot}) % 1000003) / 1000003.0"


def index(expression: str) -> str:
    """A number cut to a whole one; none is below nought."""
    return f"CAST(floor({expression}) AS bigint)" if is_postgresql() else f"CAST({expression} AS integer)"


def choice(values: tuple[str, ...], lot: int) -> str:
    """One of the values, by number."""
    whens = " ".join(f"WHEN {at} THEN '{value}'" for at, value in enumerate(values))
    return f"CASE {index(f'{chance(lot)} * {len(values)}')} {whens} END"


def code(prefix: str, number: str) -> str:
    """As ``winery.reference`` writes it."""
    digits = f"lpad(({number})::text, 8, '0')" if is_postgresql() else f"printf('%08d', {number})"
    return f"'{prefix}-' || {digits}"


def moment(since: datetime, seconds: str) -> str:
    """So many seconds later, as the engine stores it."""
    later = f"{int(since.timestamp())} + {index(seconds)}"
    return f"to_timestamp({later})" if is_postgresql() else f"datetime({later}, 'unixepoch')"


def write(model: Any, source: str, columns: dict[str, str], values: dict[str, Any]) -> None:
    """Rows of ``model`` from a table: ``columns`` are expressions, ``values`` the same in each, the rest defaults."""
    from django.db import connection

    names, parts, bound = [], [], []
    for field in model._meta.concrete_fields:
        if field.primary_key or field.generated:
            continue
        names.append(f'"{field.column}"')
        if field.attname in columns:
            parts.append(columns[field.attname].replace("%", "%%"))
            continue
        value = values.get(field.attname, field.get_default() if field.has_default() else None)
        if value is None and not field.null:
            value = ""
        parts.append("%s")
        bound.append(field.get_db_prep_save(value, connection))
    into, table = f"{model._meta.db_table} ({', '.join(names)})", source.replace("%", "%%")
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {into} SELECT {', '.join(parts)} FROM {table}", bound)
