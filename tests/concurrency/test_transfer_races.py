"""Wine that goes from one customer to another, against a second press, a cancellation, a settlement and two windows."""

from __future__ import annotations

import os
import random
import signal
from datetime import datetime
from functools import partial

import pytest
from django.db.models import Sum

from tests.concurrency.crowd import gather, rush
from tests.concurrency.test_grant_kills import dying_at, in_a_child
from tests.concurrency.test_kills import after_restart
from tests.rooms.futures.campaign import Futures
from tests.rooms.futures.cut import carry_out, planned
from tests.rooms.futures.given import offer, paid, sign
from tests.rooms.futures.settled import arrive, ask
from tests.world import build_world
from tirage.cli.doctor import run_checks
from tirage.core.actors import Actor, ActorKind
from tirage.core.clock import read_clock
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.futures.models import Commitment, Cut, Settlement, Transfer
from tirage.futures.transferring import approve_transfer, deciding, proposing
from tirage.futures.transferring.proposing import held_of
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
SEED = os.environ.get("TIRAGE_SEED", "transfers")


@pytest.fixture
def given(transactional_db: None) -> tuple[Futures, Order]:
    """Ben has twelve."""
    forget_winery()
    return paid(build_world(read_clock()))


def approve(one: Transfer) -> None:
    approve_transfer(reference=one.reference, actor=one_staff(), now=read_clock())


def one_staff() -> Actor:
    return Actor(ActorKind.STAFF, None, "Olive")


def accepted(given: tuple[Futures, Order], pieces: int = 3) -> Transfer:
    futures, order = given
    return sign(offer(futures, order, pieces), futures.world.ana, futures.world.now)


def pieces_of(order: Order) -> int:
    return int(Commitment.objects.filter(line__order=order).aggregate(sum=Sum("pieces"))["sum"] or 0)


def test_approved_twice_it_goes_once(given: tuple[Futures, Order]) -> None:
    one = accepted(given)
    results = rush([partial(approve, one), partial(approve, one)])
    assert len(results.refusals) == 1
    assert pieces_of(given[1]) == 9 and Order.objects.filter(customer=given[0].world.ana).count() == 1
    assert run_checks(read_clock()) == []


def test_it_is_given_or_canceled(given: tuple[Futures, Order]) -> None:
    one, (futures, order) = accepted(given), given

    def cancel() -> None:
        cancel_order(
            order_reference=order.reference, restock=True, reason="Moved", actor=one_staff(), now=read_clock()
        )

    rush([partial(approve, one), cancel])
    one.refresh_from_db()
    has = sum(pieces_of(two) for two in Order.objects.filter(customer=futures.world.ana))
    assert (one.state, has) in (("approved", 3), ("accepted", 0)) and pieces_of(order) == 0
    assert run_checks(read_clock()) == []


def test_it_is_given_or_settled(given: tuple[Futures, Order]) -> None:
    """Whoever is first: what a customer was asked about is theirs, and what went over isn't asked about."""
    one, (futures, order) = accepted(given, 12), given
    arrive(futures, 60)
    rush([partial(approve, one), partial(ask, futures, order)])
    one.refresh_from_db()
    asked = Settlement.objects.filter(order=order, state="asked").exists()
    assert (one.state == "approved") is not asked
    assert run_checks(read_clock()) == []


def test_the_same_bottles_are_offered_once(given: tuple[Futures, Order]) -> None:
    futures, order = given
    rush([partial(offer, futures, order, 8, to) for to in ("one@example.com", "two@example.com")])
    assert Transfer.objects.count() == 1


def test_control_without_the_orders_lock_they_are_offered_twice(
    given: tuple[Futures, Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    futures, order = given
    meet, free = gather(2), proposing.free_to_give

    def seen(order_id: int, lot_id: int) -> int:
        found = free(order_id, lot_id)
        meet()
        return found

    monkeypatch.setattr(proposing, "lock_row", lambda rows: rows.first())
    monkeypatch.setattr(proposing, "free_to_give", seen)
    rush([partial(offer, futures, order, 8, to) for to in ("one@example.com", "two@example.com")])
    assert Transfer.objects.count() == 2


def _cut(given: tuple[Futures, Order]) -> Cut:
    """A third of the lot is missing: planned, to begin now."""
    futures, order = given
    return planned(futures, held_of(order.pk, futures.lot.pk) * 2 // 3, now=futures.world.now)


def test_it_is_given_or_waits_for_the_cut(given: tuple[Futures, Order]) -> None:
    """What is given while somebody plans a cut is either gone before the plan, or stays until it is shared out."""
    one, (futures, order) = accepted(given), given
    rush([partial(approve, one), partial(_cut, given)])
    one.refresh_from_db()
    cut = Cut.objects.filter(lot=futures.lot).first()
    lines = {line.order_id: line.loses for line in cut.lines.all()} if cut else {}
    if one.state == "accepted":
        assert lines and pieces_of(order) == 12
    else:
        assert pieces_of(order) == 9 and sum(lines.values()) in (0, 4)
    if cut:
        carry_out(cut, read_clock())
        futures.lot.refresh_from_db()
        assert futures.lot.committed == 8
    assert run_checks(read_clock()) == []


def test_accepted_in_two_windows_it_is_signed_once(given: tuple[Futures, Order]) -> None:
    futures, order = given
    one = offer(futures, order, 3)
    results = rush([partial(sign, one, futures.world.ana, futures.world.now) for _ in range(2)])
    assert len(results.refusals) == 1 and Transfer.objects.get().state == "accepted"


def test_accepted_twice_where_nobody_approves_it_goes_once(given: tuple[Futures, Order]) -> None:
    futures, order = given
    Winery.objects.update(transfers="free")
    forget_winery()
    one = offer(futures, order, 3)
    results = rush([partial(sign, one, futures.world.ana, futures.world.now) for _ in range(2)])
    assert len(results.refusals) == 1
    assert pieces_of(order) == 9 and Order.objects.filter(customer=futures.world.ana).count() == 1
    assert run_checks(read_clock()) == []


def test_control_without_the_transfers_lock_it_is_signed_twice(
    given: tuple[Futures, Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    futures, order = given
    one = offer(futures, order, 3)
    meet, over = gather(2), deciding._refuse_over

    def seen(transfer: Transfer, now: datetime) -> None:
        over(transfer, now)
        meet()

    monkeypatch.setattr(deciding, "lock_row", lambda rows: rows.first())
    monkeypatch.setattr(deciding, "_refuse_over", seen)
    results = rush([partial(sign, one, futures.world.ana, futures.world.now) for _ in range(2)])
    assert results.refusals == [] and len(results.answers) == 2


def test_killed_anywhere_it_has_gone_or_it_hasnt(given: tuple[Futures, Order]) -> None:
    futures, order = given
    one, chance, killed = accepted(given), random.Random(SEED), 0
    print(f"TIRAGE_SEED={SEED}")
    for _ in range(12):
        if in_a_child(dying_at(chance.randint(1, 40), partial(approve, one))) == signal.SIGKILL:
            killed += 1
            after_restart()
        one.refresh_from_db()
        has = sum(pieces_of(two) for two in Order.objects.filter(customer=futures.world.ana))
        assert (one.state, pieces_of(order), has) in (("accepted", 12, 0), ("approved", 9, 3))
        if one.state == "approved":
            break
    assert killed > 2
    if one.state == "accepted":
        approve(one)
    assert run_checks(read_clock()) == []
