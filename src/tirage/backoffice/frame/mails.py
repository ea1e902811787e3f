"""How it is said what became of a mail."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest

from tirage.core.clock import read_clock
from tirage.core.winery import local_time
from tirage.health.queries import what_holds_mails
from tirage.notifications.models import SentMail
from tirage.notifications.states import MailState

STATES = {
    MailState.SENT: "Sent",
    MailState.WAITING: "Queued",
    MailState.FAILING: "Tried again",
    MailState.REFUSED: "Refused",
    MailState.GIVEN_UP: "Given up",
    MailState.WITHHELD: "Withheld",
}


def say_next(mail: SentMail) -> str:
    """What happens now, for mails that failed."""
    if mail.state is MailState.FAILING and mail.next_at:
        return f"Tried again at {local_time(mail.next_at):%H:%M}."
    if mail.state is MailState.REFUSED:
        return "Put the address right, then try again."
    if mail.state is MailState.GIVEN_UP:
        return f"Given up after {mail.attempts} tries."
    return ""


def say_mailed(request: HttpRequest, words: str) -> None:
    """Says that a mail was queued, and when it can't leave now, that it waits and what for."""
    messages.success(request, words)
    for part in what_holds_mails(read_clock()):
        messages.warning(request, f"Mails wait at the moment. {part.title}: {part.words}.")


def say_tried(count: int) -> str:
    """What trying again has begun, and no more than that."""
    mails = "1 mail" if count == 1 else f"{count:,} mails"
    return f"You queued {mails} again. Whether the mail server takes them shows here."
