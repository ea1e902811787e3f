"""Members of the team with their browsers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from tirage.staff.models import StaffMember
from tirage.staff.states import Role

ClientAs: TypeAlias = Callable[[Role], Client]


def member_with(role: Role, *, second_factor: bool = True) -> StaffMember:
    """A member of the team; with a second factor unless told otherwise."""
    member = StaffMember.objects.create_user(
        f"{role.value}@halcyon.example", name=role.value.capitalize(), role=role.value
    )
    if second_factor:
        TOTP.activate(member, "JBSWY3DPEHPK3PXP")
    return member


def client_of(role: Role) -> Client:
    """A browser in which a new member with this role is signed in."""
    client = Client()
    client.force_login(member_with(role), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def client_as(db: None) -> ClientAs:
    """``client_as(Role.MANAGER)``: a browser in which such a member is signed in."""

    return client_of


@pytest.fixture
def owner_client(client_as: ClientAs) -> Client:
    """A browser with an owner."""
    return client_as(Role.OWNER)
