"""Home speaks of how Tirage runs when something is late, to who can do something about it, and is quiet otherwise."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.web.conftest import ClientAs
from tests.world import World
from tirage.cli.worker import keep_once
from tirage.core.clock import read_clock
from tirage.core.models import Heartbeat
from tirage.staff.states import Role

WORDS = "Worker: not heard of for 12 minutes."


@pytest.fixture
def silent(world_today: World) -> World:
    """Everything ran, and then the worker was heard of no more."""
    keep_once()
    Heartbeat.objects.filter(name="worker").update(ok_at=read_clock() - timedelta(minutes=12, seconds=30))
    return world_today


def test_home_says_what_is_late_and_where_to_look(owner_client: Client, silent: World) -> None:
    page = owner_client.get("/winery/").content.decode()
    assert WORDS in page and 'href="/winery/settings/running/"' in page
    part = owner_client.get("/winery/", headers={"HX-Request": "true"}).content.decode()
    assert WORDS in part


def test_home_is_quiet_when_nothing_is_late(owner_client: Client, world_today: World) -> None:
    keep_once()
    assert "Behind Tirage" not in owner_client.get("/winery/").content.decode()


@pytest.mark.parametrize("role", [Role.HOSPITALITY, Role.FULFILMENT, Role.READ_ONLY])
def test_who_cannot_do_anything_about_it_isnt_told(client_as: ClientAs, silent: World, role: Role) -> None:
    page = client_as(role).get("/winery/").content.decode()
    assert WORDS not in page and "/winery/settings/running/" not in page


def test_the_page_has_every_part_with_what_to_do(owner_client: Client, silent: World) -> None:
    page = owner_client.get("/winery/settings/running/").content.decode()
    for title in ("Worker", "Schedule", "Jobs", "Mail", "Payment gateway", "Backup"):
        assert f"<span>{title}</span>" in page
    assert "Not heard of for 12 minutes. Mails and jobs wait for it." in page
    assert page.count("state-problem") == 1
