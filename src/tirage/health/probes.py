"""What the server can't do without, tried for real: a database that takes changes, and room on its disks."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    connection,
    transaction,
)

from tirage.core.heartbeats import SERVER
from tirage.core.models import Heartbeat
from tirage.core.sql import is_postgresql, run

#: With less room than this a disk counts as full: an upload or a night's log would fill it.
LEAST_BYTES = 32 * 1024 * 1024
_FILLING = b"\0" * 65_536


def database_problem(now: datetime) -> str:
    """Why the database takes no changes; empty when it does. Writes for real, and where a new order would need room."""
    try:
        if not is_postgresql():
            # Who finds another at work has found a database that takes changes.
            run("PRAGMA busy_timeout = 500")
        with transaction.atomic():
            Heartbeat.objects.update_or_create(name=SERVER, defaults={"ok_at": now})
            if is_postgresql():
                _take_room()
    except (DatabaseError, InterfaceError) as problem:
        return _say(problem)
    return ""


def _take_room() -> None:
    """A hundred kilobytes that PostgreSQL has to find on its disk, and gives back at once."""
    try:
        with transaction.atomic():
            run("CREATE TEMPORARY TABLE tirage_room (filling text) ON COMMIT DROP")
            run("INSERT INTO tirage_room SELECT repeat('.', 500) FROM generate_series(1, 200)")
    except ProgrammingError:
        # A role that may make no temporary tables: its own row was written, which has to do.
        return


def _say(problem: Exception) -> str:
    words = str(problem)
    if "locked" in words and not is_postgresql():
        return ""
    if "read-only transaction" in words or "readonly database" in words or "query_only" in words:
        return "the database can only be read"
    if "No space left" in words or "disk is full" in words:
        return "the database's disk is full"
    if connection.connection is None or isinstance(problem, InterfaceError) or "server" in words:
        return "the database doesn't answer"
    if isinstance(problem, OperationalError):
        return "the database takes no changes"
    raise problem


def disk_problem() -> str:
    """Why a folder that the server writes to can't be written, or soon won't; empty when all can. Names no path."""
    folders = {"TIRAGE_VAR": Path(settings.VAR), "temporary files": Path(tempfile.gettempdir())}
    if not is_postgresql():
        folders["the database"] = Path(str(connection.settings_dict["NAME"])).parent
    for name, folder in folders.items():
        try:
            if shutil.disk_usage(folder).free < LEAST_BYTES:
                return f"the disk of {name} is full"
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(_FILLING)
        except OSError:
            return f"the folder of {name} can't be written"
    return ""
