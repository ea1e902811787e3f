"""Orders of one household by chance: made, changed, canceled, brought back, over months; a limit is never exceeded, and
nothing is refused that fits.

What was stored is counted by a plain reading of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings

from tests.rooms.changes.journey import confirm, draft_of, key_of, pieces_on
from tests.rooms.checkout.journey import buy
from tests.rooms.delivery.limiting import limited
from tests.world import World
from tirage.changes.operations import cancel_order, drop_draft, refund_lines
from tirage.changes.operations.returning import quote_line_refund
from tirage.changes.rules import Bottles
from tirage.changes.states import RefundTo
from tirage.checkout import volumes
from tirage.cli.doctor import run_checks
from tirage.core.errors import DomainError
from tirage.core.winery import forget_winery, local_time
from tirage.customers.models import Address, Customer
from tirage.delivery.limits.rules import Verdict
from tirage.fulfilment.operations import ship_order
from tirage.offers.models import Offer, OfferItem
from tirage.orders.models import Order

#: Kind of buyer and period to the most bottles.
Laws = Mapping[tuple[str, str], int]
KINDS = [
    (subject, period)
    for subject in ("person", "household", "address", "winery")
    for period in ("order", "month", "quarter", "year")
]
laws = st.dictionaries(st.sampled_from(KINDS), st.integers(1, 6), min_size=1, max_size=3)
acts = st.lists(
    st.tuples(
        st.sampled_from(("order", "order", "order", "change", "change", "cancel", "return", "days")),
        st.integers(0, 5),
        st.integers(1, 4),
    ),
    min_size=2,
    max_size=9,
)


@dataclass
class Household:
    """Ben and Ana live together, and everything goes to them."""

    world: World
    laws: Laws
    now: datetime
    orders: list[Order] = field(default_factory=list)

    def person(self, pick: int) -> Customer:
        return (self.world.ben, self.world.ana)[pick % 2]

    def counted(self, besides: Order | None = None) -> list[tuple[int, date, int]]:
        """Who has how much of which day, by what is stored."""
        found = Order.objects.filter(state__in=("placed", "shipped")).exclude(pk=besides.pk if besides else 0)
        return [
            (one.customer_id, local_time(one.made_at).date(), sum(pieces_on(one).values())) for one in found
        ]

    def fits(self, customer_id: int, day: date, pieces: int, besides: Order | None = None) -> bool:
        """Whether an order of so many would be within every limit, with everything else."""
        others = self.counted(besides)
        for (subject, period), most in self.laws.items():
            together = [
                count
                for who, other, count in others
                if _part(period, other) == _part(period, day) and (subject != "person" or who == customer_id)
            ]
            if pieces + (0 if period == "order" else sum(together)) > most:
                return False
        return True

    def is_within(self) -> bool:
        return all(
            self.fits(one.customer_id, local_time(one.made_at).date(), sum(pieces_on(one).values()), one)
            for one in Order.objects.filter(state__in=("placed", "shipped"))
        )

    def pick(self, pick: int, *states: str) -> Order | None:
        found = list(Order.objects.filter(state__in=states).order_by("pk"))
        return found[pick % len(found)] if found else None

    # What they do

    def order(self, pick: int, pieces: int) -> None:
        person = self.person(pick)
        if self.fits(person.pk, local_time(self.now).date(), pieces):
            assert buy(self.world, person, {"CAB23": pieces}, self.now).status == "placed"
        else:
            with pytest.raises(DomainError) as refusal:
                buy(self.world, person, {"CAB23": pieces}, self.now)
            assert refusal.value.code == "beyond_volume_limit"

    def change(self, pick: int, pieces: int) -> None:
        """To so many bottles; fewer are never refused."""
        order = self.pick(pick, "placed")
        if order is None or sum(pieces_on(order).values()) == pieces:
            return
        has, day = sum(pieces_on(order).values()), local_time(order.made_at).date()
        fits = pieces < has or self.fits(order.customer_id, day, pieces, order)
        staff, wanted = self.world.staff, {key_of(order, self.world.cabernet): pieces}
        draft = draft_of(self.world, order, staff, self.now)
        with nullcontext() if fits else pytest.raises(DomainError):
            draft = draft_of(self.world, order, staff, self.now, pieces=wanted)
            confirm(self.world, draft, staff, self.now)
        assert sum(pieces_on(order).values()) == (pieces if fits else has)
        if not fits:
            drop_draft(draft_reference=draft.reference, actor=staff, now=self.now)

    def cancel(self, pick: int, _: int) -> None:
        if order := self.pick(pick, "placed"):
            cancel_order(
                order_reference=order.reference,
                restock=True,
                refund_to=RefundTo.ORIGINAL,
                reason="The customer asked",
                actor=self.world.staff,
                now=self.now,
            )

    def bring_back(self, pick: int, pieces: int) -> None:
        """It is sent, and some of it comes back, or stays though its money is given back."""
        order = self.pick(pick, "placed", "shipped")
        if order is None or not pieces_on(order):
            return
        if order.state == "placed":
            ship_order(order_reference=order.reference, actor=self.world.staff, now=self.now)
            order.refresh_from_db()
        back = min(pieces, sum(pieces_on(order).values()))
        facts: dict[str, Any] = {"pieces": {key_of(order, self.world.cabernet): back}}
        facts["bottles"] = Bottles.KEPT if pick == 5 else Bottles.BACK
        told = quote_line_refund(order=order, **facts)
        facts |= {"expected_minor": told.total.minor, "reason": "Corked"}
        if told.total.minor:
            refund_lines(order_reference=order.reference, actor=self.world.staff, now=self.now, **facts)

    def days(self, pick: int, pieces: int) -> None:
        self.now += timedelta(days=7 * pick + pieces)


def _part(period: str, day: date) -> tuple[int, ...]:
    return {"order": (), "month": (day.year, day.month), "quarter": (day.year, (day.month - 1) // 3)}.get(
        period, (day.year,)
    )


@contextmanager
def undone() -> Iterator[None]:
    """An example is rolled back as a test case is, and like a test case's it is nobody's own transaction."""
    books = transaction.atomic()
    vars(books)["_from_testcase"] = True
    with books:
        forget_winery()
        yield
        transaction.set_rollback(True)
    forget_winery()


@pytest.fixture
def shared(world: World) -> World:
    """Both live together, and may have of the offer what they like for long."""
    home = {"line1": "3 Prince Street", "city": "New York", "state": "NY", "postal_code": "10012"}
    Address.objects.filter(pk=world.ana_home.pk).update(**home)
    world.ana_home.refresh_from_db()
    Offer.objects.update(closes_at=world.now + timedelta(days=900))
    OfferItem.objects.filter(sku=world.cabernet).update(
        purchase_minimum=0, default_quantity=0, purchase_maximum=90
    )
    return world


def live(world: World, laws: Laws, acts: list[tuple[str, int, int]]) -> None:
    for (subject, period), most in laws.items():
        limited(world.new_york, most, subject, period)
    house = Household(world, laws, world.now)
    does = {name: getattr(house, name) for name in ("order", "change", "cancel", "days")}
    does["return"] = house.bring_back
    for act, pick, pieces in acts:
        does[act](pick, pieces)
        assert house.is_within(), "more went there than a limit lets go"
    assert {one.check.name for one in run_checks(house.now)} <= {"payments_are_not_forgotten"}


def try_lives(world: World, phases: Sequence[Phase] = tuple(Phase)) -> None:
    thorough = settings().max_examples > 100

    @settings(max_examples=400 if thorough else 15, suppress_health_check=list(HealthCheck), phases=phases)
    @given(laws, acts)
    def tries(laws: Laws, acts: list[tuple[str, int, int]]) -> None:
        with undone():
            live(world, laws, acts)

    tries()


@pytest.mark.chance
def test_a_household_never_exceeds_a_limit_by_chance(shared: World) -> None:
    try_lives(shared)


@pytest.mark.once
def test_control_without_the_limits_it_does(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volumes, "judge", lambda *facts: Verdict(0))
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        try_lives(shared, [Phase.generate])
