"""Changing an order in the back office: what the page says, what it does, who may."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.rooms.changes.journey import bought, confirm, draft_of, held_for, key_of, pieces_on
from tests.rooms.checkout.journey import customer_actor
from tests.web.backoffice.changing import (
    fields_of,
    open_change,
    page_of,
    pieces,
    send,
    text_of,
    two_cabernets,
    type_in,
)
from tests.web.backoffice.conftest import ClientAs
from tests.world import World, save_test_card
from tirage.backoffice.states import Role
from tirage.catalog.models import Sku
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import drop_draft
from tirage.changes.states import SettleBy
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.core.money import Money
from tirage.customers.models import Group
from tirage.delivery.models import Rate
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCard
from tirage.inventory.models import Hold
from tirage.offers.models import Offer
from tirage.orders.models import Order
from tirage.payments.models import PayLink, Payment
from tirage.payments.operations import give_credit


@pytest.fixture
def order(world_today: World) -> Order:
    return two_cabernets(world_today)


def fresh(draft: ChangeDraft) -> ChangeDraft:
    return ChangeDraft.objects.select_related("order__customer").get(pk=draft.pk)


def settle(client: Client, draft: ChangeDraft, button: str, **fields: Any) -> Any:
    """Presses one of the settling buttons and follows."""
    sent = fields_of(page_of(client, draft)) | {"settle": button, **fields}
    return client.post(f"/winery/changes/{draft.reference}/", sent, follow=True)


def buttons_of(page: str) -> list[str]:
    """What the settling buttons say."""
    parts = page.split('name="settle"')[1:]
    return [text_of(part[part.index(">") + 1 : part.index("</button>")]) for part in parts]


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


def test_a_typed_address_is_checked(owner_client: Client, order: Order) -> None:
    draft = open_change(owner_client, order)
    wrong = send(owner_client, draft, address="typed", to_line1="", to_state="Atlantis")
    page = wrong.content.decode()
    assert wrong.status_code == 400 and "Atlantis" in page and "ship_to" not in fresh(draft).delivery
    right = {
        "to_line1": "9 Office Park",
        "to_city": "Albany",
        "to_state": "New York",
        "to_postal_code": "12207",
    }
    assert send(owner_client, draft, address="typed", **right).status_code == 302
    assert fresh(draft).delivery["ship_to"]["state"] == "NY"
    assert fields_of(page_of(owner_client, draft))["address"] == "typed"


def test_ways_for_staff_only_day_and_gift_note(owner_client: Client, world_today: World) -> None:
    order = bought(world_today, world_today.ana, {"CAB23": 2})
    draft = open_change(owner_client, order)
    assert "only the team can choose it" in page_of(owner_client, draft)
    day = (read_clock().date()).replace(year=read_clock().year + 1).isoformat()
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


# Settling


def test_more_is_charged_to_the_chosen_card(owner_client: Client, order: Order, world_today: World) -> None:
    world = world_today
    other = save_test_card(world.ben, world.now, last4="5555", is_default=False)
    draft = open_change(owner_client, order)
    send(owner_client, draft, **pieces(order, world.cabernet, 3))
    paid = Payment.objects.count()
    buttons = buttons_of(page_of(owner_client, draft))
    assert buttons[0].startswith("Charge $") and buttons[0].endswith("to Visa 4242 and change the order")
    answer = settle(owner_client, draft, f"card:{other.reference}")
    page = answer.content.decode()
    assert answer.redirect_chain[-1][0] == f"/winery/orders/{order.reference}/"
    assert "The order is changed; $" in page and "charged to Visa 5555" in page
    order.refresh_from_db()
    assert pieces_on(order) == {"CAB23": 3} and order.balance_minor == 0
    assert Payment.objects.count() == paid + 1 and fresh(draft).state == "applied"
    said = Event.objects.get(name="order.changed")
    assert said.text.startswith("added 1 × Estate Cabernet Sauvignon 2023; ")
    assert said.text.endswith("USD charged to Visa 5555") and said.actor_label == "Owner"
    assert run_checks(read_clock()) == []


def test_less_goes_back_as_the_button_says(owner_client: Client, order: Order, world_today: World) -> None:
    draft = open_change(owner_client, order)
    send(owner_client, draft, **pieces(order, world_today.cabernet, 1), reason="Too many")
    page = page_of(owner_client, draft)
    assert buttons_of(page)[0].startswith("Give $")
    assert "to Visa 4242" in page and "as store credit" in page
    answer = settle(owner_client, draft, "back")
    assert "went back to the card" in answer.content.decode()
    order.refresh_from_db()
    assert order.balance_minor == 0 and pieces_on(order) == {"CAB23": 1}
    assert run_checks(read_clock()) == []


def test_less_becomes_store_credit(owner_client: Client, order: Order, world_today: World) -> None:
    draft = open_change(owner_client, order)
    send(owner_client, draft, **pieces(order, world_today.cabernet, 1))
    settle(owner_client, draft, "back-to-credit")
    world_today.ben.refresh_from_db()
    assert world_today.ben.credit_minor >= 120_00
    assert run_checks(read_clock()) == []


def test_nothing_to_pay_is_just_applied(owner_client: Client, order: Order) -> None:
    draft = open_change(owner_client, order)
    send(owner_client, draft, gift_note="For Gran")
    assert buttons_of(page_of(owner_client, draft)) == ["Change the order"]
    settle(owner_client, draft, "plain")
    order.refresh_from_db()
    assert order.gift_note == "For Gran"


def test_a_cheque_a_gift_and_store_credit(owner_client: Client, order: Order, world_today: World) -> None:
    give_credit(
        customer=world_today.ben,
        amount=Money(500_00, "USD"),
        reason="Corked",
        actor=world_today.staff,
        now=world_today.now,
    )
    for count, (button, fields, kind) in enumerate(
        (
            ("offline", {"offline_kind": "cheque", "offline_note": "No. 12"}, "cheque"),
            ("gift", {"gift_reason": "Her birthday"}, "comp"),
            ("credit", {}, ""),
        )
    ):
        draft = open_change(owner_client, order)
        send(owner_client, draft, **pieces(order, world_today.cabernet, 3 + count), override="Regular")
        settle(owner_client, draft, button, **fields)
        assert fresh(draft).state == "applied", button
        assert Payment.objects.filter(purpose=draft.reference).get().offline_kind == kind
    assert run_checks(read_clock()) == []


def test_a_gift_without_its_reason_changes_nothing(
    owner_client: Client, order: Order, world_today: World
) -> None:
    draft = open_change(owner_client, order)
    send(owner_client, draft, **pieces(order, world_today.cabernet, 3))
    answer = settle(owner_client, draft, "gift")
    assert "Say why it is a gift." in answer.content.decode()
    assert fresh(draft).state == "open"


def test_a_declined_card_leaves_the_order_and_says_what_next(
    owner_client: Client, world_today: World
) -> None:
    world = world_today
    order = two_cabernets(world)
    bad = save_test_card(
        world.ben, world.now, behaviour=Behaviour.INSUFFICIENT_FUNDS, last4="0002", is_default=False
    )
    draft = open_change(owner_client, order)
    send(owner_client, draft, **pieces(order, world.cabernet, 3))
    answer = settle(owner_client, draft, f"card:{bad.reference}")
    page = answer.content.decode()
    assert answer.redirect_chain[-1][0] == f"/winery/changes/{draft.reference}/"
    assert "The order is as it was." in page and fresh(draft).state == "waiting"
    order.refresh_from_db()
    assert pieces_on(order) == {"CAB23": 2} and order.balance_minor == 0
    assert "to Visa 0002 again and change the order" in page and "Change it again" in page
    assert 'name="pieces-' not in page, "what waits is only looked at"
    good = settle(owner_client, draft, f"card:{world.ben_card.reference}")
    assert good.redirect_chain[-1][0] == f"/winery/orders/{order.reference}/"
    assert run_checks(read_clock()) == []


def test_a_pay_link_waits_and_can_be_taken_back(
    owner_client: Client, order: Order, world_today: World
) -> None:
    draft = open_change(owner_client, order)
    send(owner_client, draft, **pieces(order, world_today.cabernet, 3))
    page = settle(owner_client, draft, "link").content.decode()
    link = PayLink.objects.get(purpose=draft.reference)
    assert (
        "Ben Baker has a link to pay $" in page and "It went to ben@example.com" in page and "/pay/" in page
    )
    assert fresh(draft).waiting_code == "pay_link"
    answer = owner_client.post(f"/winery/changes/{draft.reference}/", {"go_on": "1"}, follow=True)
    link.refresh_from_db()
    assert link.revoked_at is not None and fresh(draft).state == "open"
    assert 'name="pieces-' in answer.content.decode()


def test_a_bank_that_wants_the_customer_can_be_given_up(owner_client: Client, world_today: World) -> None:
    world = world_today
    order = two_cabernets(world)
    asks = save_test_card(
        world.ben, world.now, behaviour=Behaviour.AUTHENTICATES_ALWAYS, last4="3155", is_default=False
    )
    draft = open_change(owner_client, order)
    send(owner_client, draft, **pieces(order, world.cabernet, 3))
    page = settle(owner_client, draft, f"card:{asks.reference}").content.decode()
    assert "The bank wants Ben Baker to confirm" in page and "Give this attempt up" in page
    again = owner_client.post(f"/winery/changes/{draft.reference}/ask-bank", {"give_up": "1"}, follow=True)
    assert "Give this attempt up" not in again.content.decode()
    assert Payment.objects.filter(purpose=draft.reference, state="voided").exists()
    settle(owner_client, draft, f"card:{world.ben_card.reference}")
    assert fresh(draft).state == "applied"
    assert run_checks(read_clock()) == []


def test_an_unknown_outcome_is_said_and_asked_about(owner_client: Client, world_today: World) -> None:
    world = world_today
    order = two_cabernets(world)
    silent = save_test_card(
        world.ben, world.now, behaviour=Behaviour.TIMES_OUT_CHARGED, last4="0341", is_default=False
    )
    draft = open_change(owner_client, order)
    send(owner_client, draft, **pieces(order, world.cabernet, 3))
    page = settle(owner_client, draft, f"card:{silent.reference}").content.decode()
    assert "The bank hasn’t answered yet." in page and fresh(draft).state == "paying"
    assert buttons_of(page) == [] and "Let this change go" not in page
    asked = owner_client.post(f"/winery/changes/{draft.reference}/ask-bank", follow=True)
    assert asked.redirect_chain[-1][0] in (
        f"/winery/orders/{order.reference}/",
        f"/winery/changes/{draft.reference}/",
    )
    assert run_checks(read_clock()) == []


def test_settling_with_something_else_typed_shows_the_new_sums_first(
    owner_client: Client, order: Order, world_today: World
) -> None:
    draft = open_change(owner_client, order)
    send(owner_client, draft, **pieces(order, world_today.cabernet, 3))
    card = f"card:{world_today.ben_card.reference}"
    answer = settle(owner_client, draft, card, **pieces(order, world_today.cabernet, 6))
    assert "The sums are worked out anew" in answer.content.decode()
    assert fresh(draft).state == "open" and held_for(draft, read_clock()) == 4
    order.refresh_from_db()
    assert pieces_on(order) == {"CAB23": 2}


def test_another_price_than_was_seen_is_refused(
    owner_client: Client, order: Order, world_today: World
) -> None:
    draft = open_change(owner_client, order)
    send(owner_client, draft, **pieces(order, world_today.cabernet, 3))
    card = f"card:{world_today.ben_card.reference}"
    answer = settle(owner_client, draft, card, settlement="1")
    assert "is another than you saw" in answer.content.decode() and fresh(draft).state == "open"


def test_a_card_of_somebody_else_is_nobodys(owner_client: Client, order: Order, world_today: World) -> None:
    draft = open_change(owner_client, order)
    send(owner_client, draft, **pieces(order, world_today.cabernet, 3))
    answer = settle(owner_client, draft, f"card:{world_today.ana_card.reference}")
    assert "Choose how to settle it." in answer.content.decode() and fresh(draft).state == "open"


# Others


def test_the_second_sees_what_the_first_did(client_as: ClientAs, order: Order, world_today: World) -> None:
    first, second = client_as(Role.OWNER), client_as(Role.MANAGER)
    one, two = open_change(first, order), open_change(second, order)
    send(second, two, **pieces(order, world_today.cabernet, 3))
    stale = fields_of(page_of(second, two))
    send(first, one, **pieces(order, world_today.cabernet, 1))
    settle(first, one, "back")
    sent = stale | {"settle": f"card:{world_today.ben_card.reference}"}
    answer = second.post(f"/winery/changes/{two.reference}/", sent)
    page = answer.content.decode()
    assert answer.status_code == 409 and "The order has changed since you looked." in page
    assert "Owner took off 1 × Estate Cabernet Sauvignon 2023" in page and buttons_of(page) == []
    typed = second.post(f"/winery/changes/{two.reference}/", stale, headers={"HX-Request": "true"})
    assert typed["HX-Retarget"] == "#change" and "Go on with my change" in typed.content.decode()
    assert send(second, two, go_on="1", **pieces(order, world_today.cabernet, 2)).status_code == 302
    assert buttons_of(page_of(second, two))
    settle(second, two, f"card:{world_today.ben_card.reference}")
    order.refresh_from_db()
    assert pieces_on(order) == {"CAB23": 2} and order.balance_minor == 0
    assert run_checks(read_clock()) == []


def test_what_a_customer_prepares_is_looked_at_and_let_go(
    owner_client: Client, order: Order, world_today: World
) -> None:
    actor = customer_actor(world_today.ben)
    draft = draft_of(world_today, order, actor, pieces={key_of(order, world_today.cabernet): 3})
    page = page_of(owner_client, draft)
    assert "The customer is preparing this change." in page and 'name="pieces-' not in page
    answer = owner_client.post(f"/winery/changes/{draft.reference}/drop", follow=True)
    assert "The change is let go." in answer.content.decode() and fresh(draft).state == "dropped"
    closed = page_of(owner_client, draft)
    assert "This change is closed" in closed and buttons_of(closed) == []


def test_a_customers_change_that_waits_is_tried_with_a_card_and_nothing_else(
    owner_client: Client, world_today: World
) -> None:
    world = world_today
    order, actor = two_cabernets(world), customer_actor(world.ben)
    bad = save_test_card(world.ben, world.now, behaviour=Behaviour.INSUFFICIENT_FUNDS, last4="0002")
    draft = draft_of(world, order, actor, pieces={key_of(order, world.cabernet): 3})
    page = page_of(owner_client, draft)
    assert "Ben Baker settles it." in page and buttons_of(page) == []
    confirm(world, draft, actor, payment_method=bad)
    page = page_of(owner_client, draft)
    assert len(buttons_of(page)) == 2 and "A gift of the house" not in page and "Change it again" not in page
    owner_client.post(f"/winery/changes/{draft.reference}/", {"go_on": "1"})
    assert fresh(draft).state == "waiting"
    settle(owner_client, draft, f"card:{world.ben_card.reference}")
    assert fresh(draft).state == "applied" and run_checks(read_clock()) == []


def test_a_made_change_leads_to_its_order(owner_client: Client, order: Order, world_today: World) -> None:
    draft = draft_of(world_today, order, world_today.staff, gift_note="Hello")
    confirm(world_today, draft, world_today.staff)
    answer = owner_client.get(f"/winery/changes/{draft.reference}/")
    assert answer["Location"] == f"/winery/orders/{order.reference}/"


def test_bottles_that_went_back_are_taken_again(
    owner_client: Client, order: Order, world_today: World
) -> None:
    draft = open_change(owner_client, order)
    send(owner_client, draft, **pieces(order, world_today.cabernet, 3))
    ChangeDraft.objects.filter(pk=draft.pk).update(expires_at=world_today.now)
    Hold.objects.filter(holder=draft.reference).update(expires_at=world_today.now)
    assert "its bottles went back" in page_of(owner_client, draft)
    send(owner_client, draft, go_on="1")
    assert held_for(draft, read_clock()) == 1


# Who may


@pytest.mark.parametrize("role", [Role.FULFILMENT, Role.READ_ONLY])
def test_who_may_not_change_orders_only_looks(
    client_as: ClientAs, order: Order, world_today: World, role: Role
) -> None:
    draft = draft_of(world_today, order, world_today.staff, pieces={key_of(order, world_today.cabernet): 3})
    client = client_as(role)
    page = page_of(client, draft)
    assert 'name="pieces-' not in page and buttons_of(page) == [] and "Let this change go" not in page
    key = key_of(order, world_today.cabernet)
    for path, sent in (
        (f"changes/{draft.reference}/", {f"pieces-{key}": "1"}),
        (f"changes/{draft.reference}/", {"settle": f"card:{world_today.ben_card.reference}"}),
        (f"changes/{draft.reference}/drop", {}),
        (f"changes/{draft.reference}/ask-bank", {}),
        (f"orders/{order.reference}/change", {}),
    ):
        assert client.post(f"/winery/{path}", sent).status_code == 403, path
    assert client.get(f"/winery/changes/{draft.reference}/wines").status_code == 403
    assert fresh(draft).state == "open" and draft.lines.get().quantity == 1
    assert ChangeDraft.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"discount_much": "10", "discount_reason": "Mine"},
        {"correction_amount": "5", "correction_reason": "Mine"},
        {"override": "Because"},
        {"drop": "1"},
    ],
)
def test_hospitality_gives_no_discounts_and_sets_no_rules_aside(
    client_as: ClientAs, order: Order, fields: dict[str, str]
) -> None:
    client = client_as(Role.HOSPITALITY)
    draft = open_change(client, order)
    page = page_of(client, draft)
    assert "Give a discount" not in page and "Set the rules aside" not in page
    assert send(client, draft, **fields).status_code == 403
    assert not draft.charges.exists() and fresh(draft).override_reason == ""


def test_hospitality_charges_but_gives_nothing_back(
    client_as: ClientAs, order: Order, world_today: World
) -> None:
    client = client_as(Role.HOSPITALITY)
    draft = open_change(client, order)
    send(client, draft, **pieces(order, world_today.cabernet, 1))
    page = page_of(client, draft)
    assert "Giving money back is for owners and managers" in page and buttons_of(page) == []
    sent = fields_of(page) | {"settle": "back"}
    assert client.post(f"/winery/changes/{draft.reference}/", sent).status_code == 403
    assert fresh(draft).state == "open"
    send(client, draft, **pieces(order, world_today.cabernet, 3))
    page = page_of(client, draft)
    assert "A gift of the house" not in page and "It came by cheque" in page
    sent = fields_of(page) | {"settle": "gift", "gift_reason": "Mine"}
    assert client.post(f"/winery/changes/{draft.reference}/", sent).status_code == 403
    settle(client, draft, f"card:{world_today.ben_card.reference}")
    assert fresh(draft).state == "applied"


def test_what_a_manager_set_aside_hospitality_may_settle_but_not_alter(
    client_as: ClientAs, order: Order, world_today: World
) -> None:
    manager, host = client_as(Role.MANAGER), client_as(Role.HOSPITALITY)
    draft = open_change(manager, order)
    send(manager, draft, **pieces(order, world_today.cabernet, 20), override="Promised")
    page = page_of(host, draft)
    assert "A colleague has set rules aside" in page and 'name="pieces-' not in page
    sent = fields_of(page) | {f"pieces-{key_of(order, world_today.cabernet)}": "40"}
    host.post(f"/winery/changes/{draft.reference}/", sent)
    assert draft.lines.get().quantity == 18
    settle(host, draft, f"card:{world_today.ben_card.reference}")
    order.refresh_from_db()
    assert pieces_on(order) == {"CAB23": 20}


def test_groups_discount_of_today_is_a_rate_too(
    owner_client: Client, order: Order, world_today: World
) -> None:
    Group.objects.filter(pk=world_today.estate.pk).update(discount_bp=500)
    draft = open_change(owner_client, order)
    assert "As of today" in page_of(owner_client, draft)


# The list


def test_open_changes_are_listed_with_what_they_do(
    owner_client: Client, order: Order, world_today: World
) -> None:
    world = world_today
    mine = draft_of(world, order, world.staff, pieces={key_of(order, world.cabernet): 3}, gift_note="Hello")
    theirs = draft_of(world, order, customer_actor(world.ben), pieces={key_of(order, world.cabernet): 1})
    confirm(world, mine, world.staff, settle_by=SettleBy.LINK)
    done = draft_of(world, bought(world, world.ana, {"CHA24": 3}), world.staff, gift_note="Gone")
    drop_draft(draft_reference=done.reference, actor=world.staff, now=world.now)
    words = text_of(owner_client.get("/winery/changes/").content.decode())
    for said in (
        "2 open changes",
        "+1 × Estate Cabernet Sauvignon 2023; gift note",
        "−1 × Estate Cabernet Sauvignon 2023",
        "Waits for money",
        "The customer has a pay link",
        "Ben Baker (customer)",
        "wine −$120.00",
        "+$",
    ):
        assert said in words, said
    assert theirs.reference not in words and "Gone" not in words
    home = text_of(owner_client.get("/winery/").content.decode())
    assert "1 change waits for money." in home


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=waiting", "1 open change"),
        ("state=open", "1 open change"),
        ("waits=pay_link", "1 open change"),
        ("waits=card", "0 open changes"),
        ("maker=customer", "1 open change"),
        ("by=Olive+Owens", "1 open change"),
        ("q=ben", "2 open changes"),
        ("q=ana", "0 open changes"),
        ("q=ORD-", "2 open changes"),
        ("q=CHG-0", "0 open changes"),
        ("sort=until", "2 open changes"),
    ],
)
def test_the_list_is_narrowed(
    owner_client: Client, order: Order, world_today: World, query: str, found: str
) -> None:
    world = world_today
    mine = draft_of(world, order, world.staff, pieces={key_of(order, world.cabernet): 3})
    draft_of(world, order, customer_actor(world.ben), pieces={key_of(order, world.cabernet): 1})
    confirm(world, mine, world.staff, settle_by=SettleBy.LINK)
    assert found in text_of(owner_client.get(f"/winery/changes/?{query}").content.decode())


def test_the_list_is_exported_and_takes_the_same_queries_however_long(
    owner_client: Client, world_today: World, django_assert_max_num_queries: Any
) -> None:
    world = world_today
    for customer in (world.ana, world.ben):
        draft_of(world, bought(world, customer, {"CAB23": 2}), world.staff, add={world.chardonnay: 1})
    owner_client.get("/winery/changes/")
    with django_assert_max_num_queries(12):
        owner_client.get("/winery/changes/")
    answer = owner_client.get("/winery/changes/?export=csv")
    table = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert table.count("+1 × Ridge Chardonnay 2024") == 2 and "65" in table


def test_the_order_page_tells_of_made_and_prepared_changes(
    owner_client: Client, order: Order, world_today: World
) -> None:
    world = world_today
    made = draft_of(
        world,
        order,
        world.staff,
        pieces={key_of(order, world.cabernet): 3},
        gift_note="For Gran",
        reason="She asked",
    )
    confirm(world, made, world.staff)
    draft_of(world, order, customer_actor(world.ben), pieces={key_of(order, world.cabernet): 1})
    words = text_of(owner_client.get(f"/winery/orders/{order.reference}/").content.decode())
    for said in (
        "Being changed",
        "−2 × Estate Cabernet Sauvignon 2023",
        "2. Changed: She asked",
        "+1 × Estate Cabernet Sauvignon 2023 +$120.00",
        "For Gran",
        "1. Placed",
        "Change this order",
    ):
        assert said in words, said


@pytest.mark.parametrize("role", [Role.FULFILMENT, Role.READ_ONLY])
def test_others_see_them_and_can_do_nothing(
    client_as: ClientAs, order: Order, world_today: World, role: Role
) -> None:
    draft = draft_of(world_today, order, world_today.staff, gift_note="Hello")
    client = client_as(role)
    page = client.get(f"/winery/orders/{order.reference}/").content.decode()
    assert "Being changed" in page and "Change this order" not in page and "Let it go" not in page
    assert draft.reference in page


def test_a_waiting_change_is_tried_again_from_the_order(owner_client: Client, world_today: World) -> None:
    world = world_today
    order = two_cabernets(world)
    bad = save_test_card(world.ben, world.now, behaviour=Behaviour.INSUFFICIENT_FUNDS, last4="0002")
    draft = draft_of(world, order, world.staff, pieces={key_of(order, world.cabernet): 3})
    confirm(world, draft, world.staff, payment_method=bad)
    page = owner_client.get(f"/winery/orders/{order.reference}/").content.decode()
    assert "Try the card again" in page
    owner_client.post(f"/winery/changes/{draft.reference}/retry")
    assert Payment.objects.filter(purpose=draft.reference).count() == 2 and fresh(draft).state == "waiting"
    TestCard.objects.update(behaviour="succeeds")
    owner_client.post(f"/winery/changes/{draft.reference}/retry")
    assert fresh(draft).state == "applied" and run_checks(read_clock()) == []
