"""How often something was tried, counted by the audit log: for pages on which thieves would test cards."""

from __future__ import annotations

from datetime import datetime, timedelta

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict
from tirage.core.events import EventName
from tirage.core.models import Event

WINDOW = timedelta(hours=1)


def count_one_try(
    name: EventName, subject: str, subject_id: int, *, most: int, text: str, actor: Actor, now: datetime
) -> None:
    """Records one more try; who holds the subject's lock counts exactly.

    Raises Conflict ``too_many_tries``, with nothing recorded, once there were ``most`` within ``WINDOW``.
    """
    tried = Event.objects.filter(
        subject_kind=subject, subject_id=subject_id, name=name.value, at__gt=now - WINDOW
    )
    if tried.count() >= most:
        raise Conflict(
            "too_many_tries", "Too many cards were tried. Wait an hour, or write to us: we help you."
        )
    record_event(name, subject, subject_id, text=text, actor=actor, now=now)
