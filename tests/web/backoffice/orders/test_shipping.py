"""Marking orders as shipped in the back office, and what is said of money that is set aside."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.rooms.checkout.journey import buy
from tests.rooms.payments.shipment import set_aside, taken_at_the_bank
from tests.web.conftest import ClientAs
from tests.world import World
from tirage.backoffice.frame.lists import ALL_COLUMNS
from tirage.core.models import Event
from tirage.core.winery import current_winery
from tirage.fulfilment.models import ShipRun
from tirage.fulfilment.tasks import ship_orders
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order, flag_order
from tirage.parts.wording import say_day
from tirage.payments.models import Payment
from tirage.staff.states import Role


@pytest.fixture
def paid(world_today: World) -> Order:
    """Ben's order, paid."""
    buy(world_today, world_today.ben, {"CAB23": 2}, world_today.now)
    return Order.objects.get()


@pytest.fixture
def authorised(world_today: World) -> Order:
    """Ana's order, set aside."""
    return set_aside(world_today, world_today.ana, {"CHA24": 3}, world_today.now)


def page_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


def order_path(order: Order, act: str = "") -> str:
    return f"/winery/orders/{order.reference}/{act}"


# One order


def test_an_authorised_order_is_not_called_unpaid(owner_client: Client, authorised: Order) -> None:
    page = page_of(owner_client, order_path(authorised))
    amount = f"${authorised.owed_minor / 100:.2f}"
    assert f"Authorized {amount}, taken when it ships." in page
    assert "Still to pay" not in page and "Mark as shipped" in page and "Set aside" in page


def test_what_is_missing_beside_what_is_set_aside_is_still_to_pay(
    owner_client: Client, authorised: Order
) -> None:
    Order.objects.update(owed_minor=authorised.owed_minor + 25_00)
    page = page_of(owner_client, order_path(authorised))
    assert "$25.00 are still to be paid." in page and "Authorized, taken when it ships" in page


def test_the_page_says_what_will_happen_then_does_it(owner_client: Client, authorised: Order) -> None:
    path = order_path(authorised, "ship")
    page = page_of(owner_client, path)
    amount = f"${authorised.owed_minor / 100:.2f}"
    for words in ("3 bottles for Ana Alvarez.", f"{amount} set aside", "can’t be undone", "Tracking number"):
        assert words in page
    assert taken_at_the_bank() == 0
    answer = owner_client.post(path, {"tracking": " 1Z999AA10123456784 ", "tell_customer": "on"}, follow=True)
    assert f"{amount} came from the card." in answer.content.decode()
    authorised.refresh_from_db()
    assert authorised.state == "shipped" and taken_at_the_bank() == authorised.owed_minor
    event = Event.objects.get(name="order.shipped")
    assert (event.actor_label, event.data["tracking"]) == ("Owner", "1Z999AA10123456784")
    page = page_of(owner_client, order_path(authorised))
    assert "Mark as shipped" not in page and authorised.shipped_at is not None
    assert "https://www.ups.com/track?tracknum=1Z999AA10123456784" in page and "UPS" in page
    day = say_day(authorised.shipped_at, current_winery().time_zone, "en_US")
    assert f'Shipped</span> <span class="muted">{day}' in page
    assert re.search(rf"Shipped</span> <time[^>]*>{day}", page_of(owner_client, "/winery/orders/"))
    exported = owner_client.get("/winery/orders/", {"export": "csv", "columns": ALL_COLUMNS})
    assert "1Z999AA10123456784" in b"".join(exported).decode()


def test_the_page_says_what_the_customer_asked_for(owner_client: Client, authorised: Order) -> None:
    Order.objects.update(requested_ship_on=date(2026, 12, 7), gift_note="To Ann")
    page = page_of(owner_client, order_path(authorised, "ship"))
    assert "The customer asked for it to ship on <strong>December 7, 2026</strong>." in page
    assert "Gift note: “To Ann”" in page


def test_a_picked_up_order_is_handed_over_and_asks_for_no_number(
    owner_client: Client, world_today: World
) -> None:
    method = world_today.pickup.reference
    buy(world_today, world_today.ben, {"CAB23": 2}, world_today.now, method_reference=method)
    order = Order.objects.get()
    assert "Mark as handed over" in page_of(owner_client, order_path(order))
    assert "Tracking number" not in page_of(owner_client, order_path(order, "ship"))
    owner_client.post(order_path(order, "ship"), {})
    assert Event.objects.get(name="order.shipped").text == "handed the order over"


def test_missing_money_asks_for_a_reason_and_only_of_those_who_may(
    client_as: ClientAs, authorised: Order
) -> None:
    Payment.objects.update(released_at=authorised.made_at)
    fulfilment, manager = client_as(Role.FULFILMENT), client_as(Role.MANAGER)
    path = order_path(authorised, "ship")
    assert "ask a manager" in page_of(fulfilment, path)
    assert fulfilment.post(path, {"unpaid_reason": "A friend"}).status_code == 403
    refused = manager.post(path, {"unpaid_reason": ""})
    assert refused.status_code == 400 and "unpaid_reason" in refused.context["form"].errors
    authorised.refresh_from_db()
    assert authorised.state == "placed"
    manager.post(path, {"unpaid_reason": "Pays on Friday"})
    authorised.refresh_from_db()
    assert authorised.state == "shipped" and authorised.balance_minor == authorised.owed_minor
    assert "are still to be paid" in page_of(manager, order_path(authorised))


def test_a_bank_that_refuses_is_said_on_the_page(
    owner_client: Client, authorised: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tirage.integrations.test_gateway.gateway.has_lapsed", lambda charge, now: True)
    answer = owner_client.post(order_path(authorised, "ship"), {}, follow=True)
    page = answer.content.decode()
    assert "What was set aside on this card has lapsed." in page and "Why it goes without its money" in page
    assert "This order needs somebody." in page_of(owner_client, order_path(authorised))


def test_a_shipped_order_says_so_instead_of_a_form(owner_client: Client, paid: Order) -> None:
    owner_client.post(order_path(paid, "ship"), {})
    assert "Only a placed order can leave." in page_of(owner_client, order_path(paid, "ship"))
    again = owner_client.post(order_path(paid, "ship"), {}, follow=True)
    assert "This order has been shipped already." in again.content.decode()
    assert Event.objects.filter(name="order.shipped").count() == 1


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.OWNER, True),
        (Role.MANAGER, True),
        (Role.FULFILMENT, True),
        (Role.HOSPITALITY, False),
        (Role.READ_ONLY, False),
    ],
)
def test_who_may_ship(client_as: ClientAs, paid: Order, role: Role, may: bool) -> None:
    client = client_as(role)
    assert ("Mark as shipped" in page_of(client, order_path(paid))) is may
    assert ("Mark as shipped…" in page_of(client, "/winery/orders/")) is may
    assert client.post(order_path(paid, "ship"), {}).status_code == (302 if may else 403)
    paid.refresh_from_db()
    assert (paid.state == "shipped") is may


# Flags


def test_a_flagged_order_stands_out_until_somebody_has_seen_to_it(
    owner_client: Client, client_as: ClientAs, paid: Order, world_today: World
) -> None:
    now = world_today.now
    flag_order(order_id=paid.pk, words="The card wasn't renewed", actor=world_today.staff, now=now)
    assert "1 order needs somebody." in page_of(owner_client, "/winery/")
    listed_page = page_of(owner_client, "/winery/orders/?attention=yes")
    assert paid.reference in listed_page and "Needs somebody" in listed_page
    page = page_of(owner_client, order_path(paid))
    assert "The card wasn&#x27;t renewed" in page and "I have seen to it" in page
    assert client_as(Role.READ_ONLY).post(order_path(paid, "attended")).status_code == 403
    owner_client.post(order_path(paid, "attended"))
    assert "I have seen to it" not in page_of(owner_client, order_path(paid))
    assert "needs somebody" not in page_of(owner_client, "/winery/")
    assert paid.reference not in page_of(owner_client, "/winery/orders/?attention=yes")
    assert "saw to it: The card" in page_of(owner_client, order_path(paid))


# The list


def listed(client: Client, query: str) -> set[str]:
    answer = client.get(f"/winery/orders/?{query}")
    return {row.key for row in answer.context["rows"]}


def test_the_balance_filter_knows_what_is_set_aside(
    owner_client: Client, paid: Order, authorised: Order, world_today: World
) -> None:
    short = set_aside(world_today, world_today.ben, {"CAB23": 1}, world_today.now)
    Order.objects.filter(pk=short.pk).update(owed_minor=short.owed_minor + 1_00)
    assert listed(owner_client, "balance=authorised") == {authorised.reference}
    assert listed(owner_client, "balance=owing") == {short.reference}
    assert listed(owner_client, "balance=none") == {paid.reference}
    page = page_of(owner_client, "/winery/orders/")
    assert f"${authorised.owed_minor / 100:.2f} authorized" in page
    assert f"$1.00, ${short.owed_minor / 100:.2f} authorized" in page


def test_what_is_set_aside_costs_the_list_one_query_however_many_rows(
    owner_client: Client, authorised: Order, world_today: World
) -> None:
    owner_client.get("/winery/orders/")
    with CaptureQueriesContext(connection) as one:
        owner_client.get("/winery/orders/")
    set_aside(world_today, world_today.ben, {"CAB23": 1}, world_today.now)
    with CaptureQueriesContext(connection) as two:
        owner_client.get("/winery/orders/")
    assert len(one) == len(two)


# Many at once


def chosen(*orders: Order) -> dict[str, Any]:
    return {"chosen": [order.reference for order in orders]}


def test_many_are_previewed_shipped_and_told_of(
    owner_client: Client, paid: Order, authorised: Order, world_today: World
) -> None:
    cancelled = set_aside(world_today, world_today.ben, {"CAB23": 1}, world_today.now)
    facts = {"actor": world_today.staff, "now": world_today.now}
    cancel_order(order_reference=cancelled.reference, restock=True, reason="Asked", **facts)  # type: ignore[arg-type]
    answer = owner_client.post("/winery/orders/shipping/choose", chosen(paid, authorised, cancelled))
    run = ShipRun.objects.get()
    assert answer["Location"] == f"/winery/orders/shipping/{run.reference}/"
    page = page_of(owner_client, answer["Location"])
    assert "Mark 2 orders as shipped" in page and "can’t be undone" in page and "Not to ship" in page
    assert not Order.objects.filter(state="shipped").exists()
    begun = owner_client.post(f"{answer['Location']}run", {"tell_customers": "1"}, follow=True)
    assert "Waiting for its turn" in begun.content.decode()
    ship_orders.call(run.reference)
    text = page_of(owner_client, answer["Location"])
    assert "You marked 2 orders as shipped. 1 was left as it was." in text
    assert cancelled.reference in text and "canceled; its bottles" in text
    assert Order.objects.filter(state="shipped").count() == 2
    run.refresh_from_db()
    assert run.tell_customers is True and run.state == "finished"


def test_everything_that_a_filter_finds_is_chosen_at_once(
    owner_client: Client, paid: Order, authorised: Order
) -> None:
    owner_client.post("/winery/orders/shipping/choose", {"every": "1", "query": "balance=authorised"})
    assert [row.order for row in ShipRun.objects.get().rows.all()] == [authorised]


def test_a_long_run_shows_its_progress_and_stops_between_orders(owner_client: Client, paid: Order) -> None:
    owner_client.post("/winery/orders/shipping/choose", chosen(paid))
    run = ShipRun.objects.get()
    path = f"/winery/orders/shipping/{run.reference}/"
    owner_client.post(f"{path}run")
    assert "0 of 1" in page_of(owner_client, f"{path}progress")
    owner_client.post(f"{path}stop")
    ship_orders.call(run.reference)
    assert "1 was not reached." in page_of(owner_client, path) and "Go on" in page_of(owner_client, path)
    assert owner_client.get(f"{path}progress", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    owner_client.post(f"{path}run")
    ship_orders.call(run.reference)
    assert "You marked 1 order as shipped." in page_of(owner_client, path)


def test_choosing_nothing_leads_back_with_words(owner_client: Client, paid: Order) -> None:
    answer = owner_client.post("/winery/orders/shipping/choose", {"query": "state=placed"}, follow=True)
    assert "Choose at least one order first." in answer.content.decode()
    assert answer.redirect_chain[0][0] == "/winery/orders/?state=placed"


def test_only_those_who_may_ship_choose(client_as: ClientAs, paid: Order) -> None:
    assert client_as(Role.HOSPITALITY).post("/winery/orders/shipping/choose", chosen(paid)).status_code == 403
    assert not ShipRun.objects.exists()


def test_a_tracking_number_that_comes_later_is_set_and_corrected(
    owner_client: Client, client_as: ClientAs, paid: Order
) -> None:
    """By whom ships; a number that a colleague has set meanwhile isn't overwritten unseen."""
    path = order_path(paid, "tracking")
    early = owner_client.post(path, {"tracking": "1Z999AA10123456784", "shown": ""}, follow=True)
    assert "Only an order that a carrier has taken" in early.content.decode()
    owner_client.post(order_path(paid, "ship"), {"tell_customer": "on"})
    assert 'name="tracking"' in page_of(owner_client, order_path(paid))
    owner_client.post(path, {"tracking": " 1Z999AA10123456784 ", "shown": ""})
    paid.refresh_from_db()
    assert paid.tracking == "1Z999AA10123456784"
    assert Event.objects.get(name="order.tracked").text == "set the tracking number 1Z999AA10123456784"
    late = owner_client.post(path, {"tracking": "986578788855", "shown": ""}, follow=True)
    assert "The number is 1Z999AA10123456784 by now" in late.content.decode()
    owner_client.post(path, {"tracking": "986578788855", "shown": "1Z999AA10123456784"})
    assert "fedex.com" in page_of(owner_client, order_path(paid))
    assert client_as(Role.HOSPITALITY).post(path, {"tracking": "x"}).status_code == 403
