"""A filter as a tree: conditions, and brackets of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from tirage.segments.rules.kinds import KINDS, Kind


class Unit(StrEnum):
    DAYS = "days"
    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True, slots=True)
class Span:
    """So many days, months or years back from today, whole days."""

    count: int
    unit: Unit

    def before(self, today: date) -> date:
        """The first day of the span: the same day of the month, or the last that the month has."""
        if self.unit is Unit.DAYS:
            return today - timedelta(days=self.count)
        months = self.count * (12 if self.unit is Unit.YEARS else 1)
        index = today.year * 12 + today.month - 1 - months
        year, month = divmod(index, 12)
        return date(year, month + 1, min(today.day, _length(year, month + 1)))

    def __str__(self) -> str:
        return f"{self.count}{self.unit.value}"


def _length(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


Value = int | Decimal | date | Span | str


class Junction(StrEnum):
    ALL = "all"
    ANY = "any"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Condition:
    """One question. ``word`` is a key of ``KINDS``, ``values`` are in the order of its fields."""

    word: str
    values: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def of(cls, word: str, **values: Value) -> Condition:
        """``Condition.of("spent", from_=Decimal(5000))``: a name that Python keeps for itself has a ``_`` behind it."""
        given = {name.rstrip("_"): value for name, value in values.items()}
        return cls(word, tuple((f.key, given[f.key]) for f in KINDS[word].fields if f.key in given))

    @property
    def kind(self) -> Kind:
        return KINDS[self.word]

    def get(self, key: str) -> Value | None:
        return dict(self.values).get(key)

    def whole(self, key: str) -> int:
        value = self.get(key)
        if not isinstance(value, int):
            raise TypeError(f"{self.word} has no number {key}")
        return value

    def text(self, key: str) -> str:
        return str(self.get(key) or "")

    def number(self, key: str) -> Decimal | None:
        value = self.get(key)
        return Decimal(value) if isinstance(value, (int, Decimal)) else None

    def days(self, today: date) -> tuple[date | None, date | None]:
        """The first and the last day of its period, both included; None where it is open."""
        since, until, last = self.get("since"), self.get("until"), self.get("last")
        if isinstance(last, Span):
            return last.before(today), today
        return since if isinstance(since, date) else None, until if isinstance(until, date) else None


@dataclass(frozen=True, slots=True)
class Bracket:
    """Its parts together: all of them, any of them, or none."""

    junction: Junction
    parts: tuple[Node, ...]


Node = Condition | Bracket


def conditions(node: Node) -> Iterator[Condition]:
    """Every condition, in the order in which they are read."""
    if isinstance(node, Condition):
        yield node
    else:
        for part in node.parts:
            yield from conditions(part)


def depth(node: Node) -> int:
    """How many brackets lie inside one another."""
    return 0 if isinstance(node, Condition) else 1 + max((depth(part) for part in node.parts), default=0)


def refers_to(node: Node) -> frozenset[str]:
    """The references of the segments that it names itself."""
    return frozenset(one.text("segment") for one in conditions(node) if one.word == "segment")
