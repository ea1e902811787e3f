"""A customer is offered another wine instead of one that falls short."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.rooms.futures.campaign import Futures, begin, buy
from tests.rooms.futures.cut import carry_out, cuvee, planned
from tests.web.storefront.pages import words_of
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.core.winery import local_time
from tirage.futures.models import CutLine

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def futures(transactional_db: None) -> Futures:
    return begin(build_world(read_clock()))


@pytest.fixture
def shop(futures: Futures) -> World:
    return futures.world


@pytest.fixture
def line(futures: Futures) -> CutLine:
    buy(futures, futures.world.ben, 12)
    until = local_time(futures.world.now).date() + timedelta(days=20)
    cut = planned(futures, 9, substitute=cuvee(futures), substitute_minor=80_00, substitute_until=until)
    carry_out(cut, futures.world.now)
    return CutLine.objects.get()


def test_it_is_looked_at_and_taken(futures: Futures, line: CutLine, ben: Client) -> None:
    at = f"/account/futures/instead/{line.reference}/"
    assert "we keep 3 × Cuvée 2025 for you instead" in words_of(ben.get("/account/futures/"))
    words = words_of(ben.get(at))
    assert "$80.00" in words and "$60.00" in words and "Have the money back" in words
    answer = ben.post(at, {"act": "take", "shown": "1"})
    assert answer.status_code == 422 and "another amount" in words_of(answer)
    answer = ben.post(at, {"act": "take", "shown": "6000"}, follow=True)
    assert "It is yours." in words_of(answer) and "Cuvée 2025" in words_of(answer)
    line.refresh_from_db()
    assert line.outcome == "swapped"
    assert ben.get(at).status_code == 302


def test_or_the_money_comes_back(futures: Futures, line: CutLine, ben: Client) -> None:
    at = f"/account/futures/instead/{line.reference}/"
    assert "on its way back" in words_of(ben.post(at, {"act": "money"}, follow=True))
    line.refresh_from_db()
    assert line.outcome == "waiting" and line.answered_at
