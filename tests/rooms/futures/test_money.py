"""Cash flow and exposure agree with plain SQL to the cent, and say how likely money is by their formula."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.rooms.futures.campaign import Futures, begin, buy, order_of, plan
from tests.rooms.futures.settled import agreed, arrive, ask, home
from tests.world import World
from tirage.changes.collecting import retry_due_collections
from tirage.core.money import rate_of
from tirage.futures.calling import call_instalments
from tirage.futures.exposure import exposures
from tirage.futures.flowing import Flow, flows
from tirage.futures.models import Settlement
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod

FEBRUARY, MARCH = datetime(2027, 2, 23, 18, tzinfo=UTC), datetime(2027, 3, 1, 18, tzinfo=UTC)

RECEIVED = """SELECT COALESCE(sum(CASE WHEN p.kind = 'refund' THEN -p.amount_minor ELSE p.amount_minor END), 0)
FROM payments_payment p JOIN orders_order o ON o.id = p.order_id JOIN offers_release r ON r.id = o.release_id
WHERE r.kind = 'en_primeur' AND p.state = 'settled' AND p.kind IN ('charge', 'capture', 'refund')
AND p.gateway NOT IN ('trial', 'history', 'credit') AND p.offline_kind NOT IN ('comp', 'moved')"""
DUE = """SELECT COALESCE(sum(o.balance_minor), 0) FROM orders_order o JOIN offers_release r ON r.id = o.release_id
WHERE r.kind = 'en_primeur' AND o.state = 'placed' AND o.balance_minor > 0"""
AT_RISK = """SELECT COALESCE(sum(o.owed_minor - o.balance_minor), 0) FROM orders_order o
JOIN offers_release r ON r.id = o.release_id WHERE r.kind = 'en_primeur' AND o.state = 'placed'"""


def asked(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def total(rows: list[Flow], name: str) -> int:
    return sum(getattr(row, name) for row in rows)


@pytest.fixture
def sold(world: World) -> Futures:
    """Ben pays 360 now, 360 in March, 480 in September; Ana 81, 81 and 108."""
    futures = begin(world)
    plan(futures)
    order_of(buy(futures, world.ben, 12))
    futures.offer.group = world.premier
    futures.offer.save()
    order_of(buy(futures, world.ana, 3))
    return futures


def agrees(now: datetime) -> list[Flow]:
    """Received and due, by plain SQL; what each month says."""
    rows = flows(now).rows
    assert total(rows, "received") == asked(RECEIVED) and total(rows, "due") == asked(DUE)
    return rows


def by_month(rows: list[Flow]) -> dict[str, tuple[int, int]]:
    return {f"{row.month:%Y-%m}": (row.received, row.due) for row in rows if row.received or row.due}


def test_months_agree_with_plain_sql(sold: Futures) -> None:
    now = sold.world.now
    assert by_month(agrees(now)) == {
        f"{now:%Y-%m}": (441_00, 0),
        "2027-03": (0, 441_00),
        "2027-09": (0, 588_00),
    }
    call_instalments(now=FEBRUARY)
    call_instalments(now=MARCH)
    retry_due_collections(now=MARCH)
    assert by_month(agrees(MARCH))["2027-03"] == (441_00, 0)
    assert [row.month for row in agrees(MARCH)] == sorted({row.month for row in agrees(MARCH)}), (
        "without gaps"
    )


def test_what_is_owed_already_is_this_month_s(sold: Futures) -> None:
    call_instalments(now=FEBRUARY)
    call_instalments(now=MARCH)
    assert by_month(agrees(MARCH))["2027-03"] == (0, 441_00)
    assert by_month(agrees(MARCH + timedelta(days=40)))["2027-04"] == (0, 441_00)


def test_likely_is_the_amount_times_card_and_history(sold: Futures) -> None:
    """Ben's card is good in March and not in September; his one charge went through. Ana removed hers."""
    ben = PaymentMethod.objects.filter(customer=sold.world.ben)
    ben.update(exp_year=2027, exp_month=5)
    PaymentMethod.objects.filter(customer=sold.world.ana).update(removed_at=sold.world.now)
    rows = {f"{row.month:%Y-%m}": row for row in agrees(sold.world.now)}
    march = rate_of(360_00, 950_000) + rate_of(81_00, 400_000)
    september = rate_of(480_00, 600_000) + rate_of(108_00, 400_000)
    assert (rows["2027-03"].due_likely, rows["2027-09"].due_likely) == (march, september)


def test_declined_charges_make_it_less_likely(sold: Futures) -> None:
    before = total(agrees(sold.world.now), "due_likely")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE payments_payment SET state = 'declined', settled_at = NULL")
    rows = flows(sold.world.now).rows
    # (0 + 1) ÷ (0 + 1 + 1): half of it.
    assert abs(total(rows, "due_likely") * 2 - before) <= 4


def test_settlements_are_guessed_by_what_others_came_to(world: World) -> None:
    futures = begin(world)
    first = order_of(buy(futures, world.ben, 6))
    assert flows(world.now).a_bottle is None and total(flows(world.now).rows, "settlements") == 0
    arrive(futures, 60)
    (settlement,) = ask(futures, first)
    agreed(world, settlement, home(world))
    settlement.refresh_from_db()
    cost = sum(line["minor"] for line in settlement.costs)
    assert settlement.state == "settled" and cost > 0
    futures.offer.group = world.premier
    futures.offer.save()
    order_of(buy(futures, world.ana, 3))
    found = flows(world.now)
    assert found.a_bottle is not None and round(found.a_bottle * 6) == cost
    (row,) = [row for row in found.rows if row.settlements]
    assert row.month == date(2028, 9, 1) and abs(row.settlements * 2 - cost) <= 1
    ask(futures, now=world.now)
    (row,) = [row for row in flows(world.now).rows if row.settlements]
    assert row.month == Settlement.objects.latest("pk").due_on.replace(day=1)


def test_if_all_fails_all_that_was_paid_goes_back(sold: Futures) -> None:
    found = exposures(sold.world.now)
    (row,) = found.lots
    assert row.at_risk == asked(AT_RISK) == 441_00 and row.unpaid == asked(DUE) == 1029_00
    assert (row.lot.committed, row.short) == (15, 0)


def test_duty_and_tax_to_come_are_by_destination(sold: Futures) -> None:
    found = exposures(sold.world.now)
    assert sum(one.wine for one in found.charges) == asked("SELECT sum(owed_minor) FROM orders_order")
    assert {one.state for one in found.charges} >= {sold.world.ben_home.state}
    ben = next(one for one in found.charges if one.state == sold.world.ben_home.state)
    assert ben.tax is not None and ben.duty == 0


def test_few_statements_however_many_orders(sold: Futures) -> None:
    counts: list[list[int]] = []
    for _ in range(2):
        counts.append([])
        for ask_for in (flows, exposures):
            run: Any = ask_for
            run(sold.world.now)
            with CaptureQueriesContext(connection) as sent:
                run(sold.world.now)
            counts[-1].append(len(sent))
        Order.objects.filter(customer=sold.world.ana).update(state="cancelled")
    assert counts[0] == counts[1] and max(counts[0]) <= 12, counts
