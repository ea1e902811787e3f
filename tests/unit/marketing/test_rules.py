"""What is sent of a customer, and names that a rule would mix."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tirage.marketing.protocol import FieldKind
from tirage.marketing.rules import (
    FIELDS,
    WAITS,
    Facts,
    Ours,
    digest_of,
    join_names,
    link_turn,
    nested_names,
    values_of,
    wait_after,
)

FACTS = Facts(
    first_name="Ana",
    last_name="Alvarez",
    groups=["Top 50", "Estate"],
    tier="Top 50",
    clubs=[],
    tags=["Magnums"],
    segments=["Gone quiet"],
    lifetime=Decimal("1234.50"),
    orders=0,
    first_order=None,
    last_order=date(2026, 1, 2),
    signed_up=date(2019, 12, 31),
)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["Top", "Top 50", "Estate"], [("Top", "Top 50")]),
        (
            ["estate", "The Estate Club", "ESTATE wines"],
            [("estate", "ESTATE wines"), ("estate", "The Estate Club")],
        ),
        (["A", "AB", "ABC"], [("A", "AB"), ("A", "ABC"), ("AB", "ABC")]),
        (["Top  50", "top 50 "], [("Top 50", "top 50")]),
        (["Premier", "Estate", "Premier", ""], []),
    ],
)
def test_names_inside_others_are_found(names: list[str], found: list[tuple[str, str]]) -> None:
    assert nested_names(names) == found


def test_each_field_has_a_name_and_a_kind_that_it_fits() -> None:
    assert set(FIELDS) == set(Ours)
    assert all(kinds and FieldKind.OTHER not in kinds for _, kinds in FIELDS.values())


def test_values_are_written_as_the_service_reads_them() -> None:
    values = values_of(FACTS, Ours, 250)
    assert values == {
        Ours.FIRST_NAME: "Ana",
        Ours.LAST_NAME: "Alvarez",
        Ours.GROUPS: "Estate, Top 50",
        Ours.TIER: "Top 50",
        Ours.CLUBS: "",
        Ours.TAGS: "Magnums",
        Ours.SEGMENTS: "Gone quiet",
        Ours.LIFETIME: "1234.50",
        Ours.ORDERS: "0",
        Ours.FIRST_ORDER: "",
        Ours.LAST_ORDER: "2026-01-02",
        Ours.SIGNED_UP: "2019-12-31",
    }


def test_names_are_never_cut_in_two() -> None:
    assert join_names(["Premier", "Estate", "Zinfandel lovers"], 15) == "Estate, Premier"
    assert join_names(["Premier", "Estate"], 14) == "Estate"


def test_the_digest_is_another_when_anything_that_is_sent_is() -> None:
    keys = {Ours.GROUPS: "[Groups]", Ours.LINK: "[Link]"}
    values = {Ours.GROUPS: "Estate"}
    one = digest_of("a@example.com", "Ana", values, keys, "1:2")
    others = [
        digest_of("b@example.com", "Ana", values, keys, "1:2"),
        digest_of("a@example.com", "Anna", values, keys, "1:2"),
        digest_of("a@example.com", "Ana", {Ours.GROUPS: "Premier"}, keys, "1:2"),
        digest_of("a@example.com", "Ana", values, {**keys, Ours.GROUPS: "[Tier]"}, "1:2"),
        digest_of("a@example.com", "Ana", values, keys, "1:3"),
    ]
    assert one == digest_of("a@example.com", "Ana", dict(values), dict(keys), "1:2")
    assert len({one, *others}) == 6


def test_a_link_has_its_turn_for_a_month_and_as_long_as_it_opens_something() -> None:
    now = datetime(2026, 10, 6, 16, 0, tzinfo=UTC)
    turns = {link_turn(1, now + timedelta(days=days)) for days in range(60)}
    assert 2 <= len(turns) <= 3 and link_turn(1, now) != link_turn(2, now)


def test_waits_grow_to_an_hour() -> None:
    waits = [wait_after(failures) for failures in range(1, 30)]
    assert waits == sorted(waits) and waits[0] == timedelta(minutes=1)
    assert waits[-1] == timedelta(minutes=WAITS[-1]) == timedelta(hours=1)
