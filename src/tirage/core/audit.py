"""Writing the audit log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from tirage.core.actors import Actor
from tirage.core.events import EventName
from tirage.core.models import Event
from tirage.core.sql import fetch_one, is_postgresql


def build_event(
    name: EventName,
    subject: str,
    subject_id: int,
    *,
    text: str = "",
    data: Mapping[str, Any] | None = None,
    customer_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> Event:
    """An unsaved event, for callers that insert several at once."""
    return Event(
        at=now,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        actor_label=actor.label[:200],
        name=name.value,
        subject_kind=subject,
        subject_id=subject_id,
        customer_id=customer_id,
        text=text if len(text) <= 500 else f"{text[:499]}…",
        data=dict(data or {}),
        request_id=actor.request_id,
    )


def record_event(
    name: EventName,
    subject: str,
    subject_id: int,
    *,
    text: str = "",
    data: Mapping[str, Any] | None = None,
    customer_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> Event:
    """Appends one act to the audit log, inside the caller's transaction.

    ``subject`` is a kind such as ``order``; ``text`` is the sentence that the activity shows
    (without the actor, e.g. "added 2 × Estate Cabernet 2023"); ``customer_id`` files it under a customer too.
    """
    event = build_event(
        name, subject, subject_id, text=text, data=data, customer_id=customer_id, actor=actor, now=now
    )
    row = fetch_one(_INSERT.format("%s::jsonb" if is_postgresql() else "%s"), _values(event))
    event.pk = row["id"] if row else None
    return event


_COLUMNS = (
    "at",
    "actor_kind",
    "actor_id",
    "actor_label",
    "name",
    "subject_kind",
    "subject_id",
    "customer_id",
    "text",
    "request_id",
    "data",
)
_INSERT = (
    f"INSERT INTO core_event ({', '.join(_COLUMNS)}) VALUES ({', '.join(['%s'] * (len(_COLUMNS) - 1))}, {{}})"  # noqa: S608  # fixed names
    " RETURNING id"
)


def _values(event: Event) -> list[Any]:
    """As the columns want them; the data last."""
    return [
        *(getattr(event, column) for column in _COLUMNS[:-1]),
        json.dumps(event.data, cls=DjangoJSONEncoder),
    ]
