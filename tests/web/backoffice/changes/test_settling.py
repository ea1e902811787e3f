"""Settling an order change in the back office: each way, each outcome."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.rooms.changes.journey import held_for, pieces_on
from tests.web.backoffice.changes.changing import (
    buttons_of,
    fresh,
    open_change,
    page_of,
    pieces,
    send,
    settle,
    two_cabernets,
)
from tests.world import World, save_test_card
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.models import Event, Winery
from tirage.core.money import Money
from tirage.core.winery import forget_winery
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.orders.models import Order
from tirage.payments.models import PayLink, Payment, PaymentMethod
from tirage.payments.operations import give_credit


@pytest.fixture
def order(world_today: World) -> Order:
    return two_cabernets(world_today)


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
    assert "You changed the order; $" in page and "charged to Visa 5555" in page
    order.refresh_from_db()
    assert pieces_on(order) == {"CAB23": 3} and order.balance_minor == 0
    assert Payment.objects.count() == paid + 1 and fresh(draft).state == "applied"
    said = Event.objects.get(name="order.changed")
    assert said.text.startswith("added 1 × Estate Cabernet Sauvignon 2023; ")
    assert said.text.endswith("$129.60 charged to Visa 5555") and said.actor_label == "Owner"
    assert run_checks(read_clock()) == []


def test_less_goes_back_as_the_button_says(owner_client: Client, order: Order, world_today: World) -> None:
    draft = open_change(owner_client, order)
    send(owner_client, draft, **pieces(order, world_today.cabernet, 1), reason="Too many")
    page = page_of(owner_client, draft)
    assert buttons_of(page)[0].startswith("Refund $")
    assert "to Visa 4242" in page and "as store credit" in page
    answer = settle(owner_client, draft, "back")
    assert "to the card." in answer.content.decode()
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
    asked = owner_client.post(f"/winery/changes/{draft.reference}/ask-bank", follow=True)
    assert "The bank was asked: it still waits for the customer." in asked.content.decode()
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
    payment = Payment.objects.get(purpose=draft.reference)
    assert f'href="/winery/payments/{payment.reference}/"' in page
    asked = owner_client.post(f"/winery/changes/{draft.reference}/ask-bank", follow=True)
    assert asked.redirect_chain[-1][0] in (
        f"/winery/orders/{order.reference}/",
        f"/winery/changes/{draft.reference}/",
    )
    assert run_checks(read_clock()) == []


def test_a_bank_that_stays_silent_is_said_to(owner_client: Client, world_today: World) -> None:
    world = world_today
    order = two_cabernets(world)
    silent = save_test_card(
        world.ben, world.now, behaviour=Behaviour.TIMES_OUT_LOST, last4="2005", is_default=False
    )
    draft = open_change(owner_client, order)
    send(owner_client, draft, **pieces(order, world.cabernet, 3))
    settle(owner_client, draft, f"card:{silent.reference}")
    asked = owner_client.post(f"/winery/changes/{draft.reference}/ask-bank", follow=True)
    assert "You asked the bank, which still has no answer. The worker asks it again." in str(
        asked.content.decode()
    )
    told = Event.objects.get(name="payment.unknown").text
    assert (
        told
        == f"asked the bank for {Money(fresh(draft).confirmed_minor or 0, 'USD')}, which hasn't answered yet"
    )


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


def test_where_money_is_taken_at_shipment_more_is_set_aside(owner_client: Client, world_today: World) -> None:
    Winery.objects.update(charge_when="at_shipment")
    forget_winery()
    order = two_cabernets(world_today)
    draft = open_change(owner_client, order)
    send(owner_client, draft, **pieces(order, world_today.cabernet, 3))
    assert buttons_of(page_of(owner_client, draft))[0].endswith("aside on Visa 4242 and change the order")
    page = settle(owner_client, draft, f"card:{world_today.ben_card.reference}").content.decode()
    assert "set aside on Visa 4242" in page and fresh(draft).state == "applied"
    order.refresh_from_db()
    assert order.paid_minor == 0 and pieces_on(order) == {"CAB23": 3}
    less = open_change(owner_client, order)
    send(owner_client, less, **pieces(order, world_today.cabernet, 1))
    page = page_of(owner_client, less)
    assert buttons_of(page) == ["Change the order"] and "No money moves now" in page
    settle(owner_client, less, "plain")
    assert not Payment.objects.filter(kind="refund").exists()
    assert run_checks(read_clock()) == []


def test_without_a_card_that_is_good_there_are_the_other_ways(
    owner_client: Client, order: Order, world_today: World
) -> None:
    PaymentMethod.objects.filter(pk=world_today.ben_card.pk).update(exp_year=2024)
    draft = open_change(owner_client, order)
    send(owner_client, draft, **pieces(order, world_today.cabernet, 3))
    page = page_of(owner_client, draft)
    assert "This card has expired." in page and not any("Visa" in words for words in buttons_of(page))
    PaymentMethod.objects.filter(pk=world_today.ben_card.pk).update(removed_at=world_today.now)
    page = page_of(owner_client, draft)
    assert "Visa" not in page and buttons_of(page)[0].startswith("Mail Ben Baker a pay link for $")


def test_store_credit_that_is_not_enough_says_so(
    owner_client: Client, order: Order, world_today: World
) -> None:
    facts: dict[str, Any] = {"amount": Money(5_00, "USD"), "reason": "Corked", "actor": world_today.staff}
    give_credit(customer=world_today.ben, now=world_today.now, **facts)
    draft = open_change(owner_client, order)
    send(owner_client, draft, **pieces(order, world_today.cabernet, 3))
    page = page_of(owner_client, draft)
    assert "$5.00 are not enough for $" in page
    assert not any("store credit" in words for words in buttons_of(page))
