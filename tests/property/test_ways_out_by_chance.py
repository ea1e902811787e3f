"""Places closed, barred and limited by chance: each way out that a checkout offers works when it is taken, and an
address that would do is offered. And: a dated rule counts on its day in the winery's zone, whatever that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from tests.property.test_limits_by_chance import undone
from tests.rooms.checkout.journey import customer_actor, hold
from tests.rooms.delivery.limiting import law, limited
from tests.world import World
from tirage.checkout import ways_out as room
from tirage.checkout.operations import set_cart
from tirage.checkout.queries import CheckoutQuote, load_offer_page, quote_to
from tirage.checkout.volumes import Parcel, judge_parcel, parts_of
from tirage.checkout.ways_out import Out, WayOut, pieces_in, ways_out
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Address
from tirage.delivery.models import Destination, Method, RateTable
from tirage.delivery.queries import quote_methods
from tirage.delivery.rules import Freight
from tirage.offers.models import OfferItem

STATES = ("NY", "OR", "CA")
HOMES = {
    "NY": ("3 Prince Street", "New York", "10012"),
    "OR": ("1 Pine Street", "Portland", "97204"),
    "CA": ("1 Valencia Street", "San Francisco", "94110"),
}


@dataclass(frozen=True)
class Rules:
    """What stands against wine in one state."""

    is_open: bool
    is_closed_by_law: bool
    dry: bool
    tenths: int | None
    most: int | None
    subject: str
    period: str


rules = st.builds(
    Rules,
    is_open=st.sampled_from((True, True, True, False)),
    is_closed_by_law=st.sampled_from((False, False, False, True)),
    dry=st.sampled_from((False, False, True)),
    tenths=st.sampled_from((None, None, 135, 150)),
    most=st.none() | st.integers(1, 8),
    subject=st.sampled_from(("person", "household", "address", "winery")),
    period=st.sampled_from(("order", "month")),
)
carts = st.fixed_dictionaries(
    {"CAB23": st.integers(0, 3), "CAB23-MAG": st.integers(0, 1), "CHA24": st.sampled_from((0, 1, 2, 3, 6))}
).filter(lambda cart: any(cart.values()))


def set_rules(world: World, state: str, one: Rules) -> None:
    place = Destination.objects.get(country="US", state=state)
    Destination.objects.filter(pk=place.pk).update(is_open=one.is_open)
    if one.is_closed_by_law:
        law(place, "closed")
    if one.dry:
        law(place, "dry_zips", words=HOMES[state][2][:3])
    if one.tenths:
        law(place, "alcohol", tenths=one.tenths)
    if one.most:
        limited(place, one.most, one.subject, one.period)


def take(world: World, out: WayOut, homes: dict[str, Address]) -> CheckoutQuote:
    """The checkout after a way out was taken."""
    ben, home = world.ben, world.ben_home
    if out.kind is Out.PIECES:
        pieces = {int(item): count for item, count in pieces_in(out.value).items()}
        set_cart(customer=ben, quantities=pieces, actor=customer_actor(ben), now=world.now)
    page = load_offer_page(ben, world.now)
    if out.kind is Out.ADDRESS:
        return quote_to(page, ben.pk, homes[out.value], world.now, method_reference=out.way)
    way = out.value if out.kind is Out.WAY else world.ground.reference
    return quote_to(page, ben.pk, home, world.now, method_reference=way)


def check(world: World, by_state: Sequence[Rules], cart: dict[str, int], has_pickup: bool) -> None:
    for state, one in zip(STATES, by_state, strict=True):
        set_rules(world, state, one)
    Method.objects.filter(pk=world.pickup.pk).update(is_active=has_pickup)
    hold(world.ben, {code: count for code, count in cart.items() if count}, world.now)
    own = list(Address.objects.filter(customer=world.ben).order_by("-is_default", "-pk"))
    page = load_offer_page(world.ben, world.now)
    quote = quote_to(page, world.ben.pk, world.ben_home, world.now)
    if not quote.why:
        assert quote.chosen is not None
        return
    outs = ways_out(page, quote, world.ben_home, own, world.now)
    homes = {one.reference: one for one in own}
    others = [one for one in own if one != world.ben_home]
    led = [one.reference for one in others if quote_to(page, world.ben.pk, one, world.now).chosen]
    assert [one.value for one in outs if one.kind is Out.ADDRESS] == led[: room.MOST_OFFERED]
    is_handed_over = has_pickup and by_state[STATES.index("CA")].is_open
    assert any(one.kind is Out.WAY for one in outs) == is_handed_over
    assert outs[-1].kind in (Out.NEW, Out.LATER)
    # Fewer bottles change the cart: last.
    tried = sorted((one for one in outs if one.kind in (Out.PIECES, Out.WAY, Out.ADDRESS)), key=_pieces_last)
    for out in tried:
        after = take(world, out, homes)
        assert after.chosen is not None and not after.problem, (out, after.problem)


def _pieces_last(out: WayOut) -> bool:
    return out.kind is Out.PIECES


@pytest.fixture
def shared(world: World) -> World:
    """Ben has an address in each of three states, and wines whose strength is known."""
    Address.objects.filter(customer=world.ben).exclude(pk=world.ben_home.pk).delete()
    for state, (line1, city, postal_code) in HOMES.items():
        parts: dict[str, Any] = {"line1": line1, "city": city, "state": state, "postal_code": postal_code}
        if state != "NY":
            Address.objects.create(customer=world.ben, recipient="Ben Baker", **parts)
    strengths = {world.cabernet: 145, world.chardonnay: 130}
    for sku, tenths in strengths.items():
        type(sku.vintage).objects.filter(pk=sku.vintage_id).update(alcohol_percent=tenths / 10)
    OfferItem.objects.update(purchase_minimum=0, default_quantity=0, purchase_maximum=12)
    return world


@pytest.mark.chance
def test_each_way_out_that_is_offered_works(shared: World) -> None:
    thorough = settings().max_examples > 100

    @settings(max_examples=300 if thorough else 15, suppress_health_check=list(HealthCheck))
    @given(st.tuples(rules, rules, rules), carts, st.booleans())
    def tries(by_state: tuple[Rules, Rules, Rules], cart: dict[str, int], has_pickup: bool) -> None:
        with undone():
            check(shared, by_state, cart, has_pickup)

    tries()


ZONES = (
    "America/Los_Angeles",
    "America/New_York",
    "Europe/London",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
)
#: Around both changes of the clocks, a leap day and the turn of a year, of all these zones.
DAYS = st.sampled_from(
    (date(2027, 3, 14), date(2027, 11, 7), date(2028, 2, 29), date(2028, 1, 1), date(2027, 3, 28))
)


def counted(world: World, moment: datetime) -> dict[str, bool]:
    """Which of the dated rules of New York count in this moment."""
    way: dict[str, Any] = {"country": "US", "state": "NY", "freight": Freight(1000), "now": moment}
    quotes = {one.reference: one for one in quote_methods(**way, free_shipping=False)}
    judged = judge_parcel(Parcel(world.ben.pk, 750 * 2, parts_of(world.ben_home), moment))
    return {
        "law": bool(judged.broken),
        "limit": judged.is_too_much,
        "rates": quotes[world.ground.reference].shipping_minor == 77_00,
        "offered": world.overnight.reference in quotes,
    }


@pytest.mark.chance
def test_a_dated_rule_counts_on_its_day_in_the_winerys_zone(shared: World) -> None:
    @settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.sampled_from(ZONES), DAYS, st.integers(-30 * 60, 54 * 60))
    def tries(zone: str, day: date, minutes: int) -> None:
        with undone():
            Winery.objects.update(time_zone=zone)
            forget_winery()
            one_day: dict[str, Any] = {"first_day": day, "last_day": day}
            law(shared.new_york, "closed", **one_day)
            limited(shared.new_york, 1, period="order", **one_day)
            table = RateTable.objects.create(method=shared.ground, first_day=day)
            after = RateTable.objects.create(method=shared.ground, first_day=day + timedelta(days=1))
            for kept, price in ((table, 77_00), (after, 5_00)):
                kept.rates.create(zone=shared.east, up_to_milli=12_000, price_minor=price)
            Method.objects.filter(pk=shared.overnight.pk).update(offered_from=day, offered_until=day)
            begins = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
            moment = begins + timedelta(minutes=minutes)
            is_its_day = moment.astimezone(ZoneInfo(zone)).date() == day
            assert set(counted(shared, moment).values()) == {is_its_day}, counted(shared, moment)
        forget_winery()

    tries()
