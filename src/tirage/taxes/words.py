"""Rates and fees as people say them."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from tirage.core.texts import say_names
from tirage.taxes.protocol import TaxKind
from tirage.taxes.rules import TaxRule
from tirage.taxes.states import BEGINNING, FeeUnit, Relief

KIND_WORDS = {
    TaxKind.SALES: "Sales tax",
    TaxKind.VAT: "VAT",
    TaxKind.EXCISE: "Excise",
    TaxKind.DUTY: "Duty",
    TaxKind.FEE: "Fee",
    TaxKind.DEPOSIT: "Deposit",
}


class _Dated(Protocol):
    @property
    def first_day(self) -> date: ...
    @property
    def last_day(self) -> date | None: ...


class _Rate(_Dated, Protocol):
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> TaxKind: ...
    @property
    def county(self) -> str: ...
    @property
    def city(self) -> str: ...
    @property
    def zips(self) -> str: ...
    @property
    def rate_ppm(self) -> int: ...
    @property
    def on_wine(self) -> bool: ...
    @property
    def on_shipping(self) -> bool: ...
    @property
    def on_other(self) -> bool: ...
    @property
    def on_duty(self) -> bool: ...
    @property
    def by_line(self) -> bool: ...
    @property
    def by_origin(self) -> bool: ...
    @property
    def elsewhere(self) -> bool: ...


class _Fee(_Dated, Protocol):
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> TaxKind: ...
    @property
    def unit(self) -> FeeUnit: ...
    @property
    def amount_minor(self) -> int: ...
    @property
    def least_minor(self) -> int: ...
    @property
    def least_millilitres(self) -> int: ...
    @property
    def most_millilitres(self) -> int | None: ...
    @property
    def only_shipped(self) -> bool: ...
    @property
    def absorbed(self) -> bool: ...


def tax_facts(rule: TaxRule) -> list[tuple[str, str]]:
    """What a receipt has to say of its VAT besides amounts: a name and words each."""
    facts = {
        Relief.NONE: [],
        Relief.EXPORT: [("Export", "Without VAT; where it arrives, tax and duty may be asked for.")],
        Relief.REVERSE: [
            ("Reverse charge", "The recipient accounts for the VAT."),
            ("Sold to", rule.business),
        ],
    }[rule.relief]
    return [(name, words) for name, words in [*facts, ("Our VAT number", rule.seller)] if words]


def say_days(row: _Dated) -> str:
    """``from January 1, 2026 on``; empty of what always holds."""
    until = f"to {_day(row.last_day)}" if row.last_day else ""
    if row.first_day <= BEGINNING:
        return until
    return f"from {_day(row.first_day)} {until or 'on'}"


def say_rate(row: _Rate) -> str:
    """``Sonoma County: 1.25 % of wine and delivery, in Sonoma County, from April 1, 2026 on``."""
    named = (
        (row.on_wine, "wine"),
        (row.on_shipping, "delivery"),
        (row.on_other, "handling"),
        (row.on_duty, "duty"),
    )
    taxed = say_names([word for is_taxed, word in named if is_taxed]) or "nothing"
    what = f"{'VAT of ' if row.kind is TaxKind.VAT else ''}{row.rate_ppm / 10_000:g} % of {taxed}"
    where = [
        row.county and f"in {row.county}",
        row.city and f"in {row.city}",
        row.zips and f"ZIPs {row.zips}",
    ]
    rest = [
        *where,
        "rounded by line" if row.by_line else "",
        "taxed where the wine comes from" if row.by_origin else "",
        "where no other rate holds" if row.elsewhere else "",
    ]
    return _said(row.name, [what, *rest, say_days(row)])


def say_fee(row: _Fee) -> str:
    """``Retail delivery fee: 0.28 an order, from $100 on``."""
    each = "a container" if row.unit is FeeUnit.CONTAINER else "an order"
    sizes = ""
    if row.unit is FeeUnit.CONTAINER and (row.least_millilitres or row.most_millilitres):
        most = f" to {row.most_millilitres} ml" if row.most_millilitres else " on"
        sizes = f"from {row.least_millilitres} ml{most}"
    rest = [
        sizes,
        f"with {row.least_minor / 100:.2f} of wine or more" if row.least_minor else "",
        "" if row.only_shipped else "on pickup too",
        "paid by us" if row.absorbed else "",
    ]
    return _said(row.name, [f"{row.amount_minor / 100:.2f} {each}", *rest, say_days(row)])


def _said(name: str, parts: list[str]) -> str:
    return f"{name}: {', '.join(part for part in parts if part)}"


def _day(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
