"""An order's arithmetic. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

#: What fits on the card in the box.
GIFT_NOTE_LENGTH = 400


@dataclass(frozen=True, slots=True)
class ShipTo:
    """Where an order goes, copied so that a later change of the address book doesn't move it."""

    recipient: str
    company: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = "US"
    phone: str = ""
    #: Where a carrier holds it, by the location's reference; empty for an address.
    location: str = ""

    @classmethod
    def of(cls, address: Any) -> ShipTo:
        """The same of anything that has these parts, such as a saved address."""
        return cls(*(getattr(address, part.name) for part in fields(cls)))


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One entry: pieces of a sku at a price; negative takes away."""

    sku_id: int
    quantity: int
    unit_price_minor: int


def owed(lines: Iterable[LedgerLine], charges: Iterable[int]) -> int:
    """What the ledger's entries come to, in minor units."""
    return sum(line.quantity * line.unit_price_minor for line in lines) + sum(charges)


def present_lines(lines: Iterable[LedgerLine]) -> dict[tuple[int, int], int]:
    """Pieces by (sku, price) after all entries, without those that cancel out; insertion order kept."""
    sums: dict[tuple[int, int], int] = defaultdict(int)
    for line in lines:
        sums[line.sku_id, line.unit_price_minor] += line.quantity
    return {key: quantity for key, quantity in sums.items() if quantity}


def pieces_by_sku(lines: Iterable[LedgerLine]) -> dict[int, int]:
    """Pieces that the order promises now, by sku."""
    sums: dict[int, int] = defaultdict(int)
    for line in lines:
        sums[line.sku_id] += line.quantity
    return {sku_id: quantity for sku_id, quantity in sums.items() if quantity}
