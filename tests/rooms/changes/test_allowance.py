"""What customers may do themselves: within their allowance and the offer's rules, in two places at once or not."""

from __future__ import annotations

from datetime import timedelta
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
from tests.rooms.changes.test_drafting import refusal
from tests.rooms.checkout.journey import checkout_arguments, hold, item_of
from tests.world import World
from tirage.catalog.models import Sku
from tirage.changes.models import ChangeDraft
from tirage.changes.rules import AddWine
from tirage.checkout.operations import place_order
from tirage.checkout.queries import load_offer_page
from tirage.cli.doctor import run_checks
from tirage.customers.models import Customer, Membership
from tirage.offers.models import CustomAllowance, Offer, OfferItem
from tirage.orders.models import Order
from tirage.orders.rules import ShipTo


def add(world: World, order: Order, sku: Sku, pieces: int, **more: Any) -> ChangeDraft:
    """Ben, or whoever bought it, adds pieces."""
    customer = Customer.objects.get(pk=order.customer_id)
    return draft_of(world, order, customer_actor(customer), add=[AddWine(sku.pk, pieces)], **more)


def problems(world: World, draft: ChangeDraft, customer: Customer) -> list[str]:
    return [problem.code for problem in quoted(draft, customer_actor(customer), world.now).problems]


def test_up_to_the_allocation_and_not_beyond(world: World) -> None:
    """Ben may have three Cabernets in all."""
    order = bought(world, world.ben, {"CAB23": 2})
    before = snapshot(order)
    assert refusal(lambda: add(world, order, world.cabernet, 2)) == "beyond_allowance"
    after = snapshot(order)
    after.pop("drafts"), after.pop("draft_lines"), before.pop("drafts"), before.pop("draft_lines")
    assert after == before, "only the empty draft is new"
    draft = add(world, order, world.cabernet, 1)
    assert problems(world, draft, world.ben) == []
    assert refusal(lambda: add(world, order, world.cabernet, 1)) == "beyond_allowance"
    assert confirm(world, draft, customer_actor(world.ben)).status == "applied"


def test_own_allowances_and_other_orders_count(world: World) -> None:
    first = bought(world, world.ben, {"CAB23": 1})
    second = bought(world, world.ben, {"CAB23": 1})
    assert refusal(lambda: add(world, first, world.cabernet, 2)) == "beyond_allowance"
    item = world.item(world.estate_offer, world.cabernet)
    CustomAllowance.objects.create(offer_item=item, customer=world.ben, purchase_maximum=6)
    assert held_for(add(world, first, world.cabernet, 4), world.now) == 4
    assert refusal(lambda: add(world, second, world.cabernet, 1)) == "beyond_allowance", (
        "the first draft counts"
    )


def test_taking_off_gives_allowance_back_when_it_is_made(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 3, "CHA24": 1}), customer_actor(world.ben)
    draft = draft_of(world, order, ben, pieces={key_of(order, world.cabernet): 1})
    assert item_of(load_offer_page(world.ben, world.now), "CAB23").cap == 0
    back = draft_of(world, order, ben, add={world.cabernet: 1})
    assert back == draft and [line.quantity for line in back.lines.all()] == [-1]
    confirm(world, draft, ben)
    assert item_of(load_offer_page(world.ben, world.now), "CAB23").cap == 1


def test_the_cart_counts_while_it_lives_and_so_does_the_draft(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 1})
    hold(world.ben, {"CAB23": 1}, world.now)
    assert refusal(lambda: add(world, order, world.cabernet, 2)) == "beyond_allowance"
    add(world, order, world.cabernet, 1)
    assert refusal(lambda: hold(world.ben, {"CAB23": 2}, world.now)) == "beyond_allowance"
    page = item_of(load_offer_page(world.ben, world.now), "CAB23")
    assert (page.bought, page.drafted, page.cap) == (1, 1, 1)


def test_a_lapsed_cart_takes_nothing_from_the_order_and_is_refused_afterwards(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 1})
    hold(world.ben, {"CAB23": 2}, world.now)
    later = world.now + timedelta(minutes=16)
    draft_of(world, order, customer_actor(world.ben), later, add={world.cabernet: 2})
    form = checkout_arguments(world, world.ben, later)
    assert refusal(lambda: place_order(**form)) == "beyond_allowance"


def test_a_lapsed_draft_takes_nothing_from_the_cart_and_is_refused_afterwards(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 1}), customer_actor(world.ben)
    draft = add(world, order, world.cabernet, 2)
    later = world.now + timedelta(minutes=16)
    hold(world.ben, {"CAB23": 2}, later)
    assert refusal(lambda: confirm(world, draft, ben, later)) == "not_confirmable"
    assert run_checks(later) == []


def test_the_customers_page_says_what_may_still_come(world: World) -> None:
    order = bought(world, world.ana, {"CAB23": 4, "CHA24": 3})
    hold(world.ana, {"CHA24": 3}, world.now)
    draft = add(world, order, world.cabernet, 1)
    addable = {wine.sku_id: wine for wine in quoted(draft, customer_actor(world.ana), world.now).addable}
    assert {sku.code: addable[sku.pk].most for sku in (world.cabernet, world.magnum, world.chardonnay)} == {
        "CAB23": 1,
        "CAB23-MAG": 2,
        "CHA24": 6,
    }
    assert addable[world.chardonnay.pk].multiple == 3 and addable[world.cabernet.pk].price.minor == 120_00


def test_wines_of_other_offers_are_not_for_customers(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 1})
    assert refusal(lambda: add(world, order, world.syrah_pack, 1)) == "not_offered"
    draft = draft_of(world, order, world.staff, add={world.syrah_pack: 1})
    (problem,) = quoted(draft, world.staff, world.now).problems
    assert (problem.code, problem.needs_override) == ("not_offered", True)


def test_when_the_offer_is_over_bottles_only_come_off(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    Offer.objects.filter(pk=world.estate_offer.pk).update(closes_at=world.now)
    assert refusal(lambda: add(world, order, world.cabernet, 1)) == "offer_closed"
    draft = draft_of(
        world,
        order,
        ben,
        pieces={key_of(order, world.cabernet): 1},
        method_reference=world.overnight.reference,
    )
    assert problems(world, draft, world.ben) == []
    assert quoted(draft, ben, world.now).addable == ()
    assert confirm(world, draft, ben).status == "applied"


def test_without_an_offer_of_ones_own_bottles_only_come_off(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    Membership.objects.filter(customer=world.ben).delete()
    assert refusal(lambda: add(world, order, world.cabernet, 1)) == "offer_closed"
    Order.objects.update(release=None, offer=None)
    assert refusal(lambda: add(world, order, world.cabernet, 1)) == "offer_closed"
    assert quoted(
        draft_of(world, order, world.staff, add={world.cabernet: 1}), world.staff, world.now
    ).can_confirm
    draft = draft_of(world, order, ben, pieces={key_of(order, world.cabernet): 1})
    assert problems(world, draft, world.ben) == []


def test_the_group_of_today_decides(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 3})
    Membership.objects.filter(customer=world.ben).update(group=world.premier)
    assert held_for(add(world, order, world.cabernet, 3), world.now) == 3


def test_the_offers_rules_hold_for_the_order_as_it_would_be(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2, "CHA24": 2}), customer_actor(world.ben)
    Offer.objects.filter(pk=world.estate_offer.pk).update(
        bottles_minimum=4, bottles_maximum=5, spend_minimum_minor=300_00
    )
    fewer = draft_of(world, order, ben, pieces={key_of(order, world.cabernet): 1})
    assert problems(world, fewer, world.ben) == ["rules_not_met", "rules_not_met"]
    more = draft_of(
        world, order, ben, pieces={key_of(order, world.cabernet): 2, key_of(order, world.chardonnay): 4}
    )
    assert problems(world, more, world.ben) == ["rules_not_met"]
    swapped = draft_of(
        world, order, ben, pieces={key_of(order, world.cabernet): 3, key_of(order, world.chardonnay): 1}
    )
    assert problems(world, swapped, world.ben) == []


def test_a_rule_that_was_broken_before_may_be_broken_less(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 1}), customer_actor(world.ben)
    Offer.objects.filter(pk=world.estate_offer.pk).update(bottles_minimum=6)
    assert problems(world, draft_of(world, order, ben, add={world.cabernet: 1}), world.ben) == []
    assert (
        problems(
            world,
            draft_of(world, order, ben, pieces={key_of(order, world.cabernet): 1}, gift_note="Hi"),
            world.ben,
        )
        == []
    )


def test_multiples_and_smallest_purchases(world: World) -> None:
    """Chardonnay comes in threes for Ana."""
    order, ana = bought(world, world.ana, {"CAB23": 2, "CHA24": 6}), customer_actor(world.ana)
    chardonnay = key_of(order, world.chardonnay)
    assert problems(world, draft_of(world, order, ana, pieces={chardonnay: 5}), world.ana) == [
        "not_a_multiple"
    ]
    assert problems(world, draft_of(world, order, ana, pieces={chardonnay: 9}), world.ana) == []
    assert problems(world, draft_of(world, order, ana, pieces={chardonnay: 0}), world.ana) == []
    OfferItem.objects.filter(offer=world.premier_offer, sku=world.chardonnay).update(purchase_minimum=6)
    assert problems(world, draft_of(world, order, ana, pieces={chardonnay: 3}), world.ana) == [
        "below_minimum"
    ]


def test_the_last_bottle_stays_or_the_order_is_cancelled(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 1}), customer_actor(world.ben)
    draft = draft_of(world, order, ben, pieces={key_of(order, world.cabernet): 0})
    assert problems(world, draft, world.ben) == ["nothing_left"]
    assert refusal(lambda: confirm(world, draft, ben)) == "not_confirmable"


def test_staff_set_rules_aside_with_a_reason_that_stays(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 3})
    draft = draft_of(world, order, world.staff, add={world.cabernet: 3})
    assert refusal(lambda: confirm(world, draft, world.staff)) == "not_confirmable"
    draft = draft_of(world, order, world.staff, override_reason="Twenty years with us")
    assert confirm(world, draft, world.staff).status == "applied"
    change = order.changes.get(number=2)
    assert change.details["override"] == ["", "Twenty years with us"] and run_checks(world.now) == []


@pytest.mark.parametrize("how", ["state", "method", "reach"])
def test_where_wine_may_not_go_nobody_sends_more(world: World, how: str) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 1}), customer_actor(world.ben)
    if how == "state":
        world.new_york.is_open = False
        world.new_york.save()
    elif how == "method":
        world.ground.is_active = False
        world.ground.save()
    else:
        world.ground.closed_destinations.add(world.new_york)
    draft = draft_of(world, order, ben, add={world.cabernet: 1})
    assert problems(world, draft, world.ben) == ["not_deliverable"]
    teams = draft_of(world, order, world.staff, add={world.cabernet: 1}, override_reason="Please")
    assert [problem.code for problem in quoted(teams, world.staff, world.now).blocking] == ["not_deliverable"]
    fewer = draft_of(world, order, ben, pieces={key_of(order, world.cabernet): 1}, gift_note="Hello")
    assert problems(world, fewer, world.ben) == [], "what goes there already may go"


def test_no_wine_goes_to_a_closed_state(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 1})
    utah = ShipTo(
        "Ben Baker", line1="1 Temple Square", city="Salt Lake City", state="UT", postal_code="84150"
    )
    draft = draft_of(world, order, customer_actor(world.ben), ship_to=utah)
    assert problems(world, draft, world.ben) == ["not_deliverable"]
    assert [method.name for method in quoted(draft, world.staff, world.now).methods] == [
        "Pick up at the winery"
    ]
