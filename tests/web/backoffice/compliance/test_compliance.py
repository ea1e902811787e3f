"""What waits in compliance: said on Home, listed, decided in somebody's words, and never lost on the way."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.rooms.changes.journey import bought
from tests.world import World
from tirage.compliance.models import ComplianceCheck
from tirage.compliance.sales import fingerprint_of
from tirage.orders.models import Order

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def order(world: World) -> Order:
    """A service doesn't let it ship."""
    found = bought(world, world.ben, {"CAB23": 2})
    ComplianceCheck.objects.create(
        order=found,
        number=1,
        state="refused",
        service="sovos",
        fingerprint=fingerprint_of(found),
        asked={"to": "Ben Bauer, New York", "ships_on": "2026-10-07", "items": [[2, "Estate Cabernet"]]},
        reasons=["Wine may not be shipped to consumers in NY."],
        made_at=world.now,
        answered_at=world.now,
    )
    Order.objects.filter(pk=found.pk).update(awaits_compliance=True)
    return found


def text_of(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def send(client: Client, order: Order, **fields: Any) -> Any:
    return client.post(f"/winery/orders/{order.reference}/compliance", {"seen": "1", **fields})


def test_it_is_said_on_home_on_the_list_and_on_the_order(owner_client: Client, order: Order) -> None:
    assert "waits in compliance and can’t ship" in text_of(owner_client, "/winery/")
    listed = text_of(owner_client, "/winery/compliance/?waits=yes")
    assert order.reference in listed and "Wine may not be shipped to consumers in NY." in listed
    page = text_of(owner_client, f"/winery/orders/{order.reference}/")
    assert "Wine may not be shipped to consumers in NY." in page and "Look at it and decide" in page
    shipping = text_of(owner_client, f"/winery/orders/{order.reference}/ship")
    assert "waits in compliance" in shipping and "Tell the customer by mail" not in shipping


def test_an_owner_lets_it_ship_in_words(owner_client: Client, order: Order) -> None:
    page = text_of(owner_client, f"/winery/orders/{order.reference}/compliance")
    assert "Sovos ShipCompliant says" in page and "2 × Estate Cabernet" in page
    assert send(owner_client, order, words="The state said yes.").status_code == 302
    order.refresh_from_db()
    assert (
        not order.awaits_compliance and ComplianceCheck.objects.get().decided_words == "The state said yes."
    )


def test_what_changed_meanwhile_is_shown_again_with_what_was_typed(
    owner_client: Client, order: Order, world: World
) -> None:
    ComplianceCheck.objects.update(state="replaced")
    first = ComplianceCheck.objects.get()
    ComplianceCheck.objects.create(
        order=order,
        number=2,
        state="refused",
        fingerprint=first.fingerprint,
        reasons=["Another."],
        made_at=world.now,
        answered_at=world.now,
    )
    answer = send(owner_client, order, words="The state said yes.")
    page = answer.content.decode()
    assert answer.status_code == 400 and "This order changed since you looked" in page
    assert "The state said yes." in page and 'name="seen" value="2"' in page
    order.refresh_from_db()
    assert order.awaits_compliance


def test_without_words_it_waits_on(owner_client: Client, order: Order) -> None:
    assert send(owner_client, order, words=" ").status_code == 400
    order.refresh_from_db()
    assert order.awaits_compliance


def test_when_nobody_can_be_asked_that_is_said(owner_client: Client, order: Order) -> None:
    answer = owner_client.post(f"/winery/orders/{order.reference}/compliance/again", follow=True)
    assert "No compliance service is connected" in answer.content.decode()


def test_nothing_of_it_shows_where_nothing_waits(owner_client: Client, world: World) -> None:
    found = bought(world, world.ben, {"CAB23": 2})
    assert "ompliance" not in text_of(owner_client, "/winery/orders/").partition("<main")[2]
    assert (
        "ompliance" not in text_of(owner_client, f"/winery/orders/{found.reference}/").partition("<main")[2]
    )
