"""Two hands at one place in line, and at one mailed button."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import transaction
from django.db.models import QuerySet

from tests.concurrency.crowd import gather, rush
from tests.world import acting, build_world
from tirage.core.actors import Actor, ActorKind
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.customers.operations import create_customer
from tirage.joining import waiting
from tirage.joining.models import WaitingPlace
from tirage.joining.signing_up import confirm_sign_up, sign_up
from tirage.joining.states import PlaceState
from tirage.joining.waiting import accept_invitation, invite_from_line, put_back, put_in_line

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
VISITOR = Actor(ActorKind.CUSTOMER, None, "a visitor")


def yes_and_take_back(before: Callable[[], None] = lambda: None) -> WaitingPlace:
    """Somebody invited says yes while staff take the invitation back; the place afterwards."""
    world = build_world(read_clock())
    customer = create_customer(
        email="wim@example.com", first_name="Wim", join_default_group=False, actor=world.staff, now=world.now
    )
    place = put_in_line(customer=customer, actor=world.staff, now=world.now)
    staffs: dict[str, Any] = {"actor": world.staff, "now": world.now}
    group = world.estate_offer.group.reference
    invite_from_line(place_reference=place.reference, group_reference=group, days=7, **staffs)
    before()
    rush(
        [
            partial(accept_invitation, customer=customer, actor=acting(customer), now=world.now),
            partial(put_back, place_reference=place.reference, **staffs),
        ]
    )
    place.refresh_from_db()
    return place


def test_a_yes_and_an_invitation_taken_back_agree(transactional_db: None) -> None:
    place = yes_and_take_back()
    assert place.customer.memberships.exists() == (place.state == "joined")


def test_control_without_the_lock_a_member_stands_in_line(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have seen the invitation, and staff write last: in the group, and in line for it."""
    meet, step, said_yes = gather(2), waiting._step, Event()

    def unlocked(rows: QuerySet[WaitingPlace]) -> WaitingPlace | None:
        found = rows.select_related("customer", "group").first()
        meet()
        return found

    def staff_last(place: WaitingPlace, to: PlaceState, now: datetime) -> None:
        if to is PlaceState.WAITING:
            said_yes.wait(10)
        step(place, to, now)
        if to is PlaceState.JOINED:
            transaction.on_commit(said_yes.set)

    def without_locks() -> None:
        monkeypatch.setattr(waiting, "lock_row", unlocked)
        monkeypatch.setattr(waiting, "_step", staff_last)

    place = yes_and_take_back(before=without_locks)
    assert place.customer.memberships.exists() and place.state == "waiting"


def test_a_button_pressed_in_two_windows_makes_one_customer(transactional_db: None) -> None:
    build_world(read_clock())
    Winery.objects.update(sign_up="waiting")
    forget_winery()
    typed: dict[str, Any] = {
        "email": "zoe@example.com",
        "first_name": "Zoe",
        "last_name": "Zander",
        "agrees": True,
        "agreed_words": "Yes.",
        "ip": "",
    }
    tokens = [sign_up(**typed, now=read_clock()).token for _ in range(2)]
    pressing = [
        partial(confirm_sign_up, token=token, actor=VISITOR, now=read_clock()) for token in tokens * 3
    ]
    results = rush(pressing)
    assert all(isinstance(problem, DomainError) for problem in results.refusals)
    assert Customer.objects.filter(email="zoe@example.com").count() == 1
    assert WaitingPlace.objects.count() == 1
