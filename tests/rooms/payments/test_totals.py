"""Totals by day and way: they are sums of the ledger, on the winery's clock, whatever that clock does."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from django.db.models import Sum
from hypothesis import given, settings

from tests.world import World, save_test_card
from tirage.core import winery as winery_of
from tirage.core.models import Winery
from tirage.core.winery import forget_winery, start_of_day
from tirage.orders.models import Order
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.totals import NOTHING, Sums, Totals, Way, totals_by_day

#: Zones with a day of their clock's change in 2026; in Havana and Santiago the clocks change at midnight.
CHANGES = {
    "America/Los_Angeles": (date(2026, 3, 8), date(2026, 11, 1)),
    "America/Havana": (date(2026, 3, 8), date(2026, 11, 1)),
    "America/Santiago": (date(2026, 9, 6), date(2026, 4, 4)),
    "Europe/London": (date(2026, 3, 29), date(2026, 10, 25)),
    "Australia/Lord_Howe": (date(2026, 10, 4), date(2026, 4, 5)),
    "Asia/Kolkata": (date(2026, 6, 1), date(2026, 6, 2)),
    "Pacific/Auckland": (date(2026, 9, 27), date(2026, 4, 5)),
}
VISA, CREDIT, CHEQUE, GIFT = (
    Way("test", "", "Visa"),
    Way("credit"),
    Way("offline", "cheque"),
    Way("offline", "comp"),
)


def on_the_clock_of(zone: str) -> None:
    Winery.objects.update(time_zone=zone)
    forget_winery()


@pytest.fixture
def order(world: World) -> Order:
    return Order.objects.create(
        customer=world.ana, state="placed", currency="USD", made_at=world.now, placed_at=world.now
    )


def pay(
    order: Order, at: datetime, minor: int, way: Way = VISA, kind: str = "charge", **more: Any
) -> Payment:
    """One payment of Ana's; settled at ``at`` unless told otherwise, and booked on its order."""
    values: dict[str, Any] = {"state": "settled", "settled_at": at, "parent": None} | more
    card = PaymentMethod.objects.get(customer=order.customer_id, brand=way.brand) if way.brand else None
    payment = Payment.objects.create(
        order=order,
        payment_method=card,
        gateway=way.gateway,
        offline_kind=way.offline_kind,
        note="A present" if way.is_gift else "",
        kind=kind,
        amount_minor=minor,
        currency="USD",
        idempotency_key=f"key-{Payment.objects.count()}",
        made_at=at,
        **values,
    )
    if values["state"] == "settled" and kind != "authorise":
        order.paid_minor += -minor if kind == "refund" else minor
        order.save(update_fields=["paid_minor"])
    return payment


def ledger(order: Order, around: date, zone: str, lot: random.Random) -> None:
    """Sixty attempts in the eight days around a day, many of them at the very edges of days."""
    start = datetime(around.year, around.month, around.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    edges = [
        start + timedelta(hours=hour, microseconds=tick) for hour in (0, 1, 23, 24, 25) for tick in (-1, 0)
    ]
    for _ in range(60):
        at = (
            lot.choice(edges)
            if lot.random() < 0.4
            else start + timedelta(minutes=lot.randrange(-4 * 1440, 4 * 1440))
        )
        way, minor = (
            lot.choice((VISA, VISA, Way("test", "", "Mastercard"), CREDIT, CHEQUE, GIFT)),
            lot.randrange(1, 900_00),
        )
        if lot.random() < 0.2:
            pay(order, at, minor, VISA, state=lot.choice(("declined", "unknown", "voided")), settled_at=None)
            continue
        kind = "authorise" if way.gateway == "test" and lot.random() < 0.3 else "charge"
        parent = pay(order, at, minor, way, kind)
        later = at + timedelta(hours=lot.randrange(0, 40))
        if kind == "authorise" and lot.random() < 0.7:
            parent = pay(order, later, lot.randrange(1, minor + 1), way, "capture", parent=parent)
            kind = "capture"
        if kind != "authorise" and lot.random() < 0.3:
            back = lot.choice((way, CREDIT))
            pay(order, later, lot.randrange(1, parent.amount_minor + 1), back, "refund", parent=parent)


def by_plain_books(zone: str) -> dict[tuple[date, Way], Sums]:
    """The same totals without SQL, by the date that a person there would have read off the clock."""
    books: dict[tuple[date, Way], Sums] = {}
    for one in Payment.objects.filter(state="settled").select_related("payment_method"):
        assert one.settled_at
        day = one.settled_at.astimezone(ZoneInfo(zone)).date()
        brand = one.payment_method.brand if one.payment_method else ""
        key = (day, Way(one.gateway, one.offline_kind, brand))
        column = {"refund": "given_back", "authorise": "set_aside"}.get(one.kind, "taken")
        books[key] = books.get(key, NOTHING) + Sums(**{column: one.amount_minor}, payments=1)
    return books


@pytest.mark.parametrize("zone", CHANGES)
@pytest.mark.parametrize("which", [0, 1])
def test_the_days_add_up_to_what_orders_have_been_paid(
    world: World, order: Order, zone: str, which: int
) -> None:
    on_the_clock_of(zone)
    card = save_test_card(world.ana, world.now, last4="4444", is_default=False)
    PaymentMethod.objects.filter(pk=card.pk).update(brand="Mastercard")
    around = CHANGES[zone][which]
    ledger(order, around, zone, random.Random(f"{zone} {which}"))
    first = around - timedelta(days=7)
    days = totals_by_day(first, 21)
    found = {
        (first + timedelta(days=at), way): sums
        for at, totals in enumerate(days)
        for way, sums in totals.by_way.items()
    }
    assert found == by_plain_books(zone)
    together = sum(days, Totals())
    paid = Order.objects.aggregate(sum=Sum("paid_minor"))["sum"]
    assert together.money.net + together.gifts.net == paid == order.paid_minor
    assert Counter(way.is_gift for way in together.by_way)[True] == 1


#: Minutes of the years 2020 to 2037.
moments = st.integers(0, 9_467_000).map(
    lambda minute: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
)


@pytest.mark.once
@given(moments, st.sampled_from(sorted(CHANGES)))
@settings(derandomize=True, deadline=None, database=None, max_examples=400)
def test_a_payment_counts_on_the_day_of_the_winerys_clock(moment: datetime, zone: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(winery_of, "current_winery", lambda: SimpleNamespace(time_zone=zone))
        day = moment.astimezone(ZoneInfo(zone)).date()
        assert start_of_day(day) <= moment < start_of_day(day + timedelta(days=1))


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 7, 4), 24)]
)
def test_a_day_has_as_many_hours_as_the_clock_gives_it(
    world: World, order: Order, day: date, hours: int
) -> None:
    start = start_of_day(day)
    assert start_of_day(day + timedelta(days=1)) - start == timedelta(hours=hours)
    for at in range(hours):
        pay(order, start + timedelta(hours=at, minutes=59), 1_00)
    [before, totals, after] = totals_by_day(day - timedelta(days=1), 3)
    assert totals.money == Sums(taken=hours * 1_00, payments=hours)
    assert (before.by_way, after.by_way) == ({}, {})


def test_a_refund_counts_on_its_own_day_and_by_its_own_way(world: World, order: Order) -> None:
    charge = pay(order, world.now, 268_00)
    pay(order, world.now + timedelta(days=1), 20_00, CREDIT, "refund", parent=charge)
    sold, returned = totals_by_day(date(2026, 10, 6), 2)
    assert sold.by_way == {VISA: Sums(taken=268_00, payments=1)}
    assert returned.by_way == {CREDIT: Sums(given_back=20_00, payments=1)}
    assert returned.money.net == -20_00


def test_what_is_set_aside_is_no_money_and_its_renewal_sets_nothing_more_aside(
    world: World, order: Order
) -> None:
    first = pay(order, world.now, 268_00, kind="authorise")
    renewal = pay(order, world.now, 268_00, kind="authorise", parent=first)
    [totals] = totals_by_day(date(2026, 10, 6), 1)
    assert (totals.money.net, totals.money.set_aside) == (0, 268_00)
    pay(order, world.now, 200_00, kind="capture", parent=renewal)
    [totals] = totals_by_day(date(2026, 10, 6), 1)
    assert (totals.money.net, totals.money.set_aside) == (200_00, 268_00)


def test_a_gift_is_shown_and_is_no_money(world: World, order: Order) -> None:
    pay(order, world.now, 120_00, GIFT)
    [totals] = totals_by_day(date(2026, 10, 6), 1)
    assert (totals.money, totals.gifts) == (NOTHING, Sums(taken=120_00, payments=1))


def test_what_did_not_settle_counts_nowhere(world: World, order: Order) -> None:
    for state in ("pending", "unknown", "needs_customer", "declined", "voided"):
        pay(order, world.now, 1_00, state=state, settled_at=None)
    assert totals_by_day(date(2026, 10, 6), 1)[0].by_way == {}


def test_a_month_is_one_statement(world: World, order: Order, django_assert_num_queries: Any) -> None:
    pay(order, world.now, 268_00)
    start_of_day(date(2026, 10, 1))
    with django_assert_num_queries(1):
        totals_by_day(date(2026, 10, 1), 31)
