"""Who is on the team."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.hands import settle
from tirage.core.locks import lock_rows
from tirage.core.texts import fitting, say_names
from tirage.notifications.operations import queue_staff_invitation
from tirage.staff.adapter import password_key, password_link
from tirage.staff.models import StaffMember
from tirage.staff.sessions import end_permissions
from tirage.staff.states import Role
from tirage.tables.cleaning import identity


@transaction.atomic
def invite_member(*, email: str, name: str, role: Role, actor: Actor, now: datetime) -> StaffMember:
    """Adds a member without a password and mails a link to set one.

    Records ``staff.invited``. Raises DomainError ``member_invalid``.
    """
    address, problems = identity(email), {}
    try:
        validate_email(address)
    except ValidationError:
        problems["email"] = "Write an e-mail address such as hugo@example.com."
    if StaffMember.objects.filter(email=address).exists():
        problems["email"] = f"{address} is on the team already."
    if not name.strip():
        problems["name"] = "Write the name that the activity shows."
    if problems:
        raise DomainError("member_invalid", "This invitation can't be sent.", problems)
    member = StaffMember.objects.create_user(address, name=fitting(name, 120, "name"), role=role.value)
    _record(
        EventName.STAFF_INVITED,
        member,
        f"invited {member.name} as {role.value.replace('_', ' ')}",
        actor,
        now,
    )
    send_invitation(member=member, actor=actor, now=now)
    return member


@transaction.atomic
def send_invitation(*, member: StaffMember, actor: Actor, now: datetime) -> None:
    """Mails the link to set a password (once more)."""
    url = password_link(password_key(member))
    queue_staff_invitation(email=member.email, name=member.name, inviter=actor.label, url=url, now=now)


@transaction.atomic
def change_member(
    *,
    member: StaffMember,
    name: str,
    role: Role,
    is_active: bool,
    but: str = "",
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> StaffMember:
    """Renames a member, gives another role, closes or opens the sign-in. The last two end whatever the member was given
    before, but for the session whose cookie is ``but``; who hasn't set a password yet gets a new link.

    Of what was ``shown`` only what differs from it is changed. Locks all owners and the member, so that two owners
    can't remove each other at once. Records ``staff.changed``. Raises DomainError ``last_owner``, ``member_invalid``,
    Overtaken.
    """
    locked = lock_rows(StaffMember.objects.filter(Q(role=Role.OWNER.value, is_active=True) | Q(pk=member.pk)))
    owners = [one for one in locked if one.role == Role.OWNER.value and one.is_active]
    fresh = next(one for one in locked if one.pk == member.pk)
    settled = settle(
        {"name": name.strip(), "role": role.value, "is_active": is_active},
        shown=shown,
        stands={"name": fresh.name, "role": fresh.role, "is_active": fresh.is_active},
    )
    name, role, is_active = settled["name"], Role(settled["role"]), settled["is_active"]
    others = [owner for owner in owners if owner.pk != member.pk]
    if (
        not others
        and any(owner.pk == member.pk for owner in owners)
        and not (is_active and role is Role.OWNER)
    ):
        words = f"{member.name} is the only owner. Make somebody else an owner first."
        raise DomainError("last_owner", words, {"role": words})
    if not name.strip():
        raise DomainError(
            "member_invalid", "Write a name.", {"name": "Write the name that the activity shows."}
        )
    text = _say_changes(fresh, name.strip(), role, is_active)
    if not text:
        return fresh
    is_another = (fresh.role, fresh.is_active) != (role.value, is_active)
    fresh.name, fresh.role, fresh.is_active = fitting(name, 120, "name"), role.value, is_active
    fresh.save(update_fields=["name", "role", "is_active"])
    _record(EventName.STAFF_CHANGED, fresh, text, actor, now)
    if is_another:
        end_permissions(fresh, but=but)
        if is_active and not fresh.has_usable_password():
            send_invitation(member=fresh, actor=actor, now=now)
    return fresh


@transaction.atomic
def reset_second_factor(*, member: StaffMember, actor: Actor, now: datetime) -> None:
    """For a lost telephone: the member sets up a new one at the next sign-in. Records ``staff.changed``."""
    Authenticator.objects.filter(user=member).delete()
    end_permissions(member)
    _record(EventName.STAFF_CHANGED, member, f"took away the second factor of {member.name}", actor, now)


def _say_changes(before: StaffMember, name: str, role: Role, is_active: bool) -> str:
    words = []
    if before.name != name:
        words.append(f"renamed {before.name} to {name}")
    if before.role != role.value:
        words.append(f"made {name} {role.value.replace('_', ' ')}")
    if before.is_active != is_active:
        words.append(f"{'opened' if is_active else 'closed'} the sign-in of {name}")
    return say_names(words)


def _record(name: EventName, member: StaffMember, text: str, actor: Actor, now: datetime) -> None:
    record_event(name, "staff", member.pk, text=text, actor=actor, now=now)
