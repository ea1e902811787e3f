"""One moment of the whole database, read for minutes without keeping anybody from writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from tirage.core.sql import is_postgresql, run


@contextmanager
def one_moment() -> Iterator[None]:
    """What is read inside is of one moment. Repeatable read on PostgreSQL; on SQLite a transaction that only reads,
    which its writers pass by. Inside a transaction of the caller that one is the moment.
    """
    if connection.in_atomic_block:
        yield
    elif is_postgresql():
        with transaction.atomic():
            run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        # Not ``atomic``: that would begin as a writer and keep the shop waiting.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")
