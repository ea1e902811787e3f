"""What a sale is taxed by, and the lines that it comes to. Pure; amounts in minor units, rates in millionths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from tirage.core.money import rate_of, share_minor
from tirage.taxes.protocol import TaxKind, TaxLine, added_minor
from tirage.taxes.states import FeeUnit, Relief

#: What sales tax is called on an order.
TAX_NAME = "Sales tax"
PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Bottles:
    """So many pieces at a price together (before discounts), each of ``units`` containers of ``millilitres``."""

    pieces: int
    amount_minor: int
    units: int = 1
    millilitres: int = 750

    @property
    def containers(self) -> int:
        return self.pieces * self.units


@dataclass(frozen=True, slots=True)
class Sale:
    """What is taxed: wine after discounts, delivery, handling, duty; what it is bottled in, where that is known."""

    wine_minor: int
    shipping_minor: int = 0
    other_minor: int = 0
    duty_minor: int = 0
    bottles: tuple[Bottles, ...] = ()

    def wine_by_line(self) -> list[int]:
        """The wine after discounts by line, without losing a cent; as a whole where lines aren't known."""
        weights = [max(one.amount_minor, 0) for one in self.bottles]
        return share_minor(self.wine_minor, weights) if sum(weights) else [self.wine_minor]


@dataclass(frozen=True, slots=True)
class Levy:
    """One tax of one jurisdiction, as its table had it on the day of the sale."""

    jurisdiction: str
    kind: TaxKind = TaxKind.SALES
    rate_ppm: int = 0
    on_wine: bool = True
    on_shipping: bool = False
    on_other: bool = False
    on_duty: bool = False
    #: Rounded line by line, not once for the order.
    by_line: bool = False
    source: str = field(default="", compare=False)

    def as_json(self) -> dict[str, Any]:
        return _said(self, Levy("")) | {"jurisdiction": self.jurisdiction}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Levy:
        return cls(**_known(cls, kept) | {"kind": TaxKind(kept.get("kind", TaxKind.SALES))})


@dataclass(frozen=True, slots=True)
class FeeRule:
    """An amount per order or per container, as its table had it on the day of the sale.

    It is due from ``least_minor`` of wine after discounts on; of containers those from ``least_millilitres`` to
    ``most_millilitres``.
    """

    name: str
    jurisdiction: str
    amount_minor: int
    kind: TaxKind = TaxKind.FEE
    unit: FeeUnit = FeeUnit.ORDER
    least_minor: int = 0
    least_millilitres: int = 0
    most_millilitres: int | None = None
    absorbed: bool = False
    source: str = field(default="", compare=False)

    def count(self, sale: Sale) -> int:
        """How often it is due."""
        if sale.wine_minor < self.least_minor:
            return 0
        if self.unit is FeeUnit.ORDER:
            return int(bool(sale.bottles) or sale.wine_minor > 0)
        return sum(one.containers for one in sale.bottles if self._is_of(one.millilitres))

    def _is_of(self, millilitres: int) -> bool:
        most = self.most_millilitres
        return self.least_millilitres <= millilitres and (most is None or millilitres <= most)

    def as_json(self) -> dict[str, Any]:
        return _said(self, FeeRule(self.name, self.jurisdiction, self.amount_minor)) | {
            "name": self.name,
            "jurisdiction": self.jurisdiction,
            "amount_minor": self.amount_minor,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> FeeRule:
        found = _known(cls, kept)
        return cls(
            **found
            | {
                "kind": TaxKind(kept.get("kind", TaxKind.FEE)),
                "unit": FeeUnit(kept.get("unit", FeeUnit.ORDER)),
            }
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said of one sale: its taxes to the cent, as they hold for that very sale alone."""

    service: str
    wine_minor: int
    shipping_minor: int
    other_minor: int
    lines: tuple[TaxLine, ...]

    def is_of(self, sale: Sale) -> bool:
        asked = (self.wine_minor, self.shipping_minor, self.other_minor)
        return asked == (sale.wine_minor, sale.shipping_minor, sale.other_minor) and not sale.duty_minor

    def as_json(self) -> dict[str, Any]:
        lines = [[one.jurisdiction, one.base_minor, one.rate_ppm, one.amount_minor] for one in self.lines]
        return {
            "service": self.service,
            "of": [self.wine_minor, self.shipping_minor, self.other_minor],
            "lines": lines,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Answer:
        lines = (service_line(kept["service"], *one) for one in kept["lines"])
        wine, shipping, other = kept["of"]
        return cls(kept["service"], wine, shipping, other, tuple(lines))


def service_line(service: str, jurisdiction: str, base: int, rate_ppm: int, amount: int) -> TaxLine:
    """A jurisdiction's sales tax as a service says it."""
    return TaxLine(jurisdiction, TaxKind.SALES, TAX_NAME, base, rate_ppm, amount, service)


@dataclass(frozen=True, slots=True)
class TaxRule:
    """What an order is taxed by: kept with it, so that a change years later is taxed by the same.

    A place whose tax stands in no table has one rate of the wine, and of delivery where it ``taxes_shipping``. Where
    it has ``levies``, ``rate_ppm`` is what they come to on wine. Prices that ``include`` VAT are asked as they are, but
    for a ``relief``: then the rate ``home_ppm`` that is in them is taken off.
    """

    rate_ppm: int
    taxes_shipping: bool
    levies: tuple[Levy, ...] = ()
    fees: tuple[FeeRule, ...] = ()
    included: bool = False
    relief: Relief = Relief.NONE
    home_ppm: int = 0
    #: Whether all of its country or state is taxed alike.
    is_statewide: bool = field(default=True, compare=False)
    #: The winery's own VAT number, and who accounts for the VAT instead of it: as they stand on the receipt.
    seller: str = field(default="", compare=False)
    business: str = field(default="", compare=False)
    #: Where a service was asked: what it said of the sale. The levies are its rates, for what becomes of the order.
    answer: Answer | None = None

    def as_json(self) -> dict[str, Any]:
        """What differs from one rate of a place."""
        said: dict[str, Any] = {"answer": self.answer.as_json()} if self.answer else {}
        if self.levies:
            said["levies"] = [levy.as_json() for levy in self.levies]
        if self.fees:
            said["fees"] = [fee.as_json() for fee in self.fees]
        plain = TaxRule(0, taxes_shipping=False)
        names = ("included", "relief", "home_ppm", "is_statewide", "seller", "business")
        return said | {
            name: getattr(self, name) for name in names if getattr(self, name) != getattr(plain, name)
        }

    @classmethod
    def from_json(cls, rate_ppm: int, *, taxes_shipping: bool, kept: dict[str, Any]) -> TaxRule:
        return cls(
            rate_ppm,
            taxes_shipping,
            tuple(Levy.from_json(one) for one in kept.get("levies", ())),
            tuple(FeeRule.from_json(one) for one in kept.get("fees", ())),
            kept.get("included", False),
            Relief(kept.get("relief", "")),
            kept.get("home_ppm", 0),
            kept.get("is_statewide", True),
            kept.get("seller", ""),
            kept.get("business", ""),
            Answer.from_json(kept["answer"]) if kept.get("answer") else None,
        )


@dataclass(frozen=True, slots=True)
class TaxPart:
    """What a tax on the ledger is, apart from its amounts: the same part of two changes is one tax of the order."""

    kind: str
    jurisdiction: str
    rate_ppm: int = 0
    source: str = ""


def part_of(line: TaxLine) -> TaxPart:
    return TaxPart(line.kind.value, line.jurisdiction, line.rate_ppm, line.source)


def _said(what: Any, plain: Any) -> dict[str, Any]:
    """The fields that differ from ``plain``, as JSON has them."""
    values = {one.name: getattr(what, one.name) for one in fields(what)}
    return {name: value for name, value in values.items() if value != getattr(plain, name)}


def _known(cls: Any, kept: dict[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(cls)}
    return {name: value for name, value in kept.items() if name in names}


def sales_tax(rule: TaxRule, *, wine_minor: int, shipping_minor: int) -> int:
    """What tax adds to the wine after discounts and its delivery, where nothing else is known of the sale."""
    return added_minor(tax_lines(rule, Sale(wine_minor, shipping_minor)))


def tax_lines(rule: TaxRule, sale: Sale) -> tuple[TaxLine, ...]:
    """The taxes and fees of a sale. What comes to nothing is there too, if it was reckoned on something."""
    return (*_taxes(rule, sale), *_fees(rule, sale))


def _taxes(rule: TaxRule, sale: Sale) -> list[TaxLine]:
    if rule.relief:
        return _relieved(rule, sale)
    if rule.answer and rule.answer.is_of(sale):
        return list(rule.answer.lines)
    levies = list(rule.levies)
    if not levies and rule.rate_ppm:
        kind = TaxKind.VAT if rule.included else TaxKind.SALES
        levies = [
            Levy(
                "",
                kind,
                rule.rate_ppm,
                on_shipping=rule.taxes_shipping,
                on_other=rule.included,
                on_duty=rule.included,
            )
        ]
    found: list[TaxLine] = []
    for alike in _alike(levies):
        found += _of_one_base(alike, sale, included=rule.included)
    return found


def _alike(levies: Iterable[Levy]) -> list[list[Levy]]:
    """Those on the same base, rounded in the same way: their rates are one rate, rounded once."""
    groups: dict[tuple[object, ...], list[Levy]] = {}
    for levy in levies:
        key = (levy.kind, levy.on_wine, levy.on_shipping, levy.on_other, levy.on_duty, levy.by_line)
        groups.setdefault(key, []).append(levy)
    return list(groups.values())


def _of_one_base(levies: Sequence[Levy], sale: Sale, *, included: bool) -> list[TaxLine]:
    first = levies[0]
    parts = _parts(first, sale)
    rates = [levy.rate_ppm for levy in levies]
    whole = sum(_part_of(part, sum(rates), included=included) for part in parts)
    amounts = share_minor(whole, rates) if sum(rates) else [0] * len(rates)
    base = sum(parts) - (whole if included else 0)
    return [
        TaxLine(
            levy.jurisdiction,
            levy.kind,
            TAX_NAME if levy.kind is TaxKind.SALES else f"VAT {levy.rate_ppm / 10_000:g} %",
            base,
            levy.rate_ppm,
            amount,
            levy.source,
            included=included,
        )
        for levy, amount in zip(levies, amounts, strict=True)
        if base
    ]


def _parts(levy: Levy, sale: Sale) -> list[int]:
    """What is rounded for itself: each line of wine and each charge, or all of it together; never less than nought."""
    wine = sale.wine_by_line() if levy.by_line else [sale.wine_minor]
    parts = [
        *(wine if levy.on_wine else []),
        sale.shipping_minor if levy.on_shipping else 0,
        sale.other_minor if levy.on_other else 0,
        sale.duty_minor if levy.on_duty else 0,
    ]
    return [max(part, 0) for part in parts] if levy.by_line else [max(sum(parts), 0)]


def _part_of(minor: int, rate_ppm: int, *, included: bool) -> int:
    return included_in(minor, rate_ppm) if included else rate_of(minor, rate_ppm)


def included_in(gross_minor: int, rate_ppm: int) -> int:
    """The tax that is in a price, rounded once, half away from zero.

    >>> included_in(120_00, 200_000)
    2000
    """
    whole = abs(gross_minor) * rate_ppm
    found = (2 * whole + PPM + rate_ppm) // (2 * (PPM + rate_ppm))
    return -found if gross_minor < 0 else found


_RELIEF_NAMES = {
    Relief.EXPORT: "VAT taken off: export",
    Relief.REVERSE: "VAT taken off: reverse charge",
}


def _relieved(rule: TaxRule, sale: Sale) -> list[TaxLine]:
    """No VAT: what is in the price is taken off it, and what isn't is not put on."""
    gross = max(sale.wine_minor + sale.shipping_minor + sale.other_minor + sale.duty_minor, 0)
    off = included_in(gross, rule.home_ppm) if rule.included else 0
    if not gross:
        return []
    name, source = _RELIEF_NAMES[rule.relief], ""
    return [TaxLine("", TaxKind.VAT, name, gross - off, 0, -off, source)]


def _fees(rule: TaxRule, sale: Sale) -> list[TaxLine]:
    counted = [(fee, fee.count(sale)) for fee in rule.fees]
    return [
        TaxLine(
            fee.jurisdiction,
            fee.kind,
            fee.name,
            0,
            0,
            fee.amount_minor * count,
            fee.source,
            count=count,
            included=fee.absorbed,
            absorbed=fee.absorbed,
        )
        for fee, count in counted
        if count > 0
    ]
