"""``tirage backup``: a copy of the whole database in one file, and the note by which its age is watched."""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from tirage.cli.starting import require_tables, start_django
from tirage.core.errors import DomainError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="where to; what is there already is replaced, once all is written",
    )
    parser.add_argument(
        "--made",
        action="store_true",
        help="only note that a backup was made now, by other means than this command",
    )


def run(options: argparse.Namespace) -> int:
    """0 once the file is whole and on the disk, and the note is written."""
    if options.made == bool(options.file):
        raise DomainError(
            "backup_where", "Say where to: tirage backup FILE. Or --made, when something else made one."
        )
    start_django()
    require_tables()
    if options.file:
        copy_database(options.file)
    _note()
    print(f"The backup is in {options.file}." if options.file else "Noted: a backup was made.")
    return 0


def copy_database(file: Path) -> None:
    """Writes beside ``file`` and renames at the end: a backup is whole, or it is the one before.

    Raises DomainError ``backup_failed``.
    """
    from django.db import connection

    aside = file.with_name(f"{file.name}.part")
    aside.unlink(missing_ok=True)
    # Of what the winery has, to the last address: for its owner alone.
    os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        if connection.vendor == "postgresql":
            _dump(aside)
        else:
            _copy(aside)
        with aside.open("rb") as written:
            os.fsync(written.fileno())
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)


def _dump(aside: Path) -> None:
    """By PostgreSQL's own program; its custom format is what pg_restore reads."""
    from django.db import connection

    facts = connection.get_connection_params()
    names = {
        "PGHOST": "host",
        "PGPORT": "port",
        "PGUSER": "user",
        "PGPASSWORD": "password",
        "PGSSLMODE": "sslmode",
        "PGSSLROOTCERT": "sslrootcert",
    }
    environment = {variable: str(facts[name]) for variable, name in names.items() if facts.get(name)}
    # The password travels in the environment: others see what a program is called with.
    command = ["pg_dump", "--format=custom", f"--file={aside}", "--no-password", str(facts["dbname"])]
    try:
        done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)
    except FileNotFoundError:
        raise _failed("pg_dump isn't installed; on Debian: apt-get install postgresql-client") from None
    if done.returncode:
        raise _failed(" ".join(done.stderr.split()) or f"pg_dump ended with {done.returncode}")


def _copy(aside: Path) -> None:
    """By SQLite's own way to copy a database in use."""
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    try:
        with closing(sqlite3.connect(name)) as source, closing(sqlite3.connect(aside)) as target:
            source.backup(target)
            if (found := target.execute("PRAGMA quick_check").fetchone()[0]) != "ok":
                raise _failed(f"the copy isn't sound: {found}")
    except sqlite3.Error as problem:
        raise _failed(str(problem)) from problem


def _failed(why: str) -> DomainError:
    return DomainError("backup_failed", f"No backup was made: {why}.")


def _note() -> None:
    from tirage.core.clock import read_clock
    from tirage.core.heartbeats import BACKUP, note_success, write_notes

    note_success(BACKUP, read_clock())
    write_notes()
