"""Plans of what to take: kept before an offer opens, holding nothing, taken once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.rooms.checkout.journey import customer_actor, item_of
from tests.world import World
from tirage.checkout.models import Cart, OpeningPlan
from tirage.checkout.operations.planning import (
    PlanWays,
    as_planned,
    drop_plan,
    keep_plan,
    pieces_of,
    plan_of,
    take_plan,
)
from tirage.checkout.queries import load_offer_page
from tirage.core.errors import Conflict, DomainError
from tirage.inventory.models import Hold, Stock
from tirage.offers.models import Offer, Release
from tirage.orders.models import Order
from tirage.payments.models import Payment

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def early(world: World) -> World:
    """Everything opens in an hour, and is shown already."""
    Offer.objects.update(opens_at=world.now + HOUR, closes_at=world.now + 50 * HOUR)
    Release.objects.update(shown_early=True)
    return world


def planned(world: World, wanted: dict[str, int]) -> OpeningPlan:
    page = load_offer_page(world.ana, world.now)
    quantities = {item_of(page, code).offer_item_id: pieces for code, pieces in wanted.items()}
    return keep_plan(
        customer=world.ana,
        quantities=quantities,
        ways=PlanWays(),
        actor=customer_actor(world.ana),
        now=world.now,
    )


def take(world: World, plan: OpeningPlan, after: timedelta = HOUR) -> object:
    return take_plan(
        customer=world.ana,
        plan=plan,
        pieces=pieces_of(plan),
        actor=customer_actor(world.ana),
        now=world.now + after,
    )


def test_a_plan_holds_and_charges_nothing(early: World) -> None:
    planned(early, {"CAB23": 2})
    plan = planned(early, {"CAB23": 4, "CAB23-MAG": 1})
    assert OpeningPlan.objects.count() == 1 and sum(pieces_of(plan).values()) == 5
    assert not Hold.objects.exists() and not Cart.objects.exists() and not Payment.objects.exists()
    page = as_planned(load_offer_page(early.ana, early.now), pieces_of(plan))
    assert page.cart is not None and page.cart.bottles == 5 and not page.cart.is_live
    assert early.stock(early.cabernet).held == 0


def test_it_is_taken_at_the_opening_once(early: World) -> None:
    plan = planned(early, {"CAB23": 4})
    with pytest.raises(DomainError) as refused:
        take(early, plan, timedelta(minutes=59))
    assert refused.value.code == "offer_not_open"
    assert plan_of(early.ana, early.premier_offer.pk) is not None, "what is refused leaves it as it was"
    take(early, plan)
    assert early.stock(early.cabernet).held == 4
    with pytest.raises(Conflict) as again:
        take(early, plan)
    assert again.value.code == "plan_used" and early.stock(early.cabernet).held == 4
    assert not Order.objects.exists()


def test_what_is_gone_is_said_and_the_rest_is_held(early: World) -> None:
    plan = planned(early, {"CAB23": 4, "CAB23-MAG": 2})
    Stock.objects.filter(sku=early.magnum).update(on_hand=1)
    outcome = take(early, plan)
    assert [one.got for one in outcome.shortages] == [1]  # type: ignore[attr-defined]
    assert early.stock(early.cabernet).held == 4 and early.stock(early.magnum).held == 1


def test_what_is_not_allowed_is_not_planned(early: World) -> None:
    for wanted, code in (({"CAB23": 7}, "beyond_allowance"), ({"CAB23": 0}, "plan_empty")):
        with pytest.raises(DomainError) as refused:
            planned(early, wanted)
        assert refused.value.code == code
    Release.objects.update(shown_early=False)
    with pytest.raises(DomainError) as hidden:
        planned(early, {"CAB23": 1})
    assert hidden.value.code == "no_plan"
    Release.objects.update(shown_early=True)
    Offer.objects.update(opens_at=early.now - HOUR)
    with pytest.raises(DomainError) as late:
        planned(early, {"CAB23": 1})
    assert late.value.code == "no_plan" and not OpeningPlan.objects.exists()


def test_it_can_be_forgotten_and_is_nobody_elses(early: World) -> None:
    plan = planned(early, {"CAB23": 2})
    with pytest.raises(Conflict):
        take_plan(
            customer=early.ben,
            plan=plan,
            pieces=pieces_of(plan),
            actor=customer_actor(early.ben),
            now=early.now + HOUR,
        )
    drop_plan(
        customer=early.ana, offer_id=early.premier_offer.pk, actor=customer_actor(early.ana), now=early.now
    )
    assert not OpeningPlan.objects.exists()
