"""What a household may spend on wine: an assumption, said wherever it is used. Pure.

Nobody publishes what the households of a ZIP spend on wine. So one of median income that buys fine wine at all is taken
to spend so much a year; another as much more or less as its ZIP’s median income is above or below the country’s.
"""

from __future__ import annotations

from functools import cache

from tirage.places import income_of_zip

#: Dollars a year, of a household of the country’s median income that buys fine wine at all.
ASSUMED_DOLLARS = 3_600
#: What the household in the middle of the country earns, dollars a year (American Community Survey, 2020–2024).
MEDIAN_INCOME = 80_000
#: An index is kept within these bounds: tiny ZIPs have odd incomes.
LEAST, MOST = 0.4, 3.0


@cache
def income_index(zip_code: str) -> float:
    """A ZIP’s income as a multiple of the country’s, 1 where it is unknown."""
    income = income_of_zip(zip_code) if zip_code else None
    return min(max(income / MEDIAN_INCOME, LEAST), MOST) if income else 1.0


def assumed_spending(zip_code: str, households: int, days: int, minor_of_dollar: int = 100) -> int:
    """What so many households of a ZIP may spend in so many days, in minor units."""
    return round(ASSUMED_DOLLARS * minor_of_dollar * households * income_index(zip_code) * days / 365)
