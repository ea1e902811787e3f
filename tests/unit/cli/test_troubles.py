"""A sentence for what is nobody's fault in the code, and none for what is."""

from __future__ import annotations

import errno
import os

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, ProgrammingError
from django.db.utils import InternalError

from tirage.cli.main import main
from tirage.cli.troubles import say_trouble

pytestmark = pytest.mark.once


def disk(number: int, path: str | None = "/srv/tirage/var/static") -> OSError:
    return OSError(number, os.strerror(number), path)


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (
            disk(errno.EACCES),
            "/srv/tirage/var/static: This user may not read or write it. Give it to the user",
        ),
        (disk(errno.EROFS), "can only be read. Mount it for writing"),
        (disk(errno.ENOSPC), "The disk is full. Make room"),
        (disk(errno.ENOSPC, None), "The disk is full. Make room"),
        (disk(errno.ENOTDIR), "is no folder. Name another as TIRAGE_VAR"),
        (
            OperationalError("connection failed:\n  connection refused\n"),
            "connection failed: connection refused. Is",
        ),
        (InterfaceError("connection already closed"), "Is PostgreSQL running"),
        (OperationalError("attempt to write a readonly database"), "can only be read"),
        (InternalError("cannot execute INSERT in a read-only transaction"), "can only be read"),
        (OperationalError("database or disk is full"), "The database's disk is full"),
        (OperationalError("could not extend file: No space left on device"), "The database's disk is full"),
        (OperationalError("database is locked"), "Try again when that has finished"),
        (OperationalError('FATAL: database "x" does not exist'), "no such database or role"),
        (OperationalError("FATAL: password authentication failed for user"), "lets this user not in"),
        (OperationalError("canceling statement due to lock timeout"), "nothing was done. Try again"),
        (ProgrammingError("permission denied for schema public"), "Make it the owner"),
    ],
)
def test_what_helps_is_said_in_one_line(problem: Exception, words: str) -> None:
    said = say_trouble(problem)
    assert words in said and "\n" not in said


@pytest.mark.parametrize(
    "problem",
    [
        KeyError("x"),
        IntegrityError("duplicate key"),
        ProgrammingError('relation "x" does not exist'),
        ConnectionResetError(errno.ECONNRESET, "reset"),
        disk(errno.ENOENT, None),
    ],
)
def test_a_fault_of_ours_is_shown_whole(problem: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    assert say_trouble(problem) == ""

    def fail(*_: object) -> int:
        raise problem

    monkeypatch.setattr("tirage.cli.migrate.run", fail)
    with pytest.raises(type(problem)):
        main(["migrate"])
