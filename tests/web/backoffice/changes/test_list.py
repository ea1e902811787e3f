"""Open changes: the list, and what an order's page tells of its changes."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.rooms.changes.journey import bought, confirm, draft_of, key_of
from tests.rooms.checkout.journey import customer_actor
from tests.web.backoffice.changes.changing import (
    fresh,
    text_of,
    two_cabernets,
)
from tests.web.conftest import ClientAs
from tests.world import World, save_test_card
from tirage.changes.operations import drop_draft
from tirage.changes.states import SettleBy
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCard
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.staff.states import Role


@pytest.fixture
def order(world_today: World) -> Order:
    return two_cabernets(world_today)


def test_a_change_that_was_only_opened_is_nobodys_business(
    owner_client: Client, order: Order, world_today: World
) -> None:
    world = world_today
    empty = draft_of(world, order, world.staff)
    page, listed = f"/winery/orders/{order.reference}/", "/winery/changes/"
    assert "Being changed" not in owner_client.get(page).content.decode()
    assert empty.reference not in owner_client.get(listed).content.decode()
    assert owner_client.get(listed).context["list"].count == 0
    draft_of(world, order, customer_actor(world.ben), gift_note="Hello")
    assert "Being changed" in owner_client.get(page).content.decode()
    assert empty.reference not in owner_client.get(page).content.decode()
    assert owner_client.get(listed).context["list"].count == 1


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
