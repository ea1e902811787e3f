"""Carriers' counters that a compliance service knows: found near a customer, taken as the carrier told them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.core import signing
from django.test import Client

from tests.compliance.serving import Trouble
from tests.compliance.sovos import ShipCompliantThere, connected
from tests.rooms.delivery.holding import counter, held_by
from tests.web.storefront.pages import words_of
from tests.world import World, build_world
from tirage.checkout.volumes import parts_of
from tirage.compliance import finding
from tirage.compliance.models import ComplianceSetup
from tirage.core.clock import read_clock
from tirage.customers.models import Address
from tirage.delivery.limits.queries import key_of
from tirage.delivery.models import Location

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/account/hold/"


@pytest.fixture
def shop(transactional_db: None) -> World:
    """The world, committed; wine is held by FedEx."""
    world = build_world(read_clock())
    held_by(world)
    return world


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(finding, "PATIENCE", 1.0)
    finding.forget_counters()
    yield
    finding.forget_counters()


@pytest.fixture
def there(shop: World, settings: Any) -> Iterator[ShipCompliantThere]:
    ComplianceSetup.objects.create(pk=1, checks_orders=False, finds_places=True)
    with connected(ShipCompliantThere(), settings) as one:
        yield one


def told(client: Client, zip_code: str = "") -> list[str]:
    """What the buttons of counters that aren't on the list send."""
    page = client.get(PAGE, {"zip": zip_code} if zip_code else {}).content.decode()
    return [unescape(one) for one in re.findall(r'name="told" value="([^"]+)"', page)]


def asked(there: ShipCompliantThere) -> int:
    return there.count("GET", "holdLocations")


def test_counters_stand_with_those_of_the_list_and_are_taken(
    shop: World, ana: Client, there: ShipCompliantThere
) -> None:
    counter(postal_code=shop.ana_home.postal_code[:5])
    words = words_of(ana.get(PAGE))
    assert (
        words.index("FedEx Office Napa") < words.index("FedEx at the Pharmacy") < words.index("Ship Center")
    )
    assert "Mon 9:00 am to 6:30 pm" in words and "Hold it here" in words
    answer = ana.post(f"{PAGE}?back=account", {"told": told(ana)[0]}, follow=True)
    assert "FedEx at the Pharmacy is among your addresses" in words_of(answer)
    saved = Address.objects.exclude(location="").get()
    assert saved.customer_id == shop.ana.pk and saved.recipient == shop.ana.name
    location = Location.objects.get(reference=saved.location)
    assert not location.is_listed and location.reference.startswith("LOC-")
    assert key_of(parts_of(saved)) == ("", location.reference), "who has wine held there is no household"


def test_two_customers_have_one_counter_and_what_somebody_typed_is_none(
    shop: World, ana: Client, ben: Client, there: ShipCompliantThere
) -> None:
    zip_code = shop.ana_home.postal_code[:5]
    typed = {
        "carrier": "fedex",
        "name": "FedEx at the Pharmacy",
        "line1": "1 Depot Road",
        "city": shop.ana_home.city,
        "state": "CA",
        "postal_code": zip_code,
    }
    ben.post(f"{PAGE}?back=account", typed)
    for client in (ana, ben):
        client.post(f"{PAGE}?back=account", {"told": told(client, zip_code)[0]})
    assert sorted(one[:4] for one in Location.objects.values_list("reference", flat=True)) == ["LOC-", "LOT-"]
    assert Location.objects.get(reference__startswith="LOC-").name == "FedEx at the Pharmacy"


def test_asked_once_for_what_was_asked_a_moment_ago(
    shop: World, ana: Client, there: ShipCompliantThere
) -> None:
    for _ in range(3):
        assert len(told(ana)) == 3
    assert asked(there) == 1
    told(ana, "10012")
    assert asked(there) == 2 and there.calls[-1].query["streetAddress"] == finding.ANY_STREET


@pytest.mark.parametrize("trouble", [*Trouble, 500, 429, 401, 400])
def test_without_an_answer_the_winerys_list_is_shown_and_nobody_waits_twice(
    shop: World, ana: Client, there: ShipCompliantThere, trouble: Trouble | int
) -> None:
    counter(postal_code=shop.ana_home.postal_code[:5])
    there.troubles = [trouble]
    page = ana.get(PAGE)
    assert (
        page.status_code == 200 and "FedEx Office Napa" in words_of(page) and "Pharmacy" not in words_of(page)
    )
    there.troubles = []
    finding.forget_counters()
    assert "Pharmacy" in words_of(ana.get(PAGE))


def test_a_service_that_failed_is_left_alone_for_a_while(
    shop: World, ana: Client, there: ShipCompliantThere
) -> None:
    there.troubles = [500]
    assert told(ana) == told(ana) == [] and asked(there) == 1


def test_switched_off_or_without_a_service_nobody_is_asked(
    shop: World, ana: Client, there: ShipCompliantThere, settings: Any
) -> None:
    ComplianceSetup.objects.update(finds_places=False)
    assert told(ana) == [] and asked(there) == 0
    ComplianceSetup.objects.update(finds_places=True)
    settings.TIRAGE_COMPLIANCE_SERVICE = ""
    assert told(ana) == [] and asked(there) == 0


@pytest.mark.parametrize("sent", ["", "x", signing.dumps({"name": "x"}, salt="counter")])
def test_what_no_carrier_told_is_refused(
    shop: World, ana: Client, there: ShipCompliantThere, sent: str
) -> None:
    answer = ana.post(f"{PAGE}?back=account", {"told": sent})
    assert answer.status_code == 422 and "This list is too old" in words_of(answer)
    assert not Location.objects.exists()


def test_a_counter_of_a_carrier_that_we_do_not_use_is_refused(
    shop: World, ana: Client, there: ShipCompliantThere
) -> None:
    sent = told(ana)[0]
    held = shop.ground.__class__.objects.filter(kind="hold")
    held.update(carrier="ups")
    answer = ana.post(f"{PAGE}?back=account", {"told": sent})
    assert answer.status_code == 422 and "locations of this carrier" in words_of(answer)


def test_the_team_finds_and_takes_them_too(
    shop: World, owner_client: Client, there: ShipCompliantThere
) -> None:
    page = f"/winery/customers/{shop.ana.reference}/hold/"
    words = owner_client.get(page).content.decode()
    (chosen,) = re.findall(r'value="([^"]+)"[^>]*>\s*FedEx at the Pharmacy', words)
    answer = owner_client.post(page, {"chosen": unescape(chosen)}, follow=True)
    assert answer.status_code == 200 and Address.objects.get(
        customer=shop.ana, company="FedEx at the Pharmacy"
    )
    assert Location.objects.get().reference.startswith("LOC-")
