"""What a customer with a standing order reads of wine that isn't bottled yet."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.rooms.futures.campaign import Futures, begin, plan
from tests.rooms.standing.standing import agreed, announced, worked
from tests.web.storefront.pages import words_of
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.offers.models import Offer
from tirage.standing.models import StandingLine
from tirage.standing.terms import save_terms

pytestmark = pytest.mark.django_db(transaction=True)
HERE = "/account/standing/"


@pytest.fixture
def futures(transactional_db: None) -> Futures:
    world = build_world(read_clock())
    made = begin(world)
    plan(made)
    save_terms(values={"is_offered": True}, actor=world.staff, now=world.now)
    opens = world.now + timedelta(days=3)
    Offer.objects.filter(pk=made.offer.pk).update(opens_at=opens, closes_at=opens + timedelta(days=20))
    return made


@pytest.fixture
def shop(futures: Futures) -> World:
    return futures.world


def test_it_says_that_nothing_is_ordered_before_a_word(futures: Futures, ben: Client) -> None:
    agreed(futures.world, futures.world.ben)
    run = announced(futures.world)
    words = words_of(ben.get(HERE))
    assert "nothing is ordered or charged before you agree" in words
    assert "Set these bottles aside for me" in words
    worked(futures.world, run)
    cart = StandingLine.objects.get().cart
    assert cart is not None
    page = ben.get(HERE)
    assert "once you have agreed to the terms and the plan" in words_of(page)
    assert f"/set-aside/{cart.reference}/" in page.content.decode()
    assert ben.get(f"/set-aside/{cart.reference}/").status_code == 200
