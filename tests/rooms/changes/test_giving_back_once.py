"""Money for a bottle goes back once, whatever happens to the bottle afterwards.

Ben: one Cabernet 120.00, one magnum 260.00, ground 28.00, 8 % tax on all of it: 440.64.
Ana: 10 % off, free ground, 7.25 % on the wine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from tests.rooms.changes.journey import bought, confirm, customer_actor, draft_of, key_of, pieces_on, quoted
from tests.rooms.changes.test_drafting import refusal
from tests.rooms.changes.test_returning import give_back
from tests.world import World
from tirage.changes.named import most_minor, staying
from tirage.changes.rules import AddWine, Bottles, ChargeEntry, StaffCharge
from tirage.changes.states import Rates, RefundTo
from tirage.cli.doctor import run_checks
from tirage.core.actors import Actor
from tirage.core.money import Money
from tirage.customers.models import Group
from tirage.offers.models import OfferItem
from tirage.orders.models import Order, OrderCharge
from tirage.orders.operations import apply_change, cancel_order
from tirage.orders.queries import charges_by_line
from tirage.orders.statements import NewCharge, NewLine
from tirage.payments.operations import give_credit


@pytest.fixture
def world(world: World) -> World:
    """The same world with allowances that stand in nobody's way."""
    OfferItem.objects.update(purchase_minimum=0, default_quantity=0, purchase_maximum=60, multiple=1)
    return world


def ben_bought(world: World) -> Order:
    return bought(world, world.ben, {"CAB23": 1, "CAB23-MAG": 1})


def change(world: World, order: Order, actor: Actor | None = None, **edits: Any) -> int:
    """Makes a change at once; what came in, or (negative) went back."""
    actor = actor or world.staff
    before = Order.objects.get(pk=order.pk)
    draft = draft_of(world, order, actor, **edits)
    assert confirm(world, draft, actor).status == "applied"
    order.refresh_from_db()
    assert order.balance_minor == 0 and run_checks(world.now) == []
    return order.paid_minor - before.paid_minor


def charges_named(order: Order) -> dict[str, int]:
    return {row["description"]: row["minor"] for row in charges_by_line(order.pk) if row["sku_id"]}


def off(world: World, order: Order, **discount: Any) -> int:
    return change(world, order, add_charges=[StaffCharge("discount", "A scratched label", **discount)])


def ben(world: World) -> Actor:
    return customer_actor(world.ben)


def staff(world: World) -> Actor:
    return world.staff


@pytest.mark.parametrize("who", [ben, staff])
def test_a_bottle_that_was_given_back_for_leaves_for_nothing(
    world: World, who: Callable[[World], Actor]
) -> None:
    """What the customer keeps is theirs until they take it off; then its discount goes with it."""
    order = ben_bought(world)
    assert order.owed_minor == 440_64
    (refund,) = give_back(world, order, {world.cabernet: 1}, Bottles.KEPT)
    assert refund.amount_minor == 129_60
    assert change(world, order, who(world), pieces={key_of(order, world.cabernet): 0}) == 0
    assert order.owed_minor == 311_04 and pieces_on(order) == {"CAB23-MAG": 1}


@pytest.mark.parametrize("who", [ben, staff])
@pytest.mark.parametrize("discount", [{"percent_bp": 45_00}, {"amount_minor": -54_00}])
def test_a_discounted_bottle_gives_back_what_was_paid_for_it(
    world: World, who: Callable[[World], Actor], discount: dict[str, int]
) -> None:
    order = ben_bought(world)
    assert off(world, order, sku_id=world.cabernet.pk, **discount) == -58_32
    assert change(world, order, who(world), pieces={key_of(order, world.cabernet): 0}) == -71_28
    assert order.owed_minor == 311_04 and charges_named(order) == {}


def test_a_discount_on_all_the_wine_goes_with_its_part_of_it(world: World) -> None:
    order = ben_bought(world)
    assert off(world, order, percent_bp=10_00) == -41_04
    assert sum(row["minor"] for row in charges_by_line(order.pk) if row["sku_id"]) == -38_00
    assert change(world, order, ben(world), pieces={key_of(order, world.cabernet): 0}) == -116_64
    order = bought(world, world.ben, {"CAB23": 1})
    assert off(world, order, amount_minor=-20_00) == -21_60


def test_of_two_bottles_the_one_that_was_paid_for_goes_first(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2, "CHA24": 1})
    give_back(world, order, {world.cabernet: 1}, Bottles.KEPT)
    assert change(world, order, ben(world), pieces={key_of(order, world.cabernet): 1}) == -129_60
    assert change(world, order, ben(world), pieces={key_of(order, world.cabernet): 0}) == 0


def test_up_and_down_again_ends_at_the_same_cent(world: World) -> None:
    """A bottle added later costs its price and gives it back; the discount is for those that were there."""
    order = ben_bought(world)
    off(world, order, sku_id=world.cabernet.pk, percent_bp=33_33)
    owed = order.owed_minor
    assert change(world, order, add={world.cabernet: 2}) == 267_84
    assert change(world, order, pieces={key_of(order, world.cabernet): 1}) == -267_84
    assert order.owed_minor == owed
    assert change(world, order, pieces={key_of(order, world.cabernet): 0}) == -86_40


def test_what_went_with_its_bottle_does_not_come_back_with_another(world: World) -> None:
    order = ben_bought(world)
    give_back(world, order, {world.cabernet: 1}, Bottles.KEPT)
    change(world, order, ben(world), pieces={key_of(order, world.cabernet): 0})
    assert change(world, order, ben(world), add={world.cabernet: 1}) == 129_60


def test_swapped_bottles_and_lines_at_another_price(world: World) -> None:
    order = ben_bought(world)
    give_back(world, order, {world.cabernet: 1}, Bottles.KEPT)
    wine = {"pieces": {key_of(order, world.cabernet): 0}, "add": {world.chardonnay: 1}}
    assert change(world, order, ben(world), **wine) == 70_20
    order = ben_bought(world)
    type(world.cabernet).objects.filter(pk=world.cabernet.pk).update(price_minor=100_00)
    change(world, order, add=[AddWine(world.cabernet.pk, 1, at_today=True)])
    give_back(world, order, {world.cabernet: 1}, Bottles.KEPT)
    dear = key_of(order, world.cabernet)
    assert dear.endswith("-12000")
    assert change(world, order, pieces={dear: 0}) == -8_64, "its part of the delivery"
    assert change(world, order, pieces={key_of(order, world.cabernet): 0}) == -108_00


def test_given_back_as_credit_then_refunded_in_every_other_way(world: World) -> None:
    """Paid by store credit and a card: a bottle kept, the same brought back, and the rest cancelled."""
    facts: dict[str, Any] = {"reason": "A test", "actor": world.staff, "now": world.now}
    give_credit(customer=world.ben, amount=Money(100_00, "USD"), **facts)
    order = bought(
        world, world.ben, {"CAB23": 2, "CAB23-MAG": 1}, use_credit=True, expected_total_minor=478_88
    )
    off(world, order, sku_id=world.cabernet.pk, percent_bp=10_00)
    give_back(world, order, {world.cabernet: 1}, Bottles.KEPT, refund_to=RefundTo.CREDIT)
    assert [one.amount_minor for one in give_back(world, order, {world.cabernet: 1}, Bottles.BACK)] == [
        116_64
    ]
    assert give_back(world, order, {world.cabernet: 1}, Bottles.GONE) == ()
    assert charges_named(order) == {} and order.owed_minor == order.paid_minor == 319_68


def test_a_cancelled_order_has_nothing_left_on_any_line(world: World) -> None:
    order = ben_bought(world)
    give_back(world, order, {world.cabernet: 1}, Bottles.KEPT)
    off(world, order, sku_id=world.magnum.pk, percent_bp=10_00)
    cancel_order(
        order_reference=order.reference, restock=True, reason="Test", actor=world.staff, now=world.now
    )
    assert charges_by_line(order.pk) == []
    covered = OrderCharge.objects.filter(order=order, sku__isnull=False).values_list("pieces", flat=True)
    assert sum(pieces or 0 for pieces in covered) == 0


def test_with_the_groups_discount_too(world: World) -> None:
    """Odd cents: what is left to owe is what the other wines cost without the bottle, to the cent."""
    for sku, minor in ((world.cabernet, 33_33), (world.chardonnay, 66_65)):
        type(sku).objects.filter(pk=sku.pk).update(price_minor=minor)
    alone = bought(world, world.ana, {"CHA24": 3})
    order = bought(world, world.ana, {"CAB23": 1, "CHA24": 3})
    give_back(world, order, {world.cabernet: 1}, Bottles.KEPT)
    assert (
        abs(change(world, order, customer_actor(world.ana), pieces={key_of(order, world.cabernet): 0})) <= 1
    )
    assert order.owed_minor == alone.owed_minor and charges_named(order) == {}


def test_a_larger_discount_of_the_group_gives_nothing_back_again(world: World) -> None:
    """Today the group gives 20 %: of the bottle that was given back for it gives nothing."""
    order = bought(world, world.ana, {"CAB23": 1, "CHA24": 1})
    give_back(world, order, {world.cabernet: 1}, Bottles.KEPT)
    Group.objects.filter(pk=world.premier.pk).update(discount_bp=20_00)
    assert change(world, order, rates=Rates.AS_OF_TODAY) == -6_97


def test_a_percentage_gives_nothing_off_what_was_given_back(world: World) -> None:
    order = ben_bought(world)
    give_back(world, order, {world.cabernet: 1}, Bottles.KEPT)
    assert off(world, order, percent_bp=50_00) == -140_40


@pytest.mark.parametrize(
    ("discount", "words"),
    [
        ({"amount_minor": -1, "sku": "cabernet"}, "A scratched label: there is nothing left"),
        ({"amount_minor": -260_01, "sku": "magnum"}, "Estate Cabernet Sauvignon 2023, 1.5 l: the discounts"),
    ],
)
def test_staff_are_told_when_there_is_nothing_to_take_it_off(
    world: World, discount: dict[str, Any], words: str
) -> None:
    order = bought(world, world.ben, {"CAB23": 1, "CAB23-MAG": 1, "CHA24": 2})
    give_back(world, order, {world.cabernet: 1}, Bottles.KEPT)
    sku = getattr(world, discount.pop("sku"))
    draft = draft_of(
        world,
        order,
        world.staff,
        add_charges=[StaffCharge("discount", "A scratched label", sku_id=sku.pk, **discount)],
    )
    (problem,) = quoted(draft, world.staff, world.now).problems
    assert problem.code == "discount_too_high" and problem.text.startswith(words)


def test_the_ledger_itself_refuses_more_than_was_paid(world: World) -> None:
    order = ben_bought(world)
    sku = world.cabernet.pk
    given = NewCharge("discount", -120_00, "Twice", sku, 120_00, 1)

    @transaction.atomic
    def enter(lines: list[NewLine], charges: list[NewCharge]) -> Any:
        return apply_change(
            order=Order.objects.select_for_update().get(pk=order.pk),
            lines=lines,
            charges=charges,
            reason="Test",
            text="refunded",
            actor=world.staff,
            now=world.now,
        )

    enter([], [given])
    before = order.changes.count()
    assert refusal(lambda: enter([], [given])) == "more_than_was_paid"
    assert refusal(lambda: enter([NewLine(sku, None, -1, 120_00)], [])) == "more_than_was_paid"
    assert order.changes.count() == before
    with pytest.raises(IntegrityError), transaction.atomic():
        enter([], [NewCharge("discount", -120_01, "More than it costs", sku, 120_00, 1)])


# A line by itself

discounts = st.lists(st.tuples(st.integers(1, 120_00), st.integers(1, 6)), max_size=4)


@given(
    discounts, st.integers(1, 8), st.lists(st.integers(0, 8), min_size=1, max_size=5), st.integers(0, 30_00)
)
def test_a_line_is_never_worth_less_than_nothing(
    given_off: list[tuple[int, int]], pieces: int, steps: list[int], group_bp: int
) -> None:
    named = [
        ChargeEntry("discount", -minor, str(n), 1, 120_00, covers)
        for n, (minor, covers) in enumerate(given_off)
    ]
    for after in [*sorted((min(step, pieces) for step in steps), reverse=True), 0]:
        kept = staying(named, of=pieces, pieces=after, most=most_minor(120_00, after, group_bp))
        assert all(one.amount_minor <= stays <= 0 for one, stays in zip(named, kept, strict=True))
        assert -sum(kept) <= most_minor(120_00, after, group_bp) <= 120_00 * after
        named = [
            ChargeEntry("discount", stays, one.description, 1, 120_00, min(one.pieces, after))
            for one, stays in zip(named, kept, strict=True)
            if stays
        ]
        pieces = after
    assert named == []
