"""A rule of a place that was read somewhere, beside what stands: a limit or a law."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from tirage.delivery.reach import say_place


class OfPlace(Protocol):
    """Values of a rule, with the place by country and state."""

    @property
    def country(self) -> str: ...

    @property
    def state(self) -> str: ...


V = TypeVar("V", bound=OfPlace)


@dataclass(frozen=True, slots=True)
class RuleDifference(Generic[V]):
    """``stands`` is None where it would be new; ``say`` says a rule with its days."""

    values: V
    stands: V | None
    #: Whether its place is there to have rules.
    has_place: bool
    say: Callable[[V], str]

    @property
    def is_same(self) -> bool:
        return self.values == self.stands

    @property
    def place(self) -> str:
        return say_place(self.values.country, self.values.state)

    @property
    def becomes(self) -> str:
        return self.say(self.values)

    @property
    def was(self) -> str:
        return self.say(self.stands) if self.stands else ""
