"""Trying failed mails again, one or all of a release."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.notifications.models import SentMail
from tirage.notifications.queries import triable


@transaction.atomic
def try_again(*, mails: QuerySet[SentMail], what: str, actor: Actor, now: datetime) -> int:
    """Lets the worker send those of ``mails`` that failed, to the addresses of now; how many.

    One statement, however many: the schedule gives them their jobs. ``what`` names them in the log. Records
    ``mail.retried``. Raises DomainError ``nothing_to_try``.
    """
    failed = triable(mails).values("pk")
    count = SentMail.objects.filter(pk__in=failed).update(
        has_job=False, attempts=0, problem="", ended="", next_at=None, due_at=now
    )
    if not count:
        raise DomainError(
            "nothing_to_try",
            "None of these mails can be tried again: they are sent, wait for their turn, or were meant for a moment "
            "that has passed.",
        )
    mails_in_words = "1 mail" if count == 1 else f"{count:,} mails"
    record_event(
        EventName.MAIL_RETRIED,
        "mail",
        0,
        text=f"had {mails_in_words} tried again: {what}",
        data={"count": count},
        actor=actor,
        now=now,
    )
    return count
