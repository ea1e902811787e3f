"""One line to the mail server for many mails: a crowd of invitations doesn't greet it anew for each."""

from __future__ import annotations

import threading
import time
from smtplib import SMTPServerDisconnected
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from tirage.notifications.answers import NotTaken

#: Servers close a line that is silent, and some count the mails of one: before that it is a new one.
SILENT_SECONDS, MOST_MAILS = 10.0, 100


class _Line(threading.local):
    """The thread's own; a connection belongs to one thread."""

    backend = ""
    connection: Any = None
    used_at = 0.0
    mails = 0


_line = _Line()


def send_over_kept_line(message: EmailMessage) -> None:
    """Sends by the line of this thread, opened when needed. What the connection raises is raised, and closes it.

    Raises NotTaken when the connection says that it handed over nothing: a mail counts as sent when it was taken.
    """
    if not _is_usable():
        _open()
    try:
        _send(message)
    except SMTPServerDisconnected:
        # It had hung up since; nothing was taken.
        _open()
        _send(message)


def _send(message: EmailMessage) -> None:
    try:
        if not _line.connection.send_messages([message]):
            raise NotTaken
    except BaseException:
        close_line()
        raise
    _line.used_at, _line.mails = time.monotonic(), _line.mails + 1


def _is_usable() -> bool:
    is_fresh = time.monotonic() - _line.used_at < SILENT_SECONDS and _line.mails < MOST_MAILS
    return _line.connection is not None and _line.backend == settings.EMAIL_BACKEND and is_fresh


def _open() -> None:
    close_line()
    connection = get_connection()
    connection.open()
    _line.connection, _line.backend, _line.mails = connection, settings.EMAIL_BACKEND, 0


def close_line() -> None:
    """Hangs up, if there is anything to hang up."""
    connection, _line.connection = _line.connection, None
    if connection is not None:
        try:
            connection.close()
        except OSError:
            return
