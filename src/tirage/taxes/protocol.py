"""What prices tax: our own dated tables, or a service. Whoever does implements ``TaxQuoter``. No Django here.

Amounts are minor units of the winery's currency, rates millionths. Lines and charges are what is owed after discounts;
a quote says what is taxed, where, at which rate, and by which source. It never changes anything: the same question on
the same day has the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


class TaxKind(StrEnum):
    #: Added to the price by where the wine goes.
    SALES = "sales"
    VAT = "vat"
    EXCISE = "excise"
    DUTY = "duty"
    #: An amount per order, such as for a retail delivery.
    FEE = "fee"
    #: An amount per container, given back with it.
    DEPOSIT = "deposit"


@dataclass(frozen=True, slots=True)
class TaxPlace:
    """Where wine comes from or goes to. ``county`` may be empty: it follows from the ZIP."""

    country: str
    state: str = ""
    county: str = ""
    city: str = ""
    postal_code: str = ""
    line1: str = ""


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """Pieces of a sku, and what they come to after discounts. ``units`` bottles of ``millilitres`` are a piece."""

    key: str
    amount_minor: int
    pieces: int
    units: int = 1
    millilitres: int = 750
    alcohol_percent: Decimal | None = None

    @property
    def containers(self) -> int:
        return self.pieces * self.units


@dataclass(frozen=True, slots=True)
class TaxedCharge:
    """An amount that isn't wine; ``kind`` is an ``orders.states.ChargeKind``: shipping, packaging, insurance …"""

    kind: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class TaxCustomer:
    """Who buys. A ``business_number`` is one that was found valid."""

    reference: str = ""
    business_number: str = ""
    business_country: str = ""
    business_name: str = ""

    @property
    def business(self) -> str:
        """``Weinhaus Kessler GmbH, DE136695976``."""
        return ", ".join(part for part in (self.business_name, self.business_number) if part)


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One tax of one jurisdiction.

    ``amount_minor`` comes on top of what is owed, but where it is ``included``: then the price has it in it already.
    With a rate, it is that of ``base_minor``; without one, ``count`` times an amount (a fee per order, a deposit per
    bottle, a duty per hundredth of a litre), and ``rate_ppm`` is nought.
    """

    jurisdiction: str
    kind: TaxKind
    name: str
    base_minor: int
    rate_ppm: int
    amount_minor: int
    source: str
    count: int = 0
    included: bool = False
    #: Owed by the winery, and not asked of the customer: it is ``included`` then.
    absorbed: bool = False
    #: Of which line or charge, where a service says so; empty for the order.
    about: str = field(default="", compare=False)


class TaxQuoter(Protocol):
    """One method; may take its time and may fail (``TaxUnanswered``), so never inside a transaction."""

    def quote(
        self,
        lines: Sequence[TaxedLine],
        charges: Sequence[TaxedCharge],
        ship_from: TaxPlace,
        ship_to: TaxPlace,
        day: date,
        customer: TaxCustomer,
    ) -> tuple[TaxLine, ...]:
        """The taxes of a sale on a day of the winery's clock; nothing is taxed where it is empty."""


class TaxUnanswered(Exception):
    """The service couldn't be asked or gave half an answer; its text is for the log."""


def added_minor(lines: Sequence[TaxLine]) -> int:
    """What comes on top of the price."""
    return sum(line.amount_minor for line in lines if not line.included)


def included_minor(lines: Sequence[TaxLine]) -> int:
    """What is in the price already."""
    return sum(line.amount_minor for line in lines if line.included)
