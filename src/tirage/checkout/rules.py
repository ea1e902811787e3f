"""A cart's arithmetic and words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from tirage.core.money import Money, rate_of
from tirage.offers.plans import Plan
from tirage.offers.rules import CheckoutRules, Limits, OfferStatus, measure_rules

#: "What is left when that is little": from so many pieces on the number is shown.
FEW = 12


class Availability(StrEnum):
    PLENTY = "plenty"
    FEW = "few"
    #: There are bottles, but other carts hold them; ``back_at`` says when the next may come back.
    HELD = "held"
    SOLD_OUT = "sold_out"


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """How wine is sold before it is bottled: the plan of its payment, and the terms that are agreed to."""

    plan: Plan
    terms_digest: str


@dataclass(frozen=True, slots=True)
class OfferFacts:
    id: int
    reference: str
    release_id: int
    release_name: str
    group_id: int
    title: str
    message: str
    confirmation_message: str
    opens_at: datetime
    closes_at: datetime
    wish_kind: str
    rules: CheckoutRules
    spend_minimum: Money
    discount_bp: int
    free_shipping: bool
    #: Wishing for a wine opens only once the customer has taken all that can be had of it.
    wish_after_maximum: bool = False
    #: When wishes are decided, and how, as far as the winery says so.
    wishes_decided_on: date | None = None
    wish_rule: str = ""
    #: Set for bottles that were set aside for the customer: the end of their time, which is also ``closes_at``.
    kept_until: datetime | None = None
    #: Whether the customer split them off an order that couldn't go all at once.
    is_split: bool = False
    #: Whether bottles were set aside for the customer whose time isn't over; they may be bought already.
    has_set_aside: bool = False
    #: Whether it is kept that the customer has seen the offer.
    was_seen: bool = False
    #: Whether the place of the customer's default address has volume limits.
    is_limited: bool = False
    #: Whether it is made to a test group: what is ordered is a test order, and nothing is held.
    is_test: bool = False
    #: Set for wine that is sold en primeur: nothing is sent or taxed now.
    campaign: CampaignFacts | None = None
    #: Whether its wines are shown before it opens.
    shown_early: bool = False
    #: Whether the customer has planned what to take, and hasn’t yet.
    has_plan: bool = False

    @property
    def bottles_minimum(self) -> int:
        return self.rules.bottles_minimum

    @property
    def bottles_maximum(self) -> int | None:
        return self.rules.bottles_maximum


class ItemView(NamedTuple):
    """One wine of the offer as one customer sees it; quantities in pieces."""

    offer_item_id: int
    sku_id: int
    stock_id: int
    code: str
    name: str
    year: int | None
    format_name: str
    units: int
    #: Of one piece: all its bottles.
    millilitres: int
    equivalents_milli: int
    #: What a piece weighs, packed.
    grams: int
    variety: str
    appellation: str
    note: str
    label_digest: str
    price: Money
    list_price: Money
    limits: Limits
    default_quantity: int
    bought: int
    in_cart: int
    #: Pieces in the customer's own hold, lapsed or not.
    own_hold: int
    is_held: bool
    #: Free for this customer now, the own hold included.
    free: int
    #: On hand or expected, and not sold, whoever holds it; by ``queries.with_banks`` also what waits for others' banks.
    unsold: int
    back_at: datetime | None
    wished: int
    #: Pieces that changes of the customer's orders are about to add.
    drafted: int = 0
    #: Whether the customer has asked to be told when bottles come back.
    is_asked: bool = False
    #: What the customer is told of limits of their own; empty for nothing.
    told: str = ""
    #: The trade's number of it; empty where it has none.
    lwin: str = ""

    @property
    def full_name(self) -> str:
        """The wine's name, with its format where that isn't the plain bottle."""
        is_plain = self.units == 1 and self.millilitres == 750
        return self.name if is_plain else f"{self.name}, {self.format_name}"

    @property
    def used(self) -> int:
        """What of the allowance is gone already: bought, or in a change that is being prepared."""
        return self.bought + self.drafted

    @property
    def minimum(self) -> int:
        return self.limits.minimum

    @property
    def maximum(self) -> int:
        return self.limits.maximum

    @property
    def wish_maximum(self) -> int:
        return self.limits.wish_maximum

    @property
    def multiple(self) -> int:
        return self.limits.multiple

    @property
    def cap(self) -> int:
        """The most the cart may hold by the rules alone."""
        return self.limits.cap(bought=self.used)

    @property
    def allowance(self) -> int:
        return self.limits.allowance(bought=self.used, in_cart=self.in_cart)

    @property
    def least(self) -> int:
        """From how many on it is taken at all."""
        return max(self.minimum - self.bought, 0)

    @property
    def takeable(self) -> int:
        """The most the cart can hold now, by rules and stock, in whole multiples; nought rather than too few."""
        return self._takeable_of(self.free)

    @property
    def takes_more(self) -> bool:
        """Whether the cart doesn't hold yet all that can be had."""
        return self.takeable > (self.in_cart if self.is_held else 0)

    @property
    def may_come_back(self) -> bool:
        """Whether the cart could hold more, if those who hold bottles or are asked by their bank let them go."""
        return self._takeable_of(self.unsold) > self.takeable

    @property
    def is_short(self) -> bool:
        """Whether fewer are unsold than the customer could take, so that it matters what waits for a bank."""
        return self.unsold < max(self.cap, 1)

    def _takeable_of(self, pieces: int) -> int:
        most = min(self.cap, max(pieces, 0))
        most -= most % self.multiple
        return most if most >= self.least else 0

    @property
    def available(self) -> int:
        return max(self.free, 0)

    @property
    def usual(self) -> int:
        """The minimum or the winery's suggestion, less what was bought, in whole multiples."""
        most = min(max(self.least, self.default_quantity - self.used), self.cap)
        return most - most % self.multiple

    @property
    def suggested(self) -> int:
        """What the stepper shows first: the cart, else the usual."""
        return self.in_cart or self.usual

    @property
    def availability(self) -> Availability:
        if self.free >= max(self.multiple, 1):
            return Availability.FEW if self.free <= FEW else Availability.PLENTY
        return Availability.HELD if self.unsold >= max(self.multiple, 1) else Availability.SOLD_OUT


@dataclass(frozen=True, slots=True)
class CartLineView:
    item: ItemView
    quantity: int
    is_held: bool
    amount: Money


@dataclass(frozen=True, slots=True)
class RuleProgress:
    """A checkout rule as progress, e.g. "2 more bottles to reach 6"."""

    rule: str
    met: bool
    current: int
    target: int
    text: str


@dataclass(frozen=True, slots=True)
class CartView:
    reference: str
    attempt: int
    expires_at: datetime | None
    is_live: bool
    lines: Sequence[CartLineView]
    subtotal: Money
    discount: Money
    progress: Sequence[RuleProgress]
    pending_order_reference: str

    @property
    def pieces(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def bottles(self) -> int:
        return sum(line.quantity * line.item.units for line in self.lines)

    @property
    def equivalents_milli(self) -> int:
        return sum(line.quantity * line.item.equivalents_milli for line in self.lines)

    @property
    def grams(self) -> int:
        return sum(line.quantity * line.item.grams for line in self.lines)

    @property
    def millilitres(self) -> int:
        return sum(line.quantity * line.item.millilitres for line in self.lines)

    @property
    def skus(self) -> frozenset[int]:
        """The ids of its wines."""
        return frozenset(line.item.sku_id for line in self.lines)

    @property
    def total(self) -> Money:
        """The wine after the discount; delivery and tax come with the checkout."""
        return self.subtotal + self.discount

    @property
    def rules_met(self) -> bool:
        return all(rule.met for rule in self.progress)

    @property
    def fully_held(self) -> bool:
        return bool(self.lines) and all(line.is_held for line in self.lines)


@dataclass(frozen=True, slots=True)
class OfferPage:
    """All that an offer, cart or checkout page needs about wines, for one customer at one moment."""

    status: OfferStatus
    offer: OfferFacts | None
    items: Sequence[ItemView]
    cart: CartView | None
    #: The moment of which all this is; none where there is nothing.
    at: datetime | None = None

    @property
    def is_test(self) -> bool:
        """Whether what is ordered from it is a test order."""
        return self.offer is not None and self.offer.is_test

    def item(self, offer_item_id: int) -> ItemView | None:
        return next((item for item in self.items if item.offer_item_id == offer_item_id), None)


def percent_words(discount_bp: int) -> str:
    """What the group's discount is called on an order."""
    return f"{discount_bp / 100:g} % off"


def discount_minor(subtotal_minor: int, discount_bp: int) -> int:
    """The group's percentage off the wine, as a negative amount, rounded once."""
    return -rate_of(subtotal_minor, discount_bp * 100)


def measure_progress(rules: CheckoutRules, *, bottles: int, subtotal: Money) -> list[RuleProgress]:
    """The offer's checkout rules in words, each met or not."""
    measured = measure_rules(rules, bottles=bottles, subtotal_minor=subtotal.minor)
    return [
        RuleProgress(
            short.rule,
            short.met,
            short.current,
            short.target,
            _words(short.rule, short.target, short.missing, subtotal.currency),
        )
        for short in measured
    ]


def _words(rule: str, target: int, missing: int, currency: str) -> str:
    if rule == "spend_minimum":
        whole, missed = Money(target, currency), Money(missing, currency)
        return f"{missed} more to reach {whole}" if missing else f"{whole} reached"
    bottles = "bottle" if missing == 1 else "bottles"
    if rule == "bottles_minimum":
        return (
            f"{missing} more {bottles} to reach {target}"
            if missing
            else f"At least {target} bottles: reached"
        )
    return f"{missing} {bottles} over the most of {target}" if missing else f"At most {target} bottles"


def usable_credit(total: Money, credit_minor: int, *, least_minor: int = 0) -> Money:
    """What of ``total`` so much store credit can pay; where a card pays the rest, no less than ``least_minor``.

    >>> usable_credit(Money(100_30, "USD"), 100_00, least_minor=50).minor
    9980
    """
    most = min(credit_minor, total.minor)
    if 0 < total.minor - most < least_minor <= total.minor:
        most = total.minor - least_minor
    return Money(most, total.currency)
