"""Money that doesn't come ends in a state that has a name, with a day, a mail and a person."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail as mailing

from tests.rooms.futures.campaign import Futures, begin, buy, order_of, plan
from tests.world import World
from tirage.changes.collecting import retry_due_collections
from tirage.changes.operations import cancel_order
from tirage.changes.states import RefundTo
from tirage.cli.doctor import run_checks
from tirage.core.errors import Conflict, DomainError
from tirage.futures.arrears import wait_until, watch_arrears
from tirage.futures.calling import call_instalments
from tirage.futures.models import Arrears
from tirage.futures.people import NeedKind, counted, needs, waited_for
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCard
from tirage.notifications.models import SentMail
from tirage.notifications.sending import send_one
from tirage.orders.models import CancelReason, Order
from tirage.payments.models import Collection

FEBRUARY, MARCH = datetime(2027, 2, 23, 18, tzinfo=UTC), datetime(2027, 3, 1, 18, tzinfo=UTC)


@pytest.fixture
def sold(world: World) -> Futures:
    """Ben pays 360 now, 360 in March, 480 in September."""
    futures = begin(world)
    plan(futures)
    order_of(buy(futures, world.ben, 12))
    return futures


def work(now: datetime) -> None:
    call_instalments(now=now)
    retry_due_collections(now=now)
    watch_arrears(now=now)


def live_until(last: datetime, first: datetime = FEBRUARY) -> None:
    """The worker, once a day."""
    while first <= last:
        work(first)
        first += timedelta(days=1)


def decline(behaviour: Behaviour) -> None:
    TestCard.objects.update(behaviour=behaviour.value)


def mails() -> int:
    return SentMail.objects.filter(kind="in_arrears").count()


def kinds(now: datetime) -> list[NeedKind]:
    return [one.kind for one in needs(now)]


def test_what_is_tried_no_more_is_in_arrears_with_a_day_and_a_mail(sold: Futures) -> None:
    decline(Behaviour.INSUFFICIENT_FUNDS)
    live_until(MARCH + timedelta(days=15))
    assert Collection.objects.get().next_at is not None and not Arrears.objects.exists(), "it is still tried"
    live_until(MARCH + timedelta(days=18), MARCH + timedelta(days=16))
    one = Arrears.objects.get()
    assert (one.state, one.cause, one.amount_minor) == ("open", "instalment", 360_00)
    assert one.until == (MARCH + timedelta(days=16 + 14)).date() and mails() == 1
    assert kinds(one.since) == [NeedKind.ARREARS]
    assert [name for rows in counted(one.until) for (name,) in rows] == ["futures_people"]
    (need,) = needs(one.since)
    assert "In arrears with $360.00: an instalment didn’t come" in need.why
    assert send_one(SentMail.objects.get(kind="in_arrears").pk, one.since) is None
    (letter,) = [mail for mail in mailing.outbox if "still to be paid" in mail.subject]
    assert "$360.00" in letter.body and "/pay/" in letter.body and "March 31, 2027" in letter.body
    assert run_checks(one.since) == []


def test_a_card_that_was_refused_for_good_waits_a_week_for_its_link(sold: Futures) -> None:
    decline(Behaviour.EXPIRED_CARD)
    live_until(MARCH + timedelta(days=6))
    assert not Arrears.objects.exists()
    live_until(MARCH + timedelta(days=7), MARCH + timedelta(days=7))
    assert Arrears.objects.get().state == "open" and mails() == 1


def in_arrears(behaviour: Behaviour = Behaviour.INSUFFICIENT_FUNDS) -> Arrears:
    decline(behaviour)
    live_until(MARCH + timedelta(days=18))
    return Arrears.objects.select_related("order").get()


def test_the_team_waits_until_a_day_on_which_it_is_tried_again(sold: Futures) -> None:
    one, now = in_arrears(), MARCH + timedelta(days=19)
    until = date(2027, 5, 3)
    wait_until(arrears=one, until=until, note="Sold a house", actor=sold.world.staff, now=now)
    assert needs(now) == [] and [row.note for row in waited_for()] == ["Sold a house"] and mails() == 2
    live_until(datetime(2027, 5, 2, 18, tzinfo=UTC), now)
    assert Order.objects.get().paid_minor == 360_00, "nobody tried before that day"
    decline(Behaviour.SUCCEEDS)
    live_until(datetime(2027, 5, 4, 18, tzinfo=UTC), datetime(2027, 5, 3, 20, tzinfo=UTC))
    one.refresh_from_db()
    assert Order.objects.get().paid_minor == 720_00 and (one.state, one.ended_at is None) == ("paid", False)
    assert waited_for() == [] and run_checks(now) == []


def test_what_was_waited_for_in_vain_is_in_arrears_again(sold: Futures) -> None:
    one, now = in_arrears(), MARCH + timedelta(days=19)
    wait_until(arrears=one, until=date(2027, 4, 1), note="", actor=sold.world.staff, now=now)
    live_until(datetime(2027, 4, 25, 20, tzinfo=UTC), now)
    one.refresh_from_db()
    assert one.state == "open" and one.until > date(2027, 4, 25) and mails() == 3
    assert kinds(now) == [NeedKind.ARREARS]


def test_a_card_refused_for_good_is_not_tried_on_that_day(sold: Futures) -> None:
    one, now = in_arrears(Behaviour.EXPIRED_CARD), MARCH + timedelta(days=19)
    wait_until(arrears=one, until=date(2027, 4, 1), note="", actor=sold.world.staff, now=now)
    assert Collection.objects.get().next_at is None


def test_an_order_that_was_cancelled_by_its_terms_is_over(sold: Futures) -> None:
    one, now = in_arrears(), MARCH + timedelta(days=19)
    CancelReason.objects.create(name="Customer asked")
    cancel_order(
        order_reference=one.order.reference,
        restock=True,
        refund_to=RefundTo.ORIGINAL,
        reason="Customer asked",
        actor=sold.world.staff,
        now=now,
    )
    work(now)
    one.refresh_from_db()
    assert one.state == "over" and needs(now) == []
    with pytest.raises(Conflict, match="no longer in arrears"):
        wait_until(arrears=one, until=date(2027, 5, 3), note="", actor=sold.world.staff, now=now)


def test_a_day_that_is_over_or_far_away_is_refused(sold: Futures) -> None:
    one, now = in_arrears(), MARCH + timedelta(days=19)
    for until in (date(2027, 3, 20), date(2029, 1, 1)):
        with pytest.raises(DomainError, match="Choose a day"):
            wait_until(arrears=one, until=until, note="", actor=sold.world.staff, now=now)


def test_money_that_somebody_let_go_is_still_said(sold: Futures) -> None:
    decline(Behaviour.INSUFFICIENT_FUNDS)
    live_until(MARCH)
    Collection.objects.update(state="let_go", closed_at=MARCH, next_at=None)
    assert kinds(MARCH) == [NeedKind.UNASKED]
