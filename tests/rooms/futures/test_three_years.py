"""Three years of a campaign in seconds: sixty customers, of whom each ends with wine, money or a name.

``TIRAGE_PEOPLE=500`` has five hundred of them, in two minutes.

Deposits and instalments, cards that expire or are declined, a shortfall that is cut, an arrival in two parts, duty that
rises between the two, people who have moved to Britain or to where nothing may be sent, who keep their wine, send it
under bond, choose nothing. What is left at the end is counted by plain SQL.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.concurrency.crowd import invite
from tests.rooms.checkout.journey import customer_actor, hold
from tests.rooms.futures.campaign import CODE, Futures, begin, form_of, plan
from tests.rooms.futures.cut import carry_out, planned
from tests.rooms.futures.settled import OLDEST, arrive
from tests.rooms.taxes.dutiable import duty
from tests.rooms.taxes.tables import rate
from tests.world import World
from tirage.changes.collecting import retry_due_collections
from tirage.changes.operations import lapse_drafts
from tirage.checkout.operations import place_order
from tirage.cli.doctor import run_checks
from tirage.core.errors import DomainError
from tirage.core.sql import fetch_all
from tirage.customers.models import Address, Customer
from tirage.delivery.models import Destination, Method, Rate, RateTable, Zone
from tirage.fulfilment.operations import ship_order
from tirage.futures.calling import call_instalments
from tirage.futures.models import Settlement, StorageTerm
from tirage.futures.settling.agreeing import agree, ask_stale_again
from tirage.futures.settling.asking import begin_settlements, keep_in_cellar, look_after_settlements, preview
from tirage.futures.settling.reckoning import Choice, look_at
from tirage.futures.settling.storing import charge_storage
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCard
from tirage.inventory.models import Stock
from tirage.orders.models import Order
from tirage.payments.models import Collection, PaymentMethod
from tirage.payments.queries import saved_cards

PEOPLE = int(os.environ.get("TIRAGE_PEOPLE", "60"))
#: What becomes of each, by their number.
BRITISH, CLOSED, BOND, KEEPS, SILENT = 7, 11, 13, 5, 3
DECLINED, EXPIRED = 9, 17


def at(day: date, hour: int = 18) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


class Years:
    """The campaign and what the clock does in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.futures: Futures = begin(world, expected=PEOPLE * 3 + 60, maximum=6)
        plan(self.futures)
        self.people = invite(world, PEOPLE)
        self.parcel = _open_britain(world)

    def by_the_clock(self, now: datetime) -> None:
        """What is scheduled, as often as a plan of retries needs it."""
        call_instalments(now=now)
        while Collection.objects.filter(state="open", next_at__lte=now).exists():
            retry_due_collections(now=now)
        lapse_drafts(now=now)
        ask_stale_again(now=now)
        look_after_settlements(now=now)
        charge_storage(now=now)

    def pass_days(self, first: date, last: date, step: int = 6) -> None:
        while first <= last:
            self.by_the_clock(at(first))
            first += timedelta(days=step)

    def buy(self) -> None:
        for number, person in enumerate(self.people):
            hold(person, {CODE: 1 + number % 3 * 2}, self.world.now)
            place_order(**form_of(self.futures, person, self.world.now))

    def wear_cards_out(self) -> None:
        """Some banks say no from now on; some cards end in a year."""
        for number in range(PEOPLE):
            if number % DECLINED == 1:
                behaviour = Behaviour.CARD_DECLINED.value
                TestCard.objects.filter(token=f"card_guest_{number}").update(behaviour=behaviour)
            if number % EXPIRED == 2:
                PaymentMethod.objects.filter(token=f"card_guest_{number}").update(exp_year=2027, exp_month=5)

    def mend_cards(self) -> None:
        """Every second of those whose bank said no has another card."""
        for number in range(1, PEOPLE, DECLINED * 2):
            behaviour = Behaviour.SUCCEEDS.value
            TestCard.objects.filter(token=f"card_guest_{number}").update(behaviour=behaviour)
        Collection.objects.filter(state="open").update(next_at=at(date(2027, 11, 1)))

    def move_house(self) -> None:
        for number, person in enumerate(self.people):
            home = Address.objects.filter(customer=person)
            if number % BRITISH == 4:
                away = {"country": "GB", "state": "", "city": "Bath", "postal_code": "BA1 1DA"}
                home.update(line1="1 Milsom Street", **away)
            elif number % CLOSED == 6:
                home.update(state="UT", city="Provo", postal_code="84601")

    def ask(self, now: datetime, due_on: date) -> None:
        covered = [one.order.pk for one in preview(self.futures.release, OLDEST).covered]
        begin_settlements(
            release=self.futures.release,
            order_ids=covered,
            precedence=OLDEST,
            due_on=due_on,
            actor=self.world.staff,
            now=now,
        )

    def choose(self, now: datetime) -> None:
        """Whoever was asked does what their number says, where it can be done."""
        asked = Settlement.objects.filter(state="asked").select_related("order__customer")
        for settlement in asked.order_by("pk"):
            number = int(settlement.order.customer.last_name)
            if number % SILENT == 0:
                continue
            if number % KEEPS == 0:
                keep_in_cellar(settlement=settlement, actor=self.world.staff, now=now)
            else:
                self._agree(settlement, self._choice(number, settlement.order.customer), now)

    def _choice(self, number: int, customer: Customer) -> Choice:
        if number % BOND == 1:
            return Choice(warehouse="Octavian Vaults", account=f"O-{number}")
        address = Address.objects.get(customer=customer)
        method = self.parcel if address.country == "GB" else self.world.ground
        return Choice(method.reference, address.reference)

    def _agree(self, settlement: Settlement, choice: Choice, now: datetime) -> None:
        customer = settlement.order.customer
        seen = look_at(settlement, choice, now)
        if seen.problem:
            return
        try:
            agree(
                settlement=settlement,
                choice=choice,
                expected_minor=seen.difference.minor,
                payment_method=saved_cards(customer.pk, now).first(),
                actor=customer_actor(customer),
                now=now,
            )
        except DomainError:
            assert not settlement.order.payments.filter(
                state="settled", purpose=settlement.draft or "-"
            ).exists()

    def ship(self, now: datetime) -> None:
        """What is settled and paid leaves; nothing else does, however often somebody tries."""
        for order in Order.objects.filter(release=self.futures.release, state="placed").order_by("pk"):
            settled = order.settlements.filter(state="settled").exists()
            try:
                ship_order(order_reference=order.reference, actor=self.world.staff, now=now)
            except DomainError:
                continue
            order.refresh_from_db()
            assert settled and order.balance_minor == 0


def _open_britain(world: World) -> Method:
    zone = Zone.objects.create(name="Britain")
    Destination.objects.create(country="GB", name="United Kingdom", zone=zone, is_open=True)
    parcel = Method.objects.create(name="Parcel", position=9)
    table = RateTable.objects.create(method=parcel)
    Rate.objects.create(table=table, zone=zone, up_to_milli=12_000, price_minor=15_00)
    rate(world, "", "VAT", 20, country="GB", kind="vat", on_shipping=True, on_duty=True)
    duty(last_day=date(2029, 1, 31))
    duty(first_day=date(2029, 2, 1), amount_micros=31_740_000)
    return parcel


def rows(statement: str) -> list[dict[str, Any]]:
    return fetch_all(statement, [])


@pytest.fixture
def years(world: World) -> Years:
    return Years(world)


def test_three_years_end_with_every_bottle_and_every_cent_in_its_place(years: Years) -> None:
    years.buy()
    years.wear_cards_out()
    years.pass_days(date(2027, 2, 20), date(2027, 4, 1))
    years.pass_days(date(2027, 8, 24), date(2027, 10, 20))
    years.mend_cards()
    years.pass_days(date(2027, 11, 1), date(2027, 11, 20))
    cut = planned(years.futures, PEOPLE * 2, now=at(date(2028, 6, 1)))
    carry_out(cut, at(date(2028, 6, 1)))
    years.futures.lot.refresh_from_db()
    StorageTerm.objects.create(
        first_day=date(2028, 1, 1),
        day_micros=70_000,
        free_days=30,
        undecided="person",
        transfers=True,
        transfer_minor=9_00,
        transfer_most_minor=36_00,
    )
    years.move_house()
    first = years.futures.lot.expected * 3 // 5
    arrive(years.futures, first, at(date(2028, 9, 20)))
    years.ask(at(date(2028, 9, 21)), date(2028, 10, 21))
    years.choose(at(date(2028, 9, 25)))
    years.ship(at(date(2028, 10, 1)))
    years.pass_days(date(2028, 10, 2), date(2029, 1, 30), step=9)
    arrive(years.futures, years.futures.lot.expected - first, at(date(2029, 2, 5)))
    years.ask(at(date(2029, 2, 6)), date(2029, 3, 8))
    years.choose(at(date(2029, 2, 10)))
    years.pass_days(date(2029, 2, 11), date(2029, 9, 1), step=9)
    years.ship(at(date(2029, 9, 2)))
    _account_for_money()
    _account_for_bottles(years)
    _account_for_people()
    assert run_checks(at(date(2029, 9, 3))) == []


def _account_for_money() -> None:
    """What came less what went back is what orders say was paid; nobody paid more than they owe."""
    assert not rows(
        """SELECT o.reference, o.paid_minor, p.minor FROM orders_order o LEFT JOIN
        (SELECT order_id, sum(CASE WHEN kind = 'refund' THEN -amount_minor ELSE amount_minor END) AS minor
         FROM payments_payment WHERE state = 'settled' AND kind IN ('charge', 'capture', 'refund') GROUP BY order_id) p
        ON p.order_id = o.id WHERE o.paid_minor <> coalesce(p.minor, 0)"""
    )
    assert not rows("SELECT reference FROM orders_order WHERE paid_minor > owed_minor")
    assert not rows(
        """SELECT order_id, purpose, count(*) AS times FROM payments_payment WHERE state = 'settled'
        AND kind = 'charge' AND purpose <> '' GROUP BY order_id, purpose HAVING count(*) > 1"""
    ), "nobody pays twice for one change"
    (sums,) = rows(
        """SELECT sum(owed_minor) AS owed, sum(paid_minor) AS paid, sum(balance_minor) AS balance FROM orders_order"""
    )
    assert sums["owed"] == sums["paid"] + sums["balance"]


def _account_for_bottles(years: Years) -> None:
    """Those that came are on hand or have left with a paid, settled order; those that were cut are nobody's."""
    lot = years.futures.lot
    lot.refresh_from_db()
    stock = Stock.objects.get(sku=years.futures.sku)
    (held,) = rows(
        """SELECT coalesce(sum(CASE WHEN o.state = 'shipped' THEN c.pieces END), 0) AS gone,
        coalesce(sum(CASE WHEN o.state = 'placed' THEN c.pieces END), 0) AS here, sum(c.pieces) AS every
        FROM futures_commitment c JOIN orders_orderline l ON l.id = c.line_id
        JOIN orders_order o ON o.id = l.order_id"""
    )
    assert lot.arrived == lot.expected == stock.on_hand + held["gone"]
    assert (stock.sold, lot.committed) == (held["here"], held["every"])
    assert not rows(
        """SELECT o.reference FROM orders_order o JOIN offers_release r ON r.id = o.release_id
        AND r.kind = 'en_primeur' LEFT JOIN futures_settlement s ON s.order_id = o.id AND s.state = 'settled'
        WHERE o.state = 'shipped' AND (s.id IS NULL OR o.paid_minor <> o.owed_minor)"""
    ), "nothing left that wasn't settled and paid"


def _account_for_people() -> None:
    """Each order that still has wine has left, is kept, is a named person's, or its money is being collected."""
    ends = Counter(
        str(row["ends"])
        for row in rows(
            """SELECT CASE WHEN o.state = 'shipped' THEN 'delivered' WHEN s.state = 'kept' THEN 'kept'
            WHEN s.state = 'person' AND o.attention <> '' THEN 'person'
            WHEN s.state = 'agreed' AND EXISTS (SELECT 1 FROM payments_collection c WHERE c.order_id = o.id
                AND c.state = 'open') THEN 'collecting'
            WHEN s.state = 'settled' AND EXISTS (SELECT 1 FROM payments_collection c WHERE c.order_id = o.id
                AND c.state = 'open') THEN 'collecting'
            WHEN o.owed_minor = 0 OR NOT EXISTS (SELECT 1 FROM futures_commitment c JOIN orders_orderline l
                ON l.id = c.line_id WHERE l.order_id = o.id GROUP BY l.order_id HAVING sum(c.pieces) > 0)
                THEN 'refunded' ELSE 'forgotten: ' || coalesce(s.state, 'never asked') END AS ends
            FROM orders_order o JOIN offers_release r ON r.id = o.release_id AND r.kind = 'en_primeur'
            LEFT JOIN futures_settlement s ON s.order_id = o.id AND s.state <> 'called_off'"""
        )
    )
    print(dict(ends))
    assert sum(ends.values()) == PEOPLE
    assert not [one for one in ends if one.startswith("forgotten")], ends
    assert {"delivered", "kept", "person"} <= set(ends)
