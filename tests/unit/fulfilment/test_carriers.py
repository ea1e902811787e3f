"""Whose a tracking number is, and where nobody can tell."""

import pytest

from tirage.delivery.models import Method
from tirage.fulfilment.carriers import carrier_of, follow_url


@pytest.mark.parametrize(
    ("number", "method", "name"),
    [
        ("1Z 999 AA1 01 2345 6784", "Ground", "UPS"),
        ("1z999aa10123456784", "", "UPS"),
        ("9400 1000 0000 0000 0000 00", "", "USPS"),
        ("EC123456789US", "", "USPS"),
        ("9999 9999 9990", "", None),
        ("7967 9382 9990", "Home", None),
        ("986578788855", "Ground", "FedEx"),
        ("986578788854", "Ground", None),
        ("041441760228964", "", "FedEx"),
        ("D10011354453707", "OnTrac next day", "OnTrac"),
        ("123", "FedEx Ground", "FedEx"),
        ("123", "Groups of three", None),
        ("JD0002", "DHL Express", "DHL"),
        ("see the driver, Tom", "FedEx Ground", None),
        ("", "UPS Ground", None),
    ],
)
def test_the_method_or_the_form_tells(number: str, method: str, name: str | None) -> None:
    way = Method(name=method)
    found = carrier_of(number, way)
    assert (found.name if found else None) == name
    assert bool(follow_url(number, way)) is (name is not None)


def test_the_carriers_page_gets_the_bare_number() -> None:
    url = follow_url("1Z 999 AA1 01 2345 6784")
    assert url == "https://www.ups.com/track?tracknum=1Z999AA10123456784"
    assert follow_url("<b>&x=1", Method(name="UPS")) == ""


def test_what_a_method_says_of_its_carrier_comes_before_its_name() -> None:
    assert carrier_of("123", Method(name="UPS or so", carrier="dpd")) == carrier_of("123", Method(name="DPD"))
    own = carrier_of("1Z 999 AA1 01 2345 6784", Method(name="Van", carrier="own"))
    assert own is not None and own.name == "UPS", "a van has no page, so the number's form tells"
