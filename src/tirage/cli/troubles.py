"""What a command says when the database or a disk lets it down: one sentence, and what to do about it."""

from __future__ import annotations

import errno

_DENIED = (
    "This user may not read or write it. Give it to the user (chown), or name another folder as TIRAGE_VAR."
)
#: What is wrong with a file or a folder, by its number, and what helps.
_DISK = {
    errno.ENOSPC: "The disk is full. Make room on it, then try again.",
    errno.EDQUOT: "This user may not put more on the disk. Make room, or raise the quota, then try again.",
    errno.EFBIG: "The file may not grow any larger. Raise the limit of its size (ulimit -f), then try again.",
    errno.EROFS: "The disk can only be read. Mount it for writing, then try again.",
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.ENOTDIR: "A part of this path is no folder. Name another as TIRAGE_VAR.",
    errno.ENOENT: "There is no such file or folder, and it can't be made. Check the path.",
    errno.EIO: "The disk doesn't answer. Look at the machine's log.",
}
_READ_ONLY = (
    "The database can only be read. On PostgreSQL: is this the standby, or is default_transaction_read_only on? "
    "On SQLite: may this user write the file and its folder?"
)
_AWAY = "Is PostgreSQL running, and is TIRAGE_DATABASE_URL right?"


def say_trouble(problem: BaseException) -> str:
    """A sentence for what is wrong with the database or a disk; empty for anything else, which is a fault of ours."""
    from django.db import DatabaseError, InterfaceError, OperationalError

    if isinstance(problem, OSError):
        return _say_disk(problem)
    if isinstance(problem, (OperationalError, InterfaceError)):
        return say_database(problem)
    if isinstance(problem, DatabaseError) and (is_read_only(problem) or _is_denied(problem)):
        return say_database(problem)
    return ""


def _say_disk(problem: OSError) -> str:
    advice = _DISK.get(problem.errno or 0)
    # Those without a path are about sockets and pipes, not disks.
    if advice is None or (problem.filename is None and problem.errno not in (errno.ENOSPC, errno.EDQUOT)):
        return ""
    where = f"{problem.filename}: " if problem.filename else ""
    return f"{where}{advice}"


def say_database(problem: BaseException) -> str:
    """The same for what the database raised, whatever it is."""
    words = " ".join(str(problem).split())
    if is_read_only(problem):
        return _READ_ONLY
    if _is_denied(problem):
        return f"PostgreSQL denies this user what it needs: {words}. Make it the owner of the database and its tables."
    if "disk is full" in words or "No space left" in words:
        return "The database's disk is full. Make room on it, then try again."
    if "unable to open database file" in words:
        return f"The database file can't be opened: may this user read and write it and its folder? ({words})"
    if "file is not a database" in words or "malformed" in words:
        return f"TIRAGE_DATABASE_URL names a file that is no sound SQLite database. Restore it from a backup. ({words})"
    if "database is locked" in words:
        return "The database is locked by another process for too long. Try again when that has finished."
    if "lock timeout" in words or "statement timeout" in words or "deadlock" in words:
        return f"The database was busy for too long, so nothing was done. Try again. ({words})"
    if "does not exist" in words and "column" not in words and "relation" not in words:
        return f"PostgreSQL has no such database or role: {words}. Create it, or correct TIRAGE_DATABASE_URL."
    if "authentication failed" in words or "no pg_hba.conf entry" in words or "no password supplied" in words:
        return f"PostgreSQL lets this user not in. Correct TIRAGE_DATABASE_URL or pg_hba.conf. ({words})"
    return f"The database doesn't answer: {words}. {_AWAY}"


def is_read_only(problem: BaseException) -> bool:
    """Whether the database took nothing because it may only be read."""
    words = str(problem)
    return "read-only transaction" in words or "readonly database" in words or "read-only mode" in words


def _is_denied(problem: BaseException) -> bool:
    words = str(problem)
    return "permission denied for" in words or "must be owner of" in words
