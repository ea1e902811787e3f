"""Places as people type them, and calendar files."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tirage.insights.rules.calendar import Entry, calendar_text, whole_day
from tirage.insights.rules.typed import find_typed, nearest_zip, place_name
from tirage.places import miles_between


@pytest.mark.parametrize(
    ("typed", "latitude", "longitude", "within"),
    [
        ("98101", 47.611, -122.334, 3),
        ("98101-1234", 47.611, -122.334, 3),
        ("1426 1st Ave, Seattle, WA 98101", 47.611, -122.334, 3),
        ("1426 1st Ave, Seattle, WA 98101, USA", 47.611, -122.334, 3),
        ("Seattle, WA", 47.61, -122.33, 6),
        ("seattle, washington", 47.61, -122.33, 6),
        ("47.61, -122.33", 47.61, -122.33, 0.01),
        ("47.61; −122.33", 47.61, -122.33, 0.01),
        ("Bern, Switzerland", 46.95, 7.45, 3),
        ("Stockholm, SE", 59.33, 18.07, 5),
    ],
)
def test_what_people_type_is_found(typed: str, latitude: float, longitude: float, within: float) -> None:
    found = find_typed(typed)
    assert found is not None and found.name
    assert miles_between(found.latitude, found.longitude, latitude, longitude) <= within


@pytest.mark.parametrize(
    "typed", ["", "Seattle", "Nowhere, WA", "00000", "95, 10", "Atlantis, Neverland", ",", "98101 and more"]
)
def test_what_nobody_knows_is_nothing(typed: str) -> None:
    assert find_typed(typed) is None


def test_a_point_is_called_by_the_nearest_zip_or_by_its_degrees() -> None:
    near = nearest_zip(47.61, -122.334)
    assert near is not None and near.city == "Seattle"
    assert place_name(47.61, -122.334).startswith("Seattle, WA 98")
    assert nearest_zip(46.95, 7.45) is None
    assert place_name(46.95, 7.45) == "46.95° N, 7.45° E"
    assert place_name(-36.85, -1.0) == "36.85° S, 1.00° W"


def test_a_calendar_file_is_what_calendars_read() -> None:
    moment = datetime(2027, 1, 15, 2, 30, tzinfo=UTC)
    begins, ends = whole_day(date(2027, 2, 28))
    text = calendar_text(
        [
            Entry(
                "EVT-1@shop", "Évening; with, all\nof them", moment, moment, "A loft", 47.6, -122.3, "x" * 90
            ),
            Entry("TUR-1@shop", "Stop", begins, ends, "Napa", 38.3, -122.3),
        ],
        name="Events",
        now=moment,
    )
    lines = text.split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-2:] == ["END:VCALENDAR", ""]
    assert "DTSTART:20270115T023000Z" in lines
    assert "DTSTART;VALUE=DATE:20270228" in lines and "DTEND;VALUE=DATE:20270301" in lines
    assert "SUMMARY:Évening\\; with\\, all\\nof them" in lines
    assert all(len(line.encode()) <= 75 for line in lines)
    # What was folded is whole again.
    assert f"DESCRIPTION:{'x' * 90}" in text.replace("\r\n ", "")
