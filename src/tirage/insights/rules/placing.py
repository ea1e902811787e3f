"""Where somebody lives, from the addresses that they gave. Pure.

Gifts, offices, carriers’ counters and military posts say where wine goes, not where its buyer lives. Whoever gave
nothing else is left out, and the page says how many those are. Post office boxes are placed: they are near.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b

from tirage.insights.states import Coverage, PlacePrecision, Reason
from tirage.places import (
    STATES,
    SpecialKind,
    ZipPlace,
    address_key,
    find_city,
    find_country,
    find_zip,
    special_kinds,
    zips_in_state,
)


@dataclass(frozen=True, slots=True)
class AddressFacts:
    """An address as it was given; country and state as codes."""

    recipient: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = "US"


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of where somebody lives; columns of ``Placement``."""

    country: str = ""
    state: str = ""
    zip_code: str = ""
    county: str = ""
    metro: str = ""
    latitude: float | None = None
    longitude: float | None = None
    precision: PlacePrecision = PlacePrecision.NOTHING
    coverage: Coverage = Coverage.NOT_PLACED
    reason: Reason = Reason.NO_ADDRESS
    household: str = ""


def place_customer(
    *, first_name: str, last_name: str, addresses: Sequence[AddressFacts], picks_up: bool = False
) -> Place:
    """The place of the first address that says where the customer lives; ``addresses``: the likeliest first.

    ``picks_up``: they have orders that they picked up, for those of whom no address is known.
    """
    given = [one for one in addresses if one.line1 or one.city or one.postal_code]
    reasons = [why_not_home(one, first_name, last_name) for one in given]
    for address, reason in zip(given, reasons, strict=True):
        if reason is Reason.NONE:
            return place_address(address)
    if reasons:
        return Place(coverage=Coverage.EXCLUDED, reason=reasons[0])
    if picks_up:
        return Place(coverage=Coverage.EXCLUDED, reason=Reason.PICKUP)
    return Place()


def why_not_home(address: AddressFacts, first_name: str, last_name: str) -> Reason:
    """Why an address doesn't say where the customer lives; ``Reason.NONE`` where it does."""
    kinds = _special(address)
    if SpecialKind.MILITARY in kinds:
        return Reason.MILITARY
    if any(_CARRIER.search(_plain(text)) for text in _texts(address)):
        return Reason.CARRIER_LOCATION
    if address.company.strip() or _COMPANY.search(_plain(address.recipient)):
        return Reason.BUSINESS
    if _is_somebody_else(address.recipient, first_name, last_name):
        return Reason.GIFT_ADDRESS
    return Reason.NONE


def place_address(address: AddressFacts) -> Place:
    """The place of an address, as closely as the tables know it."""
    if address.country == "US":
        return _in_the_states(address)
    if find_country(address.country) is None:
        return Place()
    city = _foreign_city(address.country, address.city)
    if city is None:
        closest = PlacePrecision.STATE if address.state else PlacePrecision.COUNTRY
        return Place(
            country=address.country,
            state=address.state,
            precision=closest,
            coverage=Coverage.STATE_ONLY,
            reason=Reason.UNKNOWN_CITY,
            household=household_of(address),
        )
    return Place(
        country=address.country,
        state=address.state,
        latitude=city[0],
        longitude=city[1],
        precision=PlacePrecision.CITY,
        coverage=Coverage.PLACED,
        reason=Reason.NONE,
        household=household_of(address),
    )


def household_of(address: AddressFacts) -> str:
    """Equal for two accounts at one address, however it is spelled; empty without a street."""
    key = address_key(
        address.line1, address.line2, address.city, address.state, address.postal_code, address.country
    )
    return blake2b("\n".join(key).encode(), digest_size=16).hexdigest() if key[0] else ""


def _in_the_states(address: AddressFacts) -> Place:
    known = find_zip(address.postal_code)
    if known is not None and known.is_located:
        return _at_zip(known, address)
    state = known.state if known else address.state
    city = _city_in(state, _words(known.city if known else address.city)) if state in STATES else None
    if city is not None:
        return Place(
            country="US",
            state=state,
            zip_code=known.zip if known else "",
            county=known.county_fips if known else "",
            metro=known.cbsa if known else city[2],
            latitude=city[0],
            longitude=city[1],
            precision=PlacePrecision.CITY,
            coverage=Coverage.PLACED,
            reason=Reason.NONE,
            household=household_of(address),
        )
    if state not in STATES:
        return Place(reason=Reason.UNKNOWN_ZIP)
    return Place(
        country="US",
        state=state,
        precision=PlacePrecision.STATE,
        coverage=Coverage.STATE_ONLY,
        reason=Reason.UNKNOWN_ZIP,
        household=household_of(address),
    )


def _at_zip(known: ZipPlace, address: AddressFacts) -> Place:
    is_box = SpecialKind.PO_BOX in _special(address)
    return Place(
        country="US",
        state=known.state,
        zip_code=known.zip,
        county=known.county_fips,
        metro=known.cbsa,
        latitude=known.latitude,
        longitude=known.longitude,
        precision=PlacePrecision.CITY if is_box else PlacePrecision.ZIP,
        coverage=Coverage.PLACED,
        reason=Reason.NONE,
        household=household_of(address),
    )


@cache
def _cities_of(state: str) -> dict[str, tuple[float, float, str]]:
    """The middle of each city’s ZIPs, and its metro area where they all are in one."""
    found: dict[str, list[ZipPlace]] = {}
    for place in zips_in_state(state):
        if place.is_located:
            found.setdefault(_words(place.city), []).append(place)
    return {
        city: (
            sum(one.latitude or 0 for one in some) / len(some),
            sum(one.longitude or 0 for one in some) / len(some),
            some[0].cbsa if len({one.cbsa for one in some}) == 1 else "",
        )
        for city, some in found.items()
    }


def _city_in(state: str, city: str) -> tuple[float, float, str] | None:
    return _cities_of(state).get(city) if city else None


def _foreign_city(country: str, written: str) -> tuple[float, float] | None:
    """As it is written, or what is left without a district: “Paris 16”, “London SW1”, “Oslo, Frogner”."""
    head = re.split(r"[,/(]", written)[0].strip()
    bare = _without_districts(head)
    for name in dict.fromkeys((written, head, bare, bare.split("-")[0].strip())):
        if (city := find_city(country, name)) is not None:
            return city.latitude, city.longitude
    return None


def _without_districts(city: str) -> str:
    """``Paris`` of ``Paris 16`` and of ``75016 Paris``: numbers in front and behind aren't the city's name."""
    words = city.split()
    while len(words) > 1 and _has_digit(words[-1]):
        words.pop()
    while len(words) > 1 and _has_digit(words[0]):
        words.pop(0)
    return " ".join(words)


def _has_digit(word: str) -> bool:
    return any(letter.isdigit() for letter in word)


def _special(address: AddressFacts) -> frozenset[SpecialKind]:
    return special_kinds(
        country=address.country,
        line1=address.line1,
        line2=address.line2,
        city=address.city,
        state=address.state,
        postal_code=address.postal_code,
    )


def _texts(address: AddressFacts) -> tuple[str, ...]:
    return address.recipient, address.company, address.line1, address.line2


def _is_somebody_else(recipient: str, first_name: str, last_name: str) -> bool:
    """No word of the recipient's name is one of the customer's; initials say nothing."""
    named = {word for word in _words(recipient).split() if len(word) > 1}
    own = {word for word in f"{_words(first_name)} {_words(last_name)}".split() if len(word) > 1}
    return bool(named and own and not named & own)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _words(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^\w\s]", " ", re.sub(r"[.'’]", "", bare)).split())


#: Counters, shops and lockers where a carrier keeps a parcel until it is fetched.
_CARRIER = re.compile(
    r"""\b(?:
        fed\W?ex\W+(?:office|on\W?site|ship|print|location|hold|kinko|world) | (?:c/o|hold\ at|at)\W+fed\W?ex
      | (?:the\ )?ups\W+(?:store|access|customer|location|hold|counter) | (?:c/o|hold\ at)\W+ups\b
      | access\ point\b | hold\ (?:at|for)\ (?:location|pick) | parcel\ locker | amazon\ (?:locker|hub)
    )""",
    re.VERBOSE,
)
#: A firm where a person's name is asked for.
_COMPANY = re.compile(
    r"\b(?:llc|l\.l\.c|llp|inc|incorporated|corp|corporation|ltd|gmbh|plc|company|& co|restaurant|hotel|winery"
    r"|wine (?:shop|bar|merchants?)|law (?:office|firm)|attorneys)\b\.?"
)
