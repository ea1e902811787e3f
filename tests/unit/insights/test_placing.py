"""Where somebody lives, from what is written on their envelopes."""

from __future__ import annotations

from typing import Any

import pytest

from tirage.insights.rules.placing import AddressFacts, Place, household_of, place_address, place_customer
from tirage.insights.states import Coverage, PlacePrecision, Reason
from tirage.places import miles_between

HOME = AddressFacts("Ana Alvarez", "", "1 Valencia Street", "", "San Francisco", "CA", "94110", "US")


def home(**changes: Any) -> AddressFacts:
    facts = {name: getattr(HOME, name) for name in HOME.__slots__}
    return AddressFacts(**{**facts, **changes})


def placed(*addresses: AddressFacts, picks_up: bool = False) -> Place:
    return place_customer(first_name="Ana", last_name="Alvarez", addresses=addresses, picks_up=picks_up)


def test_a_home_is_at_its_zip() -> None:
    place = placed(HOME)
    assert (place.zip_code, place.county, place.metro) == ("94110", "06075", "41860")
    assert (place.precision, place.coverage, place.reason) == (
        PlacePrecision.ZIP,
        Coverage.PLACED,
        Reason.NONE,
    )
    assert place.latitude is not None and place.longitude is not None
    assert miles_between(place.latitude, place.longitude, 37.7486, -122.4158) < 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"recipient": "Ben Baker"}, Reason.GIFT_ADDRESS),
        ({"company": "Baker & Sons"}, Reason.BUSINESS),
        ({"recipient": "Alvarez Holdings LLC"}, Reason.BUSINESS),
        ({"line1": "FedEx Office, 50 Fremont Street"}, Reason.CARRIER_LOCATION),
        ({"line2": "c/o FedEx"}, Reason.CARRIER_LOCATION),
        ({"company": "The UPS Store #4412"}, Reason.CARRIER_LOCATION),
        ({"line1": "PSC 3 Box 4120", "city": "APO", "state": "AE", "postal_code": "09021"}, Reason.MILITARY),
    ],
)
def test_what_is_nobodys_home_is_left_out_unless_there_is_another(
    changes: dict[str, str], reason: Reason
) -> None:
    place = placed(home(**changes))
    assert (place.coverage, place.reason, place.country, place.household) == (
        Coverage.EXCLUDED,
        reason,
        "",
        "",
    )
    assert placed(home(**changes), HOME).zip_code == "94110"


@pytest.mark.parametrize(
    "recipient", ["Mr. & Mrs. Alvarez", "ANA MARÍA ÁLVAREZ", "A. Alvarez", "", "Ana & Tom Reed"]
)
def test_the_same_name_spelled_otherwise_is_no_gift(recipient: str) -> None:
    assert placed(home(recipient=recipient)).coverage is Coverage.PLACED


@pytest.mark.parametrize("line1", ["4 Fedexia Court", "12 Upstate Road", "7 Incline Drive"])
def test_a_street_that_only_sounds_like_a_carrier_is_a_home(line1: str) -> None:
    assert placed(home(line1=line1)).coverage is Coverage.PLACED


def test_a_post_office_box_is_near() -> None:
    place = placed(home(line1="PO Box 4417"))
    assert (place.zip_code, place.precision) == ("94110", PlacePrecision.CITY)


def test_an_unknown_zip_is_the_city_or_the_state() -> None:
    city = placed(home(postal_code="94199", city="San Francisco"))
    assert (city.precision, city.coverage, city.state) == (PlacePrecision.CITY, Coverage.PLACED, "CA")
    state = placed(home(postal_code="00000", city="Nowhere Springs"))
    assert (state.precision, state.coverage, state.reason) == (
        PlacePrecision.STATE, Coverage.STATE_ONLY, Reason.UNKNOWN_ZIP,
    )  # fmt: skip
    assert placed(home(postal_code="00000", city="", state="")).coverage is Coverage.NOT_PLACED


@pytest.mark.parametrize(
    ("country", "city", "latitude"),
    [
        ("FR", "Paris 16", 48.85),
        ("GB", "London, Islington", 51.51),
        ("DE", "München", 48.14),
        ("JP", "Tokyo", 35.69),
    ],
)
def test_abroad_it_is_the_city(country: str, city: str, latitude: float) -> None:
    place = place_address(home(country=country, city=city, state="", postal_code="1"))
    assert place.precision is PlacePrecision.CITY and place.zip_code == ""
    assert place.latitude == pytest.approx(latitude, abs=0.1)


def test_an_unknown_city_abroad_is_its_country() -> None:
    place = place_address(home(country="FR", city="Quelquepart-sur-Rien", state=""))
    assert (place.country, place.precision, place.coverage) == (
        "FR",
        PlacePrecision.COUNTRY,
        Coverage.STATE_ONLY,
    )


def test_nobody_knows_anything() -> None:
    assert placed().reason is Reason.NO_ADDRESS
    picked_up = placed(picks_up=True)
    assert (picked_up.coverage, picked_up.reason) == (Coverage.EXCLUDED, Reason.PICKUP)


def test_two_accounts_at_one_door_are_one_household() -> None:
    one, other = home(line1="1 Valencia St.", line2="Apt 4"), home(line1="1 VALENCIA STREET", line2="#4")
    assert household_of(one) == household_of(other) != household_of(HOME)
    assert household_of(home(line1="")) == ""
