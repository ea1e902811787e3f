"""Ladders: the plan from what was offered, taken and granted; written as it was shown, taken back, ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.rooms.checkout.journey import buy, hold, item_of
from tests.rooms.wishes.granting import shared, wished, worked
from tests.world import World
from tirage.checkout.queries import load_offer_page
from tirage.core.errors import Conflict, DomainError
from tirage.core.hands import Overtaken
from tirage.core.models import Event
from tirage.customers.models import Customer, Membership
from tirage.inventory.models import Stock
from tirage.offers.models import CustomAllowance, Offer, OfferItem, Release
from tirage.offers.operations import save_custom_allowance
from tirage.offers.operations.deleting import is_draft
from tirage.orders.models import Order, OrderLine
from tirage.tiers.ladders import (
    apply_ladder,
    earlier_releases,
    end_guarantees,
    save_ladder,
    undo_ladder,
    values_of,
)
from tirage.tiers.models import Ladder, LadderStep
from tirage.tiers.planning import plan_ladder

RULES: dict[str, Any] = {
    "rise": 2,
    "least": 0,
    "most": 0,
    "newcomers": 1,
    "counts_grants": True,
    "passed_wish_only": True,
    "guaranteed_until": None,
    "is_told": True,
}


@pytest.fixture
def spring(world: World) -> Offer:
    return build_spring(world)


def build_spring(world: World) -> Offer:
    """Ben bought two Cabernets of the world's release and no Chardonnay; Eva came to Estate after its close."""
    buy(world, world.ben, {"CAB23": 2}, world.now)
    later = world.now + timedelta(days=30)
    Offer.objects.filter(release=world.release).update(closes_at=world.now + timedelta(days=7))
    eva = Customer.objects.create(email="eva@example.com", first_name="Eva", signed_up_at=later)
    Membership.objects.create(customer=eva, group=world.estate, kind="allocation", since=later)
    release = Release.objects.create(name="Spring", made_at=later)
    offer = Offer.objects.create(
        release=release,
        group=world.estate,
        opens_at=later,
        closes_at=later + timedelta(days=10),
        activated_at=later,
        is_active=True,
        title="Spring",
    )
    for sku in (world.cabernet, world.chardonnay):
        OfferItem.objects.create(offer=offer, sku=sku, purchase_maximum=6, wish_maximum=3)
    return offer


def ladder_of(world: World, offer: Offer, **changes: Any) -> Ladder:
    values = {**RULES, "based_on": world.release.reference, **changes}
    return save_ladder(offer=offer, values=values, actor=world.staff, now=offer.opens_at)


def written(ladder: Ladder, world: World) -> None:
    now = ladder.offer.opens_at
    apply_ladder(ladder=ladder, seen=plan_ladder(ladder, now).digest, actor=world.staff, now=now)
    ladder.refresh_from_db()


def own(offer: Offer) -> dict[tuple[str, str], tuple[int, int]]:
    rows = CustomAllowance.objects.filter(offer_item__offer=offer).select_related(
        "customer", "offer_item__sku"
    )
    return {
        (row.customer.first_name, row.offer_item.sku.code): (row.purchase_maximum, row.wish_maximum)
        for row in rows
    }


def test_what_is_shown_is_what_is_written(world: World, spring: Offer) -> None:
    ladder = ladder_of(world, spring)
    plan = plan_ladder(ladder, spring.opens_at)
    took_all = world.item(world.estate_offer, world.cabernet).purchase_maximum == 2
    assert not own(spring), "a plan writes nothing"
    written(ladder, world)
    cabernet = 4 if took_all else 2
    assert own(spring) == {
        ("Ben", "CAB23"): (cabernet, 3),
        ("Ben", "CHA24"): (0, 3),
        ("Eva", "CAB23"): (1, 3),
        ("Eva", "CHA24"): (1, 3),
    }
    for figures in plan.figures:
        mine = CustomAllowance.objects.filter(offer_item=figures.item)
        assert figures.after == sum(mine.values_list("purchase_maximum", flat=True))
    assert (plan.figures[0].before, plan.figures[0].lose, plan.figures[1].wish_only) == (12, 2, 1)
    assert {event.customer_id for event in Event.objects.filter(name="allowance.saved")} == {
        row.customer_id for row in plan.written
    }
    step = LadderStep.objects.get(customer=world.ben, offer_item__sku=world.cabernet)
    assert (step.taken, step.granted, step.purchase_maximum) == (2, 0, cabernet)


def test_each_is_told_beside_the_wine(world: World, spring: Offer) -> None:
    written(ladder_of(world, spring), world)
    page = load_offer_page(world.ben, spring.opens_at)
    told = item_of(page, "CAB23").told
    assert told.startswith(f"You took 2 in {world.release.name}, so ") and " yours until " in told
    assert "and next time" in told
    assert (
        item_of(page, "CHA24").told
        == f"You took none in {world.release.name}, so this time you can wish for it."
    )
    item = world.item(spring, world.cabernet)
    facts: dict[str, Any] = {"purchase_minimum": 0, "purchase_maximum": 5, "wish_maximum": 0}
    save_custom_allowance(item=item, customer=world.ben, **facts, actor=world.staff, now=spring.opens_at)
    assert item_of(load_offer_page(world.ben, spring.opens_at), "CAB23").told == ""


def test_nobody_is_told_where_the_winery_keeps_quiet(world: World, spring: Offer) -> None:
    written(ladder_of(world, spring, is_told=False), world)
    assert set(CustomAllowance.objects.values_list("told", flat=True)) == {""}


def test_limits_by_hand_stay_and_taking_back_leaves_them(world: World, spring: Offer) -> None:
    item = world.item(spring, world.cabernet)
    facts: dict[str, Any] = {
        "actor": world.staff,
        "now": spring.opens_at,
        "item": item,
        "customer": world.ben,
    }
    save_custom_allowance(purchase_minimum=0, purchase_maximum=5, wish_maximum=1, **facts)
    ladder = ladder_of(world, spring)
    assert plan_ladder(ladder, spring.opens_at).figures[0].by_hand == 1
    written(ladder, world)
    assert own(spring)["Ben", "CAB23"] == (5, 1)
    eva = Customer.objects.get(first_name="Eva")
    save_custom_allowance(
        purchase_minimum=0, purchase_maximum=3, wish_maximum=1, **{**facts, "customer": eva}
    )
    assert undo_ladder(ladder=ladder, actor=world.staff, now=spring.opens_at) == 2
    assert own(spring) == {("Ben", "CAB23"): (5, 1), ("Eva", "CAB23"): (3, 1)}
    ladder.refresh_from_db()
    assert ladder.state == "draft" and not LadderStep.objects.exists()


def test_what_changed_since_it_was_shown_refuses(world: World, spring: Offer) -> None:
    ladder = ladder_of(world, spring)
    seen = plan_ladder(ladder, spring.opens_at).digest
    Membership.objects.filter(customer=world.ben).end(spring.opens_at)
    with pytest.raises(Conflict) as refused:
        apply_ladder(ladder=ladder, seen=seen, actor=world.staff, now=spring.opens_at)
    assert refused.value.code == "plan_changed" and not own(spring)


def test_a_guarantee_has_to_be_covered_and_ends(world: World, spring: Offer) -> None:
    until = spring.opens_at + timedelta(days=3)
    ladder = ladder_of(world, spring, guaranteed_until=until)
    Stock.objects.filter(sku=world.cabernet).update(on_hand=3, sold=2)
    seen = plan_ladder(ladder, spring.opens_at).digest
    with pytest.raises(DomainError) as refused:
        apply_ladder(ladder=ladder, seen=seen, actor=world.staff, now=spring.opens_at)
    assert refused.value.code == "not_covered" and not own(spring)
    Stock.objects.filter(sku=world.cabernet).update(on_hand=100)
    written(ladder, world)
    hold(world.ben, {"CAB23": 1}, spring.opens_at)
    assert end_guarantees(now=until - timedelta(seconds=1)) == 0
    before = own(spring)["Ben", "CAB23"][0]
    assert [end_guarantees(now=until) for _ in range(2)] == [1, 0]
    assert own(spring)["Ben", "CAB23"] == (1, max(3, before - 1))
    assert own(spring)["Eva", "CHA24"][0] == 0


def test_what_wishes_brought_counts_as_it_says(world: World, spring: Offer) -> None:
    """Two bought outright and one granted by a run, as the order's lines have it: three, or two."""
    wish = wished(world, world.ben, world.estate_offer, world.cabernet, 2)
    worked(world, shared(world, {world.cabernet: 1}))
    wish.refresh_from_db()
    lines = OrderLine.objects.filter(order__customer=world.ben, sku=world.cabernet)
    assert (wish.granted, sum(lines.values_list("quantity", flat=True))) == (1, 3)
    for counts, theirs in ((True, 3), (False, 2)):
        ladder = ladder_of(world, spring, rise=0, counts_grants=counts)
        written(ladder, world)
        step = LadderStep.objects.get(customer=world.ben, offer_item__sku=world.cabernet)
        assert (step.taken, step.granted, step.purchase_maximum) == (2, 1, theirs)
        told = CustomAllowance.objects.get(customer=world.ben, offer_item=step.offer_item).told
        assert ("granted 1" in told) is counts, "nobody is told of what doesn't count"
        assert own(spring)["Ben", "CAB23"][0] == theirs
        undo_ladder(ladder=ladder, actor=world.staff, now=spring.opens_at)


def test_rules_are_refused_with_words_and_by_two_hands(world: World, spring: Offer) -> None:
    for changes, field in (
        ({"based_on": spring.release.reference}, "based_on"),
        ({"guaranteed_until": spring.closes_at + timedelta(days=1)}, "guaranteed_until"),
        ({"least": 6, "most": 3}, "most"),
        ({"rise": 100_000}, "rise"),
    ):
        with pytest.raises(DomainError) as refused:
            ladder_of(world, spring, **changes)
        assert field in refused.value.fields
    shown = values_of(ladder_of(world, spring))
    ladder_of(world, spring, rise=3)
    with pytest.raises(Overtaken):
        save_ladder(
            offer=spring,
            values={**shown, "rise": 4},
            shown=shown,
            actor=world.staff,
            now=spring.opens_at,
        )
    written(Ladder.objects.get(), world)
    with pytest.raises(DomainError) as refused:
        ladder_of(world, spring, rise=5)
    assert refused.value.code == "ladder_written"


def test_a_ladder_keeps_no_draft_of_an_offer(world: World, spring: Offer) -> None:
    ladder_of(world, spring)
    Offer.objects.filter(pk=spring.pk).update(is_active=False, activated_at=None)
    spring.refresh_from_db()
    assert is_draft([spring])


def test_any_of_the_earlier_releases_can_be_chosen(world: World, spring: Offer) -> None:
    later = Release.objects.create(name="Between", made_at=world.now + timedelta(days=9))
    buy(world, world.ben, {"CAB23": 1}, world.now)
    Order.objects.filter(customer=world.ben).order_by("-pk").update(release=world.release)
    latest = Order.objects.filter(customer=world.ben).latest("pk")
    Order.objects.filter(pk=latest.pk).update(release=later)
    assert [one.name for one in earlier_releases(spring)] == ["Between", world.release.name]
    assert ladder_of(world, spring).based_on == world.release
    assert ladder_of(world, spring, based_on=later.reference).based_on == later
