"""The team's sign-ins on devices: listed and ended."""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest

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


def end_permissions(member: StaffMember, *, but: str = "") -> int:
    """Ends what the member was given so far, as a part of a change that is recorded; how many sessions that were.

    Sessions, known devices, links to set a password, sign-ins that wait for their second factor: each carries the
    member's standing (``StaffMember.standing``), which is another one from now on. The session whose cookie is ``but``
    stays for who made the change there; its view calls ``keep_signed_in``.
    """
    StaffMember.objects.filter(pk=member.pk).update(epoch=F("epoch") + 1)
    member.refresh_from_db(fields=["epoch"])
    return drop_sessions(member, but=but)


def keep_signed_in(request: HttpRequest, member: StaffMember) -> None:
    """Gives the session of ``request`` the member's new standing; of its set-up of a second factor nothing stays."""
    request.session.pop(SECRET_SESSION_KEY, None)
    update_session_auth_hash(request, member)


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
