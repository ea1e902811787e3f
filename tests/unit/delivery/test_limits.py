"""Volume limits: periods of the calendar, whose wine counts together, and what is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tirage.delivery.limits.rules import Limit, Sold, Verdict, judge, parts_of_time, period_of
from tirage.delivery.limits.words import say_beyond, say_bottles, say_limit, say_room, say_volume
from tirage.delivery.states import LimitPeriod, LimitSubject, VolumeUnit

pytestmark = pytest.mark.once

HOME, AWAY, OTHER = ("1 main st", "", "TX"), ("9 elm st", "", "TX"), ("5 oak st", "", "TX")
JUNE = date(2026, 6, 30)


def limit(bottles: int = 12, period: str = "month", subject: str = "person", **changes: Any) -> Limit:
    facts = {"first_day": date(2020, 1, 1), **changes}
    return Limit(bottles * 750, VolumeUnit.BOTTLE, LimitPeriod(period), LimitSubject(subject), **facts)


def sold(bottles: int, day: date = JUNE, customer: int = 1, to: Any = HOME, home: Any = HOME) -> Sold:
    return Sold(customer, bottles * 750, day, to, home)


@pytest.mark.parametrize(
    ("period", "day", "first", "after"),
    [
        ("month", date(2024, 2, 29), date(2024, 2, 1), date(2024, 3, 1)),
        ("month", date(2026, 12, 31), date(2026, 12, 1), date(2027, 1, 1)),
        ("two_months", date(2026, 2, 28), date(2026, 1, 1), date(2026, 3, 1)),
        ("two_months", date(2026, 12, 1), date(2026, 11, 1), date(2027, 1, 1)),
        ("quarter", date(2026, 5, 5), date(2026, 4, 1), date(2026, 7, 1)),
        ("year", date(2026, 12, 31), date(2026, 1, 1), date(2027, 1, 1)),
        ("fiscal_year", date(2026, 6, 30), date(2025, 7, 1), date(2026, 7, 1)),
        ("fiscal_year", date(2026, 7, 1), date(2026, 7, 1), date(2027, 7, 1)),
        ("permit_year", date(2026, 3, 14), date(2025, 3, 15), date(2026, 3, 15)),
        ("permit_year", date(2026, 3, 15), date(2026, 3, 15), date(2027, 3, 15)),
    ],
)
def test_periods_are_the_calendars(period: str, day: date, first: date, after: date) -> None:
    assert period_of(LimitPeriod(period), day, 315) == (first, after)


@given(
    st.sampled_from([one for one in LimitPeriod if one is not LimitPeriod.ORDER]),
    st.dates(date(1990, 1, 1), date(2090, 1, 1)),
)
def test_each_day_is_in_one_period(period: LimitPeriod, day: date) -> None:
    first, after = period_of(period, day)
    assert first <= day < after
    assert period_of(period, first) == (first, after) and period_of(period, after)[0] == after


def test_what_fits_exactly_fits() -> None:
    verdict = judge([limit(12)], sold(4), [sold(8)])
    assert not verdict.is_beyond and verdict.left == 4 * 750
    beyond = judge([limit(12)], replace(sold(4), millilitres=4 * 750 + 1), [sold(8)])
    assert beyond.is_beyond and beyond.reopens_on == date(2026, 7, 1)


def test_a_limit_counts_on_its_days_alone() -> None:
    dated = limit(12, first_day=date(2026, 6, 1), last_day=JUNE)
    assert judge([dated], sold(13), []).is_beyond
    assert not judge([dated], sold(13, date(2026, 5, 31)), []).is_beyond
    assert not judge([dated], sold(13, date(2026, 7, 1)), []).is_beyond
    assert judge([limit(2, first_day=date(2026, 6, 30))], sold(1), [sold(2, date(2026, 6, 1))]).is_beyond, (
        "what went before in the same period counts too"
    )


def test_each_order_stands_alone_against_a_limit_of_one_order() -> None:
    assert not judge([limit(12, "order")], sold(12), [sold(12)]).is_beyond
    too_much = judge([limit(12, "order")], sold(13), [])
    assert too_much.is_beyond and too_much.reopens_on is None, "it will never fit as a whole"


@pytest.mark.parametrize(
    ("subject", "other", "together"),
    [
        ("person", sold(12, customer=1, to=AWAY), True),
        ("person", sold(12, customer=2), False),
        ("address", sold(12, customer=2, home=OTHER), True),
        ("address", sold(12, customer=1, to=AWAY), False),
        ("household", sold(12, customer=2, to=AWAY, home=HOME), True),
        ("household", sold(12, customer=2, to=HOME, home=OTHER), True),
        ("household", sold(12, customer=1, to=AWAY), True),
        ("household", sold(12, customer=2, to=AWAY, home=OTHER), False),
        ("household", sold(12, customer=2, to=("", "", "TX"), home=None), False),
    ],
)
def test_whose_wine_counts_together(subject: str, other: Sold, together: bool) -> None:
    assert judge([limit(12, subject=subject)], sold(1), [other]).is_beyond is together
    mine, theirs = replace(sold(1), millilitres=12 * 750), replace(other, millilitres=750)
    assert judge([limit(12, subject=subject)], theirs, [mine]).is_beyond is together, "either way round"


def test_of_a_winery_everybodys_wine_counts_and_sums_of_spans_are_enough() -> None:
    whole = limit(12, "permit_year", "winery", year_begins=315)
    others = [sold(8, date(2026, 3, 14), 2, AWAY), sold(9, date(2026, 3, 15), 3, OTHER)]
    assert judge([whole], sold(3), [], others).left == 3 * 750
    beyond = judge([whole], sold(4), [], others)
    assert beyond.is_beyond and beyond.reopens_on == date(2027, 3, 15)
    assert parts_of_time([whole], JUNE) == [date(2026, 3, 15), date(2027, 3, 15)]
    assert say_limit(whole) == "12 bottles from one winery in a year from March 15"


def test_the_tightest_counts_and_the_day_is_one_on_which_all_allow_it() -> None:
    limits = [limit(6, "month"), limit(8, "quarter")]
    verdict = judge(limits, sold(3, date(2026, 5, 20)), [sold(6, date(2026, 5, 2))])
    assert verdict.left == 0 and verdict.reopens_on == date(2026, 7, 1), "June has room, its quarter hasn't"
    open_from_june = judge(limits, sold(2, date(2026, 5, 20)), [sold(6, date(2026, 5, 2))])
    assert open_from_june.reopens_on == date(2026, 6, 1)
    ends = [limit(6, "year", last_day=date(2026, 9, 30))]
    assert judge(ends, sold(3), [sold(6)]).reopens_on == date(2027, 1, 1)


volumes = st.integers(1, 3000)
parcels = st.builds(
    Sold,
    st.integers(1, 3),
    volumes,
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.sampled_from([HOME, AWAY]),
    st.sampled_from([HOME, AWAY, None]),
)
rules = st.builds(
    Limit,
    st.integers(500, 9000),
    st.just(VolumeUnit.LITRE),
    st.sampled_from(LimitPeriod),
    st.sampled_from(LimitSubject),
    st.dates(date(2025, 1, 1), date(2026, 6, 1)),
    st.none() | st.dates(date(2026, 6, 1), date(2027, 1, 1)),
)


@given(st.lists(rules, max_size=4), st.lists(parcels, max_size=12), st.randoms())
def test_no_order_of_rules_or_orders_changes_a_verdict(
    limits: list[Limit], known: list[Sold], chance: Any
) -> None:
    parcel = sold(2)
    verdict = judge(limits, parcel, known, known)
    chance.shuffle(limits)
    chance.shuffle(known)
    other = judge(limits, parcel, known, known)
    assert (other.left, other.is_beyond, other.reopens_on) == (
        verdict.left,
        verdict.is_beyond,
        verdict.reopens_on,
    )


@given(st.lists(rules, min_size=1, max_size=3), st.lists(parcels, max_size=15))
def test_whoever_is_asked_one_after_the_other_never_comes_beyond_a_limit(
    limits: list[Limit], asking: list[Sold]
) -> None:
    """Of a person in a month, counted by hand afterwards."""
    taken: list[Sold] = []
    for one in asking:
        if not judge(limits, one, taken, taken).is_beyond:
            taken.append(one)
    monthly = [
        one for one in limits if one.period is LimitPeriod.MONTH and one.subject is LimitSubject.PERSON
    ]
    for rule in monthly:
        sums: dict[tuple[int, int], int] = {}
        for one in taken:
            if rule.is_in_force(one.day):
                key = (one.customer_id, one.day.month)
                sums[key] = sums.get(key, 0) + one.millilitres
        assert all(total <= rule.millilitres for total in sums.values())


@given(st.lists(rules, min_size=1, max_size=3), st.lists(parcels, max_size=12), parcels)
def test_on_the_day_that_is_named_it_fits(limits: list[Limit], known: list[Sold], parcel: Sold) -> None:
    verdict = judge(limits, parcel, known, known)
    if verdict.reopens_on:
        assert verdict.is_beyond and verdict.reopens_on > parcel.day
        assert not judge(limits, replace(parcel, day=verdict.reopens_on), known, known).is_beyond


def test_it_is_said_in_the_laws_own_unit() -> None:
    assert say_volume(18_000, VolumeUnit.LITRE) == "18 l" and say_volume(4_500, VolumeUnit.LITRE) == "4.5 l"
    assert (
        say_volume(9_000, VolumeUnit.CASE) == "1 case" and say_volume(108_000, VolumeUnit.CASE) == "12 cases"
    )
    assert say_volume(750, VolumeUnit.BOTTLE) == "1 bottle" and say_bottles(375) == "375 ml"
    assert say_bottles(1_499) == "1 bottle of 750 ml" and say_bottles(9_000_000) == "12,000 bottles of 750 ml"
    assert say_limit(limit(45)) == "45 bottles for one person in a month"


def test_what_is_said_names_the_way_out() -> None:
    fewer = judge([limit(12)], sold(5), [sold(8)])
    assert say_beyond(fewer, "Texas") == (
        "Texas takes at most 12 bottles for one person in a month, and with what was ordered before, 4 bottles of "
        "750 ml more can go there. Take 1 bottle fewer, pick the wine up, send it to another address or order it from "
        "July 1, 2026 on."
    )
    assert say_beyond(fewer, "Texas", asks=False).endswith(
        "4 bottles of 750 ml more can go there until July 1, 2026."
    )
    none = judge([limit(12)], sold(13), [])
    assert say_beyond(none, "Texas") == (
        "Texas takes at most 12 bottles for one person in a month. Take 1 bottle fewer, pick the wine up or send it to "
        "another address."
    )
    full = judge([limit(12)], sold(1), [sold(12)])
    assert "nothing more can go there. Pick the wine up, send" in say_beyond(full, "Texas")
    assert "from July" not in say_beyond(full, "Texas", can_wait=False)
    assert say_room(full, "Texas") == (
        "Texas takes at most 12 bottles for one person in a month: nothing more can go there."
    )
    assert say_beyond(Verdict(750), "Texas") == say_room(Verdict(750), "Texas") == ""
