"""What the steps of a table count in, as people write it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tirage.core.money import exponent
from tirage.delivery.states import Basis

GRAMS_A_POUND = Decimal("453.59237")
#: More than anything that is typed here can be.
_BEYOND = 10**12
#: The largest step, as it is kept: 10,000 bottles, 10 t, and more wine than one order holds.
MOST = {Basis.BOTTLES: 10_000_000, Basis.WEIGHT: 10_000_000, Basis.VALUE: 10**9, Basis.FLAT: 10_000_000}

BASIS_WORDS = {
    Basis.BOTTLES: "bottles",
    Basis.WEIGHT: "weight",
    Basis.VALUE: "order value",
    Basis.FLAT: "flat",
}


@dataclass(frozen=True, slots=True)
class Measure:
    """``parts`` of what is kept are one of what is written; ``noun`` is that one, ``ask`` how it is asked for."""

    basis: Basis
    parts: Decimal
    noun: str
    ask: str

    def text(self, step: int) -> str:
        """``6``, ``1.5``, ``50``."""
        places = 3 if self.basis in (Basis.BOTTLES, Basis.FLAT) else 2
        written = f"{Decimal(step) / self.parts:.{places}f}"
        return written.rstrip("0").rstrip(".")

    def say(self, step: int) -> str:
        """``6 bottles``, ``50 lb``, ``300 USD``."""
        written = self.text(step)
        noun = "bottle" if self.noun == "bottles" and written == "1" else self.noun
        return f"{written} {noun}"

    def read(self, text: str) -> int:
        """What is kept of what was written; nought for what is no step. Never raises."""
        try:
            number = Decimal(text.strip()) * self.parts
            # Compared before it is a whole number: 1e999999 would be one of a million digits.
            if not abs(number) <= _BEYOND:
                return 0
        except ArithmeticError:
            return 0
        step = int(number.to_integral_value())
        return step if 0 < step <= MOST[self.basis] else 0


def measure_of(basis: Basis, *, currency: str, locale: str) -> Measure:
    """How a winery writes what a table counts in: weight in pounds in the United States."""
    if basis is Basis.WEIGHT and locale.endswith("US"):
        return Measure(basis, GRAMS_A_POUND, "lb", "pounds")
    if basis is Basis.WEIGHT:
        return Measure(basis, Decimal(1000), "kg", "kilograms")
    if basis is Basis.VALUE:
        return Measure(basis, Decimal(10) ** exponent(currency), currency, currency)
    return Measure(basis, Decimal(1000), "bottles", "bottles")
