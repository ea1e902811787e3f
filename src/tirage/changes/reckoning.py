"""What a change makes of an order's charges. Pure; amounts in minor units, as they go on the ledger.

Everything is a difference between two reckonings: what the rates make of the order as it is, and what they make of it
as it would be. So a correction that staff once made stays what it was, and changes add up whatever their order. What
was given off for bottles goes with them (``named``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tirage.changes.rules import ChargeEntry, Reckoned
from tirage.checkout.rules import discount_minor
from tirage.delivery.rules import Freight, Tariff, TaxRule, Terms, sales_tax
from tirage.orders.states import ChargeKind

NO_TERMS = Terms(0, False, Tariff(), TaxRule(0, False))


@dataclass(frozen=True, slots=True)
class Load:
    """An order's wine: its price before discounts, its bottle equivalents in thousandths, its weight."""

    wine_minor: int
    equivalents_milli: int
    grams: int = 0

    def freight(self, discount_bp: int) -> Freight:
        """What is sent, as rates measure it."""
        value = self.wine_minor + discount_minor(self.wine_minor, discount_bp)
        return Freight(self.equivalents_milli, value, self.grams)


@dataclass(frozen=True, slots=True)
class Pricing:
    """By what an order is priced, and the names that its charges go by."""

    terms: Terms
    shipping_name: str
    discount_name: str
    tax_name: str

    def discount(self, load: Load) -> int:
        return discount_minor(load.wine_minor, self.terms.discount_bp)

    def shipping(self, load: Load) -> int:
        if self.terms.is_free or not load.equivalents_milli:
            return 0
        return self.terms.tariff.price(load.freight(self.terms.discount_bp)) or 0

    def tax(self, *, wine_minor: int, shipping_minor: int) -> int:
        return sales_tax(self.terms.tax, wine_minor=wine_minor, shipping_minor=shipping_minor)


@dataclass(frozen=True, slots=True)
class Known(Pricing):
    """An order that doesn't know its rates: what is on the ledger is what delivery and tax were."""

    shipping_minor: int
    tax_minor: int

    def shipping(self, load: Load) -> int:
        return self.shipping_minor

    def tax(self, *, wine_minor: int, shipping_minor: int) -> int:
        return self.tax_minor


def charge_entries(
    present: Sequence[ChargeEntry],
    *,
    before: Load,
    after: Load,
    was: Pricing,
    becomes: Pricing,
    given: Sequence[ChargeEntry] = (),
) -> list[ChargeEntry]:
    """What goes on the ledger when ``before`` becomes ``after``; ``present`` are its charges.

    ``given`` is what staff add, and what goes with bottles that go.
    """
    entries = [
        *_moved(
            ChargeKind.DISCOUNT,
            (was.discount_name, was.discount(before)),
            (becomes.discount_name, becomes.discount(after)),
        ),
        *_moved(
            ChargeKind.SHIPPING,
            (was.shipping_name, was.shipping(before)),
            (becomes.shipping_name, becomes.shipping(after)),
        ),
        *given,
    ]
    old_tax = was.tax(
        wine_minor=before.wine_minor + sum_of(present, ChargeKind.DISCOUNT),
        shipping_minor=sum_of(present, ChargeKind.SHIPPING),
    )
    new_tax = becomes.tax(
        wine_minor=after.wine_minor + sum_of([*present, *entries], ChargeKind.DISCOUNT),
        shipping_minor=sum_of([*present, *entries], ChargeKind.SHIPPING),
    )
    entries += _moved(ChargeKind.TAX, (was.tax_name, old_tax), (becomes.tax_name, new_tax))
    return merged(entries)


def _moved(kind: ChargeKind, old: tuple[str, int], new: tuple[str, int]) -> list[ChargeEntry]:
    """The old amount goes under its old name, the new one comes under its new name."""
    return [ChargeEntry(kind.value, -old[1], old[0]), ChargeEntry(kind.value, new[1], new[0])]


def merged(entries: Iterable[ChargeEntry]) -> list[ChargeEntry]:
    """One entry per kind, name and line; those that come to nothing are left out."""
    sums: dict[tuple[str, str, int | None, int | None], ChargeEntry] = {}
    for entry in entries:
        key = (entry.kind, entry.description, entry.sku_id, entry.unit_price_minor)
        had = sums.get(key)
        sums[key] = replace(
            entry,
            amount_minor=entry.amount_minor + (had.amount_minor if had else 0),
            pieces=entry.pieces + (had.pieces if had else 0),
        )
    return [entry for entry in sums.values() if entry.amount_minor]


def sum_of(charges: Iterable[ChargeEntry], kind: ChargeKind) -> int:
    return sum(charge.amount_minor for charge in charges if charge.kind == kind.value)


def reckon(wine_minor: int, charges: Iterable[ChargeEntry]) -> Reckoned:
    """The sums of an order with this wine and these charges."""
    kept = list(charges)
    discount, shipping, tax = (
        sum_of(kept, kind) for kind in (ChargeKind.DISCOUNT, ChargeKind.SHIPPING, ChargeKind.TAX)
    )
    other = sum(charge.amount_minor for charge in kept) - discount - shipping - tax
    return Reckoned(wine_minor, discount, shipping, tax, other)


def settlement_of(difference: int, *, owed_after: int, covered: int, paid: int) -> int:
    """The money that moves: what is missing of the difference, or (negative) what is overpaid of it.

    ``covered`` is what was paid or is set aside, ``paid`` what was really taken; neither counts refunds under way.

    >>> settlement_of(50, owed_after=150, covered=100, paid=100)
    50
    >>> settlement_of(-30, owed_after=70, covered=100, paid=0)
    0
    """
    if difference >= 0:
        return max(min(difference, owed_after - covered), 0)
    return -max(min(-difference, paid - owed_after), 0)
