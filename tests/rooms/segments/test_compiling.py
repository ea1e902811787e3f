"""What the database finds is what a plain reading of everything finds, whatever the filter."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rooms.segments.crowd import Crowd
from tests.rooms.segments.filters import conditions, nodes
from tests.rooms.segments.plain import Books, fits, read_books, rfm_class, who
from tests.world import OPENING_DAY, World, build_world
from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.segments.models import Segment
from tirage.segments.queries import Reason, count_fitting, explain, find_ids, fitting
from tirage.segments.rules import KINDS, RFM_CLASSES, Condition, Junction, parse, serialise

#: Filters tried for each kind of condition, and brackets.
EACH, BRACKETS = 8, 25
CALIFORNIA = ZoneInfo("America/Los_Angeles")


class TestTheDatabaseAgrees(TestCase):
    crowd: ClassVar[Crowd]
    books: ClassVar[Books]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.crowd = Crowd(build_world())
        cls.books = read_books(OPENING_DAY)

    def test_about_every_condition(self) -> None:
        """Each kind with several values; between them they find somebody and leave somebody out."""
        for word in KINDS:
            seen: list[bool] = []

            @settings(
                max_examples=EACH, deadline=None, suppress_health_check=list(HealthCheck), database=None
            )
            @given(found=conditions(self.crowd.things, (word,)))
            def agrees(found: Condition) -> None:
                expected = who(self.books, found)
                assert set(find_ids(found, OPENING_DAY)) == expected, serialise(found)
                seen.append(bool(expected))  # noqa: B023 - called before the next turn

            with self.subTest(word=word):
                agrees()
                assert any(seen), f"{word} finds nobody"

    def test_about_brackets_counts_and_reasons(self) -> None:
        @settings(
            max_examples=max(BRACKETS, settings().max_examples // 4),
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(node=nodes(self.crowd.things), at=st.integers(0, len(self.books.people) - 1))
        def agrees(node: Any, at: int) -> None:
            expected = who(self.books, node)
            ids = find_ids(node, OPENING_DAY)
            assert set(ids) == expected and len(ids) == len(expected), serialise(node)
            assert count_fitting(node, OPENING_DAY) == len(expected)
            person = self.books.people[at]
            reason = explain(node, person.pk, OPENING_DAY)
            assert _flat(reason) == [(one.node, fits(self.books, one.node, person)) for one in _walk(reason)]

        agrees()

    def test_every_class_of_rfm_has_somebody_of_it_or_not_and_everybody_has_one(self) -> None:
        found: list[int] = []
        for name, _ in RFM_CLASSES:
            ids = find_ids(parse(f"rfm(class:{name})"), OPENING_DAY)
            assert all(rfm_class(self.books, one) == name for one in self.books.people if one.pk in ids)
            found += ids
        assert sorted(found) == sorted(person.pk for person in self.books.people)

    def test_values_are_parameters_and_never_text(self) -> None:
        for text in ("'; DROP TABLE customers_customer; --", "%s", '100 % \\ "x"', "{0}"):
            for word, key in (("tag", "tag"), ("source", "source"), ("group", "group"), ("zip", "zip")):
                value = text[:8] if key == "zip" else text
                assert find_ids(Condition(word, ((key, value),)), OPENING_DAY) == []

    def test_a_segment_that_others_refer_to_is_worked_out_once(self) -> None:
        reference = self.crowd.things["segment"][0]
        text = f"any(all(segment(segment:{reference}),tier()),all(segment(segment:{reference}),opted_in()))"
        with CaptureQueriesContext(connection) as sent:
            find_ids(parse(text), OPENING_DAY)
        assert [one["sql"].count("lifetime_minor >=") for one in sent if "lifetime_minor" in one["sql"]] == [
            1
        ]

    def test_a_circle_is_said(self) -> None:
        one = Segment.objects.get(reference=self.crowd.things["segment"][0])
        Segment.objects.filter(pk=one.pk).update(definition=f"segment(segment:{one.reference})")
        with pytest.raises(DomainError, match="in a circle"):
            find_ids(parse(f"segment(segment:{one.reference})"), OPENING_DAY)

    def test_as_a_queryset_it_can_be_narrowed_and_counted(self) -> None:
        node = parse("any(state(state:CA),opted_in())")
        rows = fitting(node, OPENING_DAY).filter(status="active").order_by("last_name")
        assert {row.pk for row in rows} == {
            person.pk
            for person in self.books.people
            if person.pk in who(self.books, node) and person.is_active
        }
        assert rows.count() == len(rows)


def _walk(reason: Reason) -> list[Reason]:
    return [reason, *(one for part in reason.parts for one in _walk(part))]


def _flat(reason: Reason) -> list[tuple[Any, bool]]:
    return [(one.node, one.holds) for one in _walk(reason)]


def test_every_condition_has_its_compiler_and_its_words() -> None:
    from tirage.segments.compiling import COMPILERS
    from tirage.segments.rules.words import _PHRASES

    assert set(KINDS) == set(_PHRASES) == {*COMPILERS, "segment"}
    assert list(Junction) == ["all", "any", "none"]


def test_days_are_those_on_the_winerys_clock_not_in_utc(world: World) -> None:
    """The last and the first half hour of a day in California are seven hours later in UTC."""
    came = {
        "ana": datetime(2020, 10, 5, 23, 30, tzinfo=CALIFORNIA),
        "ben": datetime(2020, 10, 6, 0, 30, tzinfo=CALIFORNIA),
        "clara": datetime(2020, 10, 6, 23, 30, tzinfo=CALIFORNIA),
        "dora": datetime(2020, 10, 7, 0, 30, tzinfo=CALIFORNIA),
    }
    people = {name: getattr(world, name).pk for name in came}
    for name, at in came.items():
        Customer.objects.filter(pk=people[name]).update(signed_up_at=at, first_order_at=at)
    for text, fitting_ones in {
        "anniversary(of:sign_up,days:0)": {"ben", "clara"},
        "anniversary(of:first_order,days:1)": {"ben", "clara", "dora"},
        "anniversary(of:sign_up,days:366)": {"ana", "ben", "clara", "dora"},
        "signed_up(since:2020-10-06,until:2020-10-06)": {"ben", "clara"},
        "first_order(until:2020-10-05)": {"ana"},
    }.items():
        ids = set(find_ids(parse(text), OPENING_DAY))
        assert {name for name, pk in people.items() if pk in ids} == fitting_ones, text
