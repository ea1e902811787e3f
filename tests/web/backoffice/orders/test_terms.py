"""Cancelling an order en primeur: what its terms keep is said, and let go with a reason only."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.rooms.futures.test_leaving import sold
from tests.web.backoffice.changes.changing import text_of
from tests.web.backoffice.orders.test_cancelling import cancel
from tests.world import World
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.orders.models import Order


@pytest.fixture
def order(world_today: World) -> Order:
    """Twelve bottles at $100.00, an eighth of which is kept at once."""
    return sold(world_today, withdrawal_days=0)[1]


def test_the_fee_is_said_beforehand_and_kept(owner_client: Client, order: Order) -> None:
    words = text_of(owner_client.get(f"/winery/orders/{order.reference}/cancel").content.decode())
    assert "$150.00 are kept: the fee that the order’s terms ask for." in words
    assert "$1,050.00 go back to Visa 4242." in words
    cancel(owner_client, order, reason="Customer asked", terms="yes")
    order.refresh_from_db()
    assert (order.state, order.owed_minor, order.paid_minor) == ("cancelled", 150_00, 150_00)
    assert run_checks(read_clock()) == []


def test_it_is_let_go_with_a_reason_only(owner_client: Client, order: Order) -> None:
    refused = cancel(owner_client, order, reason="Customer asked", terms="no")
    assert refused.status_code == 400 and "Write a few words." in refused.content.decode()
    cancel(owner_client, order, reason="Customer asked", terms="no", waive="Hail")
    order.refresh_from_db()
    assert (order.state, order.owed_minor, order.paid_minor) == ("cancelled", 0, 0)


def test_choosing_to_let_it_go_shows_what_goes_back(owner_client: Client, order: Order) -> None:
    chosen = {"restock": "yes", "money": "original", "terms": "no", "preview": "1"}
    page = owner_client.post(f"/winery/orders/{order.reference}/cancel", chosen).content.decode()
    assert "$1,200.00 go back" in text_of(page) and "are kept" not in text_of(page)
