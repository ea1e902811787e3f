"""What a policy may give: never more than is left beyond what it keeps back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tirage.wishes.rules import Rule

#: Above these a typed number is a slip of the finger.
MOST_PIECES, MOST_DAYS = 9_999, 90
#: The rules that a step may share out by: those that need nothing but what the policy says.
RULES = (
    Rule.EQUAL,
    Rule.ROUND_ROBIN,
    Rule.PROPORTIONAL,
    Rule.OLDEST,
    Rule.RANK,
    Rule.SPEND,
    Rule.DRAW,
)


@dataclass(frozen=True, slots=True)
class Reserve:
    """Pieces that are kept back whatever happens: of each wine, or of all together; ``own`` are those of single wines.

    Of all together, each wine keeps back its part of what is free.
    """

    pieces: int = 0
    of_all: bool = False
    own: Mapping[int, int] = field(default_factory=dict)

    def kept(self, free: Mapping[int, int]) -> dict[int, int]:
        """What is kept back of each sku, of what is free of it; never more than that.

        >>> Reserve(24).kept({1: 100, 2: 10})
        {1: 24, 2: 10}
        >>> Reserve(12, of_all=True).kept({1: 30, 2: 10})
        {1: 9, 2: 3}
        """
        there = {sku: max(pieces, 0) for sku, pieces in free.items()}
        kept = {sku: min(self.own[sku], pieces) for sku, pieces in there.items() if sku in self.own}
        others = {sku: pieces for sku, pieces in there.items() if sku not in self.own}
        if not self.of_all:
            return {sku: kept.get(sku, min(self.pieces, pieces)) for sku, pieces in there.items()}
        return dict.fromkeys(there, 0) | kept | _in_parts(self.pieces, others)


def _in_parts(pieces: int, there: Mapping[int, int]) -> dict[int, int]:
    """``pieces`` by what is there of each; what rounding leaves over goes to the largest fractions."""
    whole = sum(there.values())
    if whole <= pieces:
        return dict(there)
    parts = {sku: pieces * count // whole for sku, count in there.items()}
    by_fraction = sorted(there, key=lambda sku: (-(pieces * there[sku] % whole), sku))
    for sku in by_fraction[: pieces - sum(parts.values())]:
        parts[sku] += 1
    return parts


@dataclass(frozen=True, slots=True)
class StepTerms:
    """What a step says besides its kind and its groups; each kind reads its own.

    ``maximum``: what each customer may take of each wine of a second offer, or how many pieces more. ``days`` is how
    long that offer is open; it opens at once, or at the next ``hour`` o'clock of the winery.
    """

    rule: str = Rule.EQUAL.value
    customer_cap: int | None = None
    household_cap: int | None = None
    case: int = 1
    keeps_rest: bool = True
    kept_days: int = 7
    seed: str = ""
    maximum: int = 1
    days: int = 5
    hour: int | None = None
    note: str = ""
    #: How many groups were chosen, so that one that is deleted since is missed.
    named: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> StepTerms:
        return cls(**{name: kept[name] for name in cls.__slots__ if name in kept})

    def problems(self) -> dict[str, str]:
        """Each field that can't be, in words."""
        found: dict[str, str] = {}
        if self.rule not in {rule.value for rule in RULES}:
            found["rule"] = "Choose a rule."
        for name, least, most in (
            ("customer_cap", 1, MOST_PIECES),
            ("household_cap", 1, MOST_PIECES),
            ("case", 1, 100),
            ("kept_days", 1, MOST_DAYS),
            ("maximum", 1, MOST_PIECES),
            ("days", 1, MOST_DAYS),
            ("hour", 0, 23),
        ):
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                found[name] = f"A whole number from {least} to {most:,}."
        if len(self.note) > 300:
            found["note"] = "Shorten it to 300 characters."
        return found

    def with_seed(self, seed: str) -> StepTerms:
        return self if self.seed else replace(self, seed=seed)


class Pot:
    """What is left to give of each sku while the steps of a policy take from it."""

    def __init__(self, free: Mapping[int, int], kept: Mapping[int, int], promised: Mapping[int, int]) -> None:
        """``free``: neither sold nor held; ``kept``: of it kept back; ``promised``: of it what open offers may sell."""
        self._left = {
            sku: max(pieces - kept.get(sku, 0) - promised.get(sku, 0), 0) for sku, pieces in free.items()
        }

    @property
    def left(self) -> dict[int, int]:
        """Pieces by sku, those with nothing left included."""
        return dict(self._left)

    def take(self, given: Mapping[int, int]) -> None:
        """Takes what a step gives, or promises beyond what there is, out of the pot."""
        for sku, pieces in given.items():
            self._left[sku] = max(self._left.get(sku, 0) - max(pieces, 0), 0)


def offered_maximum(wanted: int, left: int, multiple: int) -> int:
    """What one customer may take of a wine in a second offer: as wanted, if there is so much, in whole multiples.

    >>> offered_maximum(4, 30, 3), offered_maximum(2, 30, 3), offered_maximum(6, 4, 1)
    (3, 0, 4)
    """
    most = max(min(wanted, left), 0)
    return most - most % multiple
