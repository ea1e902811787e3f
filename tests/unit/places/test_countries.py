"""Countries and the forms in which people write states and postal codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.places import (
    STATES,
    all_zips,
    countries,
    find_country,
    normalise_country,
    normalise_postal_code,
    normalise_state,
    subdivisions,
)


def test_countries_are_sorted_named_in_the_locale_and_without_regions() -> None:
    english = countries()
    codes = {country.code for country in english}
    assert 235 < len(codes) < 250
    assert {"US", "CA", "GB", "FR", "DE", "CH", "AU", "JP", "HK", "SG"} <= codes
    assert not codes & {"EU", "UN", "ZZ", "PR", "GU"}
    assert [c.name.casefold() for c in english] == sorted(c.name.casefold() for c in english)
    german = find_country("CH", "de_DE")
    assert german is not None and german.name == "Schweiz"


def test_states_are_asked_for_where_they_matter() -> None:
    needing = {country.code for country in countries() if country.needs_state}
    assert {"US", "CA", "AU"} <= needing
    assert not needing & {"GB", "FR", "DE", "CH", "SG", "HK"}
    assert subdivisions("CA")["BC"] == "British Columbia"
    assert subdivisions("US")["AE"].startswith("Armed Forces")
    assert subdivisions("FR") == {}


@pytest.mark.parametrize(
    ("country", "raw", "wanted"),
    [
        ("US", "1234", "01234"),
        ("US", "1234.0", "01234"),
        ("US", "94558.0", "94558"),
        ("US", "501", "00501"),
        ("US", "02139-4307", "02139-4307"),
        ("US", "2139-4307", "02139-4307"),
        ("US", "021394307", "02139-4307"),
        ("US", "21394307", "02139-4307"),
        ("US", "02139 4307", "02139-4307"),
        ("US", "02139 \u2013 4307", "02139-4307"),
        ("US", "94558-", "94558"),
        ("US", "94558-0000", "94558"),
        ("US", "\u00a094558\u200b ", "94558"),
        ("US", "nope", "NOPE"),
        ("CA", "k1a0b1", "K1A 0B1"),
        ("CA", "K1A-0B1", "K1A 0B1"),
        ("GB", "sw1a1aa", "SW1A 1AA"),
        ("GB", "M1 1AE", "M1 1AE"),
        ("DE", "1067", "01067"),
        ("DE", "1067.0", "01067"),
        ("DE", "D-80331", "80331"),
        ("CH", "CH-8001", "8001"),
        ("FR", "6000", "06000"),
        ("AU", "800", "0800"),
        ("JP", "1000001", "100-0001"),
        ("JP", "600000", "060-0000"),
        ("NL", "1011ab", "1011 AB"),
        ("PL", "00001", "00-001"),
        ("SE", "11122", "111 22"),
        ("SG", "18956", "018956"),
        ("HK", " ", ""),
        ("XX", " a  1 ", "A 1"),
    ],
)
def test_postal_codes_take_their_own_form(country: str, raw: str, wanted: str) -> None:
    assert normalise_postal_code(country, raw) == wanted


@given(st.sampled_from(["US", "CA", "GB", "DE", "JP", "NL", "CH", "FR", "XX"]), st.text(max_size=12))
def test_normalising_twice_changes_nothing_more(country: str, raw: str) -> None:
    once = normalise_postal_code(country, raw)
    assert normalise_postal_code(country, once) == once


def test_every_zip_survives_a_spreadsheet() -> None:
    for place in all_zips():
        number = int(place.zip)
        assert normalise_postal_code("US", str(number)) == place.zip
        assert normalise_postal_code("US", f"{number}.0") == place.zip


@given(st.integers(501, 99950), st.integers(1, 9999))
def test_zip_plus_four_survives_losing_its_dash_and_its_zero(head: int, tail: int) -> None:
    wanted = f"{head:05}-{tail:04}"
    assert normalise_postal_code("US", wanted) == wanted
    assert normalise_postal_code("US", f"{head}-{tail:04}") == wanted


@pytest.mark.parametrize(
    ("country", "raw", "wanted"),
    [
        ("US", "CA ", "CA"),
        ("US", "ca", "CA"),
        ("US", "Calif.", "CA"),
        ("US", "california", "CA"),
        ("US", "C.A.", "CA"),
        ("US", "US-CA", "CA"),
        ("US", "N. Carolina", "NC"),
        ("US", "Washington, D.C.", "DC"),
        ("US", "D.C.", "DC"),
        ("US", "Washington", "WA"),
        ("US", "New\u00a0York", "NY"),
        ("US", "Mass", "MA"),
        ("US", "Atlantis", "Atlantis"),
        ("US", "", ""),
        ("CA", "Québec", "QC"),
        ("CA", "b.c.", "BC"),
        ("AU", "New South Wales", "NSW"),
        ("MX", " Jal. ", "Jalisco"),
        ("JP", "東京都", "Tokyo"),
        ("ES", "Barcelona", "Barcelona"),
        ("IT", "Roma", "RM"),
    ],
)
def test_states_are_recognised_however_written(country: str, raw: str, wanted: str) -> None:
    assert normalise_state(country, raw) == wanted


@given(
    st.sampled_from(sorted(STATES)),
    st.sampled_from([str.upper, str.lower, str.title]),
    st.sampled_from(["", " ", "."]),
)
def test_every_state_is_known_by_code_and_name(code: str, case: object, tail: str) -> None:
    assert callable(case)
    assert normalise_state("US", case(code) + tail) == code
    assert normalise_state("US", case(STATES[code].name) + tail) == code


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("us", "US"),
        ("U.S.A.", "US"),
        ("United States", "US"),
        ("United States of America", "US"),
        ("UK", "GB"),
        ("England", "GB"),
        ("hong kong", "HK"),
        ("Japan", "JP"),
        ("Narnia", "Narnia"),
    ],
)
def test_countries_are_recognised_however_written(raw: str, wanted: str) -> None:
    assert normalise_country(raw) == wanted
