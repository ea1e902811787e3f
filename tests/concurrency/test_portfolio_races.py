"""The same bottles into two portfolios from two windows."""

from __future__ import annotations

from functools import partial

import pytest
from django.db.models import Sum

from tests.concurrency.crowd import gather, rush
from tests.rooms.checkout.journey import customer_actor
from tests.rooms.futures.campaign import Futures
from tests.rooms.futures.given import paid
from tests.world import build_world
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.winery import forget_winery
from tirage.futures import portfolios
from tirage.futures.models import PortfolioPart
from tirage.orders.models import Order

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def bought(transactional_db: None) -> tuple[Futures, Order]:
    """Ben has twelve."""
    forget_winery()
    return paid(build_world(read_clock()))


def keep(bought: tuple[Futures, Order], name: str) -> None:
    futures, order = bought
    portfolios.save_portfolio(
        customer=order.customer,
        portfolio=None,
        name=name,
        pieces={(order.pk, futures.lot.pk): 8},
        actor=customer_actor(order.customer),
        now=read_clock(),
    )


def together() -> int:
    return int(PortfolioPart.objects.aggregate(sum=Sum("pieces"))["sum"] or 0)


def test_two_portfolios_never_have_the_same_bottle(bought: tuple[Futures, Order]) -> None:
    rush([partial(keep, bought, "For Ida"), partial(keep, bought, "For Jon")])
    assert together() == 12 and run_checks(read_clock()) == []


def test_control_without_the_orders_lock_both_have_it(
    bought: tuple[Futures, Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    meet, put = gather(2), portfolios._put

    def seen(*facts: object) -> int:
        found = put(*facts)  # type: ignore[arg-type]
        meet()
        return found

    monkeypatch.setattr(portfolios, "lock_rows", list)
    monkeypatch.setattr(portfolios, "lock_row", lambda rows: rows.first())
    monkeypatch.setattr(portfolios, "_put", seen)
    rush([partial(keep, bought, "For Ida"), partial(keep, bought, "For Jon")])
    assert together() == 16
