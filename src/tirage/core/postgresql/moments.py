"""Moments that PostgreSQL keeps and Python has no words for: a day after the year 9999, before the first, or infinity.

One such row would break every page that reads it, and leave none on which to put it right. It is read as the last
moment (the first) that every clock knows, far from anything that anybody means; so it is seen, and can be corrected.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache

from django.db.backends.postgresql.psycopg_any import BaseTzLoader  # type: ignore[import-untyped]
from psycopg import DataError
from psycopg.adapt import AdaptersMap, Buffer
from psycopg.types.datetime import DateLoader

from tirage.core.bounds import EARLIEST_READ, LATEST_READ, readable


class _Moments(BaseTzLoader):
    timezone = UTC

    def load(self, data: Buffer) -> datetime:
        try:
            return readable(super().load(data))
        except DataError:
            return _edge(bytes(data))


class _Days(DateLoader):
    def load(self, data: Buffer) -> date:
        try:
            return super().load(data)
        except DataError:
            return _edge(bytes(data)).date()


def _edge(text: bytes) -> datetime:
    return EARLIEST_READ if text.startswith(b"-") or text.endswith(b"BC") else LATEST_READ


@cache
def reading_all_moments(adapters: AdaptersMap) -> AdaptersMap:
    """The same, reading what it would fail at."""
    found = AdaptersMap(adapters)
    found.register_loader("timestamptz", _Moments)
    found.register_loader("date", _Days)
    return found
