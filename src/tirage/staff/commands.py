"""``tirage staff``: the first owner comes from the command line, and who is locked out is let in again."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from getpass import getpass
from typing import TYPE_CHECKING

from tirage.core.actors import Actor, system
from tirage.core.errors import DomainError
from tirage.staff.states import Role
from tirage.tables.cleaning import identity

if TYPE_CHECKING:
    from tirage.staff.models import StaffMember


def add_arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(title="acts", metavar="add | unlock", required=True)
    unlock = acts.add_parser(
        "unlock",
        help="forget the wrong passwords and codes of somebody",
        description="Forget the wrong passwords and codes that make somebody wait.",
    )
    unlock.add_argument("email", help="address that signs in")
    unlock.set_defaults(act=unlock_member)
    add = acts.add_parser("add", help="add somebody to the team", description="Add somebody to the team.")
    add.add_argument("email", help="address to sign in with")
    add.add_argument("--name", default="", help="name, as the activity shows it (the part before the @)")
    add.add_argument(
        "--role", choices=[role.value for role in Role], default=Role.OWNER.value, help="(%(default)s)"
    )
    add.add_argument("--link", action="store_true", help="print a link to set a password, instead of asking")
    add.set_defaults(act=_add)


def run(options: argparse.Namespace) -> int:
    """Does what the sub-command says; its exit code."""
    return int(options.act(options))


def unlock_member(options: argparse.Namespace) -> int:
    """Forgets the wrong passwords and codes that were counted for the address, wherever they came from."""
    from tirage.core.waits import forget_account

    email = identity(options.email)
    count = forget_account(email)
    print(f"{email} can sign in again: {count} wrong tries are forgotten.")
    return 0


def _add(options: argparse.Namespace) -> int:
    from tirage.core.clock import read_clock
    from tirage.staff.adapter import password_key, password_link

    password = "" if options.link or not sys.stdin.isatty() else _ask_password()
    member = add_member(
        email=options.email,
        name=options.name,
        role=Role(options.role),
        password=password,
        actor=system("tirage staff"),
        now=read_clock(),
    )
    print(f"{member.name} ({member.email}) is on the team as {member.role.replace('_', ' ')}.")
    if not password:
        print(f"Set a password within three days: {password_link(password_key(member))}")
    return 0


def add_member(
    *, email: str, name: str, role: Role, password: str, actor: Actor, now: datetime
) -> StaffMember:
    """A new member of the team, recorded. Without a password, one is set by link before the first sign-in.

    Raises DomainError when the address is none, is taken, or the password is too weak.
    """
    from django.db import transaction

    from tirage.core.audit import record_event
    from tirage.core.events import EventName
    from tirage.staff.models import StaffMember

    email = identity(email)
    if StaffMember.objects.filter(email=email).exists():
        raise DomainError("staff_exists", f"{email} is on the team already.")
    member = StaffMember(email=email, name=name or email.partition("@")[0], role=role.value)
    _refuse_unfit(member, password)
    member.set_password(password or None)
    with transaction.atomic():
        member.save(force_insert=True)
        text = f"added {member.name} to the team as {role.value.replace('_', ' ')}"
        record_event(EventName.STAFF_INVITED, "staff", member.pk, text=text, actor=actor, now=now)
    return member


def _refuse_unfit(member: StaffMember, password: str) -> None:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    try:
        validate_email(member.email)
        if password:
            validate_password(password, member)
    except ValidationError as problem:
        raise DomainError("staff_unfit", f"Nobody was added: {' '.join(problem.messages)}") from None


def _ask_password() -> str:
    """Asked twice; what is too weak is refused with the reasons when the member is added."""
    first = getpass("Password (12 characters or more): ")
    if first != getpass("The same again: "):
        raise DomainError("password_mismatch", "The two passwords differ. Nobody was added.")
    return first
