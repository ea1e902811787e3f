"""A database with empty tables for each process: migrated once, and copied from then on.

Migrating takes twenty seconds, copying less than one. The first process that needs a database makes the original under
a lock and keeps it in TIRAGE_TEST_TABLES under the digest of all that it was made from: migrations, models and what
these use, and the versions of the libraries.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from tirage.cli.cluster import Cluster, find_programs

ROOT = Path(__file__).resolve().parents[1]
#: What the tables follow from.
SOURCES = (
    "src/tirage/**/migrations/*.py",
    "src/tirage/**/models.py",
    "src/tirage/core/*.py",
    "src/tirage/tables/*.py",
    "requirements.txt",
)


def original() -> Path | None:
    """SQLite's file, or what psql reads, for tests that had a database; None on a server that isn't ours."""
    folder = os.environ.get("TIRAGE_TEST_TABLES")
    ending = "sqlite3" if connection.vendor == "sqlite" else "sql"
    return Path(folder) / f"{_digest()}.{ending}" if folder else None


def fill(cluster: Cluster) -> bool:
    """Gives another server's database the tables; False when it has to be migrated."""
    dump = original()
    if dump is None or connection.vendor == "sqlite":
        return False
    _restore(dump, "tirage", host=str(cluster.folder))
    return True


def open_tables() -> None:
    """Connects this process to a database of its own with empty tables."""
    creation: Any = connection.creation
    name = str(creation._get_test_db_name())
    kept = original()
    assert kept is not None
    kept.parent.mkdir(parents=True, exist_ok=True)
    with _alone(kept.with_name("lock")):
        (_copy_file if connection.vendor == "sqlite" else _copy_on_server)(kept, name)
    _connect_to(name)


def _digest() -> str:
    found = hashlib.sha256()
    for file in sorted(file for pattern in SOURCES for file in ROOT.glob(pattern)):
        found.update(f"{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return found.hexdigest()


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _copy_file(original: Path, name: str) -> None:
    if original.exists():
        shutil.copyfile(original, name)
        return
    _migrate()
    # Closing writes down what stands in the log beside the file.
    connection.close()
    with _replacing(original) as half:
        shutil.copyfile(name, half)


def _copy_on_server(dump: Path, name: str) -> None:
    """Of a server's databases the original is another, from which the next process of this run copies."""
    quote, original = connection.ops.quote_name, f"{settings.DATABASES['default']['NAME']}_original"
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [original])
        if cursor.fetchone() is None:
            if dump.exists():
                cursor.execute(f"CREATE DATABASE {quote(name)}")
                _restore(dump, name)
            else:
                _migrate()
                connection.close()
                with _replacing(dump) as half:
                    _run("pg_dump", "-f", str(half), name)
            cursor.execute(f"ALTER DATABASE {quote(name)} RENAME TO {quote(original)}")
        cursor.execute(f"CREATE DATABASE {quote(name)} TEMPLATE {quote(original)}")


def _restore(dump: Path, name: str, host: str = "") -> None:
    _run("psql", "-q", "-o", os.devnull, "-v", "ON_ERROR_STOP=1", "-f", str(dump), name, host=host)


def _run(program: str, *arguments: str, host: str = "") -> None:
    where = ("-h", host or str(settings.DATABASES["default"]["HOST"]), "-U", "tirage")
    subprocess.run([find_programs() / program, *where, *arguments], check=True)


@contextmanager
def _replacing(original: Path) -> Iterator[Path]:
    """Whole or not at all, and instead of those of other days."""
    yield (half := original.with_suffix(".half"))
    for old in original.parent.glob(f"*{original.suffix}"):
        old.unlink()
    half.rename(original)


def _migrate() -> None:
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)


def _connect_to(name: str) -> None:
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    connection.ensure_connection()
