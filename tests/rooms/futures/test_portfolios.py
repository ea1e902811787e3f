"""Portfolios: named by their customer, filled with whole or part of what an order has, and never with more."""

from __future__ import annotations

import pytest

from tests.rooms.checkout.journey import customer_actor
from tests.rooms.futures.campaign import Futures, begin, buy, order_of
from tests.rooms.futures.cut import carry_out, planned
from tests.rooms.futures.given import offer, sign
from tests.world import World
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.futures.holding import holdings_of
from tirage.futures.models import Portfolio, PortfolioPart
from tirage.futures.portfolios import remove_portfolio, save_portfolio, sorted_by
from tirage.futures.transferring import approve_transfer
from tirage.orders.models import Order, OrderCharge

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def futures(world: World) -> Futures:
    return begin(world)


@pytest.fixture
def order(futures: Futures) -> Order:
    return order_of(buy(futures, futures.world.ben, 12))


def save(
    futures: Futures, order: Order, pieces: int, name: str = "For Ida", portfolio: Portfolio | None = None
) -> tuple[Portfolio, int]:
    ben = futures.world.ben
    return save_portfolio(
        customer=ben,
        portfolio=portfolio,
        name=name,
        pieces={(order.pk, futures.lot.pk): pieces},
        actor=customer_actor(ben),
        now=futures.world.now,
    )


def pieces(name: str = "For Ida") -> int:
    return sum(PortfolioPart.objects.filter(portfolio__name=name).values_list("pieces", flat=True))


def test_it_is_made_renamed_filled_and_emptied(futures: Futures, order: Order) -> None:
    made, _ = save(futures, order, 5, "  For   Ida ")
    assert made.name == "For Ida" and pieces() == 5
    made, _ = save(futures, order, 3, "For Ida and Jon", made)
    assert Portfolio.objects.get().name == "For Ida and Jon" and pieces("For Ida and Jon") == 3
    save(futures, order, 0, "For Ida", made)
    assert not PortfolioPart.objects.exists()
    assert Event.objects.filter(name="portfolio.saved").count() == 3


def test_wine_moves_from_one_to_another_when_nothing_else_is_left(futures: Futures, order: Order) -> None:
    save(futures, order, 8)
    made, moved = save(futures, order, 6, "For Jon")
    assert moved == 2 and (pieces(), pieces("For Jon")) == (6, 6)
    assert save(futures, order, 12, "For Jon", made)[1] == 6 and pieces() == 0


def test_never_more_than_there_is_nor_somebody_elses(futures: Futures, order: Order) -> None:
    with pytest.raises(DomainError, match="You have 12 of this wine"):
        save(futures, order, 13)
    save(futures, order, 2)
    with pytest.raises(DomainError, match="already"):
        save(futures, order, 2, "for ida")
    ana = futures.world.ana
    with pytest.raises(DomainError, match="isn’t on the order"):
        save_portfolio(
            customer=ana,
            portfolio=None,
            name="Mine",
            pieces={(order.pk, futures.lot.pk): 1},
            actor=customer_actor(ana),
            now=futures.world.now,
        )
    assert pieces() == 2 and Portfolio.objects.count() == 1


def test_what_leaves_an_order_leaves_its_portfolios_too(futures: Futures, order: Order) -> None:
    save(futures, order, 8)
    save(futures, order, 3, "For Jon")
    carry_out(planned(futures, 10), futures.world.now)
    assert (pieces(), pieces("For Jon")) == (8, 2), "one of none, then one of what was made last"


def test_what_is_given_on_leaves_them_and_comes_unsorted(futures: Futures, order: Order) -> None:
    save(futures, order, 12)
    one = sign(offer(futures, order, 4), futures.world.ana, futures.world.now)
    approve_transfer(reference=one.reference, actor=futures.world.staff, now=futures.world.now)
    assert pieces() == 8
    assert not sorted_by(futures.world.ana).portfolios


def test_removed_its_wine_is_in_none(futures: Futures, order: Order) -> None:
    made, _ = save(futures, order, 8)
    remove_portfolio(portfolio=made, actor=customer_actor(futures.world.ben), now=futures.world.now)
    assert not Portfolio.objects.exists() and holdings_of(futures.world.ben)[0].held[0].pieces == 12


def test_what_it_cost_is_shared_to_the_cent(futures: Futures, order: Order) -> None:
    (holding,) = holdings_of(futures.world.ben)
    assert holding.cost.minor == 1200_00
    change = order.changes.get()
    OrderCharge.objects.create(order=order, change=change, kind="discount", amount_minor=-10_01)
    (holding,) = holdings_of(futures.world.ben)
    assert holding.cost.minor == 1189_99
    parts = holding.held[0].cost_of([5, 7])
    assert sum(part.minor for part in parts) == 1189_99 and parts[0].minor in (495_82, 495_83)
