"""The team's sign-ins on devices: listed and ended."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.events import EventName
from tirage.core.sessions import kept_key
from tirage.staff.models import StaffMember, StaffSession


def sessions_of(member: StaffMember, *, now: datetime) -> QuerySet[StaffSession]:
    """The member's sign-ins that count, the latest used first."""
    return StaffSession.objects.filter(member=member, expire_date__gt=now).order_by("-seen_at", "reference")


@transaction.atomic
def end_session(*, member: StaffMember, reference: str, actor: Actor, now: datetime) -> bool:
    """Ends one of the member's sessions; False when there is none of that name. Records ``staff.changed``."""
    gone, _ = StaffSession.objects.filter(member=member, reference=reference).delete()
    if gone:
        _record(member, f"ended a sign-in of {member.name}", actor, now)
    return bool(gone)


@transaction.atomic
def end_sessions(*, member: StaffMember, but: str = "", actor: Actor, now: datetime) -> int:
    """Ends the member's sessions, all but the one whose cookie is ``but``; how many. Records ``staff.changed``."""
    gone = drop_sessions(member, but=but)
    if gone:
        _record(member, f"ended {'the other' if but else 'all'} sign-ins of {member.name}", actor, now)
    return gone


def drop_sessions(member: StaffMember, *, but: str = "") -> int:
    """Ends the sessions as a part of something else, which is recorded."""
    rows = StaffSession.objects.filter(member=member)
    gone, _ = rows.exclude(pk=kept_key(but)).delete() if but else rows.delete()
    return gone


def prune_staff_sessions(*, now: datetime) -> int:
    """Forgets sessions whose time is over; how many."""
    gone, _ = StaffSession.objects.filter(expire_date__lt=now).delete()
    return gone


def _record(member: StaffMember, text: str, actor: Actor, now: datetime) -> None:
    record_event(EventName.STAFF_CHANGED, "staff", member.pk, text=text, actor=actor, now=now)
