"""An address in the order of its country; every country has a form that can be filled in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.places import (
    address_lines,
    countries,
    find_country,
    normalise_postal_code,
    normalise_state,
    regions,
    states_of_postal_code,
    validate_address_parts,
)

PERSON = {"recipient": "Ana Berg", "company": "Berg & Co", "line1": "1 High Street", "line2": "Flat 2"}
CODES = [country.code for country in countries()]


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        (("US", "Napa", "CA", "94558"), "Ana Berg|Berg & Co|1 High Street|Flat 2|Napa, CA 94558"),
        (
            ("GB", "Bath", "", "BA1 1AA"),
            "Ana Berg|Berg & Co|1 High Street|Flat 2|Bath|BA1 1AA|UNITED KINGDOM",
        ),
        (("DE", "Köln", "", "50667"), "Ana Berg|Berg & Co|1 High Street|Flat 2|50667 Köln|GERMANY"),
        (("CH", "Bern", "", "3011"), "Berg & Co|Ana Berg|1 High Street|Flat 2|CH-3011 Bern|SWITZERLAND"),
        (
            ("JP", "Chiyoda", "Tokyo", "100-0001"),
            "Ana Berg|Berg & Co|1 High Street|Flat 2|Chiyoda, Tokyo|100-0001|JAPAN",
        ),
        (
            ("SG", "", "", "018956"),
            "Ana Berg|Berg & Co|1 High Street|Flat 2|SINGAPORE 018956|REP. OF SINGAPORE",
        ),
        (("HK", "Central", "", ""), "Ana Berg|Berg & Co|1 High Street|Flat 2|Central|HONG KONG"),
        (
            ("BR", "Santos", "SP", "11010-000"),
            "Berg & Co|Ana Berg|1 High Street|Flat 2|Santos-SP|11010-000|BRAZIL",
        ),
    ],
)
def test_lines_come_as_the_country_writes_them(place: tuple[str, ...], wanted: str) -> None:
    country, city, state, postal_code = place
    lines = address_lines(**PERSON, city=city, state=state, postal_code=postal_code, country=country)
    assert lines == wanted.split("|")


def test_at_home_nobody_writes_the_country() -> None:
    place = {"line1": "1 Rue", "city": "Paris", "postal_code": "75001", "country": "FR"}
    assert address_lines(**place, home="FR") == ["1 Rue", "75001 Paris"]


WORD = st.text("abcdefghijk", min_size=2, max_size=8)


@given(st.sampled_from(CODES), WORD, WORD, WORD, WORD, st.sampled_from(["", "zq"]))
def test_no_part_is_lost_and_none_is_said_twice(
    country: str, name: str, street: str, town: str, region: str, second: str
) -> None:
    given_parts = {
        "recipient": f"N{name}",
        "line1": f"A{street}",
        "line2": second,
        "city": f"C{town}",
        "state": f"S{region}",
    }
    lines = address_lines(**given_parts, country=country)
    text = " ".join(lines)
    assert all(text.count(part) == 1 for part in given_parts.values() if part)
    assert all(line == line.strip(" ,") and line for line in lines)


@given(st.sampled_from(CODES), st.data())
def test_each_part_may_be_missing_without_leaving_its_comma(country: str, data: st.DataObject) -> None:
    parts = {
        name: data.draw(st.sampled_from(["", value]))
        for name, value in (("city", "Town"), ("state", "Region"))
    }
    for line in address_lines(line1="1 Street", **parts, country=country):
        assert line[0] not in ", " and line[-1] not in ", "


@pytest.mark.parametrize("code", CODES)
def test_every_country_has_a_form_that_can_be_filled_in(code: str) -> None:
    country = find_country(code)
    assert country is not None
    choices = regions(code)
    postal = normalise_postal_code(code, country.postal_example)
    told = [state for state in states_of_postal_code(code, postal) if state in choices]
    state = "CA" if code == "US" else next(iter(told or choices), "Region" if country.needs_state else "")
    filled = {
        "country": code,
        "line1": "1 Street",
        "city": "Napa" if country.has_city else "",
        "state": state,
    }
    assert validate_address_parts(**filled, postal_code=postal) == []
    assert bool(country.state_label) or not country.needs_state
    assert country.format.city_label


@pytest.mark.parametrize("code", CODES)
def test_examples_of_postal_codes_keep_their_form_and_are_found_without_blanks(code: str) -> None:
    country = find_country(code)
    assert country is not None
    for example in country.format.postal_examples:
        kept = normalise_postal_code(code, example)
        assert country.postal_pattern is None or country.postal_pattern.fullmatch(kept), example
        assert normalise_postal_code(code, kept) == kept
        assert normalise_postal_code(code, kept.lower()) == kept


@pytest.mark.parametrize("code", [code for code in CODES if regions(code)])
def test_every_region_is_known_by_what_is_kept_and_by_its_name(code: str) -> None:
    for kept, name in regions(code).items():
        assert normalise_state(code, kept) == kept
        found = normalise_state(code, name)
        assert regions(code)[found] == name or list(regions(code).values()).count(name) > 1
        assert len(kept) <= 60
