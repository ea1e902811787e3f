"""Another wine instead of one that falls short: held, taken, declined, or left until its day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.rooms.checkout.journey import customer_actor
from tests.rooms.futures.campaign import Futures, begin, buy, order_of, plan
from tests.rooms.futures.cut import SOON, carry_out, cuvee, planned
from tests.world import World
from tirage.catalog.models import Sku
from tirage.changes.operations import cancel_order
from tirage.changes.states import RefundTo
from tirage.cli.doctor import run_checks
from tirage.core.errors import DomainError
from tirage.core.winery import local_time
from tirage.futures.cutting.instead import accept, decline, look_at
from tirage.futures.cutting.running import continue_cut, watch_cuts
from tirage.futures.models import Commitment, Cut, CutLine, Lot
from tirage.inventory.models import Stock
from tirage.notifications.models import SentMail
from tirage.orders.models import CancelReason, Order


def last_day(world: World) -> date:
    return local_time(world.now).date() + timedelta(days=20)


def proposed(futures: Futures, pieces: int = 9, sku: Sku | None = None, **changes: Any) -> Cut:
    """The cut has begun, and whoever loses something is asked."""
    facts: dict[str, Any] = {
        "substitute": sku or cuvee(futures),
        "substitute_minor": 80_00,
        "substitute_until": last_day(futures.world),
    }
    return carry_out(planned(futures, pieces, **facts | changes), futures.world.now)


@pytest.fixture
def futures(world: World) -> Futures:
    return begin(world)


@pytest.fixture
def order(futures: Futures) -> Order:
    return order_of(buy(futures, futures.world.ben, 12))


def only() -> CutLine:
    return CutLine.objects.select_related("cut__lot", "cut__substitute", "order__customer").get()


def of_wines(order: Order) -> dict[str, int]:
    rows = Commitment.objects.filter(line__order=order).select_related("lot__sku")
    found: dict[str, int] = {}
    for one in rows:
        found[one.lot.sku.code] = found.get(one.lot.sku.code, 0) + one.pieces
    return found


def test_it_is_held_and_taken_in_one_change(futures: Futures, order: Order) -> None:
    world, cut = futures.world, proposed(futures)
    line = only()
    assert (line.outcome, line.offered, cut.state) == ("proposed", 3, "running")
    stock = world.stock(Sku.objects.get(code="CUV25"))
    assert stock.held == 3 and SentMail.objects.filter(kind="cut_proposed").count() == 1
    assert run_checks(world.now) == []
    assert look_at(line, world.now).minor == 60_00 and only().outcome == "proposed"
    with pytest.raises(DomainError, match="another amount"):
        accept(line=line, expected_minor=1, actor=customer_actor(world.ben), now=world.now)
    done = accept(line=line, expected_minor=60_00, actor=customer_actor(world.ben), now=world.now)
    order.refresh_from_db()
    assert done.status == "applied" and of_wines(order) == {"CAB25": 9, "CUV25": 3}
    assert (order.owed_minor, order.paid_minor) == (1140_00, 1140_00)
    assert only().outcome == "swapped"
    carry_out(cut, world.now)
    cut.refresh_from_db()
    assert cut.state == "finished" and Lot.objects.get(pk=futures.lot.pk).expected == 9
    assert run_checks(world.now) == []


def test_who_declines_has_the_money_back(futures: Futures, order: Order) -> None:
    world, cut = futures.world, proposed(futures)
    decline(line=only(), actor=customer_actor(world.ben), now=world.now)
    with pytest.raises(DomainError, match="answered already"):
        accept(line=only(), expected_minor=60_00, actor=customer_actor(world.ben), now=world.now)
    carry_out(cut, world.now)
    order.refresh_from_db()
    assert (only().outcome, order.paid_minor) == ("done", 900_00)
    assert world.stock(Sku.objects.get(code="CUV25")).held == 0 and run_checks(world.now) == []


def test_who_doesnt_answer_has_the_money_back(futures: Futures, order: Order) -> None:
    world, cut = futures.world, proposed(futures)
    assert watch_cuts(now=world.now + timedelta(days=20)) == 0
    later = world.now + timedelta(days=21)
    with pytest.raises(DomainError, match="its day is over"):
        accept(line=only(), expected_minor=60_00, actor=customer_actor(world.ben), now=later)
    watch_cuts(now=later)
    continue_cut(cut=cut, limit=5, now=later)
    order.refresh_from_db()
    assert (only().outcome, order.paid_minor) == ("done", 900_00) and run_checks(world.now) == []


def test_where_not_enough_is_left_the_money_goes_back(futures: Futures, order: Order) -> None:
    proposed(futures, sku=cuvee(futures, 2))
    order.refresh_from_db()
    assert (only().outcome, order.paid_minor) == ("done", 900_00)
    assert run_checks(futures.world.now) == []


def test_an_order_cancelled_meanwhile_frees_what_was_held(futures: Futures, order: Order) -> None:
    world, cut = futures.world, proposed(futures)
    CancelReason.objects.create(name="Customer asked")
    cancel_order(
        order_reference=order.reference,
        restock=True,
        refund_to=RefundTo.ORIGINAL,
        reason="Customer asked",
        actor=world.staff,
        now=world.now,
    )
    carry_out(cut, world.now)
    assert only().outcome == "gone" and world.stock(Sku.objects.get(code="CUV25")).held == 0
    assert run_checks(world.now) == []


def test_all_of_an_order_can_be_taken_otherwise(futures: Futures, order: Order) -> None:
    world = futures.world
    proposed(futures, 0)
    accept(line=only(), expected_minor=240_00, actor=customer_actor(world.ben), now=world.now)
    order.refresh_from_db()
    assert order.state == "placed" and of_wines(order) == {"CAB25": 0, "CUV25": 12}
    assert order.paid_minor == 960_00 and run_checks(world.now) == []


def test_instalments_follow_the_new_price(futures: Futures) -> None:
    world = futures.world
    plan(futures)
    order = order_of(buy(futures, world.ben, 12))
    proposed(futures)
    accept(line=only(), expected_minor=60_00, actor=customer_actor(world.ben), now=world.now)
    order.refresh_from_db()
    assert (order.owed_minor, order.paid_minor, order.later_minor) == (1140_00, 360_00, 780_00)
    assert run_checks(world.now) == []


def test_it_never_costs_more_and_has_its_days(futures: Futures, order: Order) -> None:
    world, sku = futures.world, cuvee(futures)
    with pytest.raises(DomainError) as refused:
        planned(
            futures,
            9,
            substitute=sku,
            substitute_minor=100_01,
            substitute_until=local_time(world.now).date(),
        )
    assert set(refused.value.fields) == {"substitute_price", "substitute_until"}
    with pytest.raises(DomainError) as other:
        planned(futures, 9, substitute=futures.sku, substitute_minor=0, substitute_until=last_day(world))
    assert "substitute" in other.value.fields and not Cut.objects.exists() and SOON


def test_bottles_of_the_cellar_are_offered_too(futures: Futures, order: Order) -> None:
    """Nobody sold them early: they count as a lot that has come, and may be settled with the rest."""
    world = futures.world
    before = world.stock(world.cabernet)
    cut = proposed(futures, sku=world.cabernet)
    line = only()
    assert (line.outcome, line.offered, world.stock(world.cabernet).held) == ("proposed", 3, 3)
    lot = Lot.objects.get(sku=world.cabernet)
    assert (lot.name, lot.expected, lot.arrived, lot.stage) == ("From the cellar", 3, 3, "arrived")
    assert world.stock(world.cabernet).expected == before.expected == 0
    accept(line=line, expected_minor=60_00, actor=customer_actor(world.ben), now=world.now)
    carry_out(cut, world.now)
    lot.refresh_from_db()
    assert of_wines(order) == {"CAB25": 9, "CAB23": 3} and lot.committed == 3
    stock = world.stock(world.cabernet)
    assert (stock.sold, stock.on_hand) == (before.sold + 3, before.on_hand)
    assert run_checks(world.now) == []


def test_as_many_as_are_there(futures: Futures, order: Order) -> None:
    """Where the cellar doesn't suffice, the money goes back."""
    world = futures.world
    world.stock(world.cabernet)
    Stock.objects.filter(sku=world.cabernet).update(on_hand=0)
    with pytest.raises(DomainError, match="or is in the cellar"):
        proposed(futures, sku=world.cabernet)
    assert not CutLine.objects.exists() and not Lot.objects.filter(sku=world.cabernet).exists()
