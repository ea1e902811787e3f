"""Shipping prices and sales tax. Pure; amounts in minor units, rates in millionths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tirage.core.money import rate_of


@dataclass(frozen=True, slots=True)
class RateStep:
    """The price of up to so many bottle equivalents (thousandths of a 750 ml bottle)."""

    up_to_milli: int
    price_minor: int


def shipping_price(steps: Sequence[RateStep], equivalents_milli: int) -> int | None:
    """The first step that is big enough; beyond the last one, whole parcels of it and one for the rest.

    None when the method has no rates for the zone.

    >>> shipping_price([RateStep(6000, 3000), RateStep(12000, 4500)], 15000)
    7500
    """
    if not steps:
        return None
    ordered = sorted(steps, key=lambda step: step.up_to_milli)
    largest = ordered[-1]
    parcels, rest = divmod(equivalents_milli, largest.up_to_milli)
    price = parcels * largest.price_minor
    if rest or not parcels:
        price += next(step.price_minor for step in ordered if step.up_to_milli >= rest)
    return price


@dataclass(frozen=True, slots=True)
class TaxRule:
    rate_ppm: int
    taxes_shipping: bool


def sales_tax(rule: TaxRule, *, wine_minor: int, shipping_minor: int) -> int:
    """Tax on the wine after discounts, and on shipping where the state taxes it; rounded once."""
    base = wine_minor + (shipping_minor if rule.taxes_shipping else 0)
    return rate_of(max(base, 0), rule.rate_ppm)


@dataclass(frozen=True, slots=True)
class Terms:
    """What an order is priced by: kept with it, so that a change can be priced by the same years later.

    ``steps`` is the shipping table of the method and the zone; ``is_free`` when both keys of free shipping were there.
    """

    discount_bp: int
    is_free: bool
    steps: tuple[RateStep, ...]
    tax: TaxRule

    def as_json(self) -> dict[str, Any]:
        return {
            "discount_bp": self.discount_bp,
            "is_free": self.is_free,
            "steps": [[step.up_to_milli, step.price_minor] for step in self.steps],
            "tax_rate_ppm": self.tax.rate_ppm,
            "taxes_shipping": self.tax.taxes_shipping,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Terms:
        return cls(
            kept["discount_bp"],
            kept["is_free"],
            tuple(RateStep(up_to, price) for up_to, price in kept["steps"]),
            TaxRule(kept["tax_rate_ppm"], kept["taxes_shipping"]),
        )
