"""The page of an order change: what it shows, and what it makes of what is typed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.rooms.changes.journey import bought, held_for, key_of, pieces_on
from tests.web.backoffice.changes.changing import (
    buttons_of,
    fields_of,
    fresh,
    open_change,
    page_of,
    pieces,
    send,
    text_of,
    two_cabernets,
    type_in,
)
from tests.world import World, save_test_card
from tirage.catalog.models import Sku
from tirage.changes.models import ChangeDraft
from tirage.core.clock import read_clock
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Group
from tirage.delivery.models import Rate
from tirage.offers.models import Offer
from tirage.orders.models import Order


@pytest.fixture
def order(world_today: World) -> Order:
    return two_cabernets(world_today)


# Opening and looking


def test_the_order_page_opens_ones_own_draft_and_finds_it_again(owner_client: Client, order: Order) -> None:
    draft = open_change(owner_client, order)
    again = open_change(owner_client, order)
    assert draft == again and draft.actor_label == "Owner" and draft.maker == "staff"


def test_what_cant_be_changed_says_why(owner_client: Client, order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(state="shipped", shipped_at=read_clock())
    answer = owner_client.post(f"/winery/orders/{order.reference}/change", follow=True)
    assert "has left for its customer" in answer.content.decode()
    assert not ChangeDraft.objects.exists()


def test_the_page_shows_before_and_after(owner_client: Client, order: Order, world_today: World) -> None:
    draft = open_change(owner_client, order)
    send(owner_client, draft, **pieces(order, world_today.cabernet, 3))
    words = text_of(page_of(owner_client, draft))
    for said in ("CAB23", "$120.00", "2 $240.00", "+1 +$120.00", "1 more is held for this change", "To pay"):
        assert said in words, said


def test_the_page_takes_few_queries(
    owner_client: Client, world_today: World, django_assert_max_num_queries: Any
) -> None:
    """The fullest page: another state, rates of today, a discount, something to pay, cards to choose from."""
    order = two_cabernets(world_today)
    save_test_card(world_today.ben, world_today.now, last4="5555", is_default=False)
    Rate.objects.update(price_minor=99_00)
    draft = open_change(owner_client, order)
    fields: dict[str, Any] = pieces(order, world_today.cabernet, 3)
    fields |= {"discount_much": "5", "discount_reason": "Waited long"}
    fields |= {"to_line1": "1 Valencia Street", "to_city": "San Francisco", "to_state": "CA"}
    fields |= {"to_postal_code": "94110", "to_recipient": "Ben Baker", "address": "typed"}
    assert send(owner_client, draft, **fields).status_code == 302
    page_of(owner_client, draft)
    with django_assert_max_num_queries(15):
        page = page_of(owner_client, draft)
    assert "Charge $" in page and "Visa 5555" in page and "San Francisco" in page


def test_a_draft_of_nobody_is_not_found(owner_client: Client, world_today: World) -> None:
    assert owner_client.get("/winery/changes/CHG-NONEXXXX/").status_code == 404


# Working out


def test_pieces_are_held_and_taken_off(owner_client: Client, order: Order, world_today: World) -> None:
    draft = open_change(owner_client, order)
    answer = send(owner_client, draft, **pieces(order, world_today.cabernet, 5))
    assert answer.status_code == 302
    assert held_for(draft, read_clock()) == 3
    assert send(owner_client, draft, **pieces(order, world_today.cabernet, 1)).status_code == 302
    assert held_for(draft, read_clock()) == 0
    order.refresh_from_db()
    assert pieces_on(order) == {"CAB23": 2}, "nothing happens to the order yet"


def test_more_than_there_is_says_so_beside_the_wine_and_keeps_what_was_typed(
    owner_client: Client, order: Order, world_today: World
) -> None:
    draft = open_change(owner_client, order)
    fields: dict[str, Any] = pieces(order, world_today.cabernet, 500)
    answer = send(owner_client, draft, **fields, reason="For the wedding")
    page = answer.content.decode()
    assert answer.status_code == 400 and "only 98 more are to be had" in page
    assert 'value="500"' in page and "For the wedding" in page
    assert held_for(draft, read_clock()) == 0 and fresh(draft).reason == ""


@pytest.mark.parametrize("sent", ["-1", "two", "10000"])
def test_numbers_that_are_none_are_refused(
    owner_client: Client, order: Order, world_today: World, sent: str
) -> None:
    draft = open_change(owner_client, order)
    answer = send(owner_client, draft, **{f"pieces-{key_of(order, world_today.cabernet)}": sent})
    assert answer.status_code == 400
    assert not draft.lines.exists()


def test_any_wine_is_found_by_name_or_code_and_added(
    owner_client: Client, order: Order, world_today: World
) -> None:
    draft = open_change(owner_client, order)
    answer = send(owner_client, draft, find="1", wine="syr")
    assert answer["Location"].endswith("?wine=syr#add-a-wine")
    page = owner_client.get(answer["Location"].partition("#")[0]).content.decode()
    assert "Old Road Syrah" in page and "SYR23-3" in page and "10 free" in page
    sku: Sku = world_today.syrah_pack
    sent = fields_of(page) | {"add": str(sku.pk), f"add-{sku.pk}": "2"}
    assert owner_client.post(f"/winery/changes/{draft.reference}/", sent).status_code == 302
    line = draft.lines.get()
    assert (line.sku_id, line.quantity, line.unit_price_minor) == (sku.pk, 2, 210_00)


def test_the_search_answers_while_typing(owner_client: Client, order: Order) -> None:
    draft = open_change(owner_client, order)
    found = owner_client.get(f"/winery/changes/{draft.reference}/wines?wine=mag").content.decode()
    assert "CAB23-MAG" in found and "CHA24" not in found and "<html" not in found
    nothing = owner_client.get(f"/winery/changes/{draft.reference}/wines?wine=zzz").content.decode()
    assert "No wine has all of these words" in nothing


def test_todays_price_is_a_line_of_its_own(owner_client: Client, order: Order, world_today: World) -> None:
    sku = world_today.cabernet
    world_today.item(world_today.estate_offer, sku).__class__.objects.filter(sku=sku).update(
        price_minor=130_00
    )
    draft = open_change(owner_client, order)
    page = owner_client.get(f"/winery/changes/{draft.reference}/wines?wine=CAB23").content.decode()
    assert "At today’s $130.00" in page
    sent = fields_of(page_of(owner_client, draft)) | {"add_today": str(sku.pk), f"add-{sku.pk}": "1"}
    owner_client.post(f"/winery/changes/{draft.reference}/", sent)
    assert draft.lines.get().unit_price_minor == 130_00
    assert f'name="pieces-{sku.pk}-13000"' in page_of(owner_client, draft)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"discount_much": "10"}, "−$24.00"),
        ({"discount_much": "12.50", "discount_unit": "amount"}, "−$12.50"),
    ],
)
def test_a_discount_stands_in_the_table_and_can_be_taken_off(
    owner_client: Client, order: Order, fields: dict[str, str], said: str
) -> None:
    draft = open_change(owner_client, order)
    send(owner_client, draft, **fields, discount_reason="Waited long", add_discount="1")
    page = page_of(owner_client, draft)
    assert "Waited long" in page and said in page
    send(owner_client, draft, drop=str(draft.charges.get().pk))
    assert not draft.charges.exists() and "Waited long" not in page_of(owner_client, draft)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"discount_much": "10"}, "Say why."),
        ({"discount_much": "0", "discount_reason": "x"}, "between 0.01 and 100"),
        ({"discount_much": "101", "discount_reason": "x"}, "between 0.01 and 100"),
        ({"discount_much": "ten", "discount_reason": "x"}, "between 0.01 and 100"),
        ({"discount_much": "ten", "discount_unit": "amount", "discount_reason": "x"}, "such as 120"),
        ({"correction_amount": "5"}, "Say why."),
        ({"correction_reason": "x"}, "such as 12"),
    ],
)
def test_half_a_discount_is_refused_with_what_was_typed(
    owner_client: Client, order: Order, fields: dict[str, str], words: str
) -> None:
    draft = open_change(owner_client, order)
    answer = send(owner_client, draft, **fields)
    assert answer.status_code == 400 and words in answer.content.decode()
    assert not draft.charges.exists()


@pytest.mark.parametrize(("way", "minor"), [("less", -5_00), ("more", 5_00)])
def test_charges_are_corrected_either_way(owner_client: Client, order: Order, way: str, minor: int) -> None:
    draft = open_change(owner_client, order)
    fields = {"correction_kind": "shipping", "correction_way": way, "correction_amount": "5"}
    send(owner_client, draft, **fields, correction_reason="Carrier was late")
    charge = draft.charges.get()
    assert (charge.kind, charge.amount_minor, charge.reason) == ("shipping", minor, "Carrier was late")


def test_a_saved_address_and_back_to_the_orders_own(owner_client: Client, world_today: World) -> None:
    world = world_today
    order = bought(world, world.ana, {"CAB23": 2})
    draft = open_change(owner_client, order)
    page = page_of(owner_client, draft)
    assert "2 Court Street" in page and page.count("1 Valencia Street") == 2, "the order's own stands once"
    send(owner_client, draft, address=world.ana_brooklyn.reference)
    assert fresh(draft).delivery["ship_to"]["city"] == "Brooklyn"
    words = text_of(page_of(owner_client, draft))
    assert "2 Court Street" in words and "becomes" in words
    send(owner_client, draft, address="")
    assert "ship_to" not in fresh(draft).delivery


def test_who_fetches_the_wine_can_have_it_sent_instead(
    owner_client: Client, order: Order, world_today: World
) -> None:
    hint = "To have it sent, choose an address, then how it gets there."
    assert hint not in page_of(owner_client, open_change(owner_client, order))
    nowhere = {"line1": "", "city": "", "ship_state": "", "postal_code": ""}
    Order.objects.filter(pk=order.pk).update(method=world_today.pickup, **nowhere)
    assert hint in page_of(owner_client, open_change(owner_client, order))


def test_a_typed_address_is_checked(owner_client: Client, order: Order) -> None:
    draft = open_change(owner_client, order)
    wrong = send(owner_client, draft, address="typed", to_line1="", to_state="Atlantis")
    page = wrong.content.decode()
    assert wrong.status_code == 400 and "Choose the state" in page and "ship_to" not in fresh(draft).delivery
    right = {
        "to_line1": "9 Office Park",
        "to_city": "Albany",
        "to_state": "New York",
        "to_postal_code": "12207",
    }
    assert send(owner_client, draft, address="typed", **right).status_code == 302
    assert fresh(draft).delivery["ship_to"]["state"] == "NY"
    assert fields_of(page_of(owner_client, draft))["address"] == "typed"


def test_the_fields_of_a_typed_address_follow_its_country(owner_client: Client, order: Order) -> None:
    draft = open_change(owner_client, order)
    typed = {"address": "typed", "to_line1": "1-1 Chiyoda", "to_country": "JP"}
    page = send(owner_client, draft, **typed, act="country").content.decode()
    assert "Prefecture" in page and ">Tokyo</option>" in page and 'value="1-1 Chiyoda"' in page
    assert "ship_to" not in fresh(draft).delivery
    send(owner_client, draft, **typed, to_state="Tokyo", to_city="Chiyoda", to_postal_code="1000001")
    assert fresh(draft).delivery["ship_to"]["postal_code"] == "100-0001"


def test_a_slip_in_a_typed_address_is_asked_about(owner_client: Client, order: Order) -> None:
    draft = open_change(owner_client, order)
    slip = {
        "address": "typed",
        "to_line1": "400 Broad Street",
        "to_city": "Seatle",
        "to_state": "WA",
        "to_postal_code": "98109-4607",
    }
    asked = send(owner_client, draft, **slip)
    assert asked.status_code == 400 and 'value="city=Seattle&amp;state=WA"' in asked.content.decode()
    send(owner_client, draft, **slip, meant="city=Seattle&state=WA")
    kept = fresh(draft).delivery["ship_to"]
    assert (kept["city"], kept["postal_code"]) == ("Seattle", "98109-4607")
    send(owner_client, draft, **slip, meant="sure:US|Seatle|WA|98109-4607")
    assert fresh(draft).delivery["ship_to"]["city"] == "Seatle"


def test_a_typed_address_has_to_fit_on_the_label(owner_client: Client, order: Order) -> None:
    Winery.objects.update(label_limits="winedirect")
    forget_winery()
    draft = open_change(owner_client, order)
    long = {
        "to_line1": "12345 Old Winery Road North-East",
        "to_city": "Albany",
        "to_state": "NY",
        "to_postal_code": "12207",
    }
    answer = send(owner_client, draft, address="typed", **long)
    assert answer.status_code == 400 and "30 characters fit on the label" in answer.content.decode()
    assert "ship_to" not in fresh(draft).delivery


def test_ways_for_staff_only_day_and_gift_note(owner_client: Client, world_today: World) -> None:
    order = bought(world_today, world_today.ana, {"CAB23": 2})
    draft = open_change(owner_client, order)
    assert "only the team can choose it" in page_of(owner_client, draft)
    day = (read_clock() + timedelta(days=365)).date().isoformat()
    fields = {"method": world_today.overnight.reference, "ship_on": day, "gift_note": "For\r\nGran"}
    assert send(owner_client, draft, **fields).status_code == 302
    kept = fresh(draft).delivery
    assert (kept["method"], kept["requested_ship_on"], kept["gift_note"]) == (
        world_today.overnight.reference,
        day,
        "For\nGran",
    )
    assert send(owner_client, draft).status_code == 302 and fresh(draft).delivery == kept, "sent as it stands"
    past = send(owner_client, draft, ship_on="2020-01-01")
    assert past.status_code == 400 and "from today on" in past.content.decode()


def test_other_rates_are_offered_with_what_they_come_to(
    owner_client: Client, order: Order, world_today: World
) -> None:
    draft = open_change(owner_client, order)
    assert 'name="rates"' not in page_of(owner_client, draft)
    Rate.objects.update(price_minor=99_00)
    words = text_of(page_of(owner_client, draft))
    assert "As ordered the order comes to" in words and "As of today the order comes to" in words
    send(owner_client, draft, rates="as_of_today")
    assert fresh(draft).rates == "as_of_today"
    assert 'id="rates-as_of_today" value="as_of_today" checked' in page_of(owner_client, draft)


def test_beyond_the_allowance_needs_a_reason(owner_client: Client, order: Order, world_today: World) -> None:
    draft = open_change(owner_client, order)
    send(owner_client, draft, **pieces(order, world_today.cabernet, 40))
    page = page_of(owner_client, draft)
    assert "the allocation is" in page and buttons_of(page) == []
    send(owner_client, draft, override="Her wedding")
    page = page_of(owner_client, draft)
    assert "Set aside: Her wedding" in text_of(page) and buttons_of(page)


def test_a_closed_offer_can_be_set_aside_too(owner_client: Client, order: Order, world_today: World) -> None:
    Offer.objects.update(closes_at=world_today.now)
    draft = open_change(owner_client, order)
    send(owner_client, draft, **pieces(order, world_today.cabernet, 3))
    assert "while the offer is open" in page_of(owner_client, draft)
    send(owner_client, draft, override="Promised in October")
    assert buttons_of(page_of(owner_client, draft))


# While typing


def test_the_sums_follow_while_typing(owner_client: Client, order: Order, world_today: World) -> None:
    draft = open_change(owner_client, order)
    answer = type_in(owner_client, draft, **pieces(order, world_today.cabernet, 3))
    part = answer.content.decode()
    assert answer["HX-Reswap"] == "none" and "<html" not in part and '<input type="number"' not in part
    assert "+$120.00" in part and 'id="change-settle"' in part
    assert held_for(draft, read_clock()) == 1


def test_what_has_a_button_of_its_own_waits_for_it(owner_client: Client, order: Order) -> None:
    draft = open_change(owner_client, order)
    fields = {"discount_much": "5", "discount_reason": "Old friend", "address": "typed", "to_line1": "9 Else"}
    assert type_in(owner_client, draft, **fields).status_code == 200
    assert not draft.charges.exists() and "ship_to" not in fresh(draft).delivery


def test_a_refusal_while_typing_is_said_in_its_place(
    owner_client: Client, order: Order, world_today: World
) -> None:
    draft = open_change(owner_client, order)
    answer = type_in(owner_client, draft, **pieces(order, world_today.cabernet, 500))
    assert answer.status_code == 200 and "only 98 more are to be had" in answer.content.decode()


def test_where_a_line_goes_the_form_comes_anew_with_what_was_typed(
    owner_client: Client, order: Order, world_today: World
) -> None:
    draft = open_change(owner_client, order)
    sku = world_today.chardonnay
    sent = fields_of(page_of(owner_client, draft)) | {"add": str(sku.pk), f"add-{sku.pk}": "1"}
    owner_client.post(f"/winery/changes/{draft.reference}/", sent)
    gone = {f"pieces-{sku.pk}-{draft.lines.get().unit_price_minor}": "0"}
    answer = type_in(owner_client, draft, **gone, discount_reason="Half typed")
    assert answer["HX-Retarget"] == "#change" and 'value="Half typed"' in answer.content.decode()
    assert not draft.lines.exists()


def test_groups_discount_of_today_is_a_rate_too(
    owner_client: Client, order: Order, world_today: World
) -> None:
    Group.objects.filter(pk=world_today.estate.pk).update(discount_bp=500)
    draft = open_change(owner_client, order)
    assert "As of today" in page_of(owner_client, draft)
