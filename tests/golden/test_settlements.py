"""Settlements of wine en primeur, reckoned a second time by fractions and with nothing of the product.

The rates are dated inputs, as the trade quotes them, not advice: UK duty of February 2026 per litre of pure alcohol,
VAT of a fifth on wine, delivery and duty; German VAT; sales tax of California on wine alone, of New York on delivery
too; nothing where wine is exported to. The bottle's duty by strength is that of the trade's published table.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.golden.arithmetic import nearest
from tests.rooms.changes.journey import confirm, draft_of
from tests.rooms.futures.campaign import Futures, begin, buy, order_of
from tests.rooms.futures.settled import agreed, arrive, ask, shown
from tests.rooms.taxes.dutiable import duty
from tests.rooms.taxes.tables import rate
from tests.world import World
from tirage.catalog.models import Vintage
from tirage.changes.rules import line_key
from tirage.cli.doctor import run_checks
from tirage.core.errors import Conflict
from tirage.customers.models import Address
from tirage.delivery.models import Destination, Method, Rate, RateTable, Zone
from tirage.futures.models import Settlement
from tirage.futures.settling.reckoning import Choice, look_at
from tirage.orders.models import Order
from tirage.taxes.duties.models import Duty

UK_DUTY = "30.62"


@dataclass(frozen=True, slots=True)
class Case:
    """Bottles of 75 cl to a place: strength in percent, price and delivery in cents, rates in percent."""

    name: str
    country: str
    state: str
    pieces: int
    strength: str
    price: int
    delivery: int
    duty: str = "0"
    tax: str = "0"
    on_delivery: bool = True

    @property
    def lines(self) -> dict[str, int]:
        """What is asked for, in cents: delivery, duty, tax; nothing where there is none."""
        wine = self.pieces * self.price
        alcohol = Fraction(self.pieces) * Fraction(3, 4) * Fraction(self.strength) / 100
        excise = nearest(alcohol * Fraction(self.duty) * 100)
        base = wine + excise + (self.delivery if self.on_delivery else 0)
        tax = nearest(base * Fraction(self.tax) / 100)
        return {
            name: minor
            for name, minor in (("delivery", self.delivery), ("duty", excise), ("tax", tax))
            if minor
        }


BRITAIN = Case("Britain", "GB", "", 12, "13.5", 50_00, 15_00, UK_DUTY, "20")
CASES = [
    BRITAIN,
    *(
        replace(BRITAIN, name=f"Britain, a bottle of {strength} %", pieces=1, strength=strength)
        for strength in ("11.0", "12.5", "13.5", "14.5", "15.0")
    ),
    *(
        replace(
            BRITAIN, name=f"Britain, {pieces} of {strength} %", pieces=pieces, strength=strength, price=price
        )
        for pieces, strength, price in ((6, "14.5", 83_33), (11, "12.0", 41_17), (24, "13.0", 19_99))
    ),
    Case("Germany", "DE", "", 12, "13.5", 50_00, 29_00, tax="19"),
    Case("California", "US", "CA", 12, "14.0", 61_50, 36_00, tax="7.25", on_delivery=False),
    Case("New York", "US", "NY", 6, "14.0", 100_00, 36_00, tax="8"),
    Case("Switzerland, as an export", "CH", "", 12, "14.0", 75_00, 88_00),
]
#: What the trade's table says of a bottle, in pence.
PUBLISHED = {"11.0": 2_53, "12.5": 2_87, "13.5": 3_10, "14.5": 3_33, "15.0": 3_44}


def place(world: World, case: Case) -> Choice:
    """An address of Ben's there, and the way to it with its price."""
    where = {"country": case.country, "state": case.state}
    city = {"GB": ("Bath", "BA1 1DA"), "DE": ("Bonn", "53111"), "CH": ("Basel", "4001")}
    town, code = city.get(case.country, ("Somewhere", "94559" if case.state == "CA" else "10001"))
    home = Address.objects.create(
        customer=world.ben,
        recipient="Ben Baker",
        line1="1 Milsom Street",
        city=town,
        postal_code=code,
        birth_date=world.ben.birth_date,
        **where,
    )
    if case.country == "US":
        return Choice(world.ground.reference, home.reference)
    zone = Zone.objects.create(name=case.name)
    Destination.objects.create(name=case.name, zone=zone, is_open=True, **where)
    parcel = Method.objects.create(name="Parcel", position=9)
    table = RateTable.objects.create(method=parcel)
    Rate.objects.create(table=table, zone=zone, up_to_milli=24_000, price_minor=case.delivery)
    if case.tax != "0":
        vat = {"kind": "vat", "on_shipping": True, "on_duty": True}
        rate(world, "", "VAT", float(case.tax), country=case.country, **vat)
    if case.duty != "0":
        duty(country=case.country, amount_micros=int(Decimal(case.duty) * 1_000_000))
    return Choice(parcel.reference, home.reference)


def settlement_of(world: World, case: Case) -> tuple[Futures, Order, Settlement]:
    futures = begin(world)
    futures.sku.price_minor = case.price
    futures.sku.save()
    Vintage.objects.filter(skus=futures.sku).update(alcohol_percent=Decimal(case.strength))
    order = order_of(buy(futures, world.ben, case.pieces))
    arrive(futures, 60)
    (settlement,) = ask(futures)
    return futures, order, settlement


def kinds(order: Order) -> dict[str, int]:
    """What the ledger has of the order besides its wine, by the names of ``Case.lines``."""
    names = {"shipping": "delivery", "duty": "duty", "tax": "tax"}
    found: dict[str, int] = {}
    for row in order.charges.all():
        if row.amount_minor:
            found[names[row.kind]] = found.get(names[row.kind], 0) + row.amount_minor
    return found


def test_the_second_opinion_is_that_of_the_trade() -> None:
    assert BRITAIN.lines == {"delivery": 15_00, "duty": 37_20, "tax": 130_44}
    assert 600_00 + sum(BRITAIN.lines.values()) == 782_64
    for strength, pence in PUBLISHED.items():
        assert replace(BRITAIN, pieces=1, strength=strength).lines["duty"] == pence


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_comes_to_the_cent(world: World, case: Case) -> None:
    _, order, settlement = settlement_of(world, case)
    choice = place(world, case)
    costs = shown(settlement, choice, world.now)
    assert costs.difference.minor == sum(case.lines.values())
    assert sorted(line.minor for line in costs.lines) == sorted(case.lines.values())
    assert all(line.how for line in costs.lines if not line.name.startswith(("Parcel", "Ground")))
    agreed(world, settlement, choice)
    order.refresh_from_db()
    assert kinds(order) == case.lines
    assert order.balance_minor == 0 and run_checks(world.now) == []


def test_looked_at_elsewhere_and_back_it_is_the_same(world: World) -> None:
    _, _, settlement = settlement_of(world, BRITAIN)
    home, away = place(world, BRITAIN), place(world, CASES[-3])
    first = shown(settlement, home, world.now)
    other = shown(settlement, away, world.now)
    assert first != other and shown(settlement, home, world.now) == first


@pytest.mark.parametrize("case", [BRITAIN, *CASES[-4:]], ids=lambda case: case.name)
def test_a_bottle_more_and_less_ends_at_the_same_cent(world: World, case: Case) -> None:
    futures, order, settlement = settlement_of(world, case)
    agreed(world, settlement, place(world, case))
    order.refresh_from_db()
    before = order.owed_minor
    draft = draft_of(world, order, world.staff, add={futures.sku: 1}, override_reason="A gift for a friend")
    assert confirm(world, draft, world.staff).status == "applied"
    key = line_key(futures.sku.pk, case.price)
    draft = draft_of(world, order, world.staff, pieces={key: case.pieces}, override_reason="Back again")
    assert confirm(world, draft, world.staff).status == "applied"
    order.refresh_from_db()
    assert order.owed_minor == before and kinds(order) == case.lines and run_checks(world.now) == []


def test_a_closed_state_is_refused_and_says_what_else(world: World) -> None:
    _, _, settlement = settlement_of(world, replace(BRITAIN, country="US", state="UT"))
    utah = place(world, replace(BRITAIN, country="US", state="UT"))
    found = look_at(settlement, utah, world.now)
    assert "Utah" in found.problem and "another address" in found.problem and not found.lines


def test_picked_up_it_is_taxed_where_it_is_handed_over(world: World) -> None:
    """California's 7.25 % of twelve bottles of $100."""
    _, _, settlement = settlement_of(world, replace(BRITAIN, price=100_00))
    costs = shown(settlement, Choice(world.pickup.reference, world.ben_home.reference), world.now)
    assert [line.minor for line in costs.lines] == [87_00]


def test_a_rate_that_moves_between_the_page_and_the_button_is_shown_first(world: World) -> None:
    _, order, settlement = settlement_of(world, BRITAIN)
    choice = place(world, BRITAIN)
    seen = shown(settlement, choice, world.now)
    Duty.objects.update(last_day=world.now.date() - timedelta(days=1))
    duty(first_day=world.now.date(), amount_micros=31_740_000)
    with pytest.raises(Conflict, match="another than you saw"):
        agreed(world, settlement, choice, expected_minor=seen.difference.minor)
    again = shown(settlement, choice, world.now)
    dearer = replace(BRITAIN, duty="31.74").lines
    assert again.difference.minor == sum(dearer.values()) > seen.difference.minor
    assert agreed(world, settlement, choice) is not None
    Duty.objects.update(amount_micros=1)
    order.refresh_from_db()
    assert kinds(order) == dearer, "what was agreed to is frozen"
