"""A lot that brings less than was sold: planned, previewed, carried out, and everybody's money to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.rooms.checkout.journey import hold
from tests.rooms.futures.campaign import CODE, Futures, begin, buy, lot_values, order_of, plan
from tests.rooms.futures.cut import SOON, carry_out, planned
from tests.rooms.futures.settled import arrive, ask
from tests.world import World
from tirage.changes.operations import cancel_order, refund_lines
from tirage.changes.rules import Bottles, line_key
from tirage.changes.states import RefundTo
from tirage.cli.doctor import run_checks
from tirage.core.errors import DomainError
from tirage.futures.cutting.planning import CutValues, call_cut_off, plan_cut, preview
from tirage.futures.cutting.rules import Having, keeps
from tirage.futures.cutting.running import finish_cut, try_again, watch_cuts
from tirage.futures.lots import save_lot
from tirage.futures.models import Commitment, Cut, CutLine
from tirage.futures.states import CutOutcome, CutRule, CutState
from tirage.notifications.models import SentMail
from tirage.offers.models import Offer
from tirage.orders.models import CancelReason, Order
from tirage.payments.models import Payment


def two_buy(world: World, first: int = 12, second: int = 6, **begun: Any) -> tuple[Futures, Order, Order]:
    """Ben, then Ana, who is let in."""
    futures = begin(world, **begun)
    one = order_of(buy(futures, world.ben, first))
    Offer.objects.filter(pk=futures.offer.pk).update(group=world.premier)
    two = order_of(buy(futures, world.ana, second))
    futures.lot.refresh_from_db()
    return futures, one, two


def has(*orders: Order) -> list[int]:
    return [sum(one.pieces for one in Commitment.objects.filter(line__order=order)) for order in orders]


@pytest.mark.parametrize(
    ("rule", "had", "pieces", "more", "kept"),
    [
        (CutRule.PROPORTIONAL, [12, 6, 6], 12, {}, [6, 3, 3]),
        (CutRule.PROPORTIONAL, [1, 1, 1], 2, {}, [1, 1, 0]),
        (CutRule.EQUAL, [12, 6, 2], 14, {}, [6, 6, 2]),
        (CutRule.EQUAL, [12, 6, 2], 4, {}, [2, 1, 1]),
        (CutRule.EQUAL, [12, 12], 18, {"step": 6}, [12, 6]),
        (CutRule.PROPORTIONAL, [12, 6, 6], 17, {"step": 6}, [6, 6, 0]),
        (CutRule.PROPORTIONAL, [7, 6], 12, {"step": 6}, [6, 6]),
        (CutRule.EQUAL, [3, 0], 0, {}, [0, 0]),
    ],
)
def test_whole_pieces_and_cases_are_kept_by_the_rule(
    rule: CutRule, had: Sequence[int], pieces: int, more: dict[str, int], kept: Sequence[int]
) -> None:
    having = [Having(key, count) for key, count in enumerate(had)]
    assert list(keeps(rule, having, pieces, **more).values()) == list(kept)


def test_the_last_groups_lose_first_and_keep_their_part() -> None:
    having = [Having(1, 10, rank=2), Having(2, 10, rank=1), Having(3, 10, rank=2)]
    assert keeps(CutRule.BY_GROUP, having, 18) == {1: 4, 2: 10, 3: 4}
    assert keeps(CutRule.BY_GROUP, having, 8) == {1: 0, 2: 8, 3: 0}
    assert keeps(CutRule.BY_GROUP, having, 18, floor_bp=5000) == {1: 5, 2: 8, 3: 5}


def test_it_is_previewed_planned_and_carried_out_to_the_cent(world: World) -> None:
    futures, one, two = two_buy(world)
    found = preview(futures.lot, rule=CutRule.PROPORTIONAL, pieces=9)
    assert [(row.order, row.had, row.loses, row.back.minor) for row in found.losses] == [
        (one, 12, 6, 600_00),
        (two, 6, 3, 270_00),
    ]
    cut = carry_out(planned(futures, 9), world.now)
    assert cut.state == CutState.FINISHED and has(one, two) == [6, 3]
    for order in (one, two):
        order.refresh_from_db()
    assert [(order.owed_minor, order.paid_minor) for order in (one, two)] == [
        (600_00, 600_00),
        (270_00, 270_00),
    ]
    futures.lot.refresh_from_db()
    assert (futures.lot.lowest, futures.lot.expected, futures.lot.highest) == (9, 9, 9)
    assert world.stock(futures.sku).expected == 9 and run_checks(world.now) == []
    assert SentMail.objects.filter(kind="cut_done").count() == 2


def test_instalments_shrink_before_money_goes_back(world: World) -> None:
    futures = begin(world)
    plan(futures)
    order = order_of(buy(futures, world.ben, 12))
    futures.lot.refresh_from_db()
    found = preview(futures.lot, rule=CutRule.EQUAL, pieces=6)
    (loss,) = found.losses
    assert (loss.off.minor, loss.back.minor, loss.not_asked.minor) == (600_00, 0, 600_00)
    found = preview(futures.lot, rule=CutRule.EQUAL, pieces=2)
    assert (found.off.minor, found.back.minor) == (1000_00, 160_00)
    carry_out(planned(futures, 2, CutRule.EQUAL), world.now)
    order.refresh_from_db()
    assert (order.owed_minor, order.paid_minor, order.later_minor) == (200_00, 200_00, 0)
    assert run_checks(world.now) == []


def test_an_order_that_loses_everything_is_cancelled(world: World) -> None:
    futures, one, two = two_buy(world, 12, 1)
    found = preview(futures.lot, rule=CutRule.PROPORTIONAL, pieces=6)
    assert [(row.loses, row.back.minor) for row in found.losses] == [(6, 600_00), (1, 90_00)]
    cut = carry_out(planned(futures, 6), world.now)
    two.refresh_from_db()
    assert (two.state, two.paid_minor, has(one, two)) == ("cancelled", 0, [6, 0])
    assert cut.state == CutState.FINISHED and run_checks(world.now) == []
    assert set(CutLine.objects.values_list("outcome", flat=True)) == {"done"}


def test_what_a_cut_takes_nobody_can_buy(world: World) -> None:
    futures = begin(world, expected=20)
    order_of(buy(futures, world.ben, 12))
    cut = planned(futures, 6)
    assert world.stock(futures.sku).expected == 12
    assert [short.got for short in hold(world.ben, {CODE: 1}, world.now).shortages] == [0]
    CancelReason.objects.create(name="Customer asked")
    cancel_order(
        order_reference=Order.objects.get().reference,
        restock=True,
        refund_to=RefundTo.ORIGINAL,
        reason="Customer asked",
        actor=world.staff,
        now=world.now,
    )
    assert world.stock(futures.sku).expected == 6
    cut = carry_out(cut, world.now)
    assert CutLine.objects.get().outcome == CutOutcome.GONE and cut.state == CutState.FINISHED
    assert run_checks(world.now) == []


def test_what_was_given_up_meanwhile_counts(world: World) -> None:
    futures = begin(world, expected=20)
    order = order_of(buy(futures, world.ben, 12))
    cut = planned(futures, 6)
    refund_lines(
        order_reference=order.reference,
        pieces={line_key(futures.sku.pk, 100_00): 4},
        bottles=Bottles.BACK,
        expected_minor=400_00,
        reason="Too much",
        actor=world.staff,
        now=world.now,
    )
    carry_out(cut, world.now)
    assert has(order) == [6] and world.stock(futures.sku).expected == 6
    assert run_checks(world.now) == []


def test_orders_that_are_settled_keep_all_of_it(world: World) -> None:
    futures, one, two = two_buy(world)
    arrive(futures, 12)
    ask(futures, one)
    futures.lot.refresh_from_db()
    found = preview(futures.lot, rule=CutRule.PROPORTIONAL, pieces=15)
    assert found.untouched == 12 and [(row.order, row.loses) for row in found.losses] == [(two, 3)]
    with pytest.raises(DomainError, match="in the cellar already"):
        preview(futures.lot, rule=CutRule.PROPORTIONAL, pieces=11)


def test_an_order_asked_meanwhile_refuses_and_is_left_by_hand(world: World) -> None:
    futures, one, two = two_buy(world)
    cut = planned(futures, 15)
    arrive(futures, 12)
    ask(futures, one)
    cut = carry_out(cut, world.now)
    assert cut.state == CutState.RUNNING and has(one, two) == [12, 5]
    line = CutLine.objects.get(order=one)
    assert line.outcome == CutOutcome.REFUSED and "it is theirs" in line.note
    assert try_again(cut=cut, now=world.now) == 1
    carry_out(cut, world.now)
    assert finish_cut(cut=cut, actor=world.staff, now=world.now)
    futures.lot.refresh_from_db()
    assert futures.lot.expected == 17 and run_checks(world.now) == []


def test_it_can_be_called_off_until_it_begins(world: World) -> None:
    futures, one, two = two_buy(world)
    cut = planned(futures, 9)
    with pytest.raises(DomainError, match="Another cut"):
        planned(futures, 9)
    call_cut_off(cut=cut, actor=world.staff, now=world.now)
    assert watch_cuts(now=world.now + SOON) == 0 and has(one, two) == [12, 6]
    cut = carry_out(planned(futures, 9), world.now)
    with pytest.raises(DomainError, match="has begun"):
        call_cut_off(cut=cut, actor=world.staff, now=world.now)


def test_what_was_seen_is_what_is_planned(world: World) -> None:
    futures, _, _ = two_buy(world)
    values = CutValues(CutRule.EQUAL, 9, "Hail", world.now + SOON)
    seen = preview(futures.lot, rule=CutRule.EQUAL, pieces=9).as_seen()
    with pytest.raises(DomainError, match="has changed since"):
        plan_cut(lot=futures.lot, values=values, seen=seen[:1], actor=world.staff, now=world.now)
    too_soon = CutValues(CutRule.EQUAL, 9, "", world.now)
    with pytest.raises(DomainError) as refused:
        plan_cut(lot=futures.lot, values=too_soon, seen=seen, actor=world.staff, now=world.now)
    assert set(refused.value.fields) == {"reason", "begins_at"} and not Cut.objects.exists()
    with pytest.raises(DomainError, match="nobody has to go without"):
        preview(futures.lot, rule=CutRule.EQUAL, pieces=18)


def test_a_lot_that_is_cut_doesnt_grow_meanwhile(world: World) -> None:
    futures, _, _ = two_buy(world)
    planned(futures, 9)
    with pytest.raises(DomainError, match="cut"):
        save_lot(lot=futures.lot, sku=futures.sku, values=lot_values(80), actor=world.staff, now=world.now)


def test_it_leaves_the_lot_that_is_cut(world: World) -> None:
    futures = begin(world, expected=10)
    second = lot_values(20, name="Barrels 5 and 6", window_from=lot_values().window_until)
    other = save_lot(lot=None, sku=futures.sku, values=second, actor=world.staff, now=world.now)
    order_of(buy(futures, world.ben, 15))
    carry_out(planned(futures, 4), world.now)
    futures.lot.refresh_from_db()
    other.refresh_from_db()
    assert (futures.lot.committed, futures.lot.expected, other.committed, other.expected) == (4, 4, 5, 20)
    assert run_checks(world.now) == []


def test_refunds_go_back_once_however_often_it_is_tried(world: World) -> None:
    futures, one, two = two_buy(world)
    cut = carry_out(planned(futures, 9), world.now)
    CutLine.objects.update(outcome="waiting", change=None)
    Cut.objects.update(state="running")
    carry_out(cut, world.now)
    assert has(one, two) == [6, 3]
    assert Payment.objects.filter(kind="refund").count() == 2
    assert set(CutLine.objects.values_list("outcome", flat=True)) == {"gone"}
