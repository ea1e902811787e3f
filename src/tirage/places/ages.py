"""From which age wine may be bought, by the law of the place where it is handed over.

The ages are those of wine where a country tells wine from spirits. Sources, checked in November 2026: for the United
States the National Minimum Drinking Age Act (23 U.S.C. § 158) and the laws of Puerto Rico and the Virgin Islands; for
Canada the provinces' liquor acts; elsewhere each country's law on sale as the WHO's Global Information System on
Alcohol and Health lists it ("age limits, off-premise sale of wine").
"""

#: Where a country isn't named below. Those that sell to younger people, or to nobody, don't matter to a shop.
_USUAL = 18

_BY_COUNTRY = {
    "US": 21,
    "AE": 21,
    "AT": 16,
    "BE": 16,
    "CA": 19,
    "CH": 16,
    "DE": 16,
    "DK": 16,
    "ID": 21,
    "IS": 20,
    "JP": 20,
    "KR": 19,
    "LI": 16,
    "LK": 21,
    "LT": 20,
    "LU": 16,
    "MY": 21,
    "PY": 20,
    "SE": 20,
    "TH": 20,
}

_BY_STATE = {("US", "PR"): 18, ("US", "VI"): 18, ("CA", "AB"): 18, ("CA", "MB"): 18, ("CA", "QC"): 18}


def age_of_sale(country: str, state: str = "") -> int:
    """The age in whole years; ``country`` and ``state`` as addresses keep them (``US``, ``CA``)."""
    return _BY_STATE.get((country, state)) or _BY_COUNTRY.get(country, _USUAL)
