"""What a customer sees of wine that isn't bottled yet, and what a stranger learns of it."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.rooms.futures.campaign import Futures, begin, buy, order_of, plan
from tests.web.storefront.pages import words_of
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.futures.models import Certificate

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def futures(transactional_db: None) -> Futures:
    world = build_world(read_clock())
    made = begin(world)
    plan(made)
    return made


@pytest.fixture
def shop(futures: Futures) -> World:
    return futures.world


def test_my_futures_say_what_when_and_what_it_cost(futures: Futures, ben: Client) -> None:
    assert "no wine that isn’t bottled yet" in words_of(ben.get("/account/futures/"))
    buy(futures, futures.world.ben, 12)
    words = words_of(ben.get("/account/futures/"))
    assert "12 × Cabernet Sauvignon 2025" in words and "Expected September 2028 to March 2029" in words
    assert "Paid $360.00" in words and "Still to come of its price $840.00" in words
    assert "Ordered Élevage Bottled Arrived Settlement On its way" in words


def test_a_stranger_checks_a_certificate_and_learns_no_name(
    futures: Futures, ben: Client, ana: Client, client: Client
) -> None:
    order = order_of(buy(futures, futures.world.ben, 12))
    own = f"/account/futures/{order.reference}/certificate/"
    assert "for Ben Baker" in words_of(ben.get(own)) and ana.get(own).status_code == 404
    ben.get(own)
    made = Certificate.objects.get()
    words = words_of(client.get(f"/certificates/{made.reference}/"))
    assert "genuine" in words and "Cabernet Sauvignon 2025" in words and futures.lot.reference in words
    assert not [name for name in ("Ben", "Baker", order.reference, "$") if name in words]
    unknown = client.get("/certificates/CER-NONESUCH/")
    assert unknown.status_code == 404 and "issued none" in words_of(unknown)


def test_the_certificate_is_a_file_of_its_owner(futures: Futures, ben: Client, ana: Client) -> None:
    order = order_of(buy(futures, futures.world.ben, 12))
    own = f"/account/futures/{order.reference}/certificate/"
    assert f'href="{own}pdf/"' in ben.get(own).content.decode()
    got = ben.get(f"{own}pdf/")
    assert got["Content-Type"] == "application/pdf" and got.content.startswith(b"%PDF-")
    assert got["Content-Disposition"] == f'attachment; filename="{Certificate.objects.get().reference}.pdf"'
    assert ana.get(f"{own}pdf/").status_code == 404
