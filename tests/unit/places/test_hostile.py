"""What people send for a country is looked up, never made a pattern."""

from __future__ import annotations

import pytest

from tirage.places import normalise_postal_code, validate_address_parts
from tirage.places.countries import normalise_state

pytestmark = pytest.mark.once
#: A pattern that never ends, one that isn't any, and names of countries that are none.
COUNTRIES = ("(A+)+B", "+5", "[", "*", "A|", "\\", "us", "XX", "US\n")


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_country_that_is_none_leaves_the_code_as_it_was(country: str) -> None:
    assert normalise_postal_code(country, "A" * 45) == "A" * 45
    assert normalise_state(country, " (A+)+B-x ") == "(A+)+B-x"
    problems = validate_address_parts(
        country=country, line1="1 Main St", city="Napa", state="CA", postal_code="A" * 45
    )
    assert [problem.field for problem in problems] == ["country"]


@pytest.mark.parametrize(
    ("country", "sent", "code"),
    [
        *(("DE", "D-80331", "80331"), ("DE", "DE-80331", "80331"), ("PL", "PL-00-001", "00-001")),
        *(("FI", "FI-00100", "00100"), ("SE", "S-111 22", "111 22"), ("AT", "A-1010", "1010")),
        ("DE", "DE-D-80331", "80331"),
    ],
)
def test_prefixes_are_still_taken_off(country: str, sent: str, code: str) -> None:
    assert normalise_postal_code(country, sent) == code


@pytest.mark.parametrize(
    ("sent", "state"), [("US-CA", "CA"), ("us_ny", "NY"), ("US CA", "CA"), ("USCA", "USCA")]
)
def test_a_state_after_its_country(sent: str, state: str) -> None:
    assert normalise_state("US", sent) == state
