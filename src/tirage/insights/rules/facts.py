"""What may be worth knowing, and which ten of it are told; no Django.

A fact is what a test was made of: its subject, its counts and sums, and what chance says of them. The sentence, the
table and the chart of a note are made from one fact, so they can't disagree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from tirage.insights.rules.chance import corrected

#: One in so many of the facts that stand out may be chance; the ten at most that are told; of one kind and topic.
LEVEL, MOST, MOST_OF_A_TOPIC = 0.05, 10, 3
#: An area of fewer people is no pattern; a share that is nearer to the rest's than so many times isn't worth a note.
LEAST_PEOPLE, LEAST_RATIO = 8, 1.2
#: A fact that was settled comes back when its figure has moved by so much of what it was.
MOVED = 0.2


#: The key of what is said of the whole list.
EVERYBODY = "everybody"


class FactKind(StrEnum):
    GROWING = "growing"
    FADING = "fading"
    REFUNDS_HIGH = "refunds_high"
    REFUNDS_LOW = "refunds_low"
    WISHES_UNMET = "wishes_unmet"
    TIER_CONCENTRATED = "tier_concentrated"
    NEW_HERE = "new_here"
    LAPSING = "lapsing"
    BUSY_HOUR = "busy_hour"
    BUSY_DAY = "busy_day"
    BUSY_MONTH = "busy_month"


class Topic(StrEnum):
    """What facts are about, so that ten notes aren't ten times the same."""

    SALES = "sales"
    REFUNDS = "refunds"
    WISHES = "wishes"
    TIERS = "tiers"
    NEWCOMERS = "newcomers"
    LAPSING = "lapsing"
    TIMING = "timing"


TOPICS: dict[FactKind, Topic] = {
    FactKind.GROWING: Topic.SALES,
    FactKind.FADING: Topic.SALES,
    FactKind.REFUNDS_HIGH: Topic.REFUNDS,
    FactKind.REFUNDS_LOW: Topic.REFUNDS,
    FactKind.WISHES_UNMET: Topic.WISHES,
    FactKind.TIER_CONCENTRATED: Topic.TIERS,
    FactKind.NEW_HERE: Topic.NEWCOMERS,
    FactKind.LAPSING: Topic.LAPSING,
    FactKind.BUSY_HOUR: Topic.TIMING,
    FactKind.BUSY_DAY: Topic.TIMING,
    FactKind.BUSY_MONTH: Topic.TIMING,
}


@dataclass(frozen=True, slots=True)
class Fact:
    """``part`` of ``whole`` people here, ``rest_part`` of ``rest_whole`` elsewhere; ``p`` of chance, ``q`` corrected.

    ``key`` and ``name`` say where or which (``metro:42660``, Seattle-Tacoma-Bellevue, WA; with a group's reference
    after it where it is about one); ``group`` names a tier. ``EVERYBODY`` is compared with a year ago.
    ``sums`` are amounts in minor units and bottles besides, as the kind's sentence needs them; ``bars`` are of the
    chart where it is no comparison of two shares.
    """

    kind: FactKind
    key: str
    name: str
    part: int
    whole: int
    rest_part: int
    rest_whole: int
    p: float
    group: str = ""
    sums: dict[str, int] | None = None
    bars: tuple[tuple[str, int], ...] = ()
    q: float = 1.0

    @property
    def subject(self) -> str:
        """What the note is about, whatever its figures: one note each."""
        return f"{self.kind}:{self.key}"

    @property
    def topic(self) -> Topic:
        return TOPICS[self.kind]

    @property
    def share(self) -> float:
        return self.part / self.whole if self.whole else 0.0

    @property
    def rest_share(self) -> float:
        return self.rest_part / self.rest_whole if self.rest_whole else 0.0

    @property
    def beyond(self) -> float:
        """How many people it is more, or fewer, than by the rest's share: how much there is to act on."""
        return abs(self.part - self.rest_share * self.whole)

    @property
    def weight(self) -> float:
        """How much it is worth knowing: by the people whom it is about; of an hour or a month nobody is called up."""
        return self.beyond / 10 if self.topic is Topic.TIMING else self.beyond

    @property
    def is_large(self) -> bool:
        """Whether it would be worth knowing if it were certain."""
        if self.topic is Topic.TIMING:
            return self.part >= LEAST_PEOPLE
        if self.whole < LEAST_PEOPLE:
            return False
        low, high = sorted((self.share, self.rest_share))
        return high >= LEAST_RATIO * low

    def sum(self, name: str) -> int:
        return (self.sums or {}).get(name, 0)

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"kind": self.kind.value, "bars": [list(bar) for bar in self.bars]}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Fact:
        bars = tuple((str(name), int(value)) for name, value in kept["bars"])
        return cls(**{**kept, "kind": FactKind(kept["kind"]), "bars": bars})


def judged(facts: Sequence[Fact], tests: int | None = None) -> list[Fact]:
    """Facts with their q among all ``tests``, also those whose p was too large to be kept."""
    found = corrected([fact.p for fact in facts], tests)
    return [replace(fact, q=q) for fact, q in zip(facts, found, strict=True)]


def stands_out(fact: Fact, level: float = LEVEL) -> bool:
    """Whether it is more than chance and more than a trifle."""
    return fact.q <= level and fact.is_large and is_in_earnest(fact)


def is_in_earnest(fact: Fact) -> bool:
    """Whether what it is called fits all its figures: sales that grow have grown, refunds that are high cost more."""
    if fact.kind in (FactKind.GROWING, FactKind.FADING):
        now, before = fact.sum("sales"), fact.sum("sales_before")
        rises = now * fact.sum("rest_before") > before * fact.sum("rest_sales")
        return rises is (fact.kind is FactKind.GROWING) and (now > before) is (fact.kind is FactKind.GROWING)
    if fact.kind in (FactKind.REFUNDS_HIGH, FactKind.REFUNDS_LOW):
        more = fact.sum("back") * fact.sum("rest_paid") > fact.sum("rest_back") * fact.sum("paid")
        return more is (fact.kind is FactKind.REFUNDS_HIGH)
    if fact.topic is Topic.TIMING:
        return True
    return fact.share > fact.rest_share


def is_news(before: Fact, now: Fact) -> bool:
    """Whether a fact that was settled may be told again: its share or sum has moved by a fifth of what it was."""
    if before.kind is not now.kind:
        return True
    if _moved(before.share, now.share):
        return True
    return before.topic is Topic.LAPSING and _moved(before.part, now.part)


def _moved(before: float, now: float) -> bool:
    return abs(now - before) > MOVED * before


def chosen(facts: Iterable[Fact], settled: Collection[str] = (), most: int = MOST) -> list[Fact]:
    """The facts that are told, the weightiest first: that stand out, few of a topic, none twice in other words.

    ``settled`` are subjects that were acted on or dismissed and haven't changed. Weight is how many people a fact is
    about beyond what the rest's share would give; of a topic each further fact weighs half as much.
    """
    waiting = [fact for fact in facts if fact.subject not in settled and stands_out(fact)]
    waiting.sort(key=lambda fact: (-fact.weight, fact.q, fact.subject))
    taken: list[Fact] = []
    told: Counter[Topic] = Counter()
    while waiting and len(taken) < most:
        best = max(waiting, key=lambda fact: fact.weight / 2 ** told[fact.topic])
        waiting.remove(best)
        if told[best.topic] < MOST_OF_A_TOPIC and not any(_is_same(best, other) for other in taken):
            taken.append(best)
            told[best.topic] += 1
    return taken


def _is_same(one: Fact, other: Fact) -> bool:
    """Whether two facts say the same of an area and of the state that it lies in: nearly the same people."""
    if one.kind is not other.kind or one.group != other.group or one.key == other.key:
        return False
    fewer, more = sorted((one.part, other.part))
    kinds = {one.key.partition(":")[0], other.key.partition(":")[0]}
    return len(kinds) > 1 and bool(_states(one) & _states(other)) and fewer * 2 > more


def _states(fact: Fact) -> set[str]:
    """``{WA}`` of ``state:WA``, ``{OR, WA}`` of a metro called Portland-Vancouver, OR-WA."""
    if fact.key.startswith("state:"):
        return {fact.key.removeprefix("state:").partition(":")[0]}
    return set(fact.name.rpartition(", ")[2].split("-"))
