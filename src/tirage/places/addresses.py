"""Is this address one that can be shipped to and taxed? Answers in sentences that say what to do."""

from dataclasses import dataclass

from tirage.places.countries import Country, find_country, states_of_postal_code, subdivisions
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
        _required("city", city, f"Enter the {_city_word(known)}.") if known.needs_city else None,
        _state_problem(known, state, postal_code),
        _postal_problem(known, postal_code),
    ]
    found = [problem for problem in problems if problem]
    if not any(problem.field in ("state", "postal_code") for problem in found):
        mismatch = _mismatch(known, state, postal_code)
        found += [mismatch] if mismatch else []
    return found


def _required(field: str, value: str, message: str) -> Problem | None:
    return None if value.strip() else Problem(field, message)


def _city_word(country: Country) -> str:
    label = country.format.city_label.lower()
    return "town or city" if label == "city" else label


def _state_problem(country: Country, state: str, code: str) -> Problem | None:
    label = country.state_label.lower()
    known = subdivisions(country.code)
    if state.strip() and known and state not in known:
        example, name = next((code, name) for code, name in known.items() if code in ("CA", "BC", "VIC"))
        return Problem(
            "state",
            f"“{state}” is not a {label} of {country.name}. Use its code, such as {example} for {name}.",
        )
    if state.strip() or not country.needs_state:
        return None
    if known:
        return Problem("state", f"Choose the {label}: without it we can't work out tax and shipping.")
    is_told = len(states_of_postal_code(country.code, code)) == 1
    return None if is_told else Problem("state", f"Enter the {label}: letters to {country.name} need it.")


def _postal_problem(country: Country, code: str) -> Problem | None:
    if not country.has_postal_code:
        return None
    label = country.format.postal_label
    word = label if label.isupper() or label[1:2].isupper() else label.lower()
    if not code.strip():
        return Problem("postal_code", f"Enter the {word}.") if country.needs_postal_code else None
    if country.postal_pattern and not country.postal_pattern.fullmatch(code):
        return Problem(
            "postal_code",
            f"“{code}” does not look like {_article(word)} {word} of {country.name}. "
            f"Write it like {country.postal_example}.",
        )
    return None


def _article(word: str) -> str:
    return "an" if word[0] in "aeiouAEIOU" else "a"


def _mismatch(country: Country, state: str, code: str) -> Problem | None:
    if country.code == "US":
        return _us_mismatch(state, code)
    if country.code == "CA" and (allowed := states_of_postal_code("CA", code)) and state not in allowed:
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
