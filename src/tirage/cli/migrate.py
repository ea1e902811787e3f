"""``tirage migrate``: create or upgrade the tables."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tirage.cli.starting import missing_migrations, start_django

#: The number under which PostgreSQL knows that somebody migrates: any, as long as nobody else takes it.
LOCK = int.from_bytes(b"tirage")
#: Seconds between two tries to be the one who migrates.
AGAIN = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--check", action="store_true", help="only say whether migrations are missing (exit code 1)"
    )


def run(options: argparse.Namespace) -> int:
    start_django("migration")
    make_database_folder()
    if options.check:
        missing = missing_migrations()
        print("\n".join(missing) or "The database is up to date.")
        return 1 if missing else 0
    print(f"The database is up to date ({apply_migrations()} migrations applied).")
    return 0


def make_database_folder() -> None:
    """SQLite makes its file, not the folder around it."""
    if file := _database_file():
        file.parent.mkdir(parents=True, exist_ok=True)


def _database_file() -> Path | None:
    """SQLite's file; None for PostgreSQL, and for a database in memory."""
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or name == ":memory:" or name.startswith("file:"):
        return None
    return Path(name)


def apply_migrations() -> int:
    """Brings the tables to this version, one process at a time; how many migrations that took."""
    from django.core.management import call_command

    with _alone():
        # Looked up by who migrates: somebody else may have just finished.
        if missing := missing_migrations():
            call_command("migrate", verbosity=0, interactive=False)
        return len(missing)


@contextmanager
def _alone() -> Iterator[None]:
    """Waits, and says so, while another process migrates this database."""
    file = _database_file()
    with _locked_file(file) if file else _locked_number():
        yield


@contextmanager
def _locked_number() -> Iterator[None]:
    """PostgreSQL lets the lock go with its connection, however the process ends."""
    from django.db import connection

    if connection.vendor != "postgresql":
        yield
        return

    def ask(function: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [LOCK])
            return bool(cursor.fetchone()[0])

    _wait_for(lambda: ask("pg_try_advisory_lock"))
    try:
        yield
    finally:
        # A connection that has ended has let it go.
        if connection.connection and not connection.connection.closed:
            ask("pg_advisory_unlock")


@contextmanager
def _locked_file(database: Path) -> Iterator[None]:
    """A file beside SQLite's; the system lets the lock go with the process."""
    import fcntl

    with database.with_name(f"{database.name}.migrating").open("w") as lock:

        def is_mine() -> bool:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        _wait_for(is_mine)
        yield


def _wait_for(is_mine: Callable[[], bool]) -> None:
    if is_mine():
        return
    print("Another tirage migrate is at work on this database; waiting for it.", file=sys.stderr, flush=True)
    while not is_mine():
        time.sleep(AGAIN)
