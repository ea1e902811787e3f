"""Connecting a compliance service: what is missing, whether the key is good, from where wine ships."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.compliance.sovos import ShipCompliantThere, connected
from tests.world import World
from tirage.compliance.models import ComplianceSetup

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PAGE = "/winery/settings/compliance/"


def test_without_a_service_the_page_says_what_to_do(owner_client: Client, world: World) -> None:
    page = owner_client.get(PAGE).content.decode()
    assert "Not connected" in page and "TIRAGE_COMPLIANCE_SERVICE" in page and "Try the key" not in page
    answer = owner_client.post(f"{PAGE}try", follow=True)
    assert "No compliance service is connected." in answer.content.decode()


def test_the_key_is_tried(owner_client: Client, world: World, settings: Any) -> None:
    with connected(ShipCompliantThere(), settings) as there:
        assert "Connected" in owner_client.get(PAGE).content.decode() and there.calls == []
        assert "The key is good" in owner_client.post(f"{PAGE}try", follow=True).content.decode()
        there.password = "another"
        assert "refuses the sign-in" in owner_client.post(f"{PAGE}try", follow=True).content.decode()
        there.password, there.troubles = "another", [503]
        assert "gives no answer" in owner_client.post(f"{PAGE}try", follow=True).content.decode()


def test_the_address_is_kept(owner_client: Client, world: World) -> None:
    sent = {
        "line1": "9 Ridge Road",
        "city": "Napa",
        "state": "CA",
        "postal_code": "94558",
        "checks_orders": "on",
    }
    assert owner_client.post(PAGE, sent).status_code == 302
    setup = ComplianceSetup.objects.get()
    assert (setup.city, setup.state, setup.checks_orders) == ("Napa", "CA", True)
    refused = owner_client.post(PAGE, sent | {"postal_code": "945"})
    assert refused.status_code == 400 and "Write a ZIP" in refused.content.decode()


def test_tax_is_asked_for_from_a_whole_address(owner_client: Client, world: World) -> None:
    sent = {"line1": "", "city": "Napa", "state": "CA", "postal_code": "94558", "asks_tax": "on"}
    refused = owner_client.post(PAGE, sent)
    assert refused.status_code == 400 and "write the whole address" in refused.content.decode()
    assert owner_client.post(PAGE, sent | {"line1": "9 Ridge Road"}).status_code == 302
    setup = ComplianceSetup.objects.get()
    assert setup.asks_tax and not setup.checks_orders
