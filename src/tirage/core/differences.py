"""A rule of a place that was read somewhere, beside what stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class RuleDifference(Generic[V]):
    """``stands`` is None where it would be new; ``say`` says a rule with its days, ``place`` the place's name."""

    values: V
    stands: V | None
    place: str
    say: Callable[[V], str]
    #: Whether its place is there to have rules.
    has_place: bool = True

    @property
    def is_same(self) -> bool:
        return self.values == self.stands

    @property
    def becomes(self) -> str:
        return self.say(self.values)

    @property
    def was(self) -> str:
        return self.say(self.stands) if self.stands else ""
