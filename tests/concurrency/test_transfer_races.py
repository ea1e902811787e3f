"""Wine that goes from one customer to another, against a second press, a cancellation, a settlement and two windows."""

from __future__ import annotations

from functools import partial

import pytest
from django.db.models import Sum

from tests.concurrency.crowd import gather, rush
from tests.rooms.futures.campaign import Futures
from tests.rooms.futures.given import offer, paid, sign
from tests.rooms.futures.settled import arrive, ask
from tests.world import build_world
from tirage.cli.doctor import run_checks
from tirage.core.actors import Actor, ActorKind
from tirage.core.clock import read_clock
from tirage.core.winery import forget_winery
from tirage.futures.models import Commitment, Settlement, Transfer
from tirage.futures.transferring import approve_transfer, proposing
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


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
