"""What is so of the release that a tour is about: groups, offers, what was looked at, what was bought."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef

from tirage.core.actors import ActorKind
from tirage.core.events import EventName
from tirage.core.models import Event
from tirage.customers.models import Group
from tirage.customers.queries import group_counts
from tirage.customers.states import GroupKind
from tirage.offers.models import Offer, Release
from tirage.orders.models import Order
from tirage.orders.states import BOUGHT
from tirage.staff.models import StaffMember


@dataclass(frozen=True, slots=True)
class Facts:
    """``groups``: allocation groups by rank, each with ``active_members``; ``offers``: by the rank of their group, each
    with ``count_of_items``. Test groups and their offers stand apart. ``bought``: orders that count as bought.
    """

    now: datetime
    release: Release | None
    groups: list[Group]
    test_groups: list[Group]
    offers: list[Offer]
    test_offers: list[Offer]
    was_previewed: bool
    bought: int

    @property
    def peopled(self) -> list[Group]:
        return [group for group in self.groups if count_members(group)]

    @property
    def tested(self) -> Offer | None:
        """The offer to a test group that is furthest on: active, with items, or there at all."""
        return max(self.test_offers, key=lambda one: (was_opened(one), has_items(one)), default=None)

    def first(self, lacks: Callable[[Offer], bool]) -> Offer | None:
        """The first offer that lacks something."""
        return next((offer for offer in self.offers if lacks(offer)), None)


def has_items(offer: Offer) -> bool:
    """Of an offer of ``Facts``."""
    return count_items(offer) > 0


def was_opened(offer: Offer) -> bool:
    """Whether it is active, or was while it could be seen."""
    return not offer.was_never_seen


def count_items(offer: Offer) -> int:
    """Of an offer of ``Facts``."""
    return int(getattr(offer, "count_of_items", 0))


def count_members(group: Group) -> int:
    """The active ones of a group of ``Facts``."""
    return int(getattr(group, "active_members", 0))


def read_facts(release: Release | None, member: StaffMember, now: datetime) -> Facts:
    """A handful of statements, however much there is."""
    groups = list(group_counts().filter(kind=GroupKind.ALLOCATION.value).order_by("rank", "name", "pk"))
    offers = list(
        Offer.objects.filter(release=release)
        .select_related("group")
        .annotate(count_of_items=Count("items"))
        .order_by("group__rank", "group__name", "pk")
        if release
        else Offer.objects.none()
    )
    seen = Event.objects.filter(
        subject_kind="offer",
        subject_id__in=[offer.pk for offer in offers],
        name=EventName.CUSTOMER_SEEN_AS.value,
        actor_kind=ActorKind.STAFF.value,
        actor_id=member.pk,
    )
    bought = Order.objects.filter(
        release=release, state__in=[state.value for state in BOUGHT], offer__group__is_test=False
    )
    return Facts(
        now=now,
        release=release,
        groups=[group for group in groups if not group.is_test],
        test_groups=[group for group in groups if group.is_test],
        offers=[offer for offer in offers if not offer.group.is_test],
        test_offers=[offer for offer in offers if offer.group.is_test],
        was_previewed=bool(offers) and seen.exists(),
        bought=bought.count() if release else 0,
    )


def release_to_tour(member: StaffMember) -> Release | None:
    """The one that the member's tour is about; else the latest that nobody has seen yet, else the latest."""
    if member.tour_release_id:
        return member.tour_release
    seen = Offer.objects.filter(release=OuterRef("pk"), activated_at__isnull=False, group__is_test=False)
    return Release.objects.order_by(Exists(seen), "-made_at", "-pk").first()
