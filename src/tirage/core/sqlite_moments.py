"""For SQLite what ``core.postgresql.moments`` is: the edges of the calendar are read as far as clocks go."""

from __future__ import annotations

from typing import Any

from django.db.backends.sqlite3.operations import DatabaseOperations

from tirage.core.bounds import readable


def read_all_moments() -> None:
    """Once, when the app is ready."""
    plain = DatabaseOperations.convert_datetimefield_value

    def within(self: DatabaseOperations, value: Any, expression: Any, connection: Any) -> Any:
        moment = plain(self, value, expression, connection)
        return moment if moment is None else readable(moment)

    DatabaseOperations.convert_datetimefield_value = within  # type: ignore[method-assign]
