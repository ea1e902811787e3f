"""One cell at a time: what dirty exports hold, and what each becomes or why it can't."""

import contextlib
import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage import places
from tirage.tables.cleaning import (
    NON_VINTAGE,
    BottleFormat,
    DateOrder,
    DecimalMark,
    Emails,
    PersonName,
    bare_size,
    clean_list,
    clean_note,
    clean_text,
    identity,
    is_doubtful,
    is_doubtful_date,
    is_empty,
    join_list,
    likely_unit,
    parse_date,
    parse_email,
    parse_emails,
    parse_format,
    parse_moment,
    parse_money,
    parse_percent,
    parse_vintage,
    parse_whole,
    split_name,
    told_mark,
    told_order,
)
from tirage.tables.cleaning.text import is_mistakable
from tirage.tables.errors import CellError

PARSERS: tuple[Callable[[str], Any], ...] = (
    parse_date,
    parse_emails,
    parse_format,
    parse_money,
    parse_percent,
    parse_vintage,
    parse_whole,
    split_name,
)


def reason(parse: Callable[[str], Any], value: str) -> str:
    with pytest.raises(CellError) as caught:
        parse(value)
    return caught.value.message


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        (" Ana\u00a0\u00a0Ruiz\u200b ", "Ana Ruiz"),
        ("\ufeffAna", "Ana"),
        ("Ana\u202fRuiz\u3000Kim", "Ana Ruiz Kim"),
        ("two\r\nlines\tand\x07bell", "two lines andbell"),
        ("'+1 707 555 0100", "+1 707 555 0100"),
        ("'02134", "02134"),
        ('="02134"', "02134"),
        ("'=1+1", "=1+1"),
        ("'t Hooft", "'t Hooft"),
        ("O'Brien", "O'Brien"),
        ("+1 (707) 555-0100", "+1 (707) 555-0100"),
        ("@anaruiz", "@anaruiz"),
        ("Zoe\u0308", "Zoë"),
    ],
)
def test_text_without_what_nobody_typed(value: str, clean: str) -> None:
    assert clean_text(value) == clean


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("'Ana'", "Ana"),
        ("'O''Brien'", "O'Brien"),
        ("O'Brien", "O'Brien"),
        ("'t Hooft", "'t Hooft"),
        ("''Ana'", "'Ana'"),
    ],
)
def test_a_cell_in_single_marks_is_what_stands_between_them(value: str, clean: str) -> None:
    assert clean_text(value) == clean
    assert is_mistakable(value) == (value != clean)


@pytest.mark.parametrize("value", ["=1+1", "=HYPERLINK(A1)", "@SUM(A1)", "+cmd|' /C calc'!A0"])
def test_formulas_are_refused_not_stored(value: str) -> None:
    assert "formula" in reason(clean_text, value)


def test_a_lost_character_and_too_long_a_text_are_told() -> None:
    assert "lost" in reason(clean_text, "Ren\ufffd")
    assert "5 characters; 4 are possible" in reason(lambda value: clean_text(value, longest=4), "Aaron")


def test_notes_keep_their_lines_and_lists_their_order() -> None:
    assert clean_note("\n likes\u00a0 red \r\n\r\nno Mondays\n") == "likes red\n\nno Mondays"
    assert clean_list("VIP; Napa; vip\nclub") == ("VIP", "Napa", "club")
    assert clean_list("VIP, Napa") == clean_list("VIP|Napa") == ("VIP", "Napa")
    assert clean_list(" - ") == ()


@pytest.mark.parametrize("value", ["", "  ", "\u00a0", "-", "N/A", "#N/A", "NULL", "\u200b"])
def test_nothing_is_nothing_for_every_parser(value: str) -> None:
    assert is_empty(value)
    assert [parse(value) for parse in PARSERS] == [None] * len(PARSERS)


@pytest.mark.parametrize("value", ["Null", "Na", "None", "0"])
def test_names_that_look_like_nothing_are_something(value: str) -> None:
    assert not is_empty(value)


def test_the_same_email_in_another_case_is_the_same_person() -> None:
    spellings = [
        "Ana.Ruiz@Example.COM",
        " ana.ruiz@example.com ",
        "ANA.RUIZ@EXAMPLE.COM",
        "ａna.ruiz＠example.com",
    ]
    assert {identity(spelling) for spelling in spellings} == {"ana.ruiz@example.com"}
    assert {parse_email(spelling) for spelling in spellings} == {"ana.ruiz@example.com"}


@pytest.mark.parametrize(
    "value",
    [
        "mailto:ana@x.com",
        "ana@x.com.",
        "Ana Ruiz <ANA@x.com>",
        '"Ruiz, Ana" <ana@x.com>;',
        "(ana@x.com)",
        "ana @ x.com",
        "ana@x.com, ana@X.com",
        "\u00a0ana@x.com\u200b",
        "mailto:ana@x.com?subject=Hello",
        "'ana@x.com'",
        "my address is ana@x.com",
    ],
)
def test_one_email_whatever_stands_around_it(value: str) -> None:
    assert parse_emails(value) == Emails("ana@x.com")


@pytest.mark.parametrize("between", ["; ", ",", " / ", "/", " ", " or ", "\n", " and "])
def test_two_emails_in_one_field_give_an_identity_and_another(between: str) -> None:
    assert parse_emails(f"Ana@x.com{between}jo@y.co.uk") == Emails("ana@x.com", ("jo@y.co.uk",))


@pytest.mark.parametrize(
    "value", ["o'brien@x.com", "ana+wine@x.com", "josé@xn--exmple-cua.de", "a_b-c@sub.x-y.museum"]
)
def test_unusual_emails_are_emails(value: str) -> None:
    assert parse_email(value) == value


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("ana.x.com", "has no @"),
        ("ana@@x.com", "more than one @"),
        ("ana@x", "lacks an ending"),
        ("ana@x..com", "is not an e-mail"),
        ("a..b@x.com", "is not an e-mail"),
        ("ana@-x.com", "is not an e-mail"),
        ("ana@x.123", "is not an e-mail"),
        ("ana@x.com; jo@", "jo@"),
        ("a" * 65 + "@x.com", "is not an e-mail"),
        ("a@" + "b" * 60 + ".c" * 100 + ".com", "254"),
    ],
)
def test_what_is_no_email_says_why(value: str, why: str) -> None:
    assert why in reason(parse_emails, value)


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("Ana Ruiz", "Ana", "Ruiz"),
        ("Van der Berg, Ana", "Ana", "Van der Berg"),
        ("Ana van der Berg", "Ana", "van der Berg"),
        ("Juan Carlos de la Cruz", "Juan Carlos", "de la Cruz"),
        ("Mary-Jane St. Claire", "Mary-Jane", "St. Claire"),
        ("Mr & Mrs J. Smith", "J.", "Smith"),
        ("Mr. and Mrs. John Smith III", "John", "Smith III"),
        ("Ana and Jo Smith", "Ana and Jo", "Smith"),
        ("Ana & Jo Smith", "Ana and Jo", "Smith"),
        ("Ana Ruiz and Jo Smith", "Ana", "Ruiz and Jo Smith"),
        ("John Smith, Jr.", "John", "Smith Jr."),
        ("Smith, John, Jr", "John", "Smith Jr"),
        ("Smith, Mr. John", "John", "Smith"),
        ("Dr. Ana\u00a0 Ruiz ", "Ana", "Ruiz"),
        ("Mary E Smith", "Mary E", "Smith"),
        ("Ana Y Smith", "Ana Y", "Smith"),
        ("M. Smith", "M.", "Smith"),
        ("Anh Le", "Anh", "Le"),
        ("Bob & Sue", "Bob and Sue", ""),
        ("Ruiz", "", "Ruiz"),
    ],
)
def test_names_in_one_column(value: str, first: str, last: str) -> None:
    assert split_name(value) == PersonName(first, last)


@given(st.lists(st.sampled_from(["Ana", "Ruiz", "van", "de", "Smith", "Jr.", "Bo"]), min_size=1, max_size=6))
def test_splitting_a_name_loses_no_word(words: list[str]) -> None:
    name = split_name(" ".join(words))

    assert name is not None
    assert f"{name.first} {name.last}".split() == words


MARCH_1 = dt.date(2024, 3, 1)


@pytest.mark.parametrize(
    "value",
    [
        "2024-03-01",
        "2024/3/1",
        "3/1/2024",
        "03-01-2024",
        "3/1/24",
        "01.03.2024",
        "1.3.24",
        "Mar 1, 2024",
        "March 1st, 2024",
        "1 March 2024",
        "1-Mar-24",
        "Friday, March 1, 2024",
        "20240301",
        "45352",
        "45352.0",
        "45352.75",
        "2024-03-01T17:30:00Z",
        "2024-03-01 17:30:00.123+02:00",
        "3/1/2024 5:30 PM",
        "\u00a03/1/2024\u00a0",
    ],
)
def test_dates_in_many_shapes(value: str) -> None:
    assert parse_date(value) == MARCH_1


def test_a_date_with_a_part_past_12_tells_the_order_and_dots_tell_nothing() -> None:
    assert told_order("25/12/2024") is DateOrder.DAY_FIRST
    assert told_order("12/25/2024 9:00") is DateOrder.MONTH_FIRST
    assert [told_order(text) for text in ("3/4/2024", "25.12.2024", "", "soon", "2024-03-04")] == [None] * 5


def test_a_date_is_doubtful_when_the_other_order_is_another_day() -> None:
    assert is_doubtful_date("3/4/2024") and is_doubtful_date("03-04-24 9:00")
    assert not any(
        map(is_doubtful_date, ("4/4/2024", "25/12/2024", "3.4.2024", "2024-03-04", "Mar 4, 2024", ""))
    )


def test_a_date_that_can_mean_one_day_only_means_it_whatever_the_column_says() -> None:
    assert parse_date("25/12/2024", DateOrder.MONTH_FIRST) == dt.date(2024, 12, 25)
    assert parse_date("12/25/2024", DateOrder.DAY_FIRST) == dt.date(2024, 12, 25)
    assert parse_date("3/4/2024", DateOrder.DAY_FIRST) == dt.date(2024, 4, 3)
    assert parse_date("3.4.2024", DateOrder.MONTH_FIRST) == dt.date(2024, 4, 3)


def test_two_digit_years_turn_at_the_pivot() -> None:
    assert [parse_date(value) for value in ("3/1/30", "3/1/31")] == [dt.date(2030, 3, 1), dt.date(1931, 3, 1)]
    assert parse_date("3/1/30", pivot=10) == dt.date(1930, 3, 1)


@pytest.mark.parametrize("value", ["0000-00-00", "00/00/0000", "1/1/0001", "0001-01-01"])
def test_the_zero_dates_of_databases_are_no_dates(value: str) -> None:
    assert parse_date(value) is None


@pytest.mark.parametrize(
    "value", ["2/30/2024", "13/13/2024", "2024", "Mar 2024", "soon", "13:00", "9999-12-31", "12"]
)
def test_what_is_no_date_says_so(value: str) -> None:
    assert value in reason(parse_date, value)


@given(st.dates(min_value=dt.date(1931, 1, 1), max_value=dt.date(2099, 12, 31)))
def test_every_date_survives_every_shape(date: dt.date) -> None:
    month_first, day_first = DateOrder.MONTH_FIRST, DateOrder.DAY_FIRST
    assert parse_date(date.isoformat()) == date
    assert parse_date(f"{date:%m/%d/%Y}", month_first) == date
    assert parse_date(f"{date:%d/%m/%Y}", day_first) == date
    assert parse_date(f"{date:%d.%m.%Y}") == date
    assert parse_date(f"{date:%B} {date.day}, {date.year}") == date
    assert parse_date(str((date - dt.date(1899, 12, 30)).days)) == date


@pytest.mark.parametrize(
    ("value", "utc"),
    [
        ("2024-03-01", "2024-03-01T08:00:00+00:00"),
        ("3/1/2024 5:30 PM", "2024-03-02T01:30:00+00:00"),
        ("3/1/2024 12:05 am", "2024-03-01T08:05:00+00:00"),
        ("2024-03-01T12:00:00Z", "2024-03-01T12:00:00+00:00"),
        ("2024-03-01 12:00:00 -0500", "2024-03-01T17:00:00+00:00"),
        ("45352.5", "2024-03-01T20:00:00+00:00"),
        ("7/1/2024", "2024-07-01T07:00:00+00:00"),
    ],
)
def test_moments_are_read_on_the_winerys_clock(value: str, utc: str) -> None:
    moment = parse_moment(value, ZoneInfo("America/Los_Angeles"))

    assert moment is not None
    assert moment.isoformat() == utc
    assert parse_moment("", dt.UTC) is None


def test_an_hour_that_does_not_exist_is_told() -> None:
    assert "time of day" in reason(lambda value: parse_moment(value, dt.UTC), "2024-03-01 25:00")


@pytest.mark.parametrize(
    ("value", "minor"),
    [
        ("$1,234.50", 123450),
        ("1.234,50", 123450),
        ("1 234,50", 123450),
        ("1\u00a0234,50", 123450),
        ("1'234.50", 123450),
        ("(45.00)", -4500),
        ("($45)", -4500),
        ("-$5", -500),
        ("45-", -4500),
        ("USD 45", 4500),
        ("45USD", 4500),
        ("US$ 45", 4500),
        ("1,234", 123400),
        ("1,234,567.89", 123456789),
        ("1.234.567", 123456700),
        ("1,23", 123),
        ("45.1", 4510),
        ("45.0000", 4500),
        ("0", 0),
    ],
)
def test_money_in_every_habit_of_writing(value: str, minor: int) -> None:
    assert parse_money(value) == minor


def test_money_knows_how_many_decimals_a_currency_has() -> None:
    assert parse_money("¥1,500", "JPY") == 1500
    assert parse_money("1.500", "KWD") == 1500
    assert parse_money("EUR 1.234,50", "EUR") == 123450


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("€45", "EUR; amounts here are in USD"),
        ("EUR 45", "EUR; amounts here are in USD"),
        ("1.234", "more decimals"),
        ("45.005", "more decimals"),
        ("1.250", "thousands or a few"),
        ("-12.500", "thousands or a few"),
        ("free", "not a number"),
        ("1.2,3.4", "mixes"),
        ("12,34,5", "out of place"),
        ("9" * 20, "too large"),
        ("4 5", "not a number"),
    ],
)
def test_amounts_that_could_mislead_are_refused(value: str, why: str) -> None:
    assert why in reason(parse_money, value)


@given(st.integers(min_value=-(10**11), max_value=10**11))
def test_every_amount_survives_both_habits(minor: int) -> None:
    american = f"${abs(minor) / 100:,.2f}"
    european = american[1:].translate(str.maketrans(",.", ".,"))
    sign = -1 if minor < 0 else 1
    assert parse_money(american) == parse_money(european) == abs(minor)
    assert parse_money(f"({american})" if sign < 0 else american) == minor


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("6.0", 6),
        ("1,200", 1200),
        (" 12 ", 12),
        ("-3", -3),
        ("+6", 6),
        ("(3)", -3),
        ("1.2E+03", 1200),
        ("0", 0),
    ],
)
def test_whole_numbers(value: str, number: int) -> None:
    assert parse_whole(value) == number


@pytest.mark.parametrize(
    ("value", "point", "comma"),
    [
        ("1.000", 1, 1000),
        ("1,000", 1000, 1),
        ("12", 12, 12),
        ("1.200.000", None, 1_200_000),
        ("1 200", 1200, 1200),
    ],
)
def test_whole_numbers_by_the_files_own_mark(value: str, point: int | None, comma: int | None) -> None:
    for mark, number in ((DecimalMark.POINT, point), (DecimalMark.COMMA, comma)):
        if number is None:
            assert "can't be read" in reason(partial(parse_whole, mark=mark), value)
        else:
            assert parse_whole(value, mark=mark) == number


def test_one_or_a_thousand_is_refused_until_somebody_says_which() -> None:
    assert "thousands or a few" in reason(parse_whole, "1.000")
    assert "thousands or a few" in reason(parse_whole, "1,000")


@pytest.mark.parametrize(
    ("value", "told", "doubtful"),
    [
        ("85,50", DecimalMark.COMMA, False),
        ("85.50", DecimalMark.POINT, False),
        ("1.234,50", DecimalMark.COMMA, False),
        ("1.234.567", DecimalMark.COMMA, False),
        ("0,145", DecimalMark.COMMA, False),
        ("1,5", DecimalMark.COMMA, False),
        ("$1,250", None, True),
        ("1.250", None, True),
        ("12", None, False),
        ("soon, or not", None, False),
    ],
)
def test_what_an_amount_tells_of_its_mark(value: str, told: DecimalMark | None, doubtful: bool) -> None:
    assert (told_mark(value, 2), is_doubtful(value, 2)) == (told, doubtful)


def test_there_are_no_halves_of_bottles() -> None:
    assert (told_mark("1.200", 0), is_doubtful("1.200", 0)) == (DecimalMark.COMMA, False)
    assert (told_mark("1.000", 0), is_doubtful("1.000", 0)) == (None, True)


def test_amounts_by_the_files_own_mark() -> None:
    assert parse_money("1.250", mark=DecimalMark.COMMA) == 125_000
    assert parse_money("1.250", mark=DecimalMark.POINT) == 125
    assert "can't be read" in reason(partial(parse_money, mark=DecimalMark.POINT), "1,5")


NAMES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8),
    unique_by=str.casefold,
    max_size=4,
)


@given(NAMES)
def test_names_in_one_cell_come_back_one_by_one(names: list[str]) -> None:
    written = [name for name in names if clean_or_none(name) == name]
    assert clean_list(join_list(written)) == tuple(written)


def clean_or_none(name: str) -> str | None:
    with contextlib.suppress(CellError):
        return None if is_empty(name) else clean_text(name)
    return None


def test_names_that_hold_separators_are_one() -> None:
    assert join_list(["VIP", "Vertical; 2019", "Club|A"]) == 'VIP; "Vertical; 2019"; "Club|A"'
    assert clean_list('VIP; "Vertical; 2019"; "Club|A"') == ("VIP", "Vertical; 2019", "Club|A")
    assert clean_list('"VIP","Blog"') == ("VIP", "Blog")
    assert clean_list("Napa, CA; VIP") == ("Napa, CA", "VIP")
    assert clean_list("Club|A; Vertical; 2019", {"vertical; 2019"}) == ("Club|A", "Vertical; 2019")
    assert clean_list('6" boxes; VIP') == ('6" boxes', "VIP")


def test_whole_numbers_refuse_halves_words_and_what_is_out_of_bounds() -> None:
    assert "not a whole number" in reason(parse_whole, "6.5")
    assert "not a number" in reason(parse_whole, "12 bottles")
    assert "0 is the least" in reason(lambda value: parse_whole(value, minimum=0), "-1")
    assert "24 is the most" in reason(lambda value: parse_whole(value, maximum=24), "25")
    assert "too large a number" in reason(parse_whole, "1e30")


@pytest.mark.parametrize(
    ("value", "vintage"),
    [("2021", 2021), ("2021.0", 2021), ("Vintage 2019", 2019), ("NV", NON_VINTAGE), ("n.v.", NON_VINTAGE)],
)
def test_vintages(value: str, vintage: int | str) -> None:
    assert parse_vintage(value) == vintage


@pytest.mark.parametrize("value", ["21", "1066", "2021-2022", "old"])
def test_what_is_no_vintage_says_so(value: str) -> None:
    assert "four digits, or NV" in reason(parse_vintage, value)


@pytest.mark.parametrize(
    ("value", "millilitres", "units"),
    [
        ("750ml", 750, 1),
        ("750 mL", 750, 1),
        ("75 cl", 750, 1),
        ("0.75 L", 750, 1),
        ("750.0", 750, 1),
        ("1.5L", 1500, 1),
        ("1,5 l", 1500, 1),
        ("1.5", 1500, 1),
        ("Magnum", 1500, 1),
        ("Magnum (1.5 L)", 1500, 1),
        ("Double magnum", 3000, 1),
        ("Half bottle", 375, 1),
        ("Bottle", 750, 1),
        ("3 x 750ml", 750, 3),
        ("3x750", 750, 3),
        ("750ml x 6", 750, 6),
        ("12/750ml", 750, 12),
        ("3pk", 750, 3),
        ("3-Pack Box", 750, 3),
        ("6 pack 375ml", 375, 6),
        ("case of 12", 750, 12),
        ("3 x Magnum", 1500, 3),
    ],
)
def test_bottle_formats(value: str, millilitres: int, units: int) -> None:
    assert parse_format(value) == BottleFormat(millilitres, units)


@pytest.mark.parametrize(
    ("value", "unit", "millilitres", "units"),
    [
        ("150", "cl", 1500, 1),
        ("75", "cl", 750, 1),
        ("37,5", "cl", 375, 1),
        ("6 x 75", "cl", 750, 6),
        ("0.75", "l", 750, 1),
        ("3", "l", 3000, 1),
        ("1.5 l", "cl", 1500, 1),
        ("75cl", "ml", 750, 1),
        ("750", "ml", 750, 1),
    ],
)
def test_a_size_without_a_unit_is_in_the_files_own(
    value: str, unit: str, millilitres: int, units: int
) -> None:
    assert parse_format(value, unit=unit) == BottleFormat(millilitres, units)


def test_the_unit_is_told_by_sizes_that_bottles_have() -> None:
    sizes = [bare_size(text) for text in ("150", "300", "6 x 75")]
    assert sizes == [Decimal(150), Decimal(300), Decimal(75)]
    assert [bare_size(text) for text in ("75 cl", "Magnum", "")] == [None, None, None]
    assert likely_unit(map(Decimal, ("150", "300"))) == "cl"
    assert likely_unit(map(Decimal, ("750", "1500"))) == "ml"
    assert likely_unit(map(Decimal, ("0.75", "1.5"))) == "l"
    assert likely_unit([Decimal(42)]) == likely_unit([]) == ""


@pytest.mark.parametrize("value", ["huge", "75", "Magnum 750ml", "2 x 3 pack", "500 L", "0 ml", "750ml red"])
def test_what_is_no_bottle_format_says_so(value: str) -> None:
    assert value in reason(parse_format, value)


@pytest.mark.parametrize(
    ("value", "percent"),
    [
        ("14.5%", "14.5"),
        ("14,5 %", "14.5"),
        ("14.5", "14.5"),
        ("0.145", "0.145"),
        ("0.5", "0.5"),
        ("0.5%", "0.5"),
        ("14% vol", "14"),
    ],
)
def test_percentages(value: str, percent: str) -> None:
    assert parse_percent(value) == Decimal(percent)


def test_percentages_out_of_bounds_are_refused_and_fractions_can_be_taken_as_they_stand() -> None:
    assert "0 to 100" in reason(parse_percent, "120")
    assert parse_percent("0.5", fractions=False) == Decimal("0.5")


@given(st.text(max_size=60))
def test_no_text_breaks_a_parser(value: str) -> None:
    for parse in (*PARSERS, clean_text, clean_note, clean_list, lambda text: parse_moment(text, dt.UTC)):
        with contextlib.suppress(CellError):
            parse(value)


def test_a_zip_that_lost_its_zero_and_an_empty_state_are_mended_by_places() -> None:
    assert places.normalise_postal_code("US", clean_text("2134.0")) == "02134"
    assert places.normalise_postal_code("US", clean_text('="02134"')) == "02134"
    assert places.state_of_zip(places.normalise_postal_code("US", clean_text("2134"))) == "MA"
