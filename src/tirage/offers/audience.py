"""Whom an offer was made to, and how much: those of its time, whatever became of them later.

Who counts: everybody who was in the offer's group at any moment while it was shown and who wasn't suspended all that
while. An offer is shown inside its window while it is active: of one that is open, those who could see it until now.
Before that, whoever would see it if it opened now. Who changes groups while a release is open was offered both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest, Least

from tirage.customers.models import Customer, Membership, PastMembership, PastSuspension
from tirage.customers.states import CustomerStatus
from tirage.offers.models import CustomAllowance, Offer, OfferItem

#: The present moment is inside the window that ends with it.
_NOW_INCLUDED = timedelta(microseconds=1)
Window = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Audience:
    """``members``: how many customers; ``offered``: the bottles of all their maximums, their own allowances included;
    ``items``: of how many wines.
    """

    members: int
    offered: int
    items: int


def audiences(offers: Sequence[Offer], now: datetime) -> dict[int, Audience]:
    """The audience of each offer, by its id; eight statements at most, reads only."""
    members, silent = _members(offers, now)
    own = _own_allowances(offers, silent, now)
    offered: dict[int, int] = defaultdict(int)
    items: dict[int, int] = defaultdict(int)
    for pk, offer_id, maximum, units in _items(offers):
        offered[offer_id] += (maximum * members[offer_id] + own.get(pk, 0)) * units
        items[offer_id] += 1
    return {pk: Audience(people, offered[pk], items[pk]) for pk, people in members.items()}


@dataclass(frozen=True, slots=True)
class ItemAudience:
    """To how many customers an item was offered, and how many pieces all of them might take together."""

    members: int
    entitled: int


def item_audiences(offers: Sequence[Offer], now: datetime) -> dict[int, ItemAudience]:
    """The audience of each item of the offers, by the item's id; eight statements at most, reads only."""
    members, silent = _members(offers, now)
    own = _own_allowances(offers, silent, now)
    return {
        pk: ItemAudience(members[offer_id], maximum * members[offer_id] + own.get(pk, 0))
        for pk, offer_id, maximum, _ in _items(offers)
    }


def offered_to(offers: Sequence[Offer], now: datetime) -> dict[int, set[int]]:
    """The customers whom each offer was made to, by its id; a few statements for each offer, reads only."""
    _, silent = _members(offers, now)
    rows = _with_windows(Offer.objects.filter(pk__in=[offer.pk for offer in offers]), "", now)
    found = {}
    for pk, group_id, begins, ends in rows.values_list("pk", "group_id", "begins", "ends"):
        present = Membership.objects.filter(group=group_id, since__lt=ends)
        past = PastMembership.objects.filter(group=group_id, since__lt=ends, until__gt=begins)
        people = {*present.values_list("customer_id", flat=True), *past.values_list("customer_id", flat=True)}
        found[pk] = people - silent[pk]
    return found


def _items(offers: Sequence[Offer]) -> QuerySet[OfferItem, tuple[int, int, int, int]]:
    return OfferItem.objects.filter(offer__in=offers).values_list(
        "pk", "offer_id", "purchase_maximum", "sku__units"
    )


def _members(offers: Sequence[Offer], now: datetime) -> tuple[dict[int, int], dict[int, set[int]]]:
    """How many people each offer was made to, and who was suspended all the while and isn't counted."""
    rows = list(
        _with_windows(Offer.objects.filter(pk__in=[offer.pk for offer in offers]), "", now)
        .annotate(present=_counted(_present()), past=_counted(_past()))
        .values_list("pk", "group_id", "begins", "ends", "present", "past")
    )
    silent = _silent({pk: (group_id, (begins, ends)) for pk, group_id, begins, ends, _, _ in rows})
    return {pk: present + past - len(silent[pk]) for pk, _, _, _, present, past in rows}, silent


def _with_windows(rows: QuerySet[Any], offer: str, now: datetime) -> QuerySet[Any]:
    """``begins`` and ``ends`` of the time in which the offer was shown; ``offer`` is the way to it from ``rows``."""
    shown_from = Greatest(f"{offer}opens_at", Coalesce(f"{offer}activated_at", f"{offer}opens_at"))
    end = Value(now + _NOW_INCLUDED, output_field=DateTimeField())
    shown_until = Least(f"{offer}closes_at", Coalesce(f"{offer}deactivated_at", f"{offer}closes_at"), end)
    was_active = Q(**{f"{offer}is_active": True}) | Q(**{f"{offer}deactivated_at__isnull": False})
    was_shown = was_active & Q(shown_from__lt=F("shown_until"))
    found: QuerySet[Any] = rows.alias(shown_from=shown_from, shown_until=shown_until).annotate(
        begins=Case(When(was_shown, then=F("shown_from")), default=Value(now, output_field=DateTimeField())),
        ends=Case(When(was_shown, then=F("shown_until")), default=end),
    )
    return found


def _present() -> QuerySet[Membership]:
    return Membership.objects.filter(group=OuterRef("group"), since__lt=OuterRef("ends"))


def _past() -> QuerySet[PastMembership]:
    """Who was in the group then and isn't counted as present already."""
    still = Membership.objects.filter(
        group=OuterRef("group"), customer=OuterRef("customer"), since__lt=OuterRef(OuterRef("ends"))
    )
    return PastMembership.objects.filter(
        ~Exists(still), group=OuterRef("group"), since__lt=OuterRef("ends"), until__gt=OuterRef("begins")
    )


def _counted(rows: QuerySet[Membership] | QuerySet[PastMembership]) -> Coalesce:
    counts = (
        rows.order_by().values("group").annotate(people=Count("customer", distinct=True)).values("people")
    )
    return Coalesce(Subquery(counts), 0)


def _silent(windows: dict[int, tuple[int, Window]]) -> dict[int, set[int]]:
    """Customers of each offer's audience who were suspended all the while; there are few, so they are read."""
    spans: dict[int, list[tuple[datetime | None, datetime | None]]] = defaultdict(list)
    for customer, since in Customer.objects.filter(status=CustomerStatus.SUSPENDED.value).values_list(
        "pk", "suspended_at"
    ):
        spans[customer].append((since, None))
    for customer, since, until in PastSuspension.objects.values_list("customer_id", "since", "until"):
        spans[customer].append((since, until))
    inside = _memberships_of(list(spans)) if spans else {}
    found: dict[int, set[int]] = {pk: set() for pk in windows}
    for pk, (group_id, window) in windows.items():
        found[pk] = {
            customer
            for customer, since, until in inside.get(group_id, [])
            if _touches((since, until), window) and any(_covers(span, window) for span in spans[customer])
        }
    return found


def _memberships_of(customers: Iterable[int]) -> dict[int, list[tuple[int, datetime, datetime | None]]]:
    """Customer, since and until of each time that one of ``customers`` was in a group, by group."""
    found: dict[int, list[tuple[int, datetime, datetime | None]]] = defaultdict(list)
    for group_id, customer, since in Membership.objects.filter(customer__in=customers).values_list(
        "group_id", "customer_id", "since"
    ):
        found[group_id].append((customer, since, None))
    for group_id, customer, since, until in PastMembership.objects.filter(customer__in=customers).values_list(
        "group_id", "customer_id", "since", "until"
    ):
        found[group_id].append((customer, since, until))
    return found


def _touches(span: tuple[datetime, datetime | None], window: Window) -> bool:
    since, until = span
    return since < window[1] and (until is None or until > window[0])


def _covers(span: tuple[datetime | None, datetime | None], window: Window) -> bool:
    since, until = span
    return (since is None or since <= window[0]) and (until is None or until >= window[1])


def _own_allowances(offers: Sequence[Offer], silent: dict[int, set[int]], now: datetime) -> dict[int, int]:
    """How many pieces more (or fewer) than the group's maximum the allowances of single members come to, by item."""
    extra = F("purchase_maximum") - F("offer_item__purchase_maximum")
    rows = (
        _with_windows(
            CustomAllowance.objects.filter(offer_item__offer__in=offers), "offer_item__offer__", now
        )
        .alias(group=F("offer_item__offer__group"))
        .filter(
            Exists(_present().filter(customer=OuterRef("customer")))
            | Exists(_past().filter(customer=OuterRef("customer")))
        )
    )
    sums = dict(rows.values_list("offer_item").annotate(pieces=Sum(extra)))
    quiet = {customer for customers in silent.values() for customer in customers}
    if quiet:
        for item_id, offer_id, customer, pieces in (
            rows.filter(customer__in=quiet)
            .annotate(pieces=extra)
            .values_list("offer_item", "offer_item__offer", "customer_id", "pieces")
        ):
            sums[item_id] -= pieces if customer in silent[offer_id] else 0
    return sums
