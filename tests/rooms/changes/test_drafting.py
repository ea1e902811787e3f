"""Putting a change together: who may, what is held and until when, what it is refused for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.rooms.changes.journey import (
    bought,
    confirm,
    customer_actor,
    draft_of,
    held_for,
    key_of,
    quoted,
    snapshot,
)
from tests.rooms.checkout.journey import hold
from tests.world import World
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import drop_draft, edit_draft, lapse_drafts, open_draft
from tirage.changes.queries import find_draft, live_drafts, why_not_changeable
from tirage.changes.rules import AddWine, StaffCharge
from tirage.changes.states import DraftState, Rates
from tirage.cli.doctor import run_checks
from tirage.core.actors import Actor, ActorKind, system
from tirage.core.errors import DomainError
from tirage.core.models import Event, Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.inventory.models import Hold, Stock
from tirage.inventory.operations import sweep_lapsed_holds
from tirage.orders.models import Order
from tirage.orders.rules import ShipTo


def refusal(act: Callable[[], Any]) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    assert refused.value.message
    return refused.value.code


def opened(order: Order, actor: Actor, world: World) -> ChangeDraft:
    return open_draft(order_reference=order.reference, actor=actor, now=world.now)


# Beginning


def test_a_draft_is_found_again_and_each_has_their_own(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    first = opened(order, ben, world)
    assert opened(order, ben, world) == first and (first.state, first.base_number) == ("open", 1)
    other = opened(order, world.staff, world)
    colleague = opened(order, Actor(ActorKind.STAFF, 99, "Ingrid"), world)
    assert len({first.pk, other.pk, colleague.pk}) == 3
    assert [draft.pk for draft in live_drafts(order.pk)] == [colleague.pk, other.pk, first.pk]
    assert not Hold.objects.filter(holder__startswith="CHG").exists()


@pytest.mark.parametrize("state", ["pending", "shipped", "cancelled", "abandoned"])
def test_an_order_that_is_not_just_placed_is_refused_with_the_reason(world: World, state: str) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    Order.objects.update(state=state, shipped_at=world.now)
    for actor in (world.staff, customer_actor(world.ben)):
        assert refusal(partial(opened, order, actor, world)) == "not_changeable"
    assert why_not_changeable(Order(state=state)) and not why_not_changeable(Order(state="placed"))
    assert "recalled" in why_not_changeable(Order(state="placed", packed_in="BAT-7K2M9QXA"))
    assert not ChangeDraft.objects.exists()


def test_customers_change_their_own_orders_where_the_winery_lets_them(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    assert refusal(lambda: opened(order, customer_actor(world.ana), world)) == "not_found"
    Winery.objects.update(customers_change_orders=False)
    forget_winery()
    assert refusal(lambda: opened(order, customer_actor(world.ben), world)) == "switched_off"
    assert opened(order, world.staff, world).state == "open"
    Winery.objects.update(customers_change_orders=True)
    forget_winery()
    Customer.objects.filter(pk=world.ben.pk).update(status="suspended")
    assert refusal(lambda: opened(order, customer_actor(world.ben), world)) == "suspended"
    assert (
        refusal(lambda: open_draft(order_reference="ORD-NOWHERE2", actor=world.staff, now=world.now))
        == "not_found"
    )


def test_a_draft_is_its_makers(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    own, teams = opened(order, ben, world), opened(order, world.staff, world)
    facts: dict[str, Any] = {"gift_note": "Hello", "now": world.now}
    ana = customer_actor(world.ana)
    assert refusal(lambda: edit_draft(draft_reference=own.reference, actor=ana, **facts)) == "not_found"
    assert refusal(lambda: find_draft(own.reference, ana)) == "not_found"
    assert (
        refusal(lambda: edit_draft(draft_reference=own.reference, actor=world.staff, **facts))
        == "not_allowed"
    )
    assert refusal(lambda: edit_draft(draft_reference=teams.reference, actor=ben, **facts)) == "not_allowed"
    assert (
        refusal(lambda: drop_draft(draft_reference=teams.reference, actor=ben, now=world.now))
        == "not_allowed"
    )
    colleague = Actor(ActorKind.STAFF, 99, "Ingrid")
    assert edit_draft(draft_reference=teams.reference, actor=colleague, **facts).delivery == {
        "gift_note": "Hello"
    }
    assert drop_draft(draft_reference=own.reference, actor=world.staff, now=world.now).state == "dropped"


# Bottles


def test_bottles_added_are_held_from_everybody_until_the_draft_ends(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    draft = draft_of(world, order, world.staff, add={world.magnum: 1})
    stock = world.stock(world.magnum)
    assert (stock.sold, stock.held, held_for(draft, world.now)) == (0, 1, 1)
    assert draft.expires_at == world.now + timedelta(hours=24)
    assert held_for(draft, world.now + timedelta(hours=24)) == 0


def test_customers_hold_as_long_as_in_a_cart_counted_from_the_first_bottle(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 1}), customer_actor(world.ben)
    draft = draft_of(world, order, ben, gift_note="Hello")
    assert draft.expires_at == world.now + timedelta(hours=24), "nothing is held yet"
    first = world.now + timedelta(minutes=3)
    draft = draft_of(world, order, ben, first, add={world.cabernet: 1})
    assert draft.expires_at == first + timedelta(minutes=15)
    later = first + timedelta(minutes=10)
    draft = draft_of(world, order, ben, later, add={world.magnum: 1})
    assert draft.expires_at == first + timedelta(minutes=15) and held_for(draft, later) == 2
    over = first + timedelta(minutes=15)
    draft = draft_of(world, order, ben, over, gift_note="Taken again")
    assert draft.expires_at == over + timedelta(minutes=15) and held_for(draft, over) == 2


def test_pieces_are_what_the_order_should_have(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2, "CHA24": 1})
    cabernet, chardonnay = key_of(order, world.cabernet), key_of(order, world.chardonnay)
    draft = draft_of(world, order, world.staff, pieces={cabernet: 5, chardonnay: 0})
    assert (
        sorted(draft.lines.values_list("quantity", flat=True)) == [-1, 3] and held_for(draft, world.now) == 3
    )
    assert world.stock(world.chardonnay).sold == 1, "what is taken off comes back when the change is made"
    draft = draft_of(world, order, world.staff, pieces={cabernet: 2, chardonnay: 1})
    assert not draft.lines.exists() and not Hold.objects.filter(holder=draft.reference).exists()
    draft = draft_of(
        world, order, world.staff, add=[AddWine(world.cabernet.pk, 1), AddWine(world.cabernet.pk, 1)]
    )
    assert [line.quantity for line in draft.lines.all()] == [2]
    assert run_checks(world.now) == []


def test_a_swap_of_prices_holds_nothing(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    world.cabernet.price_minor = 150_00
    world.cabernet.save()
    draft = draft_of(
        world,
        order,
        world.staff,
        pieces={key_of(order, world.cabernet): 1},
        add=[AddWine(world.cabernet.pk, 1, at_today=True)],
    )
    assert draft.lines.count() == 2 and held_for(draft, world.now) == 0
    assert confirm(world, draft, world.staff).status == "applied"
    assert world.stock(world.cabernet).sold == 2 and run_checks(world.now) == []


def test_what_cannot_be_held_is_refused_line_by_line_and_changes_nothing(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    draft_of(world, order, world.staff, add={world.cabernet: 1})
    before = snapshot(order)
    with pytest.raises(DomainError) as refused:
        draft_of(world, order, world.staff, add={world.magnum: 7, world.chardonnay: 1})
    assert refused.value.code == "not_enough"
    (field,) = refused.value.fields
    assert field == f"pieces-{world.magnum.pk}-26000" and "6 more" in refused.value.fields[field]
    assert snapshot(order) == before


def test_lapsed_bottles_are_anybodys_and_taken_again_by_looking(world: World) -> None:
    Stock.objects.filter(sku=world.magnum).update(on_hand=1)
    order, ben = bought(world, world.ben, {"CAB23": 1}), customer_actor(world.ben)
    draft = draft_of(world, order, ben, add={world.magnum: 1})
    later = world.now + timedelta(minutes=15)
    assert not quoted(draft, ben, later).is_live
    hold(world.ana, {"CAB23-MAG": 1}, later)
    assert refusal(lambda: draft_of(world, order, ben, later, gift_note="Hello")) == "not_enough"
    even_later = later + timedelta(minutes=16)
    draft = draft_of(world, order, ben, even_later, gift_note="Hello")
    assert held_for(draft, even_later) == 1


# Ending


def test_a_dropped_draft_lets_its_bottles_go_once(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    draft = draft_of(world, order, world.staff, add={world.cabernet: 3})
    for _ in range(2):
        assert (
            drop_draft(draft_reference=draft.reference, actor=world.staff, now=world.now).state == "dropped"
        )
    assert world.stock(world.cabernet).held == 0 and Event.objects.filter(name="change.dropped").count() == 1
    edit: dict[str, Any] = {"draft_reference": draft.reference, "actor": world.staff, "now": world.now}
    assert refusal(lambda: edit_draft(**edit)) == "closed"
    assert opened(order, world.staff, world) != draft and run_checks(world.now) == []


def test_the_tidy_up_closes_what_has_long_been_over(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 1}), customer_actor(world.ben)
    draft = draft_of(world, order, ben, add={world.cabernet: 1})
    assert lapse_drafts(now=draft.expires_at + timedelta(minutes=59)) == 0
    over = draft.expires_at + timedelta(hours=1)
    sweep_lapsed_holds(now=over)
    assert lapse_drafts(now=over) == 1 and lapse_drafts(now=over) == 0
    draft.refresh_from_db()
    assert draft.state == DraftState.LAPSED and draft.closed_at == over
    assert world.stock(world.cabernet).held == 0 and run_checks(over) == []


# Where it goes


def test_only_what_differs_is_kept(world: World) -> None:
    order = bought(world, world.ana, {"CAB23": 2})
    facts: dict[str, Any] = {
        "requested_ship_on": world.now.date(),
        "gift_note": "Hello",
        "method_reference": world.overnight.reference,
    }
    draft = draft_of(world, order, world.staff, address_reference=world.ana_brooklyn.reference, **facts)
    assert set(draft.delivery) == {"ship_to", "method", "requested_ship_on", "gift_note"}
    draft = draft_of(
        world,
        order,
        world.staff,
        address_reference="",
        method_reference="",
        requested_ship_on=None,
        gift_note="",
    )
    assert draft.delivery == {}
    home = ShipTo(
        "Ana Alvarez", "", "1 Valencia Street", "", "San Francisco", "CA", "94110", "US", "+1 415 555 0100"
    )
    draft = draft_of(world, order, world.staff, ship_to=home, method_reference=world.ground.reference)
    assert draft.delivery == {} and quoted(draft, world.staff, world.now).is_empty


@pytest.mark.parametrize(
    ("edits", "code", "field"),
    [
        ({"address_reference": "ADR-NOWHERE2"}, "address_invalid", "address"),
        (
            {"ship_to": ShipTo("Ben", line1="1 Main", city="Reno", state="", postal_code="89501")},
            "address_invalid",
            "state",
        ),
        ({"method_reference": "MTH-NOWHERE2"}, "not_found", "method"),
        ({"requested_ship_on": "yesterday"}, "day_invalid", "requested_ship_on"),
        ({"pieces": {"1-1": 2}}, "not_found", ""),
        ({"pieces": {"1-1": -2}}, "pieces_invalid", "pieces-1-1"),
        ({"add": [AddWine(1, 0)]}, "pieces_invalid", "add-1"),
        ({"add": [AddWine(99_999, 1)]}, "not_found", "add-99999"),
        ({"add_charges": [StaffCharge("discount", "", amount_minor=-1)]}, "charge_invalid", "reason"),
        ({"add_charges": [StaffCharge("bribe", "Why", amount_minor=-1)]}, "charge_invalid", "kind"),
        ({"add_charges": [StaffCharge("tax", "Why")]}, "charge_invalid", "amount"),
        ({"add_charges": [StaffCharge("tax", "Why", amount_minor=0)]}, "charge_invalid", "amount"),
        ({"add_charges": [StaffCharge("tax", "Why", percent_bp=100)]}, "charge_invalid", "percent"),
        ({"add_charges": [StaffCharge("discount", "Why", percent_bp=10_001)]}, "charge_invalid", "percent"),
        (
            {"add_charges": [StaffCharge("discount", "Why", percent_bp=1, sku_id=99_999)]},
            "charge_invalid",
            "sku",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    world: World, edits: dict[str, Any], code: str, field: str
) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    draft_of(world, order, world.staff, add={world.cabernet: 1})
    before = snapshot(order)
    if "requested_ship_on" in edits:
        edits = {"requested_ship_on": world.now.date() - timedelta(days=1)}
    with pytest.raises(DomainError) as refused:
        draft_of(world, order, world.staff, **edits)
    assert refused.value.code == code and (not field or field in refused.value.fields)
    assert snapshot(order) == before


@pytest.mark.parametrize(
    "edits",
    [
        {"rates": Rates.AS_OF_TODAY},
        {"add_charges": [StaffCharge("discount", "For me", amount_minor=-50_00)]},
        {"override_reason": "I want it"},
        {"drop_charges": [1]},
        {"add": "at_today"},
    ],
)
def test_what_is_staffs_is_not_the_customers(world: World, edits: dict[str, Any]) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 1}), customer_actor(world.ben)
    opened(order, ben, world)
    before = snapshot(order)
    if edits.get("add"):
        edits = {"add": [AddWine(world.cabernet.pk, 1, at_today=True)]}
    assert refusal(lambda: draft_of(world, order, ben, **edits)) == "not_allowed"
    assert refusal(lambda: draft_of(world, order, ben, method_reference=world.van.reference)) == "not_found"
    assert snapshot(order) == before


def test_staffs_own_ways_stay_open_to_staff(world: World) -> None:
    order = bought(world, world.ana, {"CAB23": 2})
    draft = draft_of(world, order, world.staff, method_reference=world.van.reference)
    quote = quoted(draft, world.staff, world.now)
    assert not quote.problems and quote.after.shipping.minor == 10_00
    confirm(world, draft, world.staff)
    own = quoted(
        draft_of(world, order, customer_actor(world.ana), add={world.cabernet: 1}),
        customer_actor(world.ana),
        world.now,
    )
    assert not own.problems and "Winery van" in [method.name for method in own.methods if method.is_chosen]


def test_looking_again_builds_on_what_others_did(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 3})
    mine = draft_of(world, order, world.staff, add={world.magnum: 1}, override_reason="VIP")
    other = Actor(ActorKind.STAFF, 99, "Ingrid Ekholm")
    confirm(world, draft_of(world, order, other, pieces={key_of(order, world.cabernet): 1}), other)
    quote = quoted(mine, world.staff, world.now)
    assert quote.number == 2 and not quote.can_confirm
    assert quote.moved_on == ("Ingrid Ekholm took off 2 × Estate Cabernet Sauvignon 2023; $259.20 refunded",)
    assert [(line.code, line.before, line.after) for line in quote.lines] == [
        ("CAB23", 1, 1),
        ("CAB23-MAG", 0, 1),
    ]
    edit_draft(draft_reference=mine.reference, actor=world.staff, now=world.now)
    again = quoted(mine, world.staff, world.now)
    assert again.moved_on == () and again.can_confirm


def test_pieces_that_somebody_else_took_off_stand_against_it(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 3, "CHA24": 1})
    mine = draft_of(world, order, world.staff, pieces={key_of(order, world.cabernet): 1})
    other = Actor(ActorKind.STAFF, 99, "Ingrid Ekholm")
    confirm(world, draft_of(world, order, other, pieces={key_of(order, world.cabernet): 1}), other)
    edit_draft(draft_reference=mine.reference, actor=world.staff, now=world.now)
    (problem,) = quoted(mine, world.staff, world.now).problems
    assert problem.code == "line_too_short" and problem.field == f"pieces-{key_of(order, world.cabernet)}"


def test_the_schedule_acts_for_nobody_in_particular(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    draft = opened(order, system("Spreadsheet"), world)
    assert (draft.maker, draft.actor_id, draft.actor_label) == ("system", None, "Spreadsheet")
