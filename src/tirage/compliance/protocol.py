"""What a compliance service must do. Services implement this and know nothing else of ours. No Django.

Such a service knows the states' laws and taxes, and counts what a winery sells over all of its channels. It is asked
what tax a sale owes, whether the law lets it ship, and told what has shipped and what was called off.

No call may be made inside a transaction. Every call may be made again with the same sale: it is known there by its
``key``, and what is said last holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Party:
    """Who, and where: the buyer's own address as far as it is known, or where the wine goes."""

    first_name: str
    last_name: str
    line1: str = ""
    line2: str = ""
    city: str = ""
    #: Two letters in the United States.
    state: str = ""
    postal_code: str = ""
    country: str = "US"
    company: str = ""
    phone: str = ""
    email: str = ""
    born: date | None = None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Item:
    """Pieces of one wine at one price, in minor units. A piece may be a pack of ``units`` bottles."""

    code: str
    name: str
    quantity: int
    unit_price_minor: int
    #: Taken off all pieces together; not negative.
    discount_minor: int = 0
    #: Of one bottle.
    millilitres: int = 750
    units: int = 1
    #: By volume; None where nobody wrote it down.
    alcohol_percent: Decimal | None = None
    is_sparkling: bool = False
    is_fortified: bool = False

    @property
    def amount_minor(self) -> int:
        return self.quantity * self.unit_price_minor - self.discount_minor


class SoldBy(StrEnum):
    """Through which door the sale came."""

    INTERNET = "internet"
    TELEPHONE = "telephone"
    CLUB = "club"
    #: On the winery’s own premises, which some states judge otherwise.
    IN_PERSON = "in_person"


@dataclass(frozen=True, slots=True)
class Sale:
    """An order as a service is told of it. Amounts in minor units of ``currency``."""

    #: Ours of the order; letters, figures and hyphens, at most 20.
    key: str
    customer_key: str
    sold_on: date
    #: On which it leaves, as far as that is known.
    ships_on: date
    sold_by: SoldBy
    buyer: Party
    recipient: Party
    #: Where the wine leaves from.
    sender: Party
    items: tuple[Item, ...]
    currency: str = "USD"
    shipping_minor: int = 0
    #: Packaging, haste and whatever else is charged beside the way itself.
    handling_minor: int = 0
    #: What the customer pays as tax; for what is reported.
    tax_minor: int = 0
    #: The carrier's word, such as ``fedex``; empty where it isn't known.
    carrier: str = ""
    tracking: str = ""
    gift_note: str = ""


@dataclass(frozen=True, slots=True)
class TaxDue:
    """One jurisdiction's tax on one kind of thing: ``wine`` or ``shipping``."""

    jurisdiction: str
    kind: str
    base_minor: int
    #: 0.0775 is 7.75 %.
    rate: Decimal
    amount_minor: int


@dataclass(frozen=True, slots=True)
class FeeDue:
    """A fee of the law's besides tax, such as a retail delivery fee."""

    name: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Due:
    """What a sale owes; ``total_minor`` is the service's own sum of taxes, without fees."""

    total_minor: int
    taxes: tuple[TaxDue, ...] = ()
    fees: tuple[FeeDue, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the sale may ship. ``reasons`` say why not in words, or what couldn't be judged; ``answer`` is what the
    service said, as it said it."""

    passed: bool
    reasons: tuple[str, ...] = ()
    answer: Mapping[str, Any] = field(default_factory=dict)
    due: Due | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A carrier's counter where a parcel waits for its owner."""

    name: str
    line1: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str
    miles: float
    telephone: str = ""
    #: By day, such as ``Monday 9:00 am to 6:00 pm``.
    hours: tuple[str, ...] = ()


class ServiceBusy(Exception):
    """Asked too often. Ask again after ``seconds``."""

    def __init__(self, seconds: int | None = None) -> None:
        super().__init__()
        self.seconds = seconds


class ServiceSilent(Exception):
    """No answer, or one that can't be read: what was asked may have been done. Ask again later."""


class ServiceRefused(Exception):
    """The call itself was wrong: the key, the account, a wine that it doesn't know; asking the same again doesn't help.

    ``str()`` says what to do."""


class ComplianceService(Protocol):
    #: Kept with each check, such as ``sovos``.
    key: str
    #: As people call it.
    name: str
    #: Whether it knows carriers' counters.
    finds_places: bool
    #: Whether its quotes say the fees of the law, too, such as retail delivery fees; else our own tables do.
    quotes_fees: bool
    #: What the settings lack, one sentence each; empty when there is something to ask with. Asks nobody.
    lacks: Sequence[str]

    def greet(self) -> str:
        """Whether the key opens the account; what the service calls it. Raises ServiceBusy, ServiceSilent,
        ServiceRefused, as all that follow."""
        ...

    def quote(self, sale: Sale, *, seconds: float) -> Due:
        """What the sale owes, within so many seconds; nothing is kept there."""
        ...

    def check(self, sale: Sale) -> Verdict:
        """Whether it may ship; kept there under its key, in the place of what was said of it before."""
        ...

    def commit(self, sale: Sale) -> None:
        """It has shipped: reported, and counted against its state's limits. As it is now, whatever was checked."""
        ...

    def void(self, key: str) -> None:
        """It was called off; one that isn't known there is fine."""
        ...

    def places(self, near: Party, *, carrier: str, miles: int, seconds: float) -> Sequence[Place]:
        """The carrier's counters near an address, the nearest first, within so many seconds; none where it doesn't know
        them."""
        ...
