"""A mailed link is opened while the address that it went to is corrected: who comes in by it is out again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from tests.concurrency.crowd import gather, rush
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.core.sessions import Device
from tirage.customers import sign_in
from tirage.customers.models import Customer
from tirage.customers.operations import update_customer
from tirage.customers.sessions import begin_session, find_signed_in
from tirage.customers.sign_in import SignedIn, make_campaign_link, sign_in_with_campaign_link

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(transactional_db: None) -> World:
    """The world, committed."""
    return build_world(read_clock())


def keys_after(
    world: World, monkeypatch: pytest.MonkeyPatch, begin: Callable[[Customer, datetime], str]
) -> list[str]:
    """The keys of sessions begun by a link that was looked at before the address was another, and begun after."""
    now, looked, corrected = read_clock(), gather(2), gather(2)
    token = make_campaign_link(world.ben, "/offer/", now=now).rstrip("/").rpartition("/")[2]
    welcome = sign_in.welcome

    def slowly(customer: Customer, *rest: object) -> SignedIn:
        looked()
        corrected()
        return welcome(customer, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(sign_in, "welcome", slowly)
    keys: list[str] = []

    def open_it() -> None:
        found = sign_in_with_campaign_link(token=token, actor=world.staff, now=now)
        assert isinstance(found, SignedIn)
        keys.append(begin(found.customer, now))

    def correct_it() -> None:
        looked()
        update_customer(
            customer=world.ben, values={"email": "benedict@example.com"}, actor=world.staff, now=now
        )
        corrected()

    assert rush([open_it, correct_it]).refusals == []
    return keys


def test_who_came_in_by_the_former_address_is_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = keys_after(world, monkeypatch, lambda customer, now: begin_session(customer, Device(), now=now))
    assert [find_signed_in(key, now=read_clock()) for key in keys] == [None]


def test_control_a_session_of_who_the_customer_is_now_would_stay(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(customer: Customer, now: datetime) -> str:
        return begin_session(Customer.objects.get(pk=customer.pk), Device(), now=now)

    (key,) = keys_after(world, monkeypatch, begin)
    assert find_signed_in(key, now=read_clock()) is not None
