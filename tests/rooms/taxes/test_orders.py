"""Orders taxed by the tables: what is kept of it, and that it comes and goes to the cent.

Ana: 10 % off, free ground, at home in San Francisco 94110.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.rooms.changes.journey import bought, confirm, draft_of, key_of, pieces_on
from tests.rooms.changes.test_returning import give_back, shipped
from tests.rooms.checkout.journey import hold
from tests.rooms.taxes.tables import deposits, fee, only_rate, rate, setup
from tests.world import World
from tirage.changes.rules import Bottles
from tirage.checkout.queries import load_offer_page, quote_checkout
from tirage.cli.doctor import run_checks
from tirage.customers.models import Address
from tirage.offers.models import OfferItem
from tirage.orders.models import Order, OrderCharge
from tirage.orders.operations import cancel_order
from tirage.orders.rules import ShipTo
from tirage.taxes.protocol import TaxKind


@pytest.fixture
def world(world: World) -> World:
    """The same world with allowances that stand in nobody's way, and California by its tables."""
    OfferItem.objects.update(purchase_minimum=0, default_quantity=0, purchase_maximum=60, multiple=1)
    rate(world, "CA", "California", 7.25, source="CDTFA-105")
    rate(world, "CA", "San Francisco", 1.375, county="San Francisco", source="CDTFA-105")
    rate(world, "CA", "Sonoma County", 2, county="Sonoma")
    deposits(world)
    return world


def taxes(order: Order) -> dict[tuple[str, str], tuple[int, int, int]]:
    """What the ledger has of each tax now: base, owed, in the price."""
    sums: dict[tuple[str, str], tuple[int, int, int]] = {}
    for row in OrderCharge.objects.filter(order=order, kind="tax"):
        had = sums.get((row.tax_kind, row.jurisdiction), (0, 0, 0))
        new = (row.base_minor, row.amount_minor, row.included_minor)
        sums[row.tax_kind, row.jurisdiction] = (had[0] + new[0], had[1] + new[1], had[2] + new[2])
    return {key: value for key, value in sums.items() if any(value)}


#: Two Cabernets for Ana: 240.00 less 10 % is 216.00; 8.625 % of it 18.63, of which the state's part is 15.66.
TWO = {
    ("sales", "California"): (216_00, 15_66, 0),
    ("sales", "San Francisco"): (216_00, 2_97, 0),
    ("deposit", "CA"): (0, 20, 0),
}


def test_an_order_keeps_what_is_taxed_where_and_by_which_source(world: World) -> None:
    order = bought(world, world.ana, {"CAB23": 2})
    assert taxes(order) == TWO and order.owed_minor == 216_00 + 18_63 + 20
    assert set(order.charges.filter(tax_kind="sales").values_list("tax_source", "rate_ppm")) == {
        ("CDTFA-105", 72_500),
        ("CDTFA-105", 13_750),
    }
    assert run_checks(world.now) == []


def test_up_and_down_again_ends_at_the_same_cent(world: World) -> None:
    order = bought(world, world.ana, {"CAB23": 2})
    for pieces in (3, -3, 1, 1, -2):
        confirm(world, draft_of(world, order, world.staff, pieces=_more(order, world, pieces)), world.staff)
        order.refresh_from_db()
        assert order.balance_minor == 0 and run_checks(world.now) == []
    assert taxes(order) == TWO


def _more(order: Order, world: World, pieces: int) -> dict[str, int]:
    return {key_of(order, world.cabernet): pieces_on(order)["CAB23"] + pieces}


def test_a_canceled_order_owes_no_tax_to_anybody(world: World) -> None:
    order = bought(world, world.ana, {"CAB23": 2})
    cancel_order(
        order_reference=order.reference, restock=True, reason="Moved", actor=world.staff, now=world.now
    )
    assert taxes(order) == {}


def test_a_refund_gives_back_the_tax_that_was_charged(world: World) -> None:
    """One of two Cabernets: half of the tax, and its deposit if the bottle goes; whatever the tables say by then."""
    order = bought(world, world.ana, {"CAB23": 2})
    rate(world, "CA", "California", 9.25, first_day=world.now.date())
    shipped(world, order)
    (refund,) = give_back(world, order, {world.cabernet: 1}, Bottles.BACK)
    half = {key: tuple(value // 2 for value in values) for key, values in TWO.items()}
    assert taxes(order) == half | {
        ("sales", "California"): (108_00, 7_83, 0),
        ("sales", "San Francisco"): (108_00, 1_49, 0),
    }
    assert refund.amount_minor == 108_00 + 18_63 - 9_32 + 10


def test_a_bottle_that_stays_keeps_its_deposit(world: World) -> None:
    order = bought(world, world.ana, {"CAB23": 2})
    give_back(world, order, {world.cabernet: 1}, Bottles.KEPT)
    assert taxes(order)["deposit", "CA"] == (0, 20, 0)


def test_a_fee_of_an_order_is_due_once_whatever_becomes_of_it(world: World) -> None:
    fee(world, "CA", "Delivery fee", 28, first_day=date(2026, 7, 1))
    order = bought(world, world.ana, {"CAB23": 2})
    confirm(world, draft_of(world, order, world.staff, pieces=_more(order, world, 4)), world.staff)
    shipped(world, order)
    give_back(world, order, {world.cabernet: 1}, Bottles.BACK)
    assert taxes(order)["fee", "CA"] == (0, 28, 0)


def test_an_absorbed_fee_is_kept_and_not_asked(world: World) -> None:
    fee(world, "CA", "Delivery fee", 28, absorbed=True)
    order = bought(world, world.ana, {"CAB23": 2})
    assert order.owed_minor == 216_00 + 18_63 + 20 and taxes(order)["fee", "CA"] == (0, 0, 28)


def test_a_rate_counts_from_its_day_and_an_order_keeps_its_own(world: World) -> None:
    later = world.now.date() + timedelta(days=1)
    rate(world, "CA", "California", 8.25, first_day=later)
    order = bought(world, world.ana, {"CAB23": 2})
    assert taxes(order) == TWO
    moment = world.now + timedelta(days=2)
    draft = draft_of(world, order, world.staff, now=moment, pieces=_more(order, world, -1))
    confirm(world, draft, world.staff, now=moment)
    assert taxes(order)["sales", "California"] == (108_00, 7_83, 0)


@pytest.mark.parametrize(("second", "tax"), [(-1, 15_66 + 2_97), (0, 17_82 + 2_97)])
def test_a_rate_begins_at_midnight_in_the_winerys_zone(world: World, second: int, tax: int) -> None:
    """October 7 begins in California seven hours after it does in London."""
    rate(world, "CA", "California", 8.25, first_day=date(2026, 10, 7))
    midnight = datetime(2026, 10, 7, 7, tzinfo=UTC)
    now = midnight + timedelta(seconds=second)
    hold(world.ana, {"CAB23": 2}, now)
    page = load_offer_page(world.ana, now)
    quote = quote_checkout(page, country="US", state="CA", postal_code="94110", proposes=True)
    assert quote.tax.minor == tax + 20


def test_another_town_is_taxed_by_its_own_rates(world: World) -> None:
    """To Santa Rosa: 9.25 % of 216.00 is 19.98."""
    order = bought(world, world.ana, {"CAB23": 2})
    to = ShipTo(
        "Ana Alvarez", "", "7 Mendocino Avenue", "", "Santa Rosa", "CA", "95401", "US", "+14155550100"
    )
    draft = draft_of(world, order, world.staff, ship_to=to)
    confirm(world, draft, world.staff)
    assert taxes(order) == {
        ("sales", "California"): (216_00, 15_66, 0),
        ("sales", "Sonoma County"): (216_00, 4_32, 0),
        ("deposit", "CA"): (0, 20, 0),
    }
    back = ShipTo(
        "Ana Alvarez", "", "1 Valencia Street", "", "San Francisco", "CA", "94110", "US", "+14155550100"
    )
    confirm(world, draft_of(world, order, world.staff, ship_to=back), world.staff)
    assert taxes(order) == TWO


def test_a_state_may_tax_by_where_the_wine_comes_from(world: World) -> None:
    rate(world, "NY", "New York", 4, by_origin=True)
    rate(world, "NY", "Ontario County", 3.5, county="Ontario")
    rate(world, "NY", "New York City", 4.5, city="New York")
    setup(world, state="NY", county="Ontario")
    order = bought(world, world.ben, {"CAB23": 1})
    assert taxes(order) == {
        ("sales", "New York"): (120_00, 4_80, 0),
        ("sales", "Ontario County"): (120_00, 4_20, 0),
    }


def test_what_leaves_the_country_has_its_vat_taken_off(world: World) -> None:
    """From a British winery to Oregon, which taxes nothing: 120.00 and 28.00 have 24.67 of VAT in them."""
    rate(world, "", "United Kingdom", 20, country="GB", kind=TaxKind.VAT, on_shipping=True)
    setup(world, "GB", prices_include_vat=True)
    only_rate("US", "NY", 0)
    order = bought(world, world.ben, {"CAB23": 1})
    assert taxes(order) == {("vat", ""): (123_33, -24_67, 0)} and order.owed_minor == 123_33


def test_what_stays_has_its_vat_in_the_price(world: World) -> None:
    world.new_york.country, world.new_york.state = "GB", ""
    world.new_york.save()
    Address.objects.filter(pk=world.ben_home.pk).update(country="GB", state="", postal_code="SW1A 1AA")
    world.ben_home.refresh_from_db()
    rate(world, "", "United Kingdom", 20, country="GB", kind=TaxKind.VAT, on_shipping=True)
    setup(world, "GB", prices_include_vat=True)
    order = bought(world, world.ben, {"CAB23": 1})
    assert taxes(order) == {("vat", "United Kingdom"): (123_33, 0, 24_67)}
    assert order.owed_minor == 148_00 and run_checks(world.now) == []
    cancel_order(
        order_reference=order.reference, restock=True, reason="Moved", actor=world.staff, now=world.now
    )
    assert taxes(order) == {}


def test_a_quote_asks_the_database_nothing_more(world: World, django_assert_num_queries: Any) -> None:
    hold(world.ana, {"CAB23": 2}, world.now)
    page = load_offer_page(world.ana, world.now)
    place: dict[str, Any] = {"country": "US", "state": "CA", "postal_code": "94110"}
    quote_checkout(page, **place, proposes=True)
    with django_assert_num_queries(1):
        quote = quote_checkout(page, **place, proposes=True)
    assert quote.tax.minor == 18_63 + 20
