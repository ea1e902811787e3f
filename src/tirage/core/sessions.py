"""Sign-ins on devices: what is kept of each, for customers and for the team alike."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import models
from django.db.models import QuerySet

from tirage.core.fields import reference_field

#: A session's last use is written at most so often: a visit of many pages is one statement.
SEEN_EVERY = timedelta(minutes=10)
_AGENT, _ADDRESS = 300, 45


@dataclass(frozen=True, slots=True)
class Device:
    """What a request says of the device it comes from: its User-Agent, and the address that it was sent from."""

    agent: str = ""
    address: str = ""


class DeviceSession(models.Model):
    """A sign-in on one device. It is ended by deleting it: a cookie is only the key to such a row."""

    reference = reference_field("DEV")
    since = models.DateTimeField()
    seen_at = models.DateTimeField()
    agent = models.CharField(max_length=_AGENT, blank=True)
    address = models.CharField(max_length=_ADDRESS, blank=True)

    class Meta:
        abstract = True


S = TypeVar("S", bound=DeviceSession)


def device_columns(device: Device, now: datetime) -> dict[str, object]:
    """The columns of a session that begins now on ``device``."""
    return {
        "since": now,
        "seen_at": now,
        "agent": device.agent[:_AGENT],
        "address": device.address[:_ADDRESS],
    }


def is_unnoted(seen_at: datetime, now: datetime) -> bool:
    """Whether the session's use is to be written down again."""
    return now - seen_at >= SEEN_EVERY


def note_seen(rows: QuerySet[S], *, address: str, now: datetime) -> int:
    """Writes down that the session is used, unless somebody did so in the meantime; how many were written."""
    return rows.filter(seen_at__lte=now - SEEN_EVERY).update(seen_at=now, address=address[:_ADDRESS])


def kept_key(key: str) -> str:
    """What is kept of a cookie's key: recognised by it, and worth nothing to who reads the database."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]
