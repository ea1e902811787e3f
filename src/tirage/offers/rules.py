"""Limits and checkout rules of an offer. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

#: Above these a typed number is a slip of the finger; the columns end at 32767.
MOST_BOTTLES = 9_999


class OfferStatus(StrEnum):
    """What the clock says of an offer."""

    OPEN = "open"
    NOT_YET = "not_yet"
    CLOSED = "closed"
    NONE = "none"


def offer_status(*, is_active: bool, opens_at: datetime, closes_at: datetime, now: datetime) -> OfferStatus:
    """Open when active and ``opens_at <= now < closes_at``; an inactive offer is none at all."""
    if not is_active:
        return OfferStatus.NONE
    if now < opens_at:
        return OfferStatus.NOT_YET
    return OfferStatus.OPEN if now < closes_at else OfferStatus.CLOSED


@dataclass(frozen=True, slots=True)
class Limits:
    """What one customer may take of one offer item, in pieces."""

    minimum: int
    maximum: int
    wish_maximum: int
    multiple: int

    def allowance(self, *, bought: int, in_cart: int) -> int:
        """What may still be added: maximum − bought in this release − in the cart."""
        return max(self.maximum - bought - in_cart, 0)

    def cap(self, *, bought: int) -> int:
        """The most the cart may hold, in whole multiples."""
        left = max(self.maximum - bought, 0)
        return left - left % self.multiple

    def refusal(self, quantity: int, *, bought: int) -> str:
        """Why the cart can't hold ``quantity``, in words; empty when it can."""
        if quantity < 0:
            return "Write a number, nought or more."
        if quantity > self.cap(bought=bought):
            return _beyond(self, bought)
        if quantity % self.multiple:
            return f"This wine comes in {self.multiple}s."
        if 0 < quantity < self.minimum - bought:
            return f"At least {self.minimum} of this wine."
        return ""


def _beyond(limits: Limits, bought: int) -> str:
    if bought:
        return f"Your allocation is {limits.maximum}; you have bought {bought} already."
    return f"Your allocation of this wine is {limits.maximum}."


@dataclass(frozen=True, slots=True)
class CheckoutRules:
    """What a whole cart must meet; bottles count the bottles inside packs."""

    bottles_minimum: int
    bottles_maximum: int | None
    spend_minimum_minor: int


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One rule and how far a cart is from it; ``missing`` is nought when it is met, negative never."""

    rule: str
    target: int
    current: int

    @property
    def missing(self) -> int:
        away = self.current - self.target if self.rule == "bottles_maximum" else self.target - self.current
        return max(away, 0)

    @property
    def met(self) -> bool:
        return self.missing == 0


def measure_rules(rules: CheckoutRules, *, bottles: int, subtotal_minor: int) -> list[Shortfall]:
    """Each rule that the offer has, measured against a cart."""
    measured = []
    if rules.bottles_minimum:
        measured.append(Shortfall("bottles_minimum", rules.bottles_minimum, bottles))
    if rules.bottles_maximum is not None:
        measured.append(Shortfall("bottles_maximum", rules.bottles_maximum, bottles))
    if rules.spend_minimum_minor:
        measured.append(Shortfall("spend_minimum", rules.spend_minimum_minor, subtotal_minor))
    return measured


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """An offer item as its rules see it: limits in pieces, bottles inside a piece, price."""

    name: str
    limits: Limits
    bottles: int
    price_minor: int


def find_conflicts(rules: CheckoutRules, items: Iterable[PlannedItem]) -> list[str]:
    """Rules of one offer that no cart can meet together, in words for the team."""
    planned = list(items)
    most = sum(item.limits.cap(bought=0) * item.bottles for item in planned)
    least = sum(item.limits.minimum * item.bottles for item in planned)
    spend = sum(item.limits.cap(bought=0) * item.price_minor for item in planned)
    conflicts = [
        f"{item.name}: the maximum of {item.limits.maximum} is not a whole number of {item.limits.multiple}s."
        for item in planned
        if item.limits.maximum % item.limits.multiple
    ]
    conflicts += [
        f"{item.name}: the minimum of {item.limits.minimum} is not a whole number of {item.limits.multiple}s."
        for item in planned
        if item.limits.minimum % item.limits.multiple
    ]
    if planned and most < rules.bottles_minimum:
        conflicts.append(
            f"The cart minimum is {rules.bottles_minimum} bottles, but all maximums together are {most}."
        )
    if rules.bottles_maximum is not None and least > rules.bottles_maximum:
        conflicts.append(
            f"The cart maximum is {rules.bottles_maximum} bottles, but the minimums together are {least}."
        )
    if planned and spend < rules.spend_minimum_minor:
        conflicts.append("The money minimum is more than all maximums together cost.")
    return conflicts
