"""The whole list of checks before an offer opens: the offers room's own, and what payments and delivery know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from tirage.backoffice.releases.figures import pieces_bought
from tirage.core.texts import say_names
from tirage.core.winery import local_time
from tirage.customers.models import Address, Customer
from tirage.customers.states import CustomerStatus
from tirage.delivery.models import Destination, Method
from tirage.delivery.states import SENT, Visibility
from tirage.delivery.taxed import untaxed_places
from tirage.offers.checks import Check, Level, check_offer_itself, promises_of
from tirage.offers.models import Offer, Release
from tirage.offers.promises import WinePromise, selling_offers, wine_promises
from tirage.payments.models import PaymentMethod

#: What stops first.
_RANK = {Level.STOP: 0, Level.WARN: 1, Level.OK: 2}


def check_offer(offer: Offer, now: datetime, promises: Sequence[WinePromise] | None = None) -> list[Check]:
    """Every check of the offer, what stops it first. Reads only. ``promises``: see ``offer_promises``."""
    checks = [
        *check_offer_itself(offer, now, offer_promises(offer, now) if promises is None else promises),
        _check_cards(offer),
        _check_addresses(offer),
        *_check_states(offer),
        *_check_ways(),
        *_check_taxes(offer, now),
    ]
    return sorted(checks, key=lambda check: _RANK[check.level])


def offer_promises(offer: Offer, now: datetime) -> list[WinePromise]:
    """The offer's wines, with what all offers that draw on them promise and haven't sold yet."""
    return promises_of(offer, now, pieces_bought(selling_offers(offer.release, now)))


def release_promises(release: Release, now: datetime) -> list[WinePromise]:
    """The same for all wines of a release."""
    return wine_promises(release, now, bought=pieces_bought(selling_offers(release, now)))


def say_short(promises: Sequence[WinePromise]) -> str:
    """What is promised beyond what there is, wine by wine; empty when there is enough."""
    return " ".join(promise.words for promise in promises if promise.short)


def can_open(checks: list[Check]) -> bool:
    """Whether nothing in the list stops the offer."""
    return all(check.level is not Level.STOP for check in checks)


def _check_cards(offer: Offer) -> Check:
    cards = PaymentMethod.objects.filter(customer=OuterRef("pk"), kept=True, removed_at__isnull=True)
    without = _members(offer).filter(~Exists(cards)).count()
    if not without:
        return Check(Level.OK, "Every member has a saved card.")
    have = "member has" if without == 1 else "members have"
    return Check(Level.WARN, f"{without:,} {have} no saved card and type one at checkout.", "no_card")


def _check_addresses(offer: Offer) -> Check:
    addresses = Address.objects.filter(customer=OuterRef("pk"), removed_at__isnull=True)
    without = _members(offer).filter(~Exists(addresses)).count()
    if not without:
        return Check(Level.OK, "Every member has an address.")
    have = "member has" if without == 1 else "members have"
    return Check(Level.WARN, f"{without:,} {have} no address and type one at checkout.", "no_address")


def _check_states(offer: Offer) -> list[Check]:
    reachable = Destination.objects.filter(country=OuterRef("country"), state=OuterRef("state"), is_open=True)
    closed = (
        Address.objects.filter(
            customer__in=_members(offer).values("pk"), is_default=True, removed_at__isnull=True
        )
        .filter(~Exists(reachable))
        .values_list("country", "state")
        .annotate(customers=Count("id"))
        .order_by("-customers", "state")
    )
    rows = [(state or country, count) for country, state, count in closed]
    if not rows:
        return [Check(Level.OK, "Every member's default address can be shipped to.")]
    total = sum(count for _, count in rows)
    names = say_names([f"{name} ({count:,})" for name, count in rows[:8]])
    more = f" and {len(rows) - 8} more" if len(rows) > 8 else ""
    live = "member lives" if total == 1 else "members live"
    return [Check(Level.WARN, f"{total:,} {live} where we don't ship: {names}{more}.", "closed_states")]


def _check_ways() -> list[Check]:
    """Nobody can check out while no way of delivery leads anywhere."""
    open_zones = Destination.objects.filter(is_open=True, zone=OuterRef("rate_tables__rates__zone"))
    is_sent = Q(kind__in=[kind.value for kind in SENT])
    ships = is_sent & Exists(open_zones)
    hands_over = ~is_sent & Q(handover__is_open=True)
    if Method.objects.filter(ships | hands_over, is_active=True, visibility=Visibility.ALL.value).exists():
        return []
    words = "No way of delivery leads anywhere yet, so nobody could check out."
    return [Check(Level.STOP, words, "delivery")]


def _check_taxes(offer: Offer, now: datetime) -> list[Check]:
    """A place of which the tables say nothing is charged no tax."""
    untaxed = untaxed_places(local_time(now).date())
    unchecked = untaxed.filter(country=OuterRef("country"), state=OuterRef("state"))
    living = Address.objects.filter(
        Exists(unchecked), customer__in=_members(offer).values("pk"), is_default=True, removed_at__isnull=True
    )
    states = sorted({state or country for country, state in living.values_list("country", "state")})
    if not states:
        return []
    names = say_names(states[:8]) + (f" and {len(states) - 8} more" if len(states) > 8 else "")
    words = f"The table of taxes says nothing of {names}, not even that there is none. Orders there are charged no tax."
    return [Check(Level.WARN, words, "taxes")]


def _members(offer: Offer) -> QuerySet[Customer]:
    return Customer.objects.filter(memberships__group=offer.group, status=CustomerStatus.ACTIVE.value)
