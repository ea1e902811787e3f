"""Until when customers may change and cancel: the release's own day, days before packing, or until it ships."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.rooms.changes.journey import (
    bought,
    card_that,
    confirm,
    customer_actor,
    draft_of,
    held_for,
    one_more,
    pieces_on,
    state_of,
)
from tests.rooms.changes.test_cancelling_own import cancelled, switch
from tests.rooms.changes.test_drafting import refusal
from tests.world import World
from tirage.changes.operations import finish_change_payment, pay_draft
from tirage.changes.window import is_over, last_day
from tirage.cli.doctor import run_checks
from tirage.core.winery import local_time, start_of_day
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.offers.models import Release
from tirage.orders.models import Order
from tirage.payments.models import Payment


def say(world: World, **days: Any) -> Release:
    """The world's release with these days."""
    Release.objects.update(**days)
    return Release.objects.get(pk=world.release.pk)


def today(world: World) -> date:
    return local_time(world.now).date()


def the_end(world: World, days: int = 0) -> datetime:
    """The first moment after the last day, so many days from today."""
    return start_of_day(today(world) + timedelta(days=days + 1))


def test_the_releases_own_day_counts_before_the_days_before_packing(world: World) -> None:
    switch(change_days=3)
    packed = today(world) + timedelta(days=10)
    assert last_day(say(world)) is None
    assert last_day(say(world, packing_on=packed)) == packed - timedelta(days=3)
    own = packed - timedelta(days=7)
    assert last_day(say(world, packing_on=packed, changes_until=own)) == own
    switch(change_days=None)
    assert last_day(say(world, packing_on=packed, changes_until=None)) is None, "until it ships"
    assert last_day(None) is None and not is_over(None, world.now)


def test_the_last_day_counts_to_its_end_on_the_winerys_clock(world: World) -> None:
    release, end = say(world, changes_until=today(world)), the_end(world)
    assert not is_over(release, end - timedelta(seconds=1)) and is_over(release, end)
    switch(time_zone="Pacific/Kiritimati")
    assert is_over(release, end - timedelta(seconds=1)), "where the day began, and ended, earlier"


def test_a_change_begun_in_time_is_refused_when_it_is_sent_too_late(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    say(world, changes_until=today(world))
    end = the_end(world)
    draft = draft_of(world, order, ben, end - timedelta(seconds=2), add={world.cabernet: 1})
    before = pieces_on(order)
    assert refusal(lambda: confirm(world, draft, ben, end)) == "window_over"
    assert refusal(lambda: draft_of(world, order, ben, end, add={world.cabernet: 1})) == "window_over"
    assert pieces_on(order) == before and held_for(draft, end) == 1 and run_checks(end) == []
    confirm(world, draft, ben, end - timedelta(seconds=1))
    assert pieces_on(order) == {"CAB23": 3} and run_checks(end) == []


def test_staff_change_until_it_ships(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    say(world, changes_until=today(world) - timedelta(days=1))
    confirm(world, one_more(world, order, world.staff), world.staff)
    assert pieces_on(order) == {"CAB23": 3}


def test_what_waits_for_the_bank_when_the_window_ends_is_made(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    say(world, changes_until=today(world))
    end = the_end(world)
    draft = draft_of(world, order, ben, end - timedelta(minutes=5), add={world.cabernet: 1})
    asked = confirm(
        world,
        draft,
        ben,
        end - timedelta(minutes=4),
        payment_method=card_that(world, Behaviour.AUTHENTICATES_ALWAYS),
    )
    payment, later = Payment.objects.get(reference=asked.payment_reference), end + timedelta(minutes=1)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=later)
    done = finish_change_payment(payment_reference=payment.reference, actor=ben, now=later)
    assert done.status == "applied" and pieces_on(order) == {"CAB23": 3} and run_checks(later) == []


def test_a_declined_change_is_not_paid_too_late_by_another_card(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    say(world, changes_until=today(world))
    end = the_end(world)
    draft = draft_of(world, order, ben, end - timedelta(minutes=5), add={world.cabernet: 1})
    confirm(
        world,
        draft,
        ben,
        end - timedelta(minutes=4),
        payment_method=card_that(world, Behaviour.CARD_DECLINED),
    )
    assert state_of(draft) == "waiting"
    facts: dict[str, Any] = {
        "draft_reference": draft.reference,
        "payment_method": world.ben_card,
        "actor": ben,
    }
    assert refusal(lambda: pay_draft(**facts, now=end)) == "window_over"
    assert pieces_on(order) == {"CAB23": 2} and run_checks(end) == []


@pytest.mark.parametrize("seconds", [-1, 0])
def test_cancelling_ends_with_changing(world: World, seconds: int) -> None:
    switch(customers_cancel_orders=True)
    order = bought(world, world.ben, {"CAB23": 2})
    say(world, changes_until=today(world))
    moment = the_end(world) + timedelta(seconds=seconds)
    if seconds < 0:
        assert cancelled(world, order, now=moment).order.state == "cancelled"
    else:
        assert refusal(lambda: cancelled(world, order, now=moment)) == "window_over"
        assert Order.objects.get(pk=order.pk).state == "placed"
