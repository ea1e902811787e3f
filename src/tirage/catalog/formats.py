"""What bottles count as on their way: in bottles of 750 ml, and in weight. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: A bottle of 750 ml with its wine and its share of the packing: three pounds.
GRAMS_A_BOTTLE = 1361


@dataclass(frozen=True, slots=True)
class Formats:
    """Formats that count as something else than their volume says: (millilitres of a bottle, bottles in a piece) to
    (thousandths of a bottle of 750 ml, grams).
    """

    known: Mapping[tuple[int, int], tuple[int, int]] = field(default_factory=dict)

    def equivalents_milli(self, millilitres: int, units: int) -> int:
        """Of one piece. A 1.5 l is two bottles, a 375 ml half of one, where the table says nothing else."""
        found = self.known.get((millilitres, units))
        return found[0] if found else units * millilitres * 1000 // 750

    def grams(self, millilitres: int, units: int) -> int:
        """Of one piece, packed."""
        found = self.known.get((millilitres, units))
        return found[1] if found else units * millilitres * GRAMS_A_BOTTLE // 750

    def as_json(self) -> dict[str, list[int]]:
        """By ``<millilitres>x<bottles>``."""
        return {f"{size}x{units}": list(found) for (size, units), found in sorted(self.known.items())}

    @classmethod
    def from_json(cls, kept: Mapping[str, list[int]]) -> Formats:
        return cls({_format_of(name): (found[0], found[1]) for name, found in kept.items()})


def _format_of(name: str) -> tuple[int, int]:
    size, _, units = name.partition("x")
    return int(size), int(units)


PLAIN = Formats()
