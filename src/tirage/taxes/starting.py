"""Rates and fees to start from, as they are published. Nobody is charged by them until the winery takes them over.

States' own rates only: counties, cities and districts change every quarter, and come by spreadsheet from the state or a
service. Where a state taxes wine otherwise than other goods, the rate is that of wine. Check each.
"""

from __future__ import annotations

from datetime import date

from tirage.places import regions
from tirage.taxes.operations import FeeValues, RateValues
from tirage.taxes.protocol import TaxKind
from tirage.taxes.states import FeeUnit

_CHECK = "Starting data, check it"
_STATE = f"The state’s own rate, as its tax office publishes it. {_CHECK}"
_VAT = f"European Commission, VAT rates in the Member States. {_CHECK}"
#: State, rate of wine in percent, whether delivery that is charged for itself is taxed.
_STATES: tuple[tuple[str, str, bool], ...] = (
    ("AL", "4", False),
    ("AR", "6.5", True),
    ("AZ", "5.6", False),
    ("CA", "7.25", False),
    ("CO", "2.9", False),
    ("CT", "6.35", True),
    ("DC", "10.25", True),
    ("FL", "6", False),
    ("GA", "4", True),
    ("HI", "4", True),
    ("IA", "6", False),
    ("ID", "6", False),
    ("IL", "6.25", True),
    ("IN", "7", True),
    ("KS", "6.5", False),
    ("KY", "6", True),
    ("LA", "5", False),
    ("MD", "9", False),
    ("ME", "5.5", False),
    ("MI", "6", False),
    ("MN", "9.375", True),
    ("MO", "4.225", False),
    ("MS", "7", True),
    ("NC", "4.75", True),
    ("ND", "7", True),
    ("NE", "5.5", True),
    ("NJ", "6.625", True),
    ("NM", "4.875", True),
    ("NV", "6.85", False),
    ("NY", "4", True),
    ("OH", "5.75", True),
    ("OK", "4.5", False),
    ("PA", "6", True),
    ("SC", "6", True),
    ("SD", "4.2", True),
    ("TN", "7", True),
    ("TX", "6.25", True),
    ("VA", "5.3", False),
    ("VT", "6", True),
    ("WA", "6.5", True),
    ("WI", "5", True),
    ("WV", "6", True),
    ("WY", "4", False),
)
_UNION: tuple[tuple[str, str], ...] = (
    ("AT", "20"),
    ("BE", "21"),
    ("BG", "20"),
    ("CY", "19"),
    ("CZ", "21"),
    ("DE", "19"),
    ("DK", "25"),
    ("EE", "24"),
    ("ES", "21"),
    ("FI", "25.5"),
    ("FR", "20"),
    ("GB", "20"),
    ("GR", "24"),
    ("HR", "25"),
    ("HU", "27"),
    ("IE", "23"),
    ("IT", "22"),
    ("LT", "21"),
    ("LU", "17"),
    ("LV", "21"),
    ("MT", "18"),
    ("NL", "21"),
    ("PL", "23"),
    ("PT", "13"),
    ("RO", "21"),
    ("SE", "25"),
    ("SI", "22"),
    ("SK", "23"),
)
_COLORADO = f"Colorado Department of Revenue, retail delivery fee. {_CHECK}"
_MINNESOTA = f"Minnesota Department of Revenue, retail delivery fee. {_CHECK}"
_CALIFORNIA = f"CalRecycle, California Redemption Value of wine. {_CHECK}"
#: The fee's year begins in July.
_COLORADO_YEARS = ((2024, 29), (2025, 28))


def starting_rates() -> list[RateValues]:
    """The states that tax wine, then VAT of the European Union and the United Kingdom."""
    names = regions("US")
    states = [
        RateValues("US", code, names[code], rate_ppm=_ppm(percent), on_shipping=shipping, source=_STATE)
        for code, percent, shipping in _STATES
    ]
    return states + [_vat(code, percent) for code, percent in _UNION]


def starting_fees() -> list[FeeValues]:
    """Delivery fees of Colorado and Minnesota, and California's deposits."""
    first = date(2024, 1, 1)
    return [
        *(
            FeeValues(
                "US",
                "CO",
                "Retail delivery fee",
                cents,
                first_day=date(year, 7, 1),
                source=_COLORADO,
            )
            for year, cents in _COLORADO_YEARS
        ),
        FeeValues(
            "US",
            "MN",
            "Retail delivery fee",
            50,
            least_minor=100_00,
            first_day=date(2024, 7, 1),
            source=_MINNESOTA,
        ),
        _deposit(5, 0, 709, first),
        _deposit(10, 710, None, first),
    ]


def _deposit(cents: int, least: int, most: int | None, first: date) -> FeeValues:
    return FeeValues(
        "US",
        "CA",
        "California Redemption Value",
        cents,
        TaxKind.DEPOSIT,
        FeeUnit.CONTAINER,
        least_millilitres=least,
        most_millilitres=most,
        only_shipped=False,
        first_day=first,
        source=_CALIFORNIA,
    )


def _vat(country: str, percent: str) -> RateValues:
    return RateValues(
        country,
        "",
        "VAT",
        TaxKind.VAT,
        rate_ppm=_ppm(percent),
        on_shipping=True,
        on_other=True,
        on_duty=True,
        source=_VAT,
    )


def _ppm(percent: str) -> int:
    whole, _, part = percent.partition(".")
    return int(whole) * 10_000 + int(part.ljust(4, "0")[:4])
