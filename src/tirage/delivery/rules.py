"""Shipping prices, and what an order is priced by. Pure; amounts in minor units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tirage.catalog.formats import PLAIN, Formats
from tirage.delivery.states import Basis
from tirage.taxes.rules import Bottles, Sale, TaxRule


@dataclass(frozen=True, slots=True)
class RateStep:
    """The price of up to so many thousandths of a 750 ml bottle; or grams, or minor units of wine (``Basis``)."""

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
class Freight:
    """What is sent: bottle equivalents in thousandths, its wine after the group's discount, its weight with bottles.

    ``bottles`` are its lines, where taxes and fees ask for them.
    """

    equivalents_milli: int
    value_minor: int = 0
    grams: int = 0
    bottles: tuple[Bottles, ...] = field(default=(), compare=False)

    def sale(self, shipping_minor: int) -> Sale:
        """The same as taxes see it."""
        return Sale(self.value_minor, shipping_minor, bottles=self.bottles)


@dataclass(frozen=True, slots=True)
class Tariff:
    """A method's table of rates for one zone: what a step counts in, and what holds for the price that it gives.

    Prices are kept between ``minimum_minor`` and ``maximum_minor``; from ``included_from_milli`` bottle equivalents or
    ``included_from_minor`` of wine on delivery is included. ``zone`` and ``first_day`` are the table's names, for
    people: prices don't hang on them.
    """

    steps: tuple[RateStep, ...] = ()
    basis: Basis = Basis.BOTTLES
    minimum_minor: int = 0
    maximum_minor: int | None = None
    included_from_milli: int | None = None
    included_from_minor: int | None = None
    zone: str = field(default="", compare=False)
    first_day: str = field(default="", compare=False)

    def price(self, freight: Freight) -> int | None:
        """What delivery costs; None where the table says nothing."""
        found = self.by_steps(freight)
        if found is None:
            return None
        return 0 if self.is_included(freight) else self.kept_within(found)

    def by_steps(self, freight: Freight) -> int | None:
        """By the steps alone."""
        if not self.steps:
            return None
        if self.basis is Basis.FLAT:
            return min(self.steps, key=lambda step: step.up_to_milli).price_minor
        if self.basis is Basis.VALUE:
            return _price_of_value(self.steps, self.measure(freight))
        return shipping_price(self.steps, self.measure(freight))

    def measure(self, freight: Freight) -> int:
        """How much of what the steps count in."""
        if self.basis is Basis.WEIGHT:
            return freight.grams
        if self.basis is Basis.VALUE:
            return max(freight.value_minor, 0)
        return freight.equivalents_milli

    def is_included(self, freight: Freight) -> bool:
        return self.has_enough_bottles(freight) or self.has_enough_wine(freight)

    def has_enough_bottles(self, freight: Freight) -> bool:
        least = self.included_from_milli
        return least is not None and freight.equivalents_milli >= least

    def has_enough_wine(self, freight: Freight) -> bool:
        least = self.included_from_minor
        return least is not None and freight.value_minor >= least

    def kept_within(self, price: int) -> int:
        least = max(price, self.minimum_minor)
        return least if self.maximum_minor is None else min(least, self.maximum_minor)

    def as_json(self) -> dict[str, Any]:
        """What differs from a plain table by bottles, besides the steps."""
        plain = Tariff()
        said = {name: getattr(self, name) for name in _KEPT if getattr(self, name) != getattr(plain, name)}
        return said | ({"basis": self.basis.value} if "basis" in said else {})

    @classmethod
    def from_json(cls, steps: Sequence[Sequence[int]], kept: dict[str, Any]) -> Tariff:
        found = {name: value for name, value in kept.items() if name in _KEPT}
        if "basis" in found:
            found["basis"] = Basis(found["basis"])
        return cls(tuple(RateStep(up_to, price) for up_to, price in steps), **found)


_KEPT = (
    "basis",
    "minimum_minor",
    "maximum_minor",
    "included_from_milli",
    "included_from_minor",
    "zone",
    "first_day",
)


def _price_of_value(steps: Sequence[RateStep], value: int) -> int:
    """The first step that is enough; dearer wine than the last one names is sent for its price."""
    ordered = sorted(steps, key=lambda step: step.up_to_milli)
    return next((step.price_minor for step in ordered if step.up_to_milli >= value), ordered[-1].price_minor)


@dataclass(frozen=True, slots=True)
class Terms:
    """What an order is priced by: kept with it, so that a change can be priced by the same years later.

    ``tariff`` is the shipping table of the method and the zone; ``is_free`` when both keys of free shipping were there,
    ``formats`` what bottles counted as.
    """

    discount_bp: int
    is_free: bool
    tariff: Tariff
    tax: TaxRule
    formats: Formats = field(default=PLAIN, compare=False)
    #: What the customer was told when they chose a pickup: from so many days on it is sent instead.
    sent_after_days: int | None = None

    def as_json(self) -> dict[str, Any]:
        kept = {
            "discount_bp": self.discount_bp,
            "is_free": self.is_free,
            "steps": [[step.up_to_milli, step.price_minor] for step in self.tariff.steps],
            "tax_rate_ppm": self.tax.rate_ppm,
            "taxes_shipping": self.tax.taxes_shipping,
        }
        tariff = self.tariff.as_json()
        kept |= {"tariff": tariff} if tariff else {}
        tax = self.tax.as_json()
        kept |= {"tax": tax} if tax else {}
        kept |= {"sent_after_days": self.sent_after_days} if self.sent_after_days else {}
        return kept | ({"formats": self.formats.as_json()} if self.formats.known else {})

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Terms:
        """Also of orders that were placed when there were steps of bottles only."""
        return cls(
            kept["discount_bp"],
            kept["is_free"],
            Tariff.from_json(kept["steps"], kept.get("tariff", {})),
            TaxRule.from_json(
                kept["tax_rate_ppm"], taxes_shipping=kept["taxes_shipping"], kept=kept.get("tax", {})
            ),
            Formats.from_json(kept.get("formats", {})),
            kept.get("sent_after_days"),
        )
