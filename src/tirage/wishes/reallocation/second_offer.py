"""A second offer of what the first one left: proposed with dates and maximums, made as drafts, taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count

from tirage.catalog.models import Sku
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.winery import local_time
from tirage.customers.models import Group, Membership
from tirage.customers.states import CustomerStatus, GroupKind
from tirage.offers.models import Offer, OfferItem, Release
from tirage.offers.operations import (
    ItemValues,
    OfferValues,
    deactivate_offer,
    delete_offer,
    delete_release,
    hanging_on,
    is_draft,
    save_items,
    save_offer,
    save_release,
    shift_days,
)
from tirage.orders.models import Order
from tirage.orders.states import BOUGHT
from tirage.wishes.reallocation.models import Reallocation, ReallocationLine
from tirage.wishes.reallocation.recording import lock_release, say_pieces, short_of
from tirage.wishes.reallocation.rules import share_for_each
from tirage.wishes.reallocation.states import ReallocationKind
from tirage.wishes.reallocation.unused import unused_of

#: A second offer is shorter than the first: those who want it know the wines.
MOST_DAYS = 7
_NTH = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """What one group is offered: pieces for each member by sku id. ``like`` is the offer that the rest comes from.

    ``joins``: the group had no offer in the release, so it gets one there; others get it in a release that follows.
    """

    group: Group
    members: int
    like: Offer
    joins: bool
    maximums: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class SecondOffer:
    """``pool`` are the pieces by sku id that it is made of; ``name`` is that of the release that follows."""

    release: Release
    name: str
    opens_at: datetime
    closes_at: datetime
    pool: Mapping[int, int]
    groups: Sequence[GroupPlan]

    def promised(self, sku_id: int) -> int:
        """Pieces that all members of all groups could take together."""
        return sum(plan.members * plan.maximums.get(sku_id, 0) for plan in self.groups)

    @property
    def pieces(self) -> dict[int, int]:
        """Pieces by sku id that it gives on: no more than the pool, wherever maximums promise more."""
        found = {sku_id: min(pool, self.promised(sku_id)) for sku_id, pool in self.pool.items()}
        return {sku_id: pieces for sku_id, pieces in found.items() if pieces}


def propose_second_offer(
    release: Release, groups: Sequence[Group], pool: Mapping[int, int], now: datetime
) -> SecondOffer:
    """The same wines, words, prices and rules to ``groups``, with the pool shared out evenly: a proposal, nothing is
    written. It opens tomorrow at the time of day at which the first opened, for as many days, a week at most.

    Raises DomainError ``nothing_left``, ``no_groups``.
    """
    left = {sku_id: pieces for sku_id, pieces in pool.items() if pieces > 0}
    if not left:
        raise DomainError("nothing_left", "Nothing is left over that could be offered again.")
    if not groups:
        raise DomainError("no_groups", "Choose at least one group.")
    offers = list(
        release.offers.select_related("group")
        .prefetch_related("items")
        .order_by("group__rank", "group__name", "pk")
    )
    had = {offer.group_id: offer for offer in offers}
    items = _items_by_sku(offers, left)
    first = next((offer for offer in offers if any(item.sku_id in left for item in offer.items.all())), None)
    if first is None:
        raise DomainError("nothing_left", "These wines are in no offer of this release.")
    members = members_of(groups)
    everybody = sum(members.values())
    plans = []
    for group in groups:
        like = had.get(group.pk, first)
        own = {item.sku_id: item for item in like.items.all()}
        maximums = {
            sku_id: share_for_each(
                pieces,
                everybody,
                multiple=own.get(sku_id, items[sku_id]).multiple,
                at_most=own.get(sku_id, items[sku_id]).purchase_maximum,
            )
            for sku_id, pieces in left.items()
        }
        plans.append(GroupPlan(group, members.get(group.pk, 0), like, group.pk not in had, maximums))
    opens_at, closes_at = _window(first, now)
    return SecondOffer(release, _name(release), opens_at, closes_at, left, plans)


def members_of(groups: Sequence[Group]) -> dict[int, int]:
    """Active members by group id; one statement."""
    return dict(
        Membership.objects.filter(
            group__in=[group.pk for group in groups], customer__status=CustomerStatus.ACTIVE.value
        )
        .order_by()
        .values_list("group")
        .annotate(members=Count("id"))
    )


def _items_by_sku(offers: Sequence[Offer], left: Mapping[int, int]) -> dict[int, OfferItem]:
    found: dict[int, OfferItem] = {}
    for offer in offers:
        for item in offer.items.all():
            if item.sku_id in left:
                found.setdefault(item.sku_id, item)
    missing = set(left) - set(found)
    if missing:
        raise DomainError("nothing_left", "Some of these wines are in no offer of this release.")
    return found


def _window(first: Offer, now: datetime) -> tuple[datetime, datetime]:
    away = local_time(now).date() - local_time(first.opens_at).date() + timedelta(days=1)
    opens_at = shift_days(first.opens_at, away)
    days = min(max((first.closes_at - first.opens_at).days, 1), MOST_DAYS)
    return opens_at, shift_days(opens_at, timedelta(days=days))


def _name(release: Release) -> str:
    """``Autumn 2026, second offer``, or the next that is free."""
    for nth in _NTH:
        name = f"{release.name[:100]}, {nth} offer"
        if not Release.objects.filter(name__iexact=name).exists():
            return name
    return f"{release.name[:90]}, offer of {Release.objects.count() + 1}"


@transaction.atomic
def make_second_offer(*, plan: SecondOffer, actor: Actor, now: datetime) -> Reallocation:
    """Makes the offers of the plan as drafts, to be checked and opened like any other.

    Groups without an offer in the release get theirs there, the others in a new release of the plan's name.
    Locks the release, so that two people don't give the same bottles on. Raises DomainError ``nothing_left``,
    ``release_invalid``, ``offer_invalid``, Conflict ``given_meanwhile`` where fewer are left than the plan gives.
    Records ``reallocation.made``.
    """
    pieces = plan.pieces
    groups = [one for one in plan.groups if any(one.maximums.values())]
    if not pieces or not groups:
        raise DomainError("nothing_left", "Every maximum is 0: nobody would be offered anything.")
    lock_release(plan.release)
    unused = unused_of(plan.release, now)
    short_of(pieces, unused)
    follow: Release | None = None
    offers = []
    for one in groups:
        joins = one.joins and not plan.release.offers.filter(group=one.group).exists()
        if not joins and follow is None:
            follow = save_release(
                release=None,
                name=plan.name,
                kind=plan.release.kind,
                wish_kind=plan.release.wish_kind,
                wish_after_maximum=plan.release.wish_after_maximum,
                wish_rule=plan.release.wish_rule,
                note=f"What {plan.release.name} left.",
                actor=actor,
                now=now,
            )
        offers.append(_offer_of(one, plan, plan.release if joins else follow or plan.release, actor, now))
    made = Reallocation.objects.create(
        release=plan.release,
        kind=ReallocationKind.SECOND_OFFER.value,
        made_at=now,
        actor_label=actor.label[:200],
    )
    made.offers.set(offers)
    ReallocationLine.objects.bulk_create(
        ReallocationLine(reallocation=made, sku_id=sku_id, pieces=count) for sku_id, count in pieces.items()
    )
    names = ", ".join(one.group.name for one in groups)
    text = f"made a second offer of {say_pieces(sum(pieces.values()))} to {names}"
    _record(EventName.REALLOCATION_MADE, made, text, actor, now)
    return made


def _offer_of(one: GroupPlan, plan: SecondOffer, release: Release, actor: Actor, now: datetime) -> Offer:
    maximums = {sku_id: most for sku_id, most in one.maximums.items() if most}
    items = _item_values(one, plan, maximums)
    skus = Sku.objects.in_bulk(list(maximums))
    bottles = sum(item.purchase_maximum * skus[item.sku_id].units for item in items)
    spend = sum(
        item.purchase_maximum
        * (skus[item.sku_id].price_minor if item.price_minor is None else item.price_minor)
        for item in items
    )
    like = one.like
    offer = save_offer(
        offer=None,
        release=release,
        group=one.group,
        values=OfferValues(
            opens_at=plan.opens_at,
            closes_at=plan.closes_at,
            title=like.title,
            message=like.message,
            confirmation_message=like.confirmation_message,
            # What is left may be less than the first offer asked for at least.
            bottles_minimum=min(like.bottles_minimum, bottles),
            bottles_maximum=like.bottles_maximum,
            spend_minimum_minor=min(like.spend_minimum_minor, spend),
        ),
        actor=actor,
        now=now,
    )
    save_items(offer=offer, items=items, actor=actor, now=now)
    return offer


def _item_values(one: GroupPlan, plan: SecondOffer, maximums: Mapping[int, int]) -> list[ItemValues]:
    """The first offer's items with these maximums; minimum and default never above them."""
    own = {item.sku_id: item for item in one.like.items.all()}
    others: dict[int, OfferItem] = {}
    for item in OfferItem.objects.filter(offer__release=plan.release, sku__in=maximums).order_by(
        "offer__group__rank", "pk"
    ):
        others.setdefault(item.sku_id, item)
    found = []
    for sku_id, most in maximums.items():
        item = own.get(sku_id) or others[sku_id]
        found.append(
            ItemValues(
                sku_id=sku_id,
                purchase_minimum=min(item.purchase_minimum, most),
                purchase_maximum=most,
                wish_maximum=item.wish_maximum,
                default_quantity=min(item.default_quantity, most),
                multiple=item.multiple,
                price_minor=item.price_minor,
                position=item.position,
            )
        )
    return sorted(found, key=lambda values: values.position or 0)


@transaction.atomic
def undo_second_offer(*, reallocation: Reallocation, actor: Actor, now: datetime) -> None:
    """Deletes its drafts, or deactivates what was open: the bottles are left over again.

    Raises Conflict ``undone`` when somebody was faster, DomainError ``bought`` once bottles were bought.
    Records ``reallocation.undone``.
    """
    made = lock_row(Reallocation.objects.filter(pk=reallocation.pk))
    if made is None or made.undone_at is not None:
        raise Conflict("undone", "This was taken back already.")
    offers = list(made.offers.select_related("release", "group").order_by("pk"))
    for offer in offers:
        lock_row(Offer.objects.filter(pk=offer.pk))
    if Order.objects.filter(offer__in=offers, state__in=[state.value for state in BOUGHT]).exists():
        raise DomainError(
            "bought",
            "Bottles of this second offer were bought. Close its offers instead; nothing more is sold then.",
        )
    for offer in offers:
        if is_draft([offer]):
            delete_offer(offer=offer, seen=hanging_on([offer]).key, actor=actor, now=now)
        else:
            deactivate_offer(offer=offer, actor=actor, now=now)
    for release in {offer.release_id: offer.release for offer in offers}.values():
        if release.pk != made.release_id and not release.offers.exists():
            delete_release(release=release, seen=hanging_on([]).key, actor=actor, now=now)
    Reallocation.objects.filter(pk=made.pk).update(undone_at=now)
    _record(EventName.REALLOCATION_UNDONE, made, "took back a second offer", actor, now)


def with_maximums(plan: SecondOffer, maximums: Mapping[tuple[int, int], int]) -> SecondOffer:
    """The plan with other maximums, by group id and sku id. Raises DomainError ``maximums_invalid`` with a field
    ``max-<group id>-<sku id>`` each."""
    fields: dict[str, str] = defaultdict(str)
    groups = []
    for one in plan.groups:
        own = {item.sku_id: item for item in one.like.items.all()}
        chosen = {sku_id: maximums.get((one.group.pk, sku_id), most) for sku_id, most in one.maximums.items()}
        for sku_id, most in chosen.items():
            multiple = own[sku_id].multiple if sku_id in own else 1
            if most % multiple:
                fields[f"max-{one.group.pk}-{sku_id}"] = (
                    f"Sold in {multiple}s, so write a multiple of {multiple}."
                )
        groups.append(replace(one, maximums=chosen))
    if fields:
        raise DomainError("maximums_invalid", "Some maximums need another look.", dict(fields))
    return replace(plan, groups=groups)


def offerable_groups() -> list[Group]:
    """Groups that an offer can be made to, the highest first."""
    return list(Group.objects.filter(kind=GroupKind.ALLOCATION.value).order_by("rank", "name"))


def _record(name: EventName, made: Reallocation, text: str, actor: Actor, now: datetime) -> None:
    data = {"reallocation": made.reference}
    record_event(name, "release", made.release_id, text=text, data=data, actor=actor, now=now)
