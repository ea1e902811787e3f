"""Members of the team with their browsers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from tirage.staff.models import StaffMember
from tirage.staff.states import Role

#: Files whose tests ask each engine: every page once, lists with their filters, and the shop's hand-written statements.
ON_BOTH_ENGINES = {
    "test_pages.py",
    "test_list.py",
    "test_lists.py",
    "test_customers.py",
    "test_orders.py",
    "test_payments.py",
    "test_collecting.py",
    "test_offer.py",
    "test_checkout.py",
    "test_bodies.py",
    "test_health.py",
    "test_odd.py",
    "test_stored.py",
    "test_figures_of_tests.py",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What a page says, and where it leads, is the same on both; the acts behind it are tried in ``tests/rooms``."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and item.path.name not in ON_BOTH_ENGINES:
            item.add_marker(pytest.mark.once)


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
