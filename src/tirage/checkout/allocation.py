"""What a customer may take in one tap: all that is left of the allocation, or what the winery suggests. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tirage.checkout.rules import ItemView, OfferPage, RuleProgress, discount_minor, measure_progress
from tirage.core.money import Money


@dataclass(frozen=True, slots=True)
class Portion:
    """So many pieces by offer item id, as far as they are to be had now; ``amount`` is after the group's discount,
    ``unmet`` the offer's rules that an order of just these would break.
    """

    pieces: Mapping[int, int]
    bottles: int
    amount: Money
    unmet: Sequence[RuleProgress]


def full_portion(page: OfferPage) -> Portion:
    """All that is left of the maximums and free."""
    return _portion(page, lambda item: item.takeable)


def usual_portion(page: OfferPage) -> Portion:
    """What the winery suggests, less what was bought; nothing where no wine has a default."""
    if not any(item.default_quantity for item in page.items):
        return _portion(page, lambda item: 0)
    return _portion(page, lambda item: min(item.usual, item.takeable))


def bottles_left(page: OfferPage) -> int:
    """What the rules still allow, in bottles, free or not."""
    return sum(item.cap * item.units for item in page.items)


def _portion(page: OfferPage, wanted: Callable[[ItemView], int]) -> Portion:
    if page.offer is None:
        raise ValueError("no offer, nothing to take")
    taken = [(item, wanted(item)) for item in page.items]
    currency = page.offer.spend_minimum.currency
    bottles = sum(pieces * item.units for item, pieces in taken)
    wine = Money(sum(pieces * item.price.minor for item, pieces in taken), currency)
    progress = measure_progress(page.offer.rules, bottles=bottles, subtotal=wine)
    return Portion(
        {item.offer_item_id: pieces for item, pieces in taken if pieces},
        bottles,
        wine + Money(discount_minor(wine.minor, page.offer.discount_bp), currency),
        [rule for rule in progress if not rule.met],
    )
