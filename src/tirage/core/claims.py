"""Who is at something just now, among the workers that share a piece of work: so that each takes another part of it.

A claim saves work that would be done twice; it is no promise. What mustn't happen twice is held by rows and conditions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from zlib import crc32

from django.db import connection


@contextmanager
def claimed(work: str, part: int) -> Iterator[bool]:
    """Whether nobody else has this part of the work while the block runs.

    On PostgreSQL by an advisory lock of the session, which ends with the process; outside of transactions it locks no
    row. SQLite has one writer at a time, so there it is always true.
    """
    if connection.vendor != "postgresql":
        yield True
        return
    keys = [crc32(work.encode()) - 2**31, part % 2**31]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", keys)
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        # A connection that has ended has let it go.
        if is_ours and connection.connection and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", keys)
