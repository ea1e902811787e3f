"""By what plan wine that is bought en primeur is paid for. Pure; amounts in minor units."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tirage.core.money import share_minor
from tirage.offers.states import PlanKind

#: All of a price, in basis points.
WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a price: when it is due (None: when the winery releases the wine), in basis points of it."""

    on: date | None
    share_bp: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is paid at once, and what later."""

    kind: PlanKind = PlanKind.NOW
    deposit_bp: int = WHOLE
    parts: tuple[Part, ...] = ()

    @classmethod
    def read(cls, kind: str, deposit_bp: int, instalments: Sequence[Mapping[str, Any]]) -> Plan:
        """As a campaign keeps it."""
        if kind == PlanKind.NOW:
            return cls()
        if kind == PlanKind.AT_RELEASE:
            return cls(PlanKind.AT_RELEASE, deposit_bp, (Part(None, WHOLE - deposit_bp),))
        parts = tuple(Part(date.fromisoformat(one["on"]), one["share_bp"]) for one in instalments)
        return cls(PlanKind.INSTALMENTS, deposit_bp, parts)

    def amounts(self, total_minor: int) -> list[int]:
        """What is paid now, and each later part, to the cent."""
        return share_minor(total_minor, [self.deposit_bp, *(part.share_bp for part in self.parts)])


def digest_of(terms: str) -> str:
    """The SHA-256 of terms as they are kept: what was agreed to can be told from anything else."""
    return hashlib.sha256(terms.encode()).hexdigest()
