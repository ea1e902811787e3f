"""Money as whole minor units (cents) of one currency. No Django, no floats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache

from babel.numbers import format_currency

#: ISO 4217 currencies whose minor unit is not a hundredth.
_EXPONENTS = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "HUF": 2, "KWD": 3, "BHD": 3, "TND": 3}


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met."""


def exponent(currency: str) -> int:
    """How many decimal places one unit of ``currency`` has."""
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True, order=False, slots=True)
class Money:
    """An amount in minor units; may be negative (a discount, a refund)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("minor units are whole numbers")

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} don't add up")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, factor: int) -> Money:
        if type(factor) is not int:
            raise TypeError("multiply by whole numbers; use share() for parts")
        return Money(self.minor * factor, self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __gt__(self, other: Money) -> bool:
        return other < self

    def __ge__(self, other: Money) -> bool:
        return other <= self

    def __bool__(self) -> bool:
        return self.minor != 0

    @property
    def decimal(self) -> Decimal:
        """The amount in whole units, for printing only."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __str__(self) -> str:
        """``$190.00``, ``−$54.00``: as sentences say it, which are English; pages and mails use the winery's locale."""
        return say_money(self, "en_US")

    def split(self, parts: int) -> list[Money]:
        """``parts`` amounts that differ by one minor unit at most and sum to this one exactly."""
        return self.share([1] * parts)

    def share(self, weights: Sequence[int]) -> list[Money]:
        """Amounts in proportion to ``weights`` that sum to this one exactly (largest remainders first)."""
        return [Money(minor, self.currency) for minor in share_minor(self.minor, weights)]


def share_minor(minor: int, weights: Sequence[int]) -> list[int]:
    """Splits ``minor`` in proportion to ``weights`` (whole, >= 0, not all 0) without losing a cent."""
    total = sum(weights)
    if not weights or total <= 0 or min(weights) < 0:
        raise ValueError("weights are whole numbers, none negative, not all zero")
    sign = -1 if minor < 0 else 1
    floors = [abs(minor) * weight // total for weight in weights]
    remainders = [abs(minor) * weight % total for weight in weights]
    missing = abs(minor) - sum(floors)
    for index in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:missing]:
        floors[index] += 1
    return [sign * part for part in floors]


@lru_cache(maxsize=4096)
def say_money(amount: Money, locale: str) -> str:
    """``$190.00``; a negative amount as ``−$190.00``, with a minus rather than a hyphen."""
    with localcontext(prec=60):  # also of a sum that nobody means
        return str(format_currency(amount.decimal, amount.currency, locale=locale)).replace("-", "−")


def say_fine(units: Decimal, currency: str, locale: str) -> str:
    """``$0.0279``: an amount in whole units that may be finer than the currency's smallest coin."""
    with localcontext(prec=60):
        said = format_currency(units, currency, locale=locale, decimal_quantization=False)
    return str(said).replace("-", "−")


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of ``amounts``; nothing at all is zero of ``currency``."""
    result = Money(0, currency)
    for amount in amounts:
        result += amount
    return result


def rate_of(minor: int, rate_ppm: int) -> int:
    """``minor`` times a rate in millionths, rounded once, half away from zero (as tax offices do)."""
    sign = -1 if minor * rate_ppm < 0 else 1
    return sign * ((abs(minor * rate_ppm) + 500_000) // 1_000_000)


def parse_minor(text: str, currency: str) -> int:
    """Minor units of a plain decimal such as ``190`` or ``190.50``; raises ValueError on anything finer."""
    try:
        scaled = Decimal(text.strip()).scaleb(exponent(currency))
    except ArithmeticError:
        raise ValueError(f"{text!r} is not an amount") from None
    if not scaled.is_finite() or scaled != scaled.to_integral_value(rounding=ROUND_HALF_UP):
        raise ValueError(f"{text!r} is finer than {currency} can pay")
    return int(scaled)
