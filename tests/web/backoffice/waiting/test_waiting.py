"""The team and the line: invited by number or by choice, taken off it, put back, promoted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.web.conftest import client_of
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.models import BulkRun
from tirage.core.tasks import go_on_with_bulk
from tirage.customers.models import Customer
from tirage.customers.operations import create_customer
from tirage.joining.models import WaitingPlace
from tirage.joining.waiting import put_in_line
from tirage.notifications.models import SentMail
from tirage.staff.states import Role

LIST = "/winery/customers/waiting/"


@pytest.fixture
def line(world_today: World) -> list[WaitingPlace]:
    """Four in line, longest first."""
    places = []
    for days, name in ((40, "Wim"), (30, "Xu"), (20, "Yolanda"), (10, "Zac")):
        customer = create_customer(
            email=f"{name}@example.com",
            first_name=name,
            join_default_group=False,
            actor=world_today.staff,
            now=world_today.now,
        )
        since = world_today.now - timedelta(days=days)
        places.append(put_in_line(customer=customer, since=since, actor=world_today.staff, now=read_clock()))
    return places


def states() -> list[str]:
    return list(WaitingPlace.objects.order_by("since").values_list("state", flat=True))


def started(manager: Client, page: str, values: dict[str, str]) -> str:
    """Presses the button of a run's preview and lets the worker do it; the page afterwards."""
    manager.post(f"{page}run", values)
    go_on_with_bulk.call(BulkRun.objects.latest("pk").reference)
    return manager.get(page).content.decode()


def test_the_next_two_are_invited(world_today: World, line: list[WaitingPlace]) -> None:
    manager = client_of(Role.MANAGER)
    page = manager.post(f"{LIST}next", {"count": "2"}).headers["Location"]
    preview = manager.get(page).content.decode()
    assert "Invite 2 people" in preview and "Wim" in preview and "Yolanda" not in preview
    done = started(manager, page, {"group": world_today.estate.reference, "days": "14"})
    assert "invited 2 people; each gets a mail." in done
    assert states() == ["invited", "invited", "waiting", "waiting"]
    assert SentMail.objects.filter(kind="place_offered").count() == 2


def test_the_chosen_are_taken_off_with_a_mail_and_put_back(
    world_today: World, line: list[WaitingPlace]
) -> None:
    manager = client_of(Role.MANAGER)
    chosen = {"chosen": [line[3].reference], "shown": [one.reference for one in line], "query": ""}
    page = manager.post(f"{LIST}decline", chosen).headers["Location"].partition("?")[0]
    started(manager, page, {"mail": "on", "reason": "No more places this year"})
    assert states() == ["waiting", "waiting", "waiting", "declined"]
    assert SentMail.objects.filter(kind="place_declined").count() == 1
    manager.post(f"{LIST}{line[3].reference}/back")
    assert states() == ["waiting"] * 4


def test_a_number_that_is_none_is_said(world_today: World, line: list[WaitingPlace]) -> None:
    manager = client_of(Role.MANAGER)
    answer = manager.post(f"{LIST}next", {"count": "many"}, follow=True)
    assert "How many: " in answer.content.decode() and not BulkRun.objects.exists()


def test_promoted_on_the_page(world_today: World, line: list[WaitingPlace]) -> None:
    manager = client_of(Role.MANAGER)
    at = f"{LIST}{line[1].reference}/"
    assert "Number 2" in manager.get(at).content.decode()
    manager.post(f"{at}promote", {"group": world_today.premier.reference})
    assert line[1].customer.memberships.get().group == world_today.premier
    assert states() == ["waiting", "joined", "waiting", "waiting"]


def test_somebody_is_put_in_line_known_or_not(world_today: World) -> None:
    manager = client_of(Role.MANAGER)
    manager.post(
        f"{LIST}new/", {"email": "Vera@example.com", "first_name": "Vera", "since": "2026-01-05T10:00"}
    )
    vera = Customer.objects.get(email="vera@example.com")
    assert WaitingPlace.objects.get(customer=vera).since.year == 2026
    refused = manager.post(f"{LIST}new/", {"email": world_today.ana.email})
    assert refused.status_code == 400 and "has an allocation already" in refused.content.decode()
