"""How long transactions are, in what they do: rows written and statements sent, which no machine makes longer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

_WRITES = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)


@dataclass(slots=True)
class Size:
    """``rows`` that it wrote, ``statements`` that it sent."""

    rows: int = 0
    statements: int = 0


@dataclass(slots=True)
class Measured:
    """Every transaction that wrote something, in their order."""

    each: list[Size] = field(default_factory=list)

    @property
    def longest(self) -> Size:
        """The most rows and the most statements of any."""
        sizes = self.each or [Size()]
        return Size(max(one.rows for one in sizes), max(one.statements for one in sizes))


def _rows(sql: str, counted: int) -> int:
    """SQLite doesn't count what it also gives back, so an INSERT's rows are read off its values."""
    values = sql.count("), (") + 1 if sql.lstrip()[:6].upper() == "INSERT" else 0
    return max(counted, values if counted < 1 else 0, 0)


@contextmanager
def transactions_measured() -> Iterator[Measured]:
    """Measures this connection's transactions, each from its begin to its commit. None may be open."""
    measured, current = Measured(), Size()

    def end() -> None:
        nonlocal current
        if current.rows:
            measured.each.append(current)
        current = Size()

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        current.statements += 1
        if _WRITES.match(sql):
            current.rows += _rows(sql, context["cursor"].rowcount)
        if not connection.in_atomic_block:
            end()
        return result

    database: Any = connection
    commit, rollback = database._commit, database._rollback

    def committed() -> None:
        commit()
        end()

    def rolled_back() -> None:
        rollback()
        end()

    assert not connection.in_atomic_block, "mark the test with transaction=True"
    database._commit, database._rollback = committed, rolled_back
    try:
        with connection.execute_wrapper(watch):
            yield measured
    finally:
        del database._commit, database._rollback
