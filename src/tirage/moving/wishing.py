"""Wishes of a former system for a wine that is offered here now: asked for, as there, without anything charged.

A release whose wishes are charged once they are granted takes none: to that every customer agrees by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models.functions import Lower

from tirage.core.actors import Actor
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.customers.models import Membership
from tirage.moving.models import BroughtThing
from tirage.moving.states import ThingState
from tirage.moving.things import Brought
from tirage.offers.models import OfferItem
from tirage.offers.states import WishKind
from tirage.wishes.models import Wish
from tirage.wishes.operations import record_wish
from tirage.wishes.states import WishState

NOT_OFFERED = "It isn’t in an offer to a group of this customer that still runs or is to come."
CHARGED = (
    "Wishes of its release are charged once they are granted: the customer wishes, and agrees, by themselves."
)
_CHANGED = "This wish was changed or answered here since it came in. Answer it here."


class WishWriter:
    """Implements ``things.Writer``; ``made_id`` is the wish. ``data``: code, asked, made_at; behind the colon when it
    was written."""

    def write(self, thing: BroughtThing, one: Brought, actor: Actor, now: datetime) -> None:
        """Raises DomainError ``not_offered``, ``wished_already``, Conflict ``changed_since``."""
        wish = _unchanged(thing) if thing.state else None
        (found,) = find_items([(thing.customer_id, one.data["code"], one.data["asked"])], now)
        if isinstance(found, str):
            raise DomainError("not_offered", found)
        if wish is None and Wish.objects.filter(customer=thing.customer_id, offer_item=found).exists():
            raise DomainError("wished_already", "This customer has wished for it here.")
        wish = wish or Wish(customer=thing.customer, offer_item=found, made_at=now)
        wish.kind, wish.state, wish.asked = WishKind.REQUEST.value, WishState.OPEN.value, one.data["asked"]
        wish.price_minor = found.sku.price_minor if found.price_minor is None else found.price_minor
        if one.data["made_at"]:
            wish.made_at = datetime.fromisoformat(one.data["made_at"])
        wish.changed_at = now
        wish.save()
        name = EventName.WISH_CHANGED if thing.state else EventName.WISH_MADE
        # Nobody hears of it: whoever wished knows.
        record_wish(name, wish, f"brought the wish for {wish.asked} × {found.sku.code}", actor, now)
        thing.made_id, thing.state = wish.pk, ThingState.IN.value
        thing.data = {**one.data, ":changed_at": now.isoformat()}

    def take_out(self, thing: BroughtThing, actor: Actor, now: datetime) -> None:
        """Raises Conflict ``changed_since``."""
        wish = _unchanged(thing)
        record_wish(EventName.WISH_WITHDRAWN, wish, "took the wish that was brought back", actor, now)
        wish.delete()


def find_items(wanted: Sequence[tuple[int, str, int]], now: datetime) -> list[OfferItem | str]:
    """For customer, sku and pieces the item that they would be of, or why there is none; two statements."""
    items = (
        OfferItem.objects.annotate(key=Lower("sku__code"))
        .select_related("sku", "offer__release", "offer__group")
        .filter(key__in={code.lower() for _, code, _ in wanted}, offer__closes_at__gt=now)
        .exclude(offer__group__is_test=True)
        .order_by("offer__opens_at", "pk")
    )
    by_code: dict[str, list[OfferItem]] = {}
    for item in items:
        by_code.setdefault(item.sku.code.lower(), []).append(item)
    people = {customer for customer, _, _ in wanted}
    groups = set(Membership.objects.filter(customer__in=people).values_list("customer", "group"))
    return [
        _fitting([one for one in by_code.get(code.lower(), []) if (who, one.offer.group_id) in groups], asked)
        for who, code, asked in wanted
    ]


def _fitting(items: Sequence[OfferItem], asked: int) -> OfferItem | str:
    if not items:
        return NOT_OFFERED
    item = next((one for one in items if one.offer.release.wish_kind == WishKind.REQUEST), None)
    if item is None:
        return CHARGED
    if asked > item.wish_maximum:
        return f"{item.wish_maximum} can be wished for here, and it says {asked}."
    return item


def _unchanged(thing: BroughtThing) -> Wish:
    wish = lock_row(Wish.objects.filter(pk=thing.made_id or 0))
    stood = thing.data.get(":changed_at")
    if wish is None or wish.state != WishState.OPEN or wish.granted or wish.changed_at.isoformat() != stood:
        raise Conflict("changed_since", _CHANGED)
    return wish
