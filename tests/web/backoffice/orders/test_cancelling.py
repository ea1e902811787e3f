"""Cancelling an order and giving back for wines: shown first, separately choosable, done once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests.rooms.changes.journey import bought, draft_of, key_of, pieces_on
from tests.web.backoffice.changes.changing import text_of
from tests.web.conftest import ClientAs
from tests.world import World
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.notifications.models import SentMail
from tirage.orders.models import CancelReason, Order, OrderChange
from tirage.payments.models import Payment
from tirage.staff.states import Role


@pytest.fixture
def order(world_today: World) -> Order:
    """Ben's two Cabernets and a Chardonnay, paid by card."""
    CancelReason.objects.get_or_create(name="Changed their mind", defaults={"position": 1})
    return bought(world_today, world_today.ben, {"CAB23": 2, "CHA24": 1})


def post(client: Client, order: Order, page: str, follow: bool = False, **fields: Any) -> Any:
    """Sends a page's form with what its preview was of, after choosing ``fields``."""
    path = f"/winery/orders/{order.reference}/{page}"
    looked = client.post(path, {**fields, "preview": "1"}).content.decode()
    seen = re.search(r'name="seen" value="([^"]*)"', looked)
    assert seen, looked
    return client.post(path, {"seen": seen[1], **fields}, follow=follow)


def cancel(client: Client, order: Order, **fields: Any) -> Any:
    chosen = {"restock": "yes", "money": "original", "reason": "Changed their mind", **fields}
    return post(client, order, "cancel", follow=True, **chosen)


def give_back(client: Client, order: Order, pieces: dict[str, int], **fields: Any) -> Any:
    chosen = {"bottles": "back", "to": "original", "reason": "Corked", **fields}
    counts = {f"pieces-{key}": str(count) for key, count in pieces.items()}
    return post(client, order, "give-back", follow=True, **chosen, **counts)


# Cancelling


def test_the_page_says_beforehand_what_happens(owner_client: Client, order: Order) -> None:
    page = owner_client.get(f"/winery/orders/{order.reference}/cancel").content.decode()
    words = text_of(page)
    paid = f"${order.paid_minor / 100:,.2f}"
    assert "2 × Estate Cabernet Sauvignon 2023 and 1 × Ridge Chardonnay 2024 come back into stock." in words
    assert f"{paid} go back to Visa 4242." in words and "Ben Baker gets a mail about it." in words
    assert f"Cancel the order and refund {paid}" in words
    order.refresh_from_db()
    assert order.state == "placed"


def test_formats_of_one_wine_are_told_apart(owner_client: Client, order: Order, world_today: World) -> None:
    big = bought(world_today, world_today.ana, {"CAB23": 1, "CAB23-MAG": 1})
    words = text_of(owner_client.get(f"/winery/orders/{big.reference}/cancel").content.decode())
    assert (
        "1 × Estate Cabernet Sauvignon 2023 and 1 × Estate Cabernet Sauvignon 2023, 1.5 l come back" in words
    )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"restock": "no"}, "leave the cellar’s books."),
        ({"money": "credit"}, "become store credit of Ben Baker."),
        ({"money": "keep"}, "stay with us for now"),
        ({}, "Ben Baker doesn’t get a mail"),
        ({"mail": "on"}, "Ben Baker gets a mail"),
    ],
)
def test_the_preview_follows_the_choices_and_does_nothing(
    owner_client: Client, order: Order, fields: dict[str, str], said: str
) -> None:
    chosen = {"restock": "yes", "money": "original", **fields, "preview": "1"}
    answer = owner_client.post(f"/winery/orders/{order.reference}/cancel", chosen)
    assert answer.status_code == 200 and said in text_of(answer.content.decode())
    assert "need another look" not in answer.content.decode()
    order.refresh_from_db()
    assert order.state == "placed"


@pytest.mark.parametrize(("restock", "on_hand"), [("yes", 100), ("no", 98)])
@pytest.mark.parametrize(
    ("money", "balance", "credit"), [("original", 0, 0), ("credit", 0, None), ("keep", None, 0)]
)
def test_bottles_and_money_are_chosen_separately(
    owner_client: Client,
    order: Order,
    world_today: World,
    restock: str,
    on_hand: int,
    money: str,
    balance: int | None,
    credit: int | None,
) -> None:
    paid = order.paid_minor
    answer = cancel(owner_client, order, restock=restock, money=money, words="moves to Japan")
    assert "You canceled the order." in answer.content.decode()
    order.refresh_from_db()
    world_today.ben.refresh_from_db()
    stock = world_today.stock(world_today.cabernet)
    assert (order.state, stock.on_hand, stock.sold) == ("cancelled", on_hand, 0)
    assert order.balance_minor == (-paid if balance is None else balance)
    assert world_today.ben.credit_minor == (paid if credit is None else credit)
    assert OrderChange.objects.get(order=order, kind="cancel").reason == "Changed their mind: moves to Japan"
    assert run_checks(read_clock()) == []


def test_a_choice_that_the_preview_was_not_of_is_shown_first(owner_client: Client, order: Order) -> None:
    path = f"/winery/orders/{order.reference}/cancel"
    page = owner_client.get(path).content.decode()
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen
    chosen = {"restock": "no", "money": "keep", "reason": "Changed their mind", "seen": seen[1]}
    answer = owner_client.post(path, chosen)
    assert "Press the button again" in answer.content.decode()
    order.refresh_from_db()
    assert order.state == "placed"


def test_without_a_reason_nothing_happens(owner_client: Client, order: Order) -> None:
    answer = cancel(owner_client, order, reason="", words="half typed")
    page = answer.content.decode()
    assert answer.status_code == 400 and "half typed" in page
    order.refresh_from_db()
    assert order.state == "placed"


def test_a_change_that_is_being_prepared_goes_with_the_order(
    owner_client: Client, order: Order, world_today: World
) -> None:
    draft = draft_of(world_today, order, world_today.staff, gift_note="Hello")
    page = owner_client.get(f"/winery/orders/{order.reference}/cancel").content.decode()
    assert "The change that is being prepared is let go." in page
    cancel(owner_client, order)
    draft.refresh_from_db()
    assert draft.state == "dropped"


def test_what_has_left_cant_be_cancelled(owner_client: Client, order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(state="shipped", shipped_at=read_clock())
    path = f"/winery/orders/{order.reference}/cancel"
    page = owner_client.get(path).content.decode()
    assert "has left for its customer" in page and '<form class="change"' not in page
    chosen = {"restock": "yes", "money": "original", "reason": "Changed their mind"}
    owner_client.post(path, chosen)
    order.refresh_from_db()
    assert order.state == "shipped"


# Giving back for wines


def test_the_sums_come_before_the_button(owner_client: Client, order: Order, world_today: World) -> None:
    path = f"/winery/orders/{order.reference}/give-back"
    empty = owner_client.get(path).content.decode()
    assert "Choose the bottles." in empty and "Refund $" not in empty
    key = key_of(order, world_today.cabernet)
    chosen = {f"pieces-{key}": "1", "bottles": "back", "to": "original", "preview": "1"}
    words = text_of(owner_client.post(path, chosen).content.decode())
    assert "Wine $120.00" in words and "1 × Estate Cabernet Sauvignon 2023" in words
    assert "Refund $" in words and "to Visa 4242" in words
    assert Payment.objects.filter(kind="refund").count() == 0


@pytest.mark.parametrize(
    ("bottles", "left", "on_hand", "sold"),
    [("back", 1, 100, 1), ("gone", 1, 99, 1), ("kept", 2, 100, 2)],
)
def test_the_bottles_go_where_was_said(
    owner_client: Client,
    order: Order,
    world_today: World,
    bottles: str,
    left: int,
    on_hand: int,
    sold: int,
) -> None:
    key = key_of(order, world_today.cabernet)
    answer = give_back(owner_client, order, {key: 1}, bottles=bottles)
    assert "to the card." in answer.content.decode()
    order.refresh_from_db()
    stock = world_today.stock(world_today.cabernet)
    assert pieces_on(order)["CAB23"] == left and (stock.on_hand, stock.sold) == (on_hand, sold)
    assert order.balance_minor == 0 and Payment.objects.get(kind="refund").amount_minor >= 120_00
    assert "(Corked)" in Event.objects.get(name="order.changed").text
    assert run_checks(read_clock()) == []


@pytest.mark.parametrize(("tick", "mails"), [({"mail": "on"}, 1), ({}, 0)])
def test_the_customer_is_told_of_money_for_wines_unless_unticked(
    owner_client: Client, order: Order, world_today: World, tick: dict[str, str], mails: int
) -> None:
    page = owner_client.get(f"/winery/orders/{order.reference}/give-back").content.decode()
    assert "Tell Ben Baker by mail, to ben@example.com" in page
    assert re.search(r'<input type="checkbox" name="mail"[^>]* checked', page)
    give_back(owner_client, order, {key_of(order, world_today.cabernet): 1}, **tick)
    assert Payment.objects.filter(kind="refund").count() == 1
    assert SentMail.objects.filter(kind="money_given_back").count() == mails


def test_it_can_become_store_credit(owner_client: Client, order: Order, world_today: World) -> None:
    give_back(owner_client, order, {key_of(order, world_today.cabernet): 1}, to="credit")
    world_today.ben.refresh_from_db()
    assert world_today.ben.credit_minor >= 120_00
    assert run_checks(read_clock()) == []


@pytest.mark.parametrize(
    ("count", "fields", "said"),
    [
        ("3", {}, "Write 2 or less"),
        ("1", {"reason": ""}, "One thing needs another look"),
        ("0", {}, "Choose the bottles."),
    ],
)
def test_what_cant_be_given_back_is_refused_with_what_was_typed(
    owner_client: Client, order: Order, world_today: World, count: str, fields: dict[str, str], said: str
) -> None:
    key = key_of(order, world_today.cabernet)
    chosen = {f"pieces-{key}": count, "bottles": "kept", "to": "credit", "reason": "Late", **fields}
    answer = owner_client.post(f"/winery/orders/{order.reference}/give-back", chosen)
    page = answer.content.decode()
    assert said in page and 'value="kept" ' in page
    assert not Payment.objects.filter(kind="refund").exists()
    assert pieces_on(order)["CAB23"] == 2


def test_other_sums_than_were_seen_are_shown_first(
    owner_client: Client, order: Order, world_today: World
) -> None:
    key = key_of(order, world_today.cabernet)
    chosen = {
        f"pieces-{key}": "2",
        "bottles": "kept",
        "to": "original",
        "reason": "x",
        "seen": "kept.original.1.",
    }
    answer = owner_client.post(f"/winery/orders/{order.reference}/give-back", chosen)
    assert "Press the button again" in answer.content.decode()
    assert not Payment.objects.filter(kind="refund").exists()


# Who may


@pytest.mark.parametrize("role", [Role.HOSPITALITY, Role.FULFILMENT, Role.READ_ONLY])
@pytest.mark.parametrize("page", ["cancel", "give-back"])
def test_only_who_may_give_money_back_gets_there(
    client_as: ClientAs, order: Order, role: Role, page: str
) -> None:
    client = client_as(role)
    path = f"/winery/orders/{order.reference}/{page}"
    assert client.get(path).status_code == 403
    assert client.post(path, {"reason": "Changed their mind", "restock": "yes"}).status_code == 403
    order.refresh_from_db()
    assert order.state == "placed" and not Payment.objects.filter(kind="refund").exists()
