"""Where everybody who counts lives, and counts by area of those who have something and those who might."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tirage.insights.rules.areas import AreaKind, area_name
from tirage.insights.rules.chance import share_against_rest
from tirage.insights.rules.facts import LEAST_PEOPLE, LEVEL, Fact, FactKind
from tirage.insights.statements import _counted, rows_of, test_groups
from tirage.segments.compiling.scope import Sql

#: ``metro:42660`` and the like, as the filter language names areas.
AreaKey = str


@dataclass(frozen=True)
class Homes:
    """By customer the areas that they count in: metro and state, or the country abroad; none where nobody knows."""

    areas: dict[int, tuple[AreaKey, ...]]

    @classmethod
    def read(cls) -> Homes:
        """Everybody but who is excluded and members of test groups; one statement."""
        rows = rows_of(
            Sql("SELECT p.customer_id, p.country, p.state, p.metro FROM insights_placement p WHERE")
            + _counted(None, test_groups())
        )
        shared: dict[tuple[str, str, str], tuple[AreaKey, ...]] = {}
        areas = {}
        for customer_id, country, state, metro in rows:
            place = (country, state, metro)
            if place not in shared:
                shared[place] = _areas_of(*place)
            areas[customer_id] = shared[place]
        return cls(areas)


def _areas_of(country: str, state: str, metro: str) -> tuple[AreaKey, ...]:
    if country != "US":
        return (f"country:{country}",) if country else ()
    return tuple(key for key in (metro and f"metro:{metro}", state and f"state:{state}") if key)


def name_of(area: AreaKey) -> str:
    kind, _, key = area.partition(":")
    return area_name(AreaKind(kind), key)


@dataclass(slots=True)
class Tally:
    """People of an area, or of all: who has it and who might, by id; and sums of whatever is added up besides."""

    having: list[int] = field(default_factory=list)
    lacking: list[int] = field(default_factory=list)
    sums: list[int] = field(default_factory=list)

    def add(self, customer_id: int, has: bool, values: Sequence[int]) -> None:
        (self.having if has else self.lacking).append(customer_id)
        for at, value in enumerate(values):
            if at == len(self.sums):
                self.sums.append(0)
            self.sums[at] += value

    @property
    def whole(self) -> int:
        return len(self.having) + len(self.lacking)


@dataclass(slots=True)
class Gathered:
    """What one family found: how many tests it made, the facts that may stand out, and whom each is about."""

    tests: int = 0
    facts: list[Fact] = field(default_factory=list)
    people: dict[str, list[int]] = field(default_factory=dict)

    def add(self, fact: Fact, people: list[int]) -> None:
        """Counts the test; keeps a fact whose p isn't beyond the level already."""
        self.tests += 1
        if fact.p <= LEVEL:
            self.facts.append(fact)
            self.people[fact.subject] = people


#: A customer, whether they have it, and what is added up.
Row = tuple[int, bool, Sequence[int]]


def tallied(rows: Iterable[Row], homes: Homes) -> tuple[dict[AreaKey, Tally], Tally]:
    """By area, and of all who count."""
    areas: dict[AreaKey, Tally] = {}
    everybody = Tally()
    for customer_id, has, values in rows:
        lives = homes.areas.get(customer_id)
        if lives is None:
            continue
        everybody.add(customer_id, has, values)
        for area in lives:
            areas.setdefault(area, Tally()).add(customer_id, has, values)
    return areas, everybody


def compare_areas(
    gathered: Gathered,
    rows: Iterable[Row],
    homes: Homes,
    *,
    kind: FactKind,
    opposite: FactKind | None = None,
    sums: Sequence[str] = (),
    rest_sums: Sequence[str] = (),
    group: tuple[str, str] = ("", ""),
    finish: Callable[[Fact, Tally], Fact] | None = None,
) -> None:
    """Tests each area with people enough against all others, and adds what may stand out to ``gathered``.

    ``opposite``: what it is where fewer have it than elsewhere; it is about those who lack it, then. ``group``:
    reference and name of a tier that it is about.
    """
    areas, everybody = tallied(rows, homes)
    for area, tally in areas.items():
        if tally.whole < LEAST_PEOPLE:
            continue
        rest_part, rest_whole = len(everybody.having) - len(tally.having), everybody.whole - tally.whole
        is_more = len(tally.having) * rest_whole >= rest_part * tally.whole
        said = kind if is_more or opposite is None else opposite
        rest = (whole - own for whole, own in zip(everybody.sums, tally.sums, strict=True))
        fact = Fact(
            kind=said,
            key=f"{area}:{group[0]}" if group[0] else area,
            name=name_of(area),
            part=len(tally.having),
            whole=tally.whole,
            rest_part=rest_part,
            rest_whole=rest_whole,
            p=share_against_rest(len(tally.having), tally.whole, rest_part, rest_whole),
            group=group[1],
            sums={
                **dict(zip(sums, tally.sums, strict=False)),
                **dict(zip(rest_sums, rest, strict=False)),
            },
        )
        people = tally.having if said is kind else tally.lacking
        gathered.add(finish(fact, tally) if finish and fact.p <= LEVEL else fact, people)
