"""An address that can't be taxed or shipped to is refused with a sentence that helps."""

import pytest

from tirage.places import STATES, Problem, all_zips, validate_address_parts

GOOD = {"country": "US", "line1": "1200 Main Street", "city": "Napa", "state": "CA", "postal_code": "94558"}


def problems(**changed: str) -> list[Problem]:
    return validate_address_parts(**{**GOOD, **changed})


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"postal_code": "94558-1234"},
        {"state": "AE", "city": "APO", "postal_code": "09012"},
        {"state": "PR", "city": "San Juan", "postal_code": "00907"},
        {"country": "CA", "state": "ON", "city": "Ottawa", "postal_code": "K1A 0B1"},
        {"country": "GB", "state": "", "city": "London", "postal_code": "SW1A 1AA"},
        {"country": "HK", "state": "", "city": "Central", "postal_code": ""},
        {"country": "JP", "state": "Tokyo", "city": "Chiyoda", "postal_code": "100-0001"},
        {"country": "LK", "state": "", "city": "Colombo", "postal_code": ""},
    ],
)
def test_good_addresses_pass(changed: dict[str, str]) -> None:
    assert problems(**changed) == []


@pytest.mark.parametrize(
    ("changed", "field", "part"),
    [
        ({"country": "Narnia"}, "country", "Choose the country"),
        ({"country": ""}, "country", "Choose the country"),
        ({"line1": "  "}, "line1", "Enter the street"),
        ({"city": ""}, "city", "Enter the town"),
        ({"state": ""}, "state", "Choose the state"),
        ({"state": "Atlantis"}, "state", "such as CA for California"),
        ({"postal_code": ""}, "postal_code", "Enter the ZIP"),
        ({"postal_code": "9455"}, "postal_code", "Write it like 94558"),
        ({"postal_code": "00000"}, "postal_code", "There is no ZIP 00000"),
        ({"state": "NY"}, "postal_code", "is in Napa, California, not in New York"),
        ({"country": "CA", "state": "BC", "postal_code": "K1A 0B1"}, "postal_code", "is in Ontario"),
        ({"country": "CA", "state": "", "postal_code": "K1A 0B1"}, "state", "Choose the province"),
        ({"country": "DE", "state": "", "postal_code": "ABC"}, "postal_code", "Write it like 10115"),
        ({"country": "AU", "state": "CA", "postal_code": "3000"}, "state", "VIC for Victoria"),
    ],
)
def test_one_fault_gives_one_sentence_at_its_field(changed: dict[str, str], field: str, part: str) -> None:
    found = problems(**changed)
    assert [problem.field for problem in found] == [field]
    assert part in found[0].message


def test_faults_come_in_the_order_of_the_form() -> None:
    found = problems(line1="", city="", state="", postal_code="")
    assert [problem.field for problem in found] == ["line1", "city", "state", "postal_code"]


def test_each_zip_agrees_with_its_own_state_and_with_no_other() -> None:
    for place in list(all_zips())[::97]:
        assert problems(state=place.state, postal_code=place.zip) == []
        other = next(code for code in STATES if code != place.state)
        assert [p.field for p in problems(state=other, postal_code=place.zip)] == ["postal_code"]
