"""Where there is no way on, a member of the team still has the rail, and is told whom to ask."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.web.conftest import ClientAs, member_with
from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.backoffice.frame import refused
from tirage.staff.models import StaffMember
from tirage.staff.states import Role
from tirage.staff.ways import may_open

RAIL = 'class="rail-places"'


def test_what_a_role_does_not_include_names_who_has_it(client_as: ClientAs, world: World) -> None:
    client = client_as(Role.FULFILMENT)
    for role, name in ((Role.MANAGER, "Max"), (Role.HOSPITALITY, "Holly")):
        StaffMember.objects.filter(pk=member_with(role).pk).update(name=name)
    answer = client.get("/winery/releases/")
    assert answer.status_code == 403
    assert RAIL in answer.content.decode() and 'href="/winery/orders/"' in answer.content.decode()
    assert "Not part of your role, Fulfillment" in words_of(answer)
    assert "Holly, Max or Olive Owens can do it for you." in words_of(answer)
    assert "Olive Owens can give you another role." in words_of(answer)
    assert 'href="/winery/"><span>Home</span>' in answer.content.decode()
    # Who can do it and who can give the role are named once where they are the same.
    StaffMember.objects.exclude(role__in=[Role.OWNER.value, Role.FULFILMENT.value]).update(is_active=False)
    alone = words_of(client.get("/winery/settings/team/"))
    assert alone.count("Olive Owens") == 1 and "can do it for you, or give you another role" in alone
    # An act inside of a page, and an export, are refused in the same words.
    exported = client_as(Role.READ_ONLY).get("/winery/orders/", {"export": "csv"})
    assert exported.status_code == 403 and "Not part of your role, Read-only" in words_of(exported)


@pytest.mark.parametrize("path", ["/winery/no/such/page", "/winery/orders/ORD-NONE0000/"])
def test_nothing_at_an_address_keeps_the_rail(owner_client: Client, world: World, path: str) -> None:
    answer = owner_client.get(path)
    assert answer.status_code == 404
    assert RAIL in answer.content.decode()


def test_strangers_and_the_shop_get_the_plain_pages(
    client: Client, owner_client: Client, world: World
) -> None:
    for answer in (client.get("/winery/no/such/page"), owner_client.get("/no/such/page")):
        assert answer.status_code == 404
        assert RAIL not in answer.content.decode()


def test_what_breaks_keeps_the_rail_where_it_can(
    owner_client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("tirage.backoffice.home.views.find", fail)
    owner_client.raise_request_exception = False
    answer = owner_client.get("/winery/search", {"q": "ana"})
    assert answer.status_code == 500
    assert RAIL in answer.content.decode() and answer["X-Request-Id"] in answer.content.decode()
    monkeypatch.setattr(refused, "_page", fail)
    answer = owner_client.get("/winery/search", {"q": "ana"})
    assert answer.status_code == 500 and "Something broke on our side" in words_of(answer)


def test_ways_show_to_those_whom_the_guard_lets_in(world: World) -> None:
    owner, reader = member_with(Role.OWNER), member_with(Role.READ_ONLY)
    assert may_open(owner, "backoffice:team") and not may_open(reader, "backoffice:team")
    assert may_open(reader, "backoffice:orders")
    assert not may_open(owner, "backoffice:no_such_page")
