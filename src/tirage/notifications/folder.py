"""Mail into a folder, one ``.eml`` file each, for the demo and for tests."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMessage
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.filebased import EmailBackend
from django.core.mail.message import EmailMessage

from tirage.core.clock import read_clock


class FolderBackend(EmailBackend):
    """Django's file backend, writing each message to a file of its own in ``settings.TIRAGE_MAIL_FOLDER``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["file_path"] = settings.TIRAGE_MAIL_FOLDER
        super().__init__(*args, **kwargs)

    def open(self) -> bool:
        """Nothing before there is a mail: each has a file of its own, also over a line that is kept for many."""
        return bool(self._fname) and bool(super().open())

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        return sum(self._send_one(message) for message in messages or ())

    def _send_one(self, message: EmailMessage) -> int:
        self._fname = str(mail_folder() / f"{read_clock():%Y%m%d-%H%M%S-%f}-{secrets.token_hex(3)}.eml")
        return super().send_messages([message]) or 0

    def write_message(self, message: EmailMessage) -> None:
        self.stream.write(message.message().as_bytes())


@dataclass(frozen=True, slots=True)
class KeptMail:
    """A mail of the folder. ``name`` is its file's, without ``.eml``."""

    name: str
    at: datetime
    to: str
    subject: str
    text: str
    html: str


def mail_folder() -> Path:
    return Path(settings.TIRAGE_MAIL_FOLDER)


def kept_mails(limit: int = 200) -> list[KeptMail]:
    """The newest mails first."""
    files = sorted(mail_folder().glob("*.eml"), reverse=True)[:limit]
    return [_read(file) for file in files]


def kept_mail(name: str) -> KeptMail | None:
    """The mail of that name; None for a name that isn't in the folder."""
    file = mail_folder() / f"{name}.eml"
    return _read(file) if file in mail_folder().glob("*.eml") else None


def _read(file: Path) -> KeptMail:
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    return KeptMail(
        name=file.stem,
        at=datetime.fromtimestamp(file.stat().st_mtime, UTC),
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: ParsedMessage, kind: str) -> str:
    body = message.get_body((kind,))
    return str(body.get_content()) if body is not None else ""
