"""A test mail, sent at once: what the mail server answers is for the person who waits for it."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import get_connection

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.core.heartbeats import MAIL, note_failure, note_success
from tirage.core.winery import current_winery
from tirage.notifications.answers import NotTaken, read_answer
from tirage.notifications.compose import Composed, Words, compose
from tirage.notifications.sending import message_of

_WORDS = Words(
    "A test from {{ winery.name }}",
    "This mail was sent from the settings of {{ winery.name }}, to see whether mails leave.\n\n"
    "Nothing has to be done. If it stands among the unwanted mail, ask whoever keeps your domain about SPF and DKIM.",
    own=False,
)


@dataclass(frozen=True, slots=True)
class Tried:
    """Whether the mail server took it, and what it said, in a sentence or two."""

    taken: bool
    words: str


def send_test(*, to: str, composed: Composed | None = None, actor: Actor, now: datetime) -> Tried:
    """Hands a test mail, or ``composed``, to the mail server and waits for its answer. Records ``mail.tested``.

    On a line of its own, opened anew: what is tried is the way as it is set. Never raises for what the server says.
    No transaction may be open.
    """
    winery = current_winery()
    if composed is None:
        composed = compose(_WORDS, {"winery.name": winery.name}, winery)
    try:
        tried = Tried(True, _say_taken(to, _hand_over(message_of(composed, to=to))))
        note_success(MAIL, read_clock())
    except Exception as problem:  # whatever it was, its words are the answer
        answer = read_answer(problem)
        tried = Tried(False, f"The test didn’t leave. {answer.sentence}")
        if answer.is_about_us:
            note_failure(MAIL, answer.sentence, read_clock())
    text = (
        f"sent a test mail to {to}" if tried.taken else f"tried to send a test mail to {to}; it didn't leave"
    )
    record_event(
        EventName.MAIL_TESTED, "mail", 0, text=text, data={"taken": tried.taken}, actor=actor, now=now
    )
    return tried


def _hand_over(message: Any) -> str:
    """What the server said to the mail, such as ``250 2.0.0 queued as 4F1``; empty for other ways than SMTP."""
    connection = get_connection()
    connection.open()
    try:
        said = _listen(getattr(connection, "connection", None))
        if not connection.send_messages([message]):
            raise NotTaken
    finally:
        connection.close()
    return said[-1] if said else ""


def _listen(server: Any) -> list[str]:
    """Keeps the answer to the mail's data, which smtplib asks for and throws away."""
    said: list[str] = []
    if not isinstance(server, smtplib.SMTP):
        return said
    ask: Any = server.data

    def data(message: Any) -> Any:
        code, words = ask(message)
        said.append(f"{code} {' '.join(words.decode('utf-8', 'replace').split())}"[:160])
        return code, words

    server.data = data  # type: ignore[method-assign, assignment]
    return said


def _say_taken(to: str, said: str) -> str:
    if not said:
        return f"A test is on its way to {to}."
    return f"The mail server {settings.EMAIL_HOST}:{settings.EMAIL_PORT} took the test to {to}: “{said}”."
