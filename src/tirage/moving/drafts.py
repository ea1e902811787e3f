"""An order of a former system as its rows say it, before our ledger knows its customer and wines. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from tirage.orders.states import ChargeKind


class Unfit(Exception):
    """This order can't be taken over; ``left_out``: it never was one."""

    def __init__(self, words: str, *, left_out: bool = False) -> None:
        super().__init__(words)
        self.words = words
        self.left_out = left_out


@dataclass(frozen=True, slots=True)
class Bottle:
    """Which wine is meant, as far as the files say it."""

    code: str
    name: str
    year: int | None
    millilitres: int
    units: int


@dataclass(frozen=True, slots=True)
class Line:
    bottle: Bottle
    quantity: int
    unit_minor: int

    @property
    def amount(self) -> int:
        return self.quantity * self.unit_minor


@dataclass(frozen=True, slots=True)
class Charged:
    kind: ChargeKind
    amount: int
    words: str = ""


@dataclass(slots=True)
class Part:
    """What the order was placed with, or what was taken off it; moments are ISO texts of UTC."""

    at: str
    lines: list[Line] = field(default_factory=list)
    charges: list[Charged] = field(default_factory=list)

    @property
    def owed(self) -> int:
        return sum(line.amount for line in self.lines) + sum(one.amount for one in self.charges)


@dataclass(frozen=True, slots=True)
class Paid:
    """Money that moved, negative when it went back."""

    at: str
    amount: int
    words: str


@dataclass(frozen=True, slots=True)
class Person:
    email: str
    first_name: str
    last_name: str
    phone: str


@dataclass(slots=True)
class Draft:
    """``total`` and ``refunded`` are the former system's, before anything is booked for being left open there."""

    number: str
    person: Person
    placed_at: str
    shipped_at: str
    is_cancelled: bool
    ship_to: dict[str, str]
    tracking: str
    gift_note: str
    groups: tuple[str, ...]
    placing: Part
    returned: Part | None
    paid: list[Paid]
    total: int
    refunded: int
    #: The former system's name of the release that it was of.
    release: str = ""

    def digest(self, *found: object) -> str:
        """The same for what would be written alike; ``found`` is what the database makes of names."""
        said = json.dumps([asdict(self), *found], default=str, sort_keys=True)
        return hashlib.sha1(said.encode(), usedforsecurity=False).hexdigest()


def bottles_of(drafts: Sequence[Draft]) -> list[Bottle]:
    """Every wine that they name, each once, in the order of the drafts."""
    return list(
        dict.fromkeys(
            line.bottle
            for draft in drafts
            for part in (draft.placing, draft.returned)
            if part is not None
            for line in part.lines
        )
    )
