"""Nothing is taken that nobody means, and what is stored all the same is read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.db import connection

from tests.world import World
from tirage.catalog.models import Sku
from tirage.core.bounds import EARLIEST_READ, LATEST_READ, on_clock
from tirage.core.errors import DomainError
from tirage.core.money import Money, say_money
from tirage.core.texts import fitting
from tirage.offers.audience import audiences
from tirage.offers.models import OfferItem
from tirage.offers.operations import clone_release
from tirage.tables.cleaning import parse_money, parse_whole
from tirage.tables.errors import CellError

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_edges_of_the_calendar_are_on_every_clock(zone: str) -> None:
    for moment in (datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)):
        shown = on_clock(moment, ZoneInfo(zone))
        assert abs(shown - moment) < timedelta(days=740)
    plain = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert on_clock(plain, ZoneInfo(zone)) == plain


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("10000-01-01 07:59:00+00", LATEST_READ),
        ("9999-12-31 23:59:00+00", LATEST_READ),
        ("infinity", LATEST_READ),
        ("-infinity", EARLIEST_READ),
        ("0044-03-15 12:00:00+00 BC", EARLIEST_READ),
        ("2026-10-06 16:00:00+00", datetime(2026, 10, 6, 16, tzinfo=UTC)),
    ],
)
def test_a_moment_beyond_the_calendar_is_read_as_its_edge(stored: str, read: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz, %s::date", [stored, stored])
        moment, day = cursor.fetchone()
    assert moment == read
    assert day == read.date() or day == date(9999, 12, 31)


class Asked(forms.Form):
    day = forms.DateField(required=False)
    number = forms.IntegerField(required=False)


@pytest.mark.parametrize(
    ("name", "value"),
    [("day", "9999-12-31"), ("day", "0001-01-01"), ("number", str(2**63)), ("number", "-999999999999")],
)
def test_every_form_refuses_with_words_what_nobody_means(name: str, value: str) -> None:
    form = Asked({name: value})
    assert not form.is_valid() and ("year" in form.errors[name][0] or "Write" in form.errors[name][0])


def test_so_do_files() -> None:
    with pytest.raises(CellError, match="too large"):
        parse_whole("4444444444")
    with pytest.raises(CellError, match="too large"):
        parse_money("5000000000")
    assert parse_money("999999999.99") == 99_999_999_999


def test_a_release_is_cloned_into_a_year_that_is_one(world: World) -> None:
    for day in (date(9999, 12, 31), date(1, 1, 1)):
        with pytest.raises(DomainError, match="Choose a year from 1900 to 2199"):
            clone_release(release=world.release, name="Far", first_day=day, actor=world.staff, now=world.now)


def test_a_text_that_is_too_long_is_refused_whole() -> None:
    assert fitting(" one\r\ntwo ", 7, "note") == "one\ntwo"
    with pytest.raises(DomainError, match="This has 8 characters; 7 are possible") as refused:
        fitting("one\ntwos", 7, "note")
    assert list(refused.value.fields) == ["note"]


def test_small_columns_multiply_to_large_numbers(world: World) -> None:
    """A thousand packs of a hundred are more bottles than a small column of PostgreSQL holds."""
    OfferItem.objects.update(purchase_maximum=1_000)
    Sku.objects.update(units=100)
    assert audiences([world.estate_offer], world.now)[world.estate_offer.pk].offered > 32_767


def test_an_amount_of_any_length_is_said() -> None:
    assert say_money(Money(10**30, "USD"), "en_US").startswith("$10,000,000,000,000")
