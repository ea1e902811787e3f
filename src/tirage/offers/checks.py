"""What to look at before an offer opens, as far as the offer, the cellar and the groups know it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q

from tirage.customers.models import Customer, Membership
from tirage.customers.states import CustomerStatus
from tirage.offers.models import Offer, OfferItem
from tirage.offers.promises import Bought, WinePromise, wine_promises
from tirage.offers.rules import CheckoutRules, Limits, PlannedItem, find_conflicts


class Level(StrEnum):
    #: The offer can't open like this.
    STOP = "stop"
    #: Somebody should look, and may decide that it is meant.
    WARN = "warn"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list; ``link`` names where it is put right: items, messages, window, rules, stock,
    members, no_group, no_card, closed_states; empty when there is nothing to do.
    """

    level: Level
    message: str
    link: str = ""


def planned_items(items: Sequence[OfferItem]) -> list[PlannedItem]:
    """Items as the rules see them; their skus are loaded."""
    return [
        PlannedItem(
            name=str(item.sku),
            limits=Limits(item.purchase_minimum, item.purchase_maximum, item.wish_maximum, item.multiple),
            bottles=item.sku.units,
            price_minor=item.sku.price_minor if item.price_minor is None else item.price_minor,
        )
        for item in items
    ]


def offer_conflicts(offer: Offer) -> list[str]:
    """Rules of the offer and its items that no cart can meet together, in words."""
    return conflicts_of(offer, list(offer.items.select_related("sku")))


def conflicts_of(offer: Offer, items: Sequence[OfferItem]) -> list[str]:
    """The same for items at hand, their skus loaded."""
    rules = CheckoutRules(offer.bottles_minimum, offer.bottles_maximum, offer.spend_minimum_minor)
    return find_conflicts(rules, planned_items(items))


def check_offer_itself(
    offer: Offer, now: datetime, promises: Sequence[WinePromise] | None = None
) -> list[Check]:
    """Everything but cards and delivery, which higher rooms know: see the back office's ``check_offer``.

    ``promises`` are those of the offer's wines, when the caller has them already.
    """
    items = list(offer.items.select_related("sku").order_by("position", "id"))
    members = Membership.objects.filter(
        group=offer.group, customer__status=CustomerStatus.ACTIVE.value
    ).count()
    return [
        *_check_items(items),
        *(Check(Level.STOP, conflict, "rules") for conflict in conflicts_of(offer, items)),
        _check_window(offer, now),
        *_check_words(offer),
        *_check_members(offer, members),
        *_check_stock(promises_of(offer, now) if promises is None else promises),
        *_check_overlaps(offer),
    ]


def promises_of(offer: Offer, now: datetime, bought: Bought | None = None) -> list[WinePromise]:
    """The offer's wines with what all offers that draw on them promise."""
    return wine_promises(offer.release, now, offer=offer, bought=bought)


def _check_items(items: Sequence[OfferItem]) -> list[Check]:
    if not items:
        return [Check(Level.STOP, "The offer has no items yet.", "items")]
    empty = [str(item.sku) for item in items if item.purchase_maximum == 0 and item.wish_maximum == 0]
    if len(empty) == len(items):
        return [Check(Level.STOP, "No item can be taken or wished for: every maximum is 0.", "items")]
    found = [
        Check(Level.WARN, f"{name} can't be taken or wished for: its maximum is 0.", "items")
        for name in empty
    ]
    found += [
        Check(Level.WARN, f"{item.sku} is no longer active in the cellar.", "stock")
        for item in items
        if not item.sku.is_active
    ]
    return found or [Check(Level.OK, f"{len(items)} item{'' if len(items) == 1 else 's'} with limits.")]


def _check_window(offer: Offer, now: datetime) -> Check:
    if offer.closes_at <= now:
        return Check(Level.STOP, "The window is over. Set a closing time that is still to come.", "window")
    if offer.opens_at <= now:
        return Check(
            Level.WARN, "The window has begun: customers see the offer as soon as it is active.", "window"
        )
    return Check(Level.OK, "The window is still to come.")


def _check_words(offer: Offer) -> list[Check]:
    missing = [
        name
        for name, text in (
            ("title", offer.title),
            ("message", offer.message),
            ("confirmation message", offer.confirmation_message),
        )
        if not text.strip()
    ]
    if not missing:
        return [Check(Level.OK, "Title, message and confirmation message are written.")]
    return [Check(Level.WARN, f"The {name} is empty.", "messages") for name in missing]


def _check_members(offer: Offer, members: int) -> list[Check]:
    homeless = Customer.objects.filter(
        ~Q(memberships__group__kind="allocation"), status=CustomerStatus.ACTIVE.value
    ).count()
    found = []
    if members == 0:
        found.append(_check_nobody(offer))
    else:
        found.append(
            Check(Level.OK, f"{members:,} {'customer sees' if members == 1 else 'customers see'} this offer.")
        )
    if homeless:
        one = homeless == 1
        words = (
            "customer is in no allocation group and sees"
            if one
            else "customers are in no allocation group and see"
        )
        found.append(Check(Level.WARN, f"{homeless:,} {words} no offer.", "no_group"))
    return found


def _check_nobody(offer: Offer) -> Check:
    """The default group fills by itself: its offer waits for whoever signs up."""
    if offer.group.is_default:
        words = "has no active members yet. New customers join it and see the offer at once."
        return Check(Level.WARN, f"{offer.group.name} {words}", "members")
    words = "has no active members, so nobody would see the offer."
    return Check(Level.STOP, f"{offer.group.name} {words}", "members")


def _check_stock(promises: Sequence[WinePromise]) -> list[Check]:
    """Allocations may promise more than there is; whoever opens the offer says that they know."""
    short = [Check(Level.WARN, promise.words, "stock") for promise in promises if promise.short]
    return short or (
        [Check(Level.OK, "There is stock for every maximum of all offers together.")] if promises else []
    )


def pieces_short(promises: Sequence[WinePromise]) -> int:
    """How many pieces more are promised than there are, over all the wines."""
    return sum(promise.short for promise in promises)


def _check_overlaps(offer: Offer) -> list[Check]:
    others = Offer.objects.filter(
        group=offer.group, is_active=True, opens_at__lt=offer.closes_at, closes_at__gt=offer.opens_at
    ).exclude(pk=offer.pk)
    return [
        Check(
            Level.WARN,
            f"{offer.group.name} has another active offer in the same time, in {other.release.name}. Customers see "
            "one offer at a time.",
            "window",
        )
        for other in others.select_related("release")
    ]
