"""Order changes that several people have to do with: colleagues, customers, roles."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.rooms.changes.journey import confirm, draft_of, held_for, key_of, pieces_on
from tests.rooms.checkout.journey import customer_actor
from tests.web.backoffice.changes.changing import (
    buttons_of,
    fields_of,
    fresh,
    open_change,
    page_of,
    pieces,
    send,
    settle,
    two_cabernets,
)
from tests.web.conftest import ClientAs
from tests.world import World, save_test_card
from tirage.changes.models import ChangeDraft
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.inventory.models import Hold
from tirage.orders.models import Order
from tirage.staff.states import Role


@pytest.fixture
def order(world_today: World) -> Order:
    return two_cabernets(world_today)


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
    assert "You let the change go." in answer.content.decode() and fresh(draft).state == "dropped"
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
    assert "Refunding is for owners and managers" in page and buttons_of(page) == []
    sent = fields_of(page) | {"settle": "back"}
    assert client.post(f"/winery/changes/{draft.reference}/", sent).status_code == 403
    assert fresh(draft).state == "open"
    send(client, draft, **pieces(order, world_today.cabernet, 3))
    page = page_of(client, draft)
    assert "A gift of the house" not in page and "It came by check" in page
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
