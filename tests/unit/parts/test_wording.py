"""Money, moments and counts as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tirage.core.models import Winery
from tirage.core.money import Money, say_money
from tirage.notifications.wording import Say
from tirage.parts import wording

OPENING = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
ZONE, LOCALE = "America/Los_Angeles", "en_US"


@pytest.mark.parametrize(
    ("amount", "locale", "words"),
    [
        (Money(19_000, "USD"), "en_US", "$190.00"),
        (Money(123_456_789, "USD"), "en_US", "$1,234,567.89"),
        (Money(-500, "USD"), "en_US", "−$5.00"),
        (Money(0, "USD"), "en_US", "$0.00"),
        (Money(19_000, "EUR"), "en_IE", "€190.00"),
        (Money(190, "JPY"), "ja_JP", "¥190"),
    ],
)
def test_money_in_the_winerys_locale(amount: Money, locale: str, words: str) -> None:
    assert say_money(amount, locale).replace("￥", "¥") == words


def test_whole_money_is_rounded() -> None:
    assert wording.say_whole_money(Money(114_060, "USD"), LOCALE) == "$1,141"


def test_a_moment_names_its_day_time_and_zone() -> None:
    assert wording.say_moment(OPENING, ZONE, LOCALE) == "Tue, Nov 24, 9:00 AM PST"
    assert wording.say_moment(OPENING, ZONE, LOCALE, year=True) == "Tue, Nov 24, 2026, 9:00 AM PST"
    summer = datetime(2026, 7, 1, 16, 0, tzinfo=UTC)
    assert wording.say_moment(summer, ZONE, LOCALE) == "Wed, Jul 1, 9:00 AM PDT"


def test_the_day_is_the_winerys_not_greenwichs() -> None:
    late = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
    assert wording.say_day(late, ZONE, LOCALE) == "Nov 24, 2026"
    assert wording.say_day(late, ZONE, LOCALE, width="full") == "Tuesday, November 24, 2026"
    assert wording.say_day(date(2026, 11, 25), ZONE, LOCALE) == "Nov 25, 2026", "a day is itself"
    assert wording.say_time_of_day(late, ZONE, LOCALE) == "9:00 PM"
    assert wording.say_time_of_day(late, ZONE, LOCALE, with_zone=True) == "9:00 PM PST"


@pytest.mark.parametrize(
    ("zone", "locale", "name"),
    [
        ("Europe/Paris", "en_US", "CET"),
        ("Europe/Paris", "en_GB", "CET"),
        ("Australia/Sydney", "en_US", "AEDT"),
        ("America/Sao_Paulo", "en_US", "Brasilia Standard Time"),
        ("Europe/London", "en_GB", "GMT"),
        ("America/Los_Angeles", "en_GB", "PST"),
    ],
)
def test_a_zone_has_a_name(zone: str, locale: str, name: str) -> None:
    """The same on pages and in mails."""
    said = Say(Winery(time_zone=zone, locale=locale)).moment(OPENING)
    assert said.endswith(f" {name}")
    assert wording.say_moment(OPENING, zone, locale).endswith(f" {name}")
    assert wording.say_time_of_day(OPENING, zone, locale, with_zone=True).endswith(f" {name}")


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        wording.say_moment(OPENING.replace(tzinfo=None), ZONE, LOCALE)


def test_distance_in_time() -> None:
    assert wording.say_ago(OPENING - timedelta(hours=3), OPENING, LOCALE) == "3 hours ago"
    assert wording.say_ago(OPENING + timedelta(days=2), OPENING, LOCALE) == "in 2 days"
    assert wording.say_until(OPENING + timedelta(days=2), OPENING, LOCALE) == "2 days"
    assert wording.say_until(OPENING - timedelta(days=2), OPENING, LOCALE) == "0 seconds"


@pytest.mark.parametrize(
    ("seconds", "face"),
    [
        (872, "14:32"),
        (60, "1:00"),
        (0, "0:00"),
        (-9, "0:00"),
        (7500, "2:05:00"),
        (93_900, "1 day 2:05:00"),
        (604_799, "6 days 23:59:59"),
    ],
)
def test_the_face_of_a_countdown(seconds: int, face: str) -> None:
    assert wording.say_clock(seconds) == face


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 bottles"), (1, "1 bottle"), (2, "2 bottles"), (1200, "1,200 bottles")]
)
def test_bottles_are_counted_in_words(count: int, words: str) -> None:
    assert wording.say_bottles(count, LOCALE) == words


def test_percent_has_one_decimal_at_most() -> None:
    assert [wording.say_percent(share, LOCALE) for share in (0.125, 0.63, 1, 0)] == [
        "12.5%",
        "63%",
        "100%",
        "0%",
    ]
