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
from tirage.delivery.rules import Freight, Tariff, Terms
from tirage.orders.statements import NewCharge, tax_charges
from tirage.orders.states import HANDLING, ChargeKind
from tirage.taxes.protocol import TaxKind
from tirage.taxes.rules import TAX_NAME, Bottles, Sale, TaxPart, TaxRule, tax_lines

NO_TERMS = Terms(0, False, Tariff(), TaxRule(0, False))


@dataclass(frozen=True, slots=True)
class Load:
    """An order's wine: its price before discounts, its bottle equivalents in thousandths, its weight."""

    wine_minor: int
    equivalents_milli: int
    grams: int = 0
    bottles: tuple[Bottles, ...] = ()

    def freight(self, discount_bp: int) -> Freight:
        """What is sent, as rates measure it."""
        value = self.wine_minor + discount_minor(self.wine_minor, discount_bp)
        return Freight(self.equivalents_milli, value, self.grams, self.bottles)


@dataclass(frozen=True, slots=True)
class Pricing:
    """By what an order is priced, and the names that its charges go by."""

    terms: Terms
    shipping_name: str
    discount_name: str

    def discount(self, load: Load) -> int:
        return discount_minor(load.wine_minor, self.terms.discount_bp)

    def shipping(self, load: Load) -> int:
        if self.terms.is_free or not load.equivalents_milli:
            return 0
        return self.terms.tariff.price(load.freight(self.terms.discount_bp)) or 0

    def taxes(self, sale: Sale) -> list[ChargeEntry]:
        """Its taxes and fees, as they would stand on the ledger."""
        return tax_entries(self.terms.tax, sale)


@dataclass(frozen=True, slots=True)
class Known(Pricing):
    """An order that doesn't know its rates: what is on the ledger is what delivery and tax were."""

    shipping_minor: int
    tax_minor: int

    def shipping(self, load: Load) -> int:
        return self.shipping_minor

    def taxes(self, sale: Sale) -> list[ChargeEntry]:
        return [ChargeEntry(ChargeKind.TAX.value, self.tax_minor, TAX_NAME, tax=TaxPart(TaxKind.SALES, ""))]


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
    old = was.taxes(_sale(before, present))
    new = becomes.taxes(_sale(after, [*present, *entries]))
    return merged([*entries, *map(taken_back, old), *new])


def _sale(load: Load, charges: Sequence[ChargeEntry]) -> Sale:
    """What is taxed of an order with this wine and these charges."""
    sums = [sum_of(charges, kind) for kind in HANDLING]
    wine = load.wine_minor + sum_of(charges, ChargeKind.DISCOUNT)
    duty = sum_of(charges, ChargeKind.DUTY)
    return Sale(wine, sum_of(charges, ChargeKind.SHIPPING), sum(sums), duty, load.bottles)


def taken_off(load: Load, charges: Sequence[ChargeEntry], by: Pricing) -> int:
    """What VAT is taken off the prices of such an order, negative; nought where tax comes on top of them."""
    return min(sum(entry.amount_minor for entry in by.taxes(_sale(load, charges))), 0)


def tax_entries(rule: TaxRule, sale: Sale) -> list[ChargeEntry]:
    """A sale's taxes and fees, as they would stand on the ledger."""
    return [
        ChargeEntry(
            charge.kind,
            charge.amount_minor,
            charge.description,
            tax=charge.tax,
            base_minor=charge.base_minor,
            included_minor=charge.included_minor,
        )
        for charge in tax_charges(tax_lines(rule, sale))
    ]


def new_charge(entry: ChargeEntry) -> NewCharge:
    """The entry as it is written."""
    return NewCharge(
        entry.kind,
        entry.amount_minor,
        entry.description,
        entry.sku_id,
        entry.unit_price_minor,
        entry.pieces,
        entry.tax,
        entry.base_minor,
        entry.included_minor,
    )


def taken_back(entry: ChargeEntry) -> ChargeEntry:
    return replace(
        entry,
        amount_minor=-entry.amount_minor,
        base_minor=-entry.base_minor,
        included_minor=-entry.included_minor,
    )


def _moved(kind: ChargeKind, old: tuple[str, int], new: tuple[str, int]) -> list[ChargeEntry]:
    """The old amount goes under its old name, the new one comes under its new name."""
    return [ChargeEntry(kind.value, -old[1], old[0]), ChargeEntry(kind.value, new[1], new[0])]


def merged(entries: Iterable[ChargeEntry]) -> list[ChargeEntry]:
    """One entry per kind, name, line and tax; those that come to nothing are left out."""
    sums: dict[tuple[object, ...], ChargeEntry] = {}
    for entry in entries:
        key = (entry.kind, entry.description, entry.sku_id, entry.unit_price_minor, entry.tax)
        had = sums.get(key)
        sums[key] = _together(had, entry) if had else entry
    return [
        entry for entry in sums.values() if entry.amount_minor or entry.base_minor or entry.included_minor
    ]


def _together(one: ChargeEntry, other: ChargeEntry) -> ChargeEntry:
    return replace(
        other,
        amount_minor=one.amount_minor + other.amount_minor,
        pieces=one.pieces + other.pieces,
        base_minor=one.base_minor + other.base_minor,
        included_minor=one.included_minor + other.included_minor,
    )


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
