"""How a price of delivery came about, step by step, in words; the same for a try and for an order. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tirage.core.money import Money
from tirage.delivery.days import say_date
from tirage.delivery.rates.measures import Measure, measure_of
from tirage.delivery.rules import Freight, Tariff
from tirage.delivery.states import BEGINNING, Basis
from tirage.taxes.protocol import TaxKind, TaxLine
from tirage.taxes.rules import Sale, TaxRule, tax_lines


@dataclass(frozen=True, slots=True)
class Told:
    """One step: what was looked at, and what delivery came to after it."""

    words: str
    amount: Money | None = None


def explain(
    tariff: Tariff, freight: Freight, *, is_free: bool, tax: TaxRule, currency: str, locale: str
) -> list[Told]:
    """From the table to the tax; amounts are of delivery, the last one is the tax of the whole order.

    The price of the last step but the tax is ``tariff.price(freight)``, or nought where it ``is_free``.
    """
    measure = measure_of(tariff.basis, currency=currency, locale=locale)
    told = [Told(_table(tariff))] if tariff.zone or tariff.first_day else []
    price = tariff.by_steps(freight)
    if price is None:
        told.append(Told("There are no rates, so delivery costs nothing.", Money(0, currency)))
    else:
        told += _by_steps(tariff, freight, measure, currency)
        told += _adjusted(
            tariff, freight, price, measure_of(Basis.BOTTLES, currency=currency, locale=locale), currency
        )
    if is_free and price is not None:
        words = "Free: the group has free shipping, and this method qualifies for it."
        told.append(Told(words, Money(0, currency)))
    shipping = 0 if is_free else tariff.price(freight) or 0
    return [*told, *_taxed(tax, freight.sale(shipping), currency)]


def _table(tariff: Tariff) -> str:
    zone = f"Zone {tariff.zone}" if tariff.zone else "Its zone"
    begins = date.fromisoformat(tariff.first_day) if tariff.first_day else BEGINNING
    return (
        f"{zone}, rates from {say_date(begins)} on."
        if begins > BEGINNING
        else f"{zone}, rates that always held."
    )


def _by_steps(tariff: Tariff, freight: Freight, measure: Measure, currency: str) -> list[Told]:
    size = tariff.measure(freight)
    price = Money(tariff.by_steps(freight) or 0, currency)
    if tariff.basis is Basis.FLAT:
        return [Told("One price for all there is.", price)]
    if tariff.basis is Basis.VALUE:
        wine = Money(max(freight.value_minor, 0), currency)
        return [
            Told(
                f"The wine comes to {wine} after the group’s discount. {_value_step(tariff, size, currency)}",
                price,
            )
        ]
    counted = f"It counts as {measure.say(size)}."
    if tariff.basis is Basis.WEIGHT:
        counted = f"It weighs {measure.say(size)}, packed."
    return [Told(f"{counted} {_parcels(tariff, size, measure, currency)}", price)]


def _value_step(tariff: Tariff, value: int, currency: str) -> str:
    ordered = sorted(tariff.steps, key=lambda step: step.up_to_milli)
    step = next((one for one in ordered if one.up_to_milli >= value), None)
    if step is None:
        return f"That is more than the last step, {Money(ordered[-1].up_to_milli, currency)}, which counts."
    return f"Up to {Money(step.up_to_milli, currency)}:"


def _parcels(tariff: Tariff, size: int, measure: Measure, currency: str) -> str:
    """``Up to 6 bottles:``, or whole parcels of the largest step and one for the rest."""
    ordered = sorted(tariff.steps, key=lambda step: step.up_to_milli)
    largest = ordered[-1]
    parcels, rest = divmod(size, largest.up_to_milli)
    step = next((one for one in ordered if one.up_to_milli >= rest), largest)
    if not parcels or (parcels == 1 and not rest):
        return f"Up to {measure.say((largest if parcels else step).up_to_milli)}:"
    each = Money(largest.price_minor, currency)
    named = "parcel" if parcels == 1 else "parcels"
    whole = f"{parcels} {named} of {measure.say(largest.up_to_milli)} at {each}"
    if not rest:
        return f"{whole}:"
    return f"{whole}, and up to {measure.say(step.up_to_milli)} for the rest at {Money(step.price_minor, currency)}:"


def _adjusted(tariff: Tariff, freight: Freight, price: int, bottles: Measure, currency: str) -> list[Told]:
    nothing = Money(0, currency)
    if tariff.has_enough_bottles(freight):
        return [Told(f"Included from {bottles.say(tariff.included_from_milli or 0)} on.", nothing)]
    if tariff.has_enough_wine(freight):
        least = Money(tariff.included_from_minor or 0, currency)
        return [Told(f"Included from {least} of wine on.", nothing)]
    kept = Money(tariff.kept_within(price), currency)
    if kept.minor > price:
        return [Told("No less than the table’s minimum.", kept)]
    return [Told("No more than the table’s maximum.", kept)] if kept.minor < price else []


def _taxed(tax: TaxRule, sale: Sale, currency: str) -> list[Told]:
    """One step for each tax and fee; what is in the price already says so."""
    found = tax_lines(tax, sale)
    if not found:
        return [Told("No sales tax there.", Money(0, currency))]
    return [Told(_say_tax(line, tax, currency), Money(line.amount_minor, currency)) for line in found]


def _say_tax(line: TaxLine, tax: TaxRule, currency: str) -> str:
    where = f"{line.jurisdiction}: " if line.jurisdiction else ""
    if line.kind in (TaxKind.FEE, TaxKind.DEPOSIT):
        times = f", {line.count} times" if line.kind is TaxKind.DEPOSIT else ""
        return f"{line.name}{times}{', paid by us' if line.absorbed else ''}:"
    rate = f" of {line.rate_ppm / 10_000:g} %" if line.rate_ppm else ""
    name = line.name if line.kind is not TaxKind.VAT or not line.rate_ppm else "VAT"
    if line.included:
        return f"{where}{name}{rate} that is in the price:"
    if line.base_minor and not tax.levies:
        on = "the wine and delivery" if tax.taxes_shipping else "the wine, not on delivery"
        return f"{where}{name}{rate} on {on}:"
    return f"{where}{name}{rate} on {Money(line.base_minor, currency)}:"
