"""Methods for members of some groups: offered to them and the team, and never named to others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.changes.journey import bought, draft_of, quoted
from tests.rooms.checkout.journey import buy, customer_actor, hold
from tests.world import World
from tirage.checkout.queries import load_offer_page, quote_checkout
from tirage.core.errors import DomainError
from tirage.customers.models import Customer, Membership
from tirage.delivery.models import Method
from tirage.delivery.operations import MethodValues, save_method
from tirage.delivery.queries import quote_methods
from tirage.delivery.reach import why_gone
from tirage.delivery.rules import Freight
from tirage.delivery.states import MethodKind, Visibility


@pytest.fixture
def members_only(world: World) -> Method:
    """Overnight, for Premier alone: Ana is in it, Ben isn't."""
    return save(world, groups=(world.premier,))


def save(world: World, **changes: Any) -> Method:
    facts: dict[str, Any] = {
        "name": "Overnight",
        "description": "",
        "internal_description": "",
        "kind": MethodKind.SHIP,
        "visibility": Visibility.GROUPS,
        "qualifies_for_free_shipping": False,
        "is_active": True,
        "position": 2,
        "handover": None,
        **changes,
    }
    return save_method(method=world.overnight, values=MethodValues(**facts), actor=world.staff, now=world.now)


def names(world: World, customer: Customer | None, **how: Any) -> list[str]:
    quotes = quote_methods(
        country="US",
        state="CA",
        freight=Freight(3_000),
        free_shipping=False,
        customer_id=customer.pk if customer else 0,
        now=world.now,
        **how,
    )
    return [one.name for one in quotes if one.is_public]


def test_members_and_the_team_are_offered_it_and_nobody_else(world: World, members_only: Method) -> None:
    assert "Overnight" in names(world, world.ana)
    assert "Overnight" not in names(world, world.ben)
    assert "Overnight" not in names(world, None)
    assert "Overnight" not in names(world, world.ben, staff=True), "it isn't his to choose"
    every = quote_methods(
        country="US", state="CA", freight=Freight(3_000), free_shipping=False, staff=True, now=world.now
    )
    assert "Overnight" in [one.name for one in every], "but the team's"
    Membership.objects.filter(customer=world.ana).end(world.now)
    assert "Overnight" not in names(world, world.ana)


def test_the_checkout_holds_to_it(world: World, members_only: Method) -> None:
    how: dict[str, Any] = {"method_reference": members_only.reference}
    hold(world.ana, {"CAB23": 1}, world.now)
    page = load_offer_page(world.ana, world.now)
    quote = quote_checkout(page, country="US", state="CA", customer_id=world.ana.pk, **how)
    assert quote.chosen is not None and quote.chosen.name == "Overnight"
    placed = buy(world, world.ana, {"CAB23": 1}, world.now, expected_total_minor=quote.total.minor, **how)
    assert placed.status == "placed"
    with pytest.raises(DomainError, match="Overnight isn't offered for this order"):
        buy(world, world.ben, {"CAB23": 1}, world.now, **how)


def test_a_change_by_the_customer_holds_to_it(world: World, members_only: Method) -> None:
    order = bought(world, world.ben, {"CAB23": 1})
    with pytest.raises(DomainError, match="Choose another way of delivery"):
        draft_of(world, order, customer_actor(world.ben), method_reference=members_only.reference)
    draft = draft_of(world, order, world.staff, method_reference=members_only.reference)
    assert not quoted(draft, world.staff, world.now).problems, "the team may"
    own = bought(world, world.ana, {"CAB23": 1})
    actor = customer_actor(world.ana)
    draft = draft_of(world, own, actor, method_reference=members_only.reference)
    assert not quoted(draft, actor, world.now).problems


def test_others_arent_told_whose_it_is(world: World, members_only: Method) -> None:
    quotes = quote_methods(
        country="US", state="CA", freight=Freight(3_000), free_shipping=False, now=world.now
    )
    words = why_gone(members_only.reference, quotes, country="US", state="CA", now=world.now)
    assert words == "Overnight isn't offered for this order."


def test_a_method_of_groups_names_one_and_forgets_them_with_its_kind(world: World) -> None:
    with pytest.raises(DomainError) as refused:
        save(world)
    assert list(refused.value.fields) == ["groups"]
    method = save(world, groups=(world.premier, world.estate))
    assert set(method.groups.all()) == {world.premier, world.estate}
    save(world, visibility=Visibility.ALL, groups=(world.premier,))
    assert not method.groups.exists()
