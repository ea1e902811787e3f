"""Criteria of the estate's groups, a few who should move, two who are pinned, and two ladders: written, and to come."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Sum

from tirage.changes.models import ChangeDraftLine
from tirage.core.actors import Actor
from tirage.core.models import Event
from tirage.customers.models import Customer, Group, Membership
from tirage.customers.operations import pin_customer, schedule_move
from tirage.demo.loader.context import Load
from tirage.demo.words import AUTUMN_2026, SPRING_2027
from tirage.offers.models import CustomAllowance, Offer, Release
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.tiers.criteria import save_criteria
from tirage.tiers.ladders import apply_ladder, earlier_releases, pieces_of, save_ladder
from tirage.tiers.models import Ladder
from tirage.tiers.placing import draft_tiering, misplaced
from tirage.tiers.planning import plan_ladder
from tirage.wishes.models import Wish

#: How many move up by what they spent.
RISING = 9
#: The tiering begins by itself so many days from the load.
BEGINS_IN = 24
#: Whom the winery keeps where they are, and why.
PINNED = ("Married into the family that farms the lower blocks", "Pours for us at the harvest dinner")


def tier_everybody(now: datetime, by: Actor) -> None:
    """Ridge, Slope and Field by what was bought of late; the move waits for its time."""
    ridge, slope, field = (Group.objects.get(name=name) for name in ("Ridge", "Slope", "Field"))
    facts: dict[str, Any] = {"keeps_members": False, "actor": by, "now": now}
    top = f"any(all({_in(ridge)},{_BOUGHT}),all({_in(slope)},spent(from:{_threshold(slope, now)},last:36months)))"
    middle = (
        f"any(all(any({_in(ridge)},{_in(slope)}),{_BOUGHT}),"
        f"all({_in(field)},spent(from:{_threshold(field, now)},last:36months)))"
    )
    save_criteria(group=ridge, criteria=top, **facts)
    save_criteria(group=slope, criteria=middle, **facts)
    save_criteria(group=field, criteria=f"any({_in(ridge)},{_in(slope)},{_in(field)})", **facts)
    should_move = misplaced(now, with_leaving=False)
    if len(should_move) <= len(PINNED):
        return
    for (customer, _, _), why in zip(should_move, PINNED, strict=False):
        pin_customer(customer=Customer.objects.get(pk=customer), why=why, actor=by, now=now)
    run = draft_tiering(actor=by, now=now)
    schedule_move(run=run, at=now + timedelta(days=BEGINS_IN), actor=by, now=now)


#: Who bought nothing for so long comes down.
_BOUGHT = "last_order(last:60months)"


def _in(group: Group) -> str:
    return f"group(group:{group.reference})"


def _threshold(group: Group, now: datetime) -> int:
    """Whole hundreds that some of the group's members spent in three years, and no more than a few."""
    since = now - timedelta(days=3 * 366)
    members = Membership.objects.filter(group=group).values("customer")
    standing = [OrderState.PLACED.value, OrderState.SHIPPED.value]
    spent = Order.objects.filter(customer__in=members, state__in=standing, placed_at__gte=since)
    sums = sorted(
        (minor or 0 for _, minor in spent.values_list("customer").annotate(minor=Sum("wine_minor"))),
        reverse=True,
    )
    last = sums[min(RISING, len(sums) - 1)] if sums else 0
    return (last // 10_000 + 1) * 100


def leave_ladder(now: datetime, by: Actor) -> None:
    """What Ridge took a year before makes what is theirs in the release to come; not written yet."""
    release = Release.objects.get(name=SPRING_2027.name)
    offer = release.offers.select_related("group").get(group__name="Ridge")
    wines = set(offer.items.values_list("sku__vintage__wine", flat=True))
    based_on = max(
        earlier_releases(offer),
        key=lambda one: (
            len(wines & set(one.offers.values_list("items__sku__vintage__wine", flat=True))),
            one.made_at,
        ),
    )
    save_ladder(
        offer=offer,
        values={
            "based_on": based_on.reference,
            "rise": 1,
            "least": 1,
            "most": 12,
            "newcomers": None,
            "counts_grants": True,
            "passed_wish_only": True,
            "guaranteed_until": None,
            "is_told": True,
        },
        actor=by,
        now=now,
    )


#: So long before the doors opened the ladder of the open release was written.
WRITTEN_BEFORE = timedelta(hours=19)


def climb_ladder(load: Load, by: Actor) -> None:
    """What Ridge took a year before is theirs in the release that is open, each customer reads why; written the day
    before it opened. Who has more already was left the group's limits by hand.
    """
    offer = Offer.objects.select_related("group").get(
        release__name=AUTUMN_2026.name, group__name="Ridge", is_active=True
    )
    at, before = offer.opens_at - WRITTEN_BEFORE, Event.objects.count()
    based_on = next(one for one in earlier_releases(offer) if one.name == "Autumn 2025")
    values: dict[str, Any] = {
        "based_on": based_on.reference,
        "rise": 0,
        "least": 1,
        "most": 0,
        "newcomers": None,
        "counts_grants": False,
        "passed_wish_only": False,
        "guaranteed_until": None,
        "is_told": True,
    }
    ladder = save_ladder(offer=offer, values=values, actor=by, now=at)
    _leave_as_they_are(ladder, at)
    apply_ladder(ladder=ladder, seen=plan_ladder(ladder, at).digest, actor=by, now=at)
    # Told with the rest of that day.
    load.told = list(Event.objects.order_by("pk")[before:])
    Event.objects.filter(pk__in=[event.pk for event in load.told]).delete()
    for event in load.told:
        event.pk = None


def _leave_as_they_are(ladder: Ladder, at: datetime) -> None:
    """Whoever bought, holds, is about to add or wished for more than the ladder would leave them keeps what the group
    may take."""
    items = {item.pk: item for item in ladder.offer.items.all()}
    got = pieces_of(ladder)
    wished = set(
        Wish.objects.filter(offer_item__in=items)
        .exclude(state="withdrawn")
        .values_list("customer", "offer_item")
    )
    drafted = set(ChangeDraftLine.objects.values_list("draft__order__customer", "sku"))
    CustomAllowance.objects.bulk_create(
        CustomAllowance(
            customer_id=row.customer_id,
            offer_item_id=row.item_id,
            purchase_minimum=items[row.item_id].purchase_minimum,
            purchase_maximum=items[row.item_id].purchase_maximum,
            wish_maximum=items[row.item_id].wish_maximum,
        )
        for row in plan_ladder(ladder, at).written
        if got.get((row.customer_id, items[row.item_id].sku_id), 0) > row.step.maximum
        or (row.customer_id, items[row.item_id].sku_id) in drafted
        or (row.customer_id, row.item_id) in wished
    )
