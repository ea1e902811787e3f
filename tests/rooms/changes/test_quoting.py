"""Both sides of a change in figures. Ben: New York, ground 28/36/52, 8 % tax on wine and delivery.
Ana: California, 10 % off, free ground, 7.25 % on the wine."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.rooms.changes.journey import bought, confirm, customer_actor, draft_of, key_of, pieces_on, quoted
from tests.rooms.taxes.tables import only_rate
from tests.world import World
from tirage.catalog.models import Sku, Vintage, Wine
from tirage.changes.models import ChangeDraft
from tirage.changes.pricing import discount_on
from tirage.changes.rules import AddWine, ChangeQuote, ChargeEntry, StaffCharge
from tirage.changes.states import Rates
from tirage.cli.doctor import run_checks
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Address, Customer, Group, Membership
from tirage.delivery.models import Rate
from tirage.inventory.models import Hold, Movement, Stock
from tirage.offers.models import OfferItem
from tirage.orders.models import Order
from tirage.orders.queries import order_charges, order_lines
from tirage.orders.rules import ShipTo


def sums(quote: ChangeQuote) -> list[tuple[int, int]]:
    """Wine, discount, delivery, tax and all together, before and after."""
    return [
        (getattr(quote.before, name).minor, getattr(quote.after, name).minor)
        for name in ("wine", "discount", "shipping", "tax", "owed")
    ]


def staffs(world: World, order: Order, **edits: Any) -> ChangeQuote:
    draft = draft_of(world, order, world.staff, **edits)
    return quoted(draft, world.staff, world.now)


def ledger(order: Order) -> dict[tuple[str, str], int]:
    return {(charge.kind, charge.description): charge.amount.minor for charge in order_charges(order)}


def made(world: World, order: Order, **edits: Any) -> Order:
    """Makes a change by staff, whatever it costs."""
    draft = draft_of(world, order, world.staff, **edits)
    assert confirm(world, draft, world.staff).status == "applied"
    order.refresh_from_db()
    assert run_checks(world.now) == []
    return order


def test_more_bottles_by_the_orders_own_prices(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    Sku.objects.filter(pk=world.cabernet.pk).update(price_minor=150_00)
    quote = staffs(world, order, add={world.cabernet: 2}, override_reason="A regular")
    assert sums(quote) == [(240_00, 480_00), (0, 0), (28_00, 36_00), (21_44, 41_28), (289_44, 557_28)]
    assert quote.difference.minor == 267_84 == quote.settlement.minor and not quote.notes
    (line,) = quote.lines
    assert (line.before, line.after, line.held, line.unit_price.minor) == (2, 4, 2, 120_00)
    assert [(charge.kind, charge.difference.minor) for charge in quote.charges] == [
        ("shipping", 8_00),
        ("tax", 19_84),
    ]


def test_what_is_not_held_is_not_said_to_be(world: World) -> None:
    draft = draft_of(world, bought(world, world.ben, {"CAB23": 2}), world.staff, add={world.magnum: 2})
    kept = [line.held for line in quoted(draft, world.staff, world.now).lines]
    Hold.objects.filter(holder=draft.reference).update(quantity=1)
    assert kept == [0, 2]
    assert [line.held for line in quoted(draft, world.staff, world.now).lines] == [0, 1]


def test_todays_price_is_a_line_of_its_own(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    Sku.objects.filter(pk=world.cabernet.pk).update(price_minor=150_00)
    quote = staffs(world, order, add=[AddWine(world.cabernet.pk, 1, at_today=True)])
    assert [(line.unit_price.minor, line.before, line.after) for line in quote.lines] == [
        (120_00, 2, 2),
        (150_00, 0, 1),
    ]
    assert quote.after.wine.minor == 390_00


def test_a_wine_not_on_the_order_costs_what_the_offer_asks(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    OfferItem.objects.filter(offer=world.estate_offer, sku=world.chardonnay).update(price_minor=60_00)
    quote = staffs(world, order, add={world.chardonnay: 1, world.syrah_pack: 1}, override_reason="Birthday")
    assert [(line.code, line.unit_price.minor, line.after) for line in quote.lines] == [
        ("CAB23", 120_00, 2),
        ("CHA24", 60_00, 1),
        ("SYR23-3", 210_00, 1),
    ]


def test_the_groups_discount_follows_and_free_delivery_stays_free(world: World) -> None:
    order = bought(world, world.ana, {"CAB23": 2})
    quote = staffs(world, order, add={world.cabernet: 2})
    assert sums(quote) == [(240_00, 480_00), (-24_00, -48_00), (0, 0), (15_66, 31_32), (231_66, 463_32)]


def test_what_the_order_was_priced_by_holds_when_the_customer_left_the_group(world: World) -> None:
    order = bought(world, world.ana, {"CAB23": 2})
    Membership.objects.filter(customer=world.ana).update(group=world.estate)
    quote = staffs(world, order, add={world.cabernet: 1}, override_reason="Left Premier")
    assert quote.after.discount.minor == -36_00 and quote.after.shipping.minor == 0
    assert quote.rates_differ
    today = staffs(world, order, rates=Rates.AS_OF_TODAY)
    assert today.after.discount.minor == 0 and today.after.shipping.minor == 18_00
    assert today.owed_by_other_rates == quote.after.owed


def test_rates_of_today_are_a_choice_and_become_the_orders(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    Rate.objects.filter(table__method=world.ground, zone=world.east).update(price_minor=50_00)
    only_rate("US", "NY", 10)
    as_ordered = staffs(world, order, add={world.cabernet: 1})
    assert as_ordered.rates_differ and as_ordered.after.shipping.minor == 28_00
    order = made(world, order, rates=Rates.AS_OF_TODAY)
    assert ledger(order) == {("shipping", "Ground"): 50_00, ("tax", "Sales tax"): 41_00}
    assert (order.terms or {})["tax_rate_ppm"] == 100_000
    again = staffs(world, order, add={world.cabernet: 1})
    assert again.after.tax.minor == 53_00 and not again.rates_differ


def test_another_state_is_taxed_as_of_today_and_the_rest_stays(world: World) -> None:
    """Oregon has no tax; it is in the west, so delivery costs what it costs there today."""
    order = bought(world, world.ben, {"CAB23": 2})
    address = _portland()
    quote = staffs(world, order, ship_to=address)
    assert sums(quote) == [(240_00, 240_00), (0, 0), (28_00, 18_00), (21_44, 0), (289_44, 258_00)]
    assert quote.difference.minor == -31_44 == quote.settlement.minor and len(quote.notes) == 2
    (field,) = quote.fields
    assert (field.name, field.before) == (
        "address",
        "Ben Baker, 3 Prince Street, New York, NY 10012, tel. (415) 555-0100",
    )
    assert field.after.startswith("Ben Baker, 9 Alder Street, Portland, OR 97205")


def _portland() -> ShipTo:
    return ShipTo("Ben Baker", line1="9 Alder Street", city="Portland", state="OR", postal_code="97205")


def test_another_state_of_the_same_region_keeps_the_orders_delivery_prices(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    Rate.objects.filter(table__method=world.ground, zone=world.east).update(price_minor=99_00)
    miami = ShipTo("Ben", line1="5 Ocean Drive", city="Miami Beach", state="FL", postal_code="33139")
    quote = staffs(world, order, ship_to=miami)
    assert quote.after.shipping.minor == 28_00 and quote.after.tax.minor == 14_40


def test_faster_shipping_costs_todays_price_and_leaves_its_own_line(world: World) -> None:
    order = bought(world, world.ana, {"CAB23": 2})
    draft = draft_of(world, order, customer_actor(world.ana), method_reference=world.overnight.reference)
    quote = quoted(draft, customer_actor(world.ana), world.now)
    assert (quote.before.shipping.minor, quote.after.shipping.minor) == (0, 45_00)
    assert [method.name for method in quote.methods if method.is_chosen] == ["Overnight"]
    assert quote.notes and quote.difference.minor == 45_00
    confirm(world, draft, customer_actor(world.ana))
    order.refresh_from_db()
    assert order.method == world.overnight and ("shipping", "Overnight") in ledger(order)
    assert order.changes.get(number=2).details == {"method": ["Ground", "Overnight"]}
    back = made(world, order, method_reference=world.ground.reference)
    assert ("shipping", "Overnight") not in ledger(back) and back.owed_minor == 231_66


def test_pickup_needs_no_address_and_pays_the_winerys_tax(world: World) -> None:
    order = made(world, bought(world, world.ben, {"CAB23": 2}), method_reference=world.pickup.reference)
    assert (order.line1, order.ship_state, order.recipient) == ("", "", "Ben Baker")
    assert ledger(order) == {("tax", "Sales tax"): 17_40} and order.owed_minor == order.paid_minor == 257_40
    sent = staffs(world, order, method_reference=world.ground.reference)
    assert [problem.code for problem in sent.problems] == ["not_deliverable"]
    home = staffs(world, order, address_reference=world.ben_home.reference)
    assert home.after.owed.minor == 289_44 and not home.problems


def test_discounts_and_corrections_are_differences_with_a_name(world: World) -> None:
    order = made(
        world,
        bought(world, world.ben, {"CAB23": 2, "CHA24": 1}),
        add_charges=[
            StaffCharge("discount", "Ten years with us", percent_bp=1000),
            StaffCharge("discount", "A scratched label", percent_bp=5000, sku_id=world.chardonnay.pk),
            StaffCharge("shipping", "We were late", amount_minor=-8_00),
        ],
    )
    assert ledger(order) == {
        ("discount", "Ten years with us"): -30_50,
        ("discount", "A scratched label"): -32_50,
        ("shipping", "Ground"): 28_00,
        ("shipping", "We were late"): -8_00,
        ("tax", "Sales tax"): 20_96,
    }
    more = staffs(world, order, add={world.cabernet: 1})
    assert (more.after.shipping.minor, more.after.discount.minor) == (28_00, -63_00)
    assert more.difference.minor == 120_00 + 8_00 + 10_24


@pytest.mark.parametrize("kind", ["packaging", "expedite", "reship", "reroute", "restocking", "insurance"])
def test_what_else_is_charged_stands_beside_delivery_and_is_not_wine(world: World, kind: str) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    wine, owed, before = order.wine_minor, order.owed_minor, ledger(order)
    made(world, order, add_charges=[StaffCharge(kind, "The parcel came back", amount_minor=15_00)])
    order.refresh_from_db()
    assert ledger(order) == before | {(kind, "The parcel came back"): 15_00}
    assert (order.wine_minor, order.owed_minor) == (wine, owed + 15_00), "a customer's spend is wine"
    made(world, order, add_charges=[StaffCharge(kind, "Given back", amount_minor=-15_00)])
    order.refresh_from_db()
    assert order.owed_minor == owed
    up = staffs(world, order, add={world.cabernet: 1})
    assert up.after.other.minor == 0 and up.after.shipping == up.before.shipping


def test_changes_add_up_whatever_their_order(world: World) -> None:
    """Up and down again by the order's own rates leaves every sum where it was."""
    order = bought(world, world.ana, {"CAB23": 3, "CHA24": 3})
    before = ledger(order)
    order = made(world, order, add={world.cabernet: 1})
    order = made(world, order, pieces={key_of(order, world.chardonnay): 0})
    order = made(world, order, add={world.chardonnay: 3}, pieces={key_of(order, world.cabernet): 3})
    assert ledger(order) == before and pieces_on(order) == {"CAB23": 3, "CHA24": 3}


def test_an_order_that_forgot_its_rates_is_changed_by_todays(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    Order.objects.update(terms=None)
    Rate.objects.filter(table__method=world.ground, zone=world.east, up_to_milli=3000).update(
        price_minor=40_00
    )
    untouched = staffs(world, order, gift_note="For Clara")
    assert untouched.difference.minor == 0 and untouched.notes
    more = staffs(world, order, add={world.cabernet: 1})
    assert more.difference.minor == 129_60
    faster = staffs(world, order, method_reference=world.overnight.reference)
    assert (faster.before.shipping.minor, faster.after.shipping.minor) == (28_00, 65_00)
    today = staffs(world, order, rates=Rates.AS_OF_TODAY, method_reference="")
    assert today.after.shipping.minor == 40_00


def test_an_order_that_forgot_its_rates_keeps_the_discount_that_it_was_given(world: World) -> None:
    """Ben's group gives 10 % today, his order nothing: bottles taken off give back what they cost."""
    order = bought(world, world.ben, {"CAB23": 2})
    Order.objects.update(terms=None)
    Group.objects.filter(pk=world.estate.pk).update(discount_bp=10_00)
    less = staffs(world, order, pieces={key_of(order, world.cabernet): 1})
    assert (less.after.discount.minor, less.difference.minor) == (0, -129_60)
    today = staffs(world, order, rates=Rates.AS_OF_TODAY)
    assert today.after.discount.minor == -12_00


def test_an_order_that_forgot_its_rates_loses_its_discount_with_its_wine(world: World) -> None:
    """Ana's order has 10 % off by its ledger, and her group gives nothing any more."""
    order = bought(world, world.ana, {"CAB23": 3})
    Order.objects.update(terms=None)
    Group.objects.update(discount_bp=0)
    less = staffs(world, order, pieces={key_of(order, world.cabernet): 2})
    assert (less.before.discount.minor, less.after.discount.minor) == (-36_00, -24_00)


@pytest.mark.parametrize(
    ("name", "minor", "found"),
    [
        ("10 % off", -36_00, 1000),
        ("12.5 % off", -1, 1250),
        ("10 % off", 5, 0),
        ("Half off", -1, 0),
        ("1.2.3 % off", -1, 0),
    ],
)
def test_the_discount_of_an_order_is_read_from_its_charges(name: str, minor: int, found: int) -> None:
    assert (
        discount_on([ChargeEntry("shipping", 28_00, "10 % off"), ChargeEntry("discount", minor, name)])
        == found
    )


def test_corrections_beyond_reason_stand_against_it(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    quote = staffs(world, order, add_charges=[StaffCharge("discount", "All", amount_minor=-241_00)])
    assert [problem.code for problem in quote.blocking] == ["discount_too_high"]
    quote = staffs(world, order, add_charges=[StaffCharge("shipping", "Free", amount_minor=-99_00)])
    assert "charge_below_nothing" in [problem.code for problem in quote.blocking]


def test_what_is_unpaid_is_not_given_back(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    Order.objects.filter(pk=order.pk).update(paid_minor=200_00)
    quote = staffs(world, order, pieces={key_of(order, world.cabernet): 1})
    assert quote.difference.minor == -129_60 and quote.balance.minor == 89_44
    assert quote.settlement.minor == -(200_00 - 159_84)


def test_a_draft_of_twelve_lines_is_read_in_ten_statements(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    draft = draft_of(world, order, world.staff, add=_twelve_wines(world), override_reason="A tasting")
    fresh = ChangeDraft.objects.get(pk=draft.pk)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        quote = quoted(fresh, world.staff, world.now)
    assert len(quote.lines) == 13 and len(asked) <= 10, [query["sql"][:90] for query in asked]


def _twelve_wines(world: World) -> dict[Sku, int]:
    wine = Wine.objects.create(name="Library", variety="Syrah", appellation="Sonoma", colour="red")
    found = {}
    for year in range(2001, 2013):
        vintage = Vintage.objects.create(wine=wine, year=year)
        sku = Sku.objects.create(code=f"LIB{year}", vintage=vintage, name=str(vintage), price_minor=90_00)
        stock = Stock.objects.create(sku=sku, on_hand=6)
        Movement.objects.create(stock=stock, at=world.now, quantity=6, reason="opening", actor_label="Olive")
        found[sku] = 1
    return found


def test_a_group_may_leave_and_the_line_prices_stay(world: World) -> None:
    order = bought(world, world.ana, {"CAB23": 2})
    Group.objects.filter(pk=world.premier.pk).update(discount_bp=0, free_shipping=False)
    quote = staffs(world, order, add={world.cabernet: 1})
    assert quote.after.discount.minor == -36_00 and [
        line.unit_price.minor for line in order_lines(order)
    ] == [120_00]


@pytest.mark.parametrize("gift_note", ["For Clara, with love", ""])
def test_words_and_days_cost_nothing(world: World, gift_note: str) -> None:
    order = bought(world, world.ben, {"CAB23": 2}, gift_note="" if gift_note else "For Dora")
    order = made(world, order, gift_note=gift_note, requested_ship_on=world.now.date())
    assert order.gift_note == gift_note and order.requested_ship_on == world.now.date()
    assert order.balance_minor == 0 and order.payments.count() == 1


def test_no_bottle_more_for_somebody_known_to_be_too_young(world: World) -> None:
    """Whoever makes the change, and no reason sets it aside; bottles may be taken off all the same."""
    order = bought(world, world.ben, {"CAB23": 2})
    key = key_of(order, world.cabernet)
    Customer.objects.filter(pk=world.ben.pk).update(birth_date=date(world.now.year - 20, 1, 1))
    more = {world.cabernet: 1}
    for quote in (
        quoted(
            draft_of(world, order, customer_actor(world.ben), add=more), customer_actor(world.ben), world.now
        ),
        staffs(world, order, add=more, override_reason="A regular"),
        staffs(world, order, add=more, method_reference=world.overnight.reference),
    ):
        assert [problem.code for problem in quote.blocking] == ["too_young"]
    fewer = draft_of(world, order, world.staff, pieces={key: 1})
    assert not quoted(fewer, world.staff, world.now).blocking


def test_no_wine_for_a_recipient_who_is_known_to_be_too_young(world: World) -> None:
    """Neither more of it, nor what was bought for somebody else; what goes to another is changed as ever."""
    order, own = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    child = Address.objects.create(
        customer=world.ben,
        recipient="Robin Baker",
        line1="5 School Lane",
        city="San Francisco",
        state="CA",
        postal_code="94110",
        birth_date=date(world.now.year - 20, 1, 1),
    )
    to_child = draft_of(world, order, own, address_reference=child.reference)
    assert [problem.code for problem in quoted(to_child, own, world.now).blocking] == ["recipient_too_young"]
    typed = ShipTo("ROBIN BAKER", "", "9 College Street", "", "San Francisco", "CA", "94110", "US", "")
    assert [problem.code for problem in staffs(world, order, ship_to=typed).blocking] == [
        "recipient_too_young"
    ]
    fetched = staffs(world, order, ship_to=typed, method_reference=world.pickup.reference)
    assert "recipient_too_young" not in {problem.code for problem in fetched.blocking}
    more = draft_of(world, order, own, address_reference="", add={world.cabernet: 1})
    assert not quoted(more, own, world.now).blocking
    Order.objects.update(recipient="Robin Baker")
    assert [problem.code for problem in quoted(more, own, world.now).blocking] == ["recipient_too_young"]


def test_the_law_of_another_place_asks_changes_for_a_date_of_birth(world: World) -> None:
    Winery.objects.update(legal_age=18)
    forget_winery()
    order, own = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    more = draft_of(world, order, own, add={world.cabernet: 1})
    for born, codes in (
        (None, ["birth_date_missing"]),
        (date(world.now.year - 20, 1, 1), ["too_young"]),
        (date(1980, 2, 3), []),
    ):
        Customer.objects.filter(pk=world.ben.pk).update(birth_date=born)
        assert [problem.code for problem in quoted(more, own, world.now).blocking] == codes
