"""Who buys as a business: the number is checked, reverse charge and export stand on the order and its receipts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.rooms.changes.journey import bought, confirm, draft_of, key_of
from tests.rooms.taxes.tables import rate, setup
from tests.rooms.taxes.test_orders import taxes
from tests.world import World
from tirage.cli.doctor import run_checks
from tirage.core.errors import DomainError
from tirage.core.hands import Overtaken
from tirage.core.models import Event, Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Address
from tirage.notifications.rules import Rows
from tirage.notifications.values import order_values
from tirage.orders.models import Order
from tirage.taxes.duties.operations import DutyValues, save_duty
from tirage.taxes.duties.rules import DutyPer
from tirage.taxes.models import BusinessNumber
from tirage.taxes.operations import business_values, save_business_number
from tirage.taxes.protocol import TaxKind

FRENCH, GERMAN = "FR40303265045", "DE136695976"


@pytest.fixture
def world(world: World) -> World:
    """A French winery, whose Ben lives in Cologne."""
    Winery.objects.update(currency="USD")
    forget_winery()
    to = world.new_york
    to.country, to.state, to.name = "DE", "", "Germany"
    to.save()
    Address.objects.filter(pk=world.ben_home.pk).update(country="DE", state="", postal_code="50667")
    world.ben_home.refresh_from_db()
    for country, name, percent in (("FR", "France", 20), ("DE", "Germany", 19)):
        rate(world, "", name, percent, country=country, kind=TaxKind.VAT, on_shipping=True)
    setup(world, "FR", prices_include_vat=True, vat_number=FRENCH)
    return world


def numbered(world: World, **changes: Any) -> BusinessNumber | None:
    facts: dict[str, Any] = {
        "customer_id": world.ben.pk,
        "country": "DE",
        "number": "DE 136.695 976",
        "name": " Weinhaus  Baker GmbH ",
        "actor": world.staff,
        "now": world.now,
    }
    return save_business_number(**facts | changes)


def receipt(order: Order) -> dict[str, str]:
    """What stands under the wines in the receipt's mail."""
    order.refresh_from_db()
    rows = order_values(order, Winery.objects.get())["order.lines"]
    assert isinstance(rows, Rows)
    return dict(rows.totals)


def test_a_number_is_checked_kept_in_one_spelling_and_told(world: World) -> None:
    saved = numbered(world)
    assert saved is not None and (saved.number, saved.name) == (GERMAN, "Weinhaus Baker GmbH")
    event = Event.objects.filter(name="taxes.saved").latest("pk")
    assert event.text == f"saved the business Weinhaus Baker GmbH, {GERMAN}"
    assert event.customer_id == world.ben.pk
    numbered(world)
    assert Event.objects.filter(name="taxes.saved").latest("pk") == event, "nothing changed"
    assert numbered(world, number="") is None and not BusinessNumber.objects.exists()


@pytest.mark.parametrize(
    ("country", "number", "field"),
    [
        ("DE", "136695977", "number"),
        ("FR", GERMAN, "number"),
        ("", GERMAN, "country"),
        ("US", "12", "country"),
    ],
)
def test_a_wrong_number_is_refused_in_words(world: World, country: str, number: str, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        numbered(world, country=country, number=number)
    assert refused.value.code == "number_invalid" and list(refused.value.fields) == [field]
    assert not BusinessNumber.objects.exists()


def test_of_two_hands_the_second_is_asked(world: World) -> None:
    shown = business_values(numbered(world))
    numbered(world, number=GERMAN, name="Baker Wines", shown=shown)
    with pytest.raises(Overtaken):
        numbered(world, number=GERMAN, name="Baker and Sons", shown=shown)


def test_a_business_abroad_accounts_for_the_vat_itself(world: World) -> None:
    """120.00 with 20 % French VAT in it is 100.00 to a business in Cologne, up and down again to the same cent."""
    numbered(world)
    order = bought(world, world.ben, {"CAB23": 1})
    assert taxes(order) == {("vat", ""): (123_33, -24_67, 0)} and order.owed_minor == 123_33
    said = receipt(order)
    assert said["Reverse charge"] == "The recipient accounts for the VAT."
    assert said["Sold to"] == f"Weinhaus Baker GmbH, {GERMAN}" and said["Our VAT number"] == FRENCH
    for pieces in (2, 1):
        edits = {key_of(order, world.cabernet): pieces}
        confirm(world, draft_of(world, order, world.staff, pieces=edits), world.staff)
        order.refresh_from_db()
    assert order.owed_minor == 123_33 and receipt(order) == said and run_checks(world.now) == []


def test_what_the_order_says_stays_when_the_number_goes(world: World) -> None:
    numbered(world)
    order = bought(world, world.ben, {"CAB23": 1})
    numbered(world, number="")
    setup(world, "FR", prices_include_vat=True, vat_number="")
    assert receipt(order)["Sold to"] == f"Weinhaus Baker GmbH, {GERMAN}"
    assert receipt(order)["Our VAT number"] == FRENCH


def test_a_private_person_pays_the_vat_of_their_country_by_rate(world: World) -> None:
    """148.00 have 23.63 of 19 % in them."""
    order = bought(world, world.ben, {"CAB23": 1})
    assert order.owed_minor == 148_00
    said = receipt(order)
    assert said["VAT 19 %, included"] == "$23.63" and said["Our VAT number"] == FRENCH
    assert "Reverse charge" not in said and "Sold to" not in said


def test_a_number_of_a_third_country_changes_nothing(world: World) -> None:
    numbered(world, country="FR", number=FRENCH)
    assert bought(world, world.ben, {"CAB23": 1}).owed_minor == 148_00


def test_an_export_says_so(world: World) -> None:
    to = world.new_york
    to.country, to.name = "CH", "Switzerland"
    to.save()
    Address.objects.filter(pk=world.ben_home.pk).update(country="CH", postal_code="8001")
    world.ben_home.refresh_from_db()
    order = bought(world, world.ben, {"CAB23": 1})
    assert order.owed_minor == 123_33 and receipt(order)["Export"].startswith("Without VAT")
    assert run_checks(world.now) == []


def test_excise_of_where_it_goes_is_shown(world: World) -> None:
    """Two bottles of 750 ml at 10.00 the hectolitre: 0.15; of a wine of unknown strength nothing is said."""
    excise(world)
    order = bought(world, world.ben, {"CAB23": 2})
    assert "Excise, included" not in receipt(order)
    type(world.cabernet.vintage).objects.update(alcohol_percent=Decimal("14.2"))
    assert receipt(order)["Excise, included"] == "$0.15"


def excise(world: World) -> None:
    values = DutyValues(
        "DE", "", "Excise", DutyPer.VOLUME, Decimal("10"), "USD", date(2020, 1, 1), source="A law"
    )
    save_duty(values=values, actor=world.staff, now=world.now)
