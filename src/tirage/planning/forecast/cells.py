"""What a forecast is made from and for: a wine offered to a group in a release, called a cell. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """A sku offered to a group in a release, to ``people`` who may take ``entitled`` pieces together.

    ``release``, ``group`` and ``wine`` are keys that tell them apart, ``vintage`` the year (None without one),
    ``millilitres`` and ``units`` the format. ``maximum`` is the group's, in pieces for one person; ``price_minor`` the
    price of a piece there, and ``price_before`` what the same wine in the same format cost when it was offered last,
    None when it never was.
    """

    release: int
    group: int
    sku: int
    wine: int
    vintage: int | None
    millilitres: int
    units: int
    maximum: int
    people: int
    entitled: int
    price_minor: int
    price_before: int | None = None

    @property
    def each(self) -> float:
        """What one person may take on average, own allowances included; in pieces."""
        return self.entitled / self.people if self.people else float(self.maximum)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a cell: pieces that were ``taken`` within what people were entitled to, by ``buyers``.

    ``squares`` is the sum of the squares of each buyer's pieces, from which people's differences are known. ``gone``
    says that the wine ran out before the end: more might have been taken.
    """

    cell: Cell
    taken: int
    buyers: int
    squares: int
    gone: bool = False

    @property
    def rate(self) -> float:
        """Taken ÷ entitled, 0 to 1; 0 when nothing was offered."""
        return min(self.taken / self.cell.entitled, 1.0) if self.cell.entitled else 0.0
