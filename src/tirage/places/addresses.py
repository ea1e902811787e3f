"""Is this address one that can be shipped to and taxed? Answers in sentences that say what to do."""

from dataclasses import dataclass

from tirage.places.countries import (
    Country,
    find_country,
    provinces_of_postal_code,
    subdivisions,
)
from tirage.places.states import STATES
from tirage.places.us import find_zip


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of an address, for the person who typed it."""

    field: str
    message: str


def validate_address_parts(
    *, country: str, line1: str, city: str, state: str, postal_code: str
) -> list[Problem]:
    """Problems in the order of the form; an empty list means the address can be taxed and shipped to.

    Expects parts that went through `normalise_country`, `normalise_state` and `normalise_postal_code`.
    Fields named: `country`, `line1`, `city`, `state`, `postal_code`.
    """
    known = find_country(country)
    if known is None:
        return [Problem("country", "Choose the country this address is in.")]
    problems = [
        _required("line1", line1, "Enter the street and number."),
        _required("city", city, "Enter the town or city."),
        _state_problem(known, state),
        _postal_problem(known, postal_code),
    ]
    found = [problem for problem in problems if problem]
    if not any(problem.field in ("state", "postal_code") for problem in found):
        mismatch = _mismatch(known, state, postal_code)
        found += [mismatch] if mismatch else []
    return found


def _required(field: str, value: str, message: str) -> Problem | None:
    return None if value.strip() else Problem(field, message)


def _state_problem(country: Country, state: str) -> Problem | None:
    label = country.state_label.lower()
    if not country.needs_state:
        return None
    if not state.strip():
        return Problem("state", f"Choose the {label}: without it we can't work out tax and shipping.")
    known = subdivisions(country.code)
    if known and state not in known:
        example, name = next((code, name) for code, name in known.items() if code in ("CA", "BC", "VIC"))
        return Problem(
            "state",
            f"“{state}” is not a {label} of {country.name}. Use its code, such as {example} for {name}.",
        )
    return None


def _postal_problem(country: Country, code: str) -> Problem | None:
    if not country.has_postal_code:
        return None
    word = "ZIP" if country.code == "US" else "postal code"
    if not code.strip():
        wanted = bool(country.postal_pattern)
        return Problem("postal_code", f"Enter the {word}.") if wanted else None
    if country.postal_pattern and not country.postal_pattern.fullmatch(code):
        return Problem(
            "postal_code",
            f"“{code}” does not look like a {word} of {country.name}. "
            f"Write it like {country.postal_example}.",
        )
    return None


def _mismatch(country: Country, state: str, code: str) -> Problem | None:
    if country.code == "US":
        return _us_mismatch(state, code)
    if country.code == "CA" and state not in (allowed := provinces_of_postal_code(code)):
        names = " or ".join(subdivisions("CA")[province] for province in allowed)
        return Problem("postal_code", f"{code} is in {names}. Correct the postal code or the province.")
    return None


def _us_mismatch(state: str, code: str) -> Problem | None:
    place = find_zip(code)
    if place is None:
        return Problem("postal_code", f"There is no ZIP {code[:5]}. Check it against a letter sent to you.")
    if place.state == state:
        return None
    actual, given = STATES[place.state].name, STATES[state].name
    return Problem(
        "postal_code",
        f"ZIP {place.zip} is in {place.city}, {actual}, not in {given}. Correct the ZIP or the state.",
    )
