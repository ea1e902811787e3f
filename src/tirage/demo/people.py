"""Five thousand invented people who buy wine from the estate: the same ones for the same seed and day.

Nobody here exists. Mail goes to reserved example domains, telephones end in the reserved 555-01xx, streets
are made of common words; only ZIPs, cities and their states are real.
"""

import random
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Generic, TypeVar

from tirage.demo import names
from tirage.places import ZipPlace, all_zips, find_metro_area, population_of

SEED = 1974
COUNT = 5_000
YEARS_ON_THE_LIST = 12
T = TypeVar("T")


class Tier(StrEnum):
    """Where the loader should put a person; the groups themselves are in `words.GROUPS`."""

    RIDGE = "ridge"
    SLOPE = "slope"
    FIELD = "field"
    WAITING = "waiting"
    EMPLOYEE = "employee"
    TEST = "test"
    NONE = "none"  # on the mailing list only


@dataclass(frozen=True, slots=True)
class DemoAddress:
    recipient: str
    company: str
    line1: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str
    phone: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """`zeal` (0 to 1) is how likely the person buys what is offered; `thirst` how much of it."""

    number: int
    email: str
    first_name: str
    last_name: str
    phone: str
    birth_date: date | None
    signed_up_at: datetime
    tier: Tier
    zeal: float
    thirst: float
    is_suspended: bool
    suspended_because: str
    consented_at: datetime | None
    source: str
    note: str
    tags: tuple[str, ...]
    addresses: tuple[DemoAddress, ...]


# How much more (or less) wine the people of a state buy from wineries than their number suggests. Guesses
# from how the trade's shipments spread, rounded; good enough for a demo and for nothing else.
WINE_HABIT = {
    "CA": 2.6, "WA": 1.5, "OR": 1.5, "CO": 1.45, "NY": 1.2, "FL": 1.15, "IL": 1.1, "TX": 1.15, "NV": 1.2,
    "MA": 1.2, "CT": 1.25, "NJ": 1.1, "VA": 1.15, "MD": 0.95, "DC": 2.2, "MN": 1.0, "AZ": 1.05, "HI": 0.8,
    "GA": 0.95, "NC": 0.95, "TN": 0.9, "SC": 0.85, "WI": 0.8, "MI": 0.8, "OH": 0.8, "PA": 0.85, "MO": 0.8,
    "ID": 0.9, "MT": 0.9, "WY": 0.9, "NH": 1.0, "VT": 0.9, "ME": 0.7, "RI": 0.4, "DE": 0.3, "UT": 0.05,
    "MS": 0.1, "AL": 0.45, "AR": 0.25, "KY": 0.5, "LA": 0.65, "OK": 0.55, "KS": 0.7, "NE": 0.7, "IA": 0.6,
    "IN": 0.65, "WV": 0.35, "ND": 0.5, "SD": 0.5, "NM": 0.8, "AK": 0.7, "PR": 0.05,
}  # fmt: skip

# Cities where collectors are thick on the ground, as beginnings of ZIPs, and how much thicker.
_COLLECTORS_LIVE_AT = {
    "940": 7, "941": 6, "943": 8, "945": 3, "946": 3, "947": 4, "949": 6, "950": 7, "951": 5, "902": 5,
    "900": 3, "904": 5, "926": 4, "921": 3, "920": 3, "100": 6, "105": 4, "107": 2, "112": 3, "119": 4,
    "068": 6, "024": 3, "021": 3, "606": 4, "600": 4, "770": 3, "752": 4, "787": 5, "331": 4, "334": 5,
    "341": 5, "981": 5, "980": 5, "972": 4, "802": 4, "803": 4, "816": 6, "303": 3, "372": 3, "282": 3,
    "222": 4, "208": 3, "554": 2, "891": 3,
}  # fmt: skip

_TIER_SIZES = {
    Tier.RIDGE: 380,
    Tier.SLOPE: 950,
    Tier.FIELD: 1_600,
    Tier.WAITING: 900,
    Tier.EMPLOYEE: 14,
    Tier.TEST: 6,
}
_SUSPENSIONS = (
    "Charge disputed twice; talk to Ingrid before reopening.",
    "Resold bottles from the 2021 allocation.",
    "Asked us to pause the account until further notice.",
    "Three deliveries returned; no answer to letters or calls.",
)
_NOTES = (
    "Prefers delivery on Thursdays; the concierge signs.",
    "Met Tomás at the barrel tasting in May. Loves the Pinot.",
    "Birthday dinner at the estate every October.",
    "Ships to the office in summer, home has no air conditioning.",
    "Keeps a vertical of the Estate Cabernet back to 1996.",
    "Ask before substituting a vintage.",
    "Neighbor of the Hendersons; sometimes they share a case.",
    "Moved from the waiting list after nine years. Wrote us a lovely letter.",
)
_TAGS = (
    "verticals",
    "magnums",
    "pinot first",
    "restaurant",
    "press",
    "harvest dinner",
    "gift buyer",
    "storage",
)
_SOURCES = ("web form", "tasting room", "referral", "harvest dinner", "imported list", "telephone")
_SOURCE_WEIGHTS = (42, 26, 15, 6, 8, 3)


class Weighted(Generic[T]):
    """Draws from many things by weight in a few comparisons."""

    def __init__(self, things: Sequence[T], weights: Sequence[float]) -> None:
        self.things = things
        self.sums = list(accumulate(weights))

    def draw(self, chance: random.Random) -> T:
        return self.things[bisect(self.sums, chance.random() * self.sums[-1], hi=len(self.things) - 1)]


def make_people(today: date, *, count: int = COUNT, seed: int = SEED) -> list[DemoPerson]:
    """The people on the list on that day, oldest sign-up first; the same call gives the same people."""
    chance = random.Random(seed)
    maker = _Maker(chance, today)
    tiers = _tiers(chance, count)
    people = [maker.person(number, tier) for number, tier in enumerate(tiers, start=1)]
    return sorted(people, key=lambda person: (person.signed_up_at, person.number))


def _tiers(chance: random.Random, count: int) -> list[Tier]:
    tiers = [tier for tier, size in _TIER_SIZES.items() for _ in range(max(1, size * count // COUNT))][:count]
    tiers += [Tier.NONE] * (count - len(tiers))
    chance.shuffle(tiers)
    return tiers


def _places() -> Weighted[ZipPlace]:
    """ZIPs of people, weighted so that each state gets its share of wine buyers."""
    by_state: dict[str, list[ZipPlace]] = {}
    for place in all_zips():
        if place.is_located and population_of(place.state):
            by_state.setdefault(place.state, []).append(place)
    places: list[ZipPlace] = []
    weights: list[float] = []
    for state, zips in by_state.items():
        within = [_density(place) for place in zips]
        share = (population_of(state) or 0) * WINE_HABIT.get(state, 0.6) / sum(within)
        places += zips
        weights += [share * one for one in within]
    return Weighted(places, weights)


def _density(place: ZipPlace) -> float:
    area = find_metro_area(place.cbsa)
    town = 0.06 if area is None else 1.0 if area.kind == "metro" else 0.15
    return town * _COLLECTORS_LIVE_AT.get(place.zip[:3], 1)


class _Maker:
    """Draws people one after the other and sees that no two share a mailbox, and few a name."""

    def __init__(self, chance: random.Random, today: date) -> None:
        self.chance = chance
        self.today = today
        self.places = _places()
        self.communities = Weighted(list(names.COMMUNITIES), [one.share for one in names.COMMUNITIES])
        #: Mailboxes without their dots, and names, that are somebody's.
        self.mailboxes: set[str] = set()
        self.named: set[tuple[str, str]] = set()
        #: Draws names anew, so that nothing else of the people hangs on how often that was.
        self.again = random.Random(SEED)

    def person(self, number: int, tier: Tier) -> DemoPerson:
        chance = self.chance
        community = self.communities.draw(chance)
        first, last = self._name(community, chance.choice(community.first), chance.choice(community.last))
        signed_up = self._signed_up(tier)
        phone = self._phone() if chance.random() < 0.86 else ""
        suspended = tier not in (Tier.EMPLOYEE, Tier.TEST) and chance.random() < 0.008
        low, high = _ZEAL[tier]
        return DemoPerson(
            number=number,
            email=self._email(first, last, tier),
            first_name=first,
            last_name=last,
            phone=phone,
            birth_date=self._birth_date(signed_up.date()) if chance.random() < 0.8 else None,
            signed_up_at=signed_up,
            tier=tier,
            zeal=round(chance.uniform(low, high), 3),
            thirst=round(chance.betavariate(2.2, 1.8), 3),
            is_suspended=suspended,
            suspended_because=chance.choice(_SUSPENSIONS) if suspended else "",
            consented_at=self._consent(signed_up),
            source="staff" if tier is Tier.EMPLOYEE else chance.choices(_SOURCES, _SOURCE_WEIGHTS)[0],
            note=chance.choice(_NOTES) if chance.random() < 0.06 else "",
            tags=tuple(sorted(chance.sample(_TAGS, 1 + (chance.random() < 0.2))))
            if chance.random() < 0.12
            else (),
            addresses=self._addresses(first, last, phone, tier),
        )

    def _name(self, community: names.Community, first: str, last: str) -> tuple[str, str]:
        """Mostly nobody else's: of five thousand people a few have a namesake."""
        for _ in range(_TRIES):
            if (first, last) not in self.named:
                break
            first, last = self.again.choice(community.first), self.again.choice(community.last)
        self.named.add((first, last))
        return first, last

    def _signed_up(self, tier: Tier) -> datetime:
        """More people join every year, and those high up the list joined early."""
        early = {Tier.RIDGE: 0.35, Tier.SLOPE: 0.7, Tier.FIELD: 1.2, Tier.WAITING: 3.2}.get(tier, 1.5)
        days = YEARS_ON_THE_LIST * 365
        reached = (
            1 - (1 - self.chance.random()) ** early if early < 1 else self.chance.random() ** (1 / early)
        )
        day = self.today - timedelta(days=days) + timedelta(days=int(reached * (days - 1)))
        moment = time(
            self.chance.randrange(14, 24), self.chance.randrange(60), self.chance.randrange(60), tzinfo=UTC
        )
        return datetime.combine(day, moment)

    def _consent(self, signed_up: datetime) -> datetime | None:
        return signed_up if self.chance.random() < 0.78 else None

    def _birth_date(self, signed_up: date) -> date:
        """Collectors are around fifty; everybody was of age when they signed up."""
        age = min(88.0, max(21.2, self.chance.gauss(52, 13)))
        born = self.today - timedelta(days=int(age * 365.25))
        latest = signed_up - timedelta(days=int(21.1 * 365.25))
        return min(born, latest)

    def _phone(self) -> str:
        return f"+1{self.chance.choice(names.AREA_CODES)}55501{self.chance.randrange(100):02}"

    def _email(self, first: str, last: str, tier: Tier) -> str:
        plain_first, plain_last = names.plain(first), names.plain(last)
        if tier is Tier.EMPLOYEE:
            host = "ekholm.example.com"
        else:
            host = self.chance.choices(names.MAIL_HOSTS, names.MAIL_WEIGHTS)[0]
        forms = (f"{plain_first}.{plain_last}", f"{plain_first[0]}{plain_last}", f"{plain_first}{plain_last}")
        base = self.chance.choice(forms)
        email, tail = f"{base}@{host}", 1
        while _mailbox(email) in self.mailboxes:
            tail += 1
            email = f"{base}{tail}@{host}"
        self.mailboxes.add(_mailbox(email))
        return email

    def _addresses(self, first: str, last: str, phone: str, tier: Tier) -> tuple[DemoAddress, ...]:
        chance = self.chance
        lacking = 0.22 if tier in (Tier.NONE, Tier.WAITING) else 0.03
        if chance.random() < lacking:
            return ()
        home = self.places.draw(chance)
        addresses = [self._address(f"{first} {last}", "", home, phone, is_default=True)]
        if chance.random() < (0.3 if tier is Tier.RIDGE else 0.12):
            company = f"{chance.choice(names.COMPANY_WORDS)} {chance.choice(names.COMPANY_KINDS)}"
            addresses.append(self._address(f"{first} {last}", company, home, phone, is_default=False))
        if chance.random() < (0.14 if tier is Tier.RIDGE else 0.05):
            elsewhere = self.places.draw(chance)
            addresses.append(self._address(f"{first} {last}", "", elsewhere, "", is_default=False))
        if chance.random() < 0.03:
            friend = f"{chance.choice(names.COMMUNITIES[0].first)} {last}"
            addresses.append(
                self._address(friend, "", self.places.draw(chance), self._phone(), is_default=False)
            )
        return tuple(addresses)

    def _address(
        self, recipient: str, company: str, place: ZipPlace, phone: str, *, is_default: bool
    ) -> DemoAddress:
        chance = self.chance
        if company:
            line2 = f"Suite {chance.randrange(100, 2400, 10)}"
        else:
            line2 = (
                f"Apt {chance.randrange(1, 30)}{chance.choice('ABCDEF')}" if chance.random() < 0.16 else ""
            )
        line1 = (
            f"{chance.randrange(10, 9800)} {chance.choice(names.STREETS)} {chance.choice(names.STREET_KINDS)}"
        )
        return DemoAddress(
            recipient, company, line1, line2, place.city, place.state, place.zip, "US", phone, is_default
        )


def _mailbox(email: str) -> str:
    """Two spellings of one mailbox would be one person on the list twice, which the demo has one example of."""
    name, _, host = email.partition("@")
    return f"{name.replace('.', '')}@{host}"


#: So often a name is drawn for somebody before it is a namesake's.
_TRIES = 4
_ZEAL = {
    Tier.RIDGE: (0.7, 0.98),
    Tier.SLOPE: (0.5, 0.92),
    Tier.FIELD: (0.25, 0.8),
    Tier.WAITING: (0.2, 0.9),
    Tier.EMPLOYEE: (0.3, 0.9),
    Tier.TEST: (1.0, 1.0),
    Tier.NONE: (0.0, 0.3),
}
