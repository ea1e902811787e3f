"""Every page of the back office is guarded, and each role gets in exactly where the table says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.web.conftest import ClientAs
from tests.world import World
from tirage.staff import permissions
from tirage.staff.permissions import GRANTS, Permission
from tirage.staff.states import Role


def patterns(entries: list[Any], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in entries:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry.url_patterns, path)
        else:
            yield path, entry


def backoffice_urls() -> list[tuple[str, URLPattern]]:
    found = []
    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLResolver) and entry.app_name == "backoffice":
            found += list(patterns(entry.url_patterns))
    return found


URLS = backoffice_urls()
NAMES = [str(pattern.name) for _, pattern in URLS]


def example(path: str) -> str:
    """A path with something in each place; what it names need not exist."""
    values = {"int": "1", "uuid": "00000000-0000-0000-0000-000000000000"}
    return "/winery/" + re.sub(r"<(\w+):\w+>", lambda match: values.get(match[1], "none"), path)


def test_there_are_pages_to_look_at() -> None:
    assert len(URLS) > 30


@pytest.mark.parametrize(("path", "pattern"), URLS, ids=NAMES)
def test_every_view_names_its_permissions(path: str, pattern: URLPattern) -> None:
    needed = getattr(pattern.callback, "needed_permissions", None)
    assert needed, f"{path} is not guarded by staff_required"
    assert needed <= frozenset(Permission)


@pytest.mark.django_db
def test_strangers_see_none_of_them(winery: object) -> None:
    client = Client()
    for path, _ in URLS:
        for answer in (client.get(example(path)), client.post(example(path))):
            if answer.status_code == 405:
                continue
            assert answer.status_code == 302, path
            assert answer["Location"].startswith("/winery/sign-in/?next="), path


@pytest.mark.parametrize("role", list(Role))
def test_each_role_gets_in_where_the_table_says(client_as: ClientAs, world_today: World, role: Role) -> None:
    client = client_as(role)
    client.raise_request_exception = True
    for path, pattern in URLS:
        needed: frozenset[Permission] = cast(Any, pattern.callback).needed_permissions
        allowed = needed <= GRANTS[role]
        for answer in (client.get(example(path)), client.post(example(path))):
            if answer.status_code == 405:
                continue
            if allowed:
                # A name that nothing has is a 404; what matters is that the door was open.
                assert answer.status_code in {200, 302, 400, 404}, (path, answer.status_code)
            else:
                assert answer.status_code == 403, (path, answer.status_code)


def test_the_table_is_closed_by_default() -> None:
    assert GRANTS[Role.OWNER] == frozenset(Permission)
    assert Permission.MANAGE_TEAM not in GRANTS[Role.MANAGER]
    for role in (Role.HOSPITALITY, Role.FULFILMENT, Role.READ_ONLY):
        assert not GRANTS[role] & {
            Permission.REFUND,
            Permission.EDIT_SETTINGS,
            Permission.EDIT_OFFERS,
            Permission.MANAGE_TEAM,
        }
    assert all(not str(permission).startswith(("edit", "refund")) for permission in GRANTS[Role.READ_ONLY])


def test_an_unknown_permission_or_person_is_a_no() -> None:
    assert not permissions.may(object(), Permission.ENTER)
    with pytest.raises(ValueError, match="name at least one"):
        permissions.staff_required()


def test_saving_settings_needs_more_than_seeing_them(client_as: ClientAs, world: World) -> None:
    """A page that shows to some and saves for fewer refuses the save itself."""
    client = client_as(Role.READ_ONLY)
    assert Permission.SEE_SETTINGS not in GRANTS[Role.READ_ONLY]
    assert client.post("/winery/settings/", {"name": "Mine"}).status_code == 403
    world.winery.refresh_from_db()
    assert world.winery.name == "Halcyon Ridge"
