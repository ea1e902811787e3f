"""Two of the team set the same customer's wine en primeur aside at once: nobody gets more than the allowance."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.concurrency.crowd import Results, gather, rush
from tests.rooms.futures.campaign import Futures, begin
from tests.rooms.futures.test_for_customers import asked
from tests.world import build_world
from tirage.checkout.operations.setting_aside import own_cart_id
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.futures import for_customers

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def futures(transactional_db: None) -> Futures:
    """Ben has looked at the offer before: his cart is there."""
    made = begin(build_world(read_clock()))
    own_cart_id(customer_id=made.world.ben.pk, release_id=made.release.pk, now=made.world.now)
    return made


def both(futures: Futures) -> Results:
    """Eighteen each of the twenty-four that Ben may have."""
    return rush([partial(asked, futures, 18), partial(asked, futures, 18)])


def test_nobody_has_more_by_two_at_once(futures: Futures) -> None:
    results = both(futures)
    assert len(results.answers) == 1, results
    assert isinstance(results.refusals[0], DomainError)
    assert futures.world.stock(futures.sku).held == 18 and run_checks(read_clock()) == []


def test_control_without_the_carts_lock_both_are_set_aside(
    futures: Futures, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet, wanted = gather(2), for_customers._wanted

    def seen(*facts: Any) -> Any:
        found = wanted(*facts)
        meet()
        return found

    monkeypatch.setattr(for_customers, "lock_row", lambda rows: rows.get())
    monkeypatch.setattr(for_customers, "_wanted", seen)
    both(futures)
    assert futures.world.stock(futures.sku).held == 36
