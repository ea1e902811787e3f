"""What is done to a policy, in the activity."""

from __future__ import annotations

from datetime import datetime

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.events import EventName
from tirage.wishes.models import Policy


def record(name: EventName, policy: Policy, text: str, actor: Actor, now: datetime) -> None:
    """Its release stands in the data, so that the release's page tells it too."""
    data = {"policy": policy.reference, "release": policy.release.reference}
    record_event(name, "policy", policy.pk, text=text, data=data, actor=actor, now=now)
