"""Acts on what an offer holds and on what single customers may take of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from tirage.catalog.models import Sku
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.bounds import MOST_MINOR
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.hands import UNSEEN, Clash, Overtaken, is_same, say_changed, settle, write_changed
from tirage.core.uses import count_uses
from tirage.customers.models import Customer
from tirage.offers.models import CustomAllowance, Offer, OfferItem
from tirage.offers.operations.releases import locked_offer
from tirage.offers.rules import MOST_BOTTLES

FIELDS = (
    "position",
    "purchase_minimum",
    "purchase_maximum",
    "wish_maximum",
    "default_quantity",
    "multiple",
    "price_minor",
)


@dataclass(frozen=True, slots=True)
class ItemValues:
    """One item of an offer, quantities in pieces; ``price_minor`` None is the sku's list price, ``position`` None
    is after the others.
    """

    sku_id: int
    purchase_minimum: int = 0
    purchase_maximum: int = 0
    wish_maximum: int = 0
    default_quantity: int = 0
    multiple: int = 1
    price_minor: int | None = None
    position: int | None = None

    def problems(self) -> dict[str, str]:
        """Each field that can't be, in words; empty when all can."""
        found = {
            name: f"A whole number from 0 to {MOST_BOTTLES:,}."
            for name in ("purchase_minimum", "purchase_maximum", "wish_maximum", "default_quantity")
            if not 0 <= getattr(self, name) <= MOST_BOTTLES
        }
        if not 1 <= self.multiple <= MOST_BOTTLES:
            found["multiple"] = "1 when it is sold singly, 3 or 6 when in threes or sixes."
        if found:
            return found
        found |= self._limit_problems()
        if self.price_minor is not None and not 0 <= self.price_minor <= MOST_MINOR:
            found["price"] = "A price is nought or more, and not that large; empty for the list price."
        return found

    def _limit_problems(self) -> dict[str, str]:
        if self.purchase_maximum < self.purchase_minimum:
            return {"purchase_maximum": f"The maximum is below the minimum of {self.purchase_minimum}."}
        if self.default_quantity > self.purchase_maximum:
            return {"default_quantity": f"The default is above the maximum of {self.purchase_maximum}."}
        odd = [
            name
            for name in ("purchase_minimum", "purchase_maximum", "default_quantity")
            if getattr(self, name) % self.multiple
        ]
        return dict.fromkeys(odd, f"Sold in {self.multiple}s, so write a multiple of {self.multiple}.")


def save_items(
    *,
    offer: Offer,
    items: Sequence[ItemValues],
    removed_sku_ids: Collection[int] = (),
    shown: Mapping[int, Mapping[str, Any]] | None = None,
    actor: Actor,
    now: datetime,
) -> list[OfferItem]:
    """Adds or changes the offer's items of the named skus and removes those of ``removed_sku_ids``, all or none;
    other items stay.

    ``shown``: what a page showed of items, by sku; of these only what differs from it is changed, one that somebody
    else removed stays removed where nothing of it was changed, and one that somebody else changed isn't removed.

    Locks the offer. Raises DomainError ``items_invalid`` with fields ``<index>.<field>``, ``item_in_use`` for one to
    remove that a customer has in a cart, an order or a wish; Overtaken with names ``<index>.<field>``, of which
    ``<index>.sku`` is one that somebody removed, or ``remove-<sku>.<field>``. Records ``offer.items_saved`` with what
    changed.
    """
    with transaction.atomic():
        locked = locked_offer(offer)
        present = {item.sku_id: item for item in locked.items.select_related("sku")}
        settled, stay_away = settle_items(items, removed_sku_ids, shown or {}, present)
        problems = _item_problems(settled)
        if problems:
            raise DomainError("items_invalid", "Some items need another look.", problems)
        removed = [present.pop(sku_id) for sku_id in removed_sku_ids if sku_id in present]
        for item in removed:
            _remove_unwanted(item)
        last = max((item.position for item in present.values()), default=-1)
        skus = Sku.objects.in_bulk([values.sku_id for values in settled if values.sku_id not in present])
        saved: list[OfferItem] = []
        added: list[OfferItem] = []
        changed: list[tuple[OfferItem, list[str]]] = []
        for index, values in enumerate(settled):
            if index in stay_away:
                continue
            if values.sku_id in present:
                item = present[values.sku_id]
            else:
                item = OfferItem(offer=locked, sku=skus[values.sku_id], position=last + 1)
                added.append(item)
            written = {name: getattr(values, name) for name in FIELDS}
            if values.position is None:
                del written["position"]
            last = max(last, values.position if values.position is not None else item.position)
            names = write_changed(item, written)
            if names and item not in added:
                changed.append((item, names))
            saved.append(item)
        if text := _say_saved(added, changed, removed):
            _record_items(locked, text, actor, now)
    return saved


def settle_items(
    items: Sequence[ItemValues],
    removed_sku_ids: Collection[int],
    shown: Mapping[int, Mapping[str, Any]],
    present: Mapping[int, OfferItem],
) -> tuple[list[ItemValues], set[int]]:
    """The items with what others changed meanwhile, and the places of those that somebody else removed and nobody
    wants back. Raises Overtaken (see ``save_items``).
    """
    settled: list[ItemValues] = []
    stay_away: set[int] = set()
    clashes: dict[str, Clash] = {}
    stands: dict[str, Any] = {}
    for index, values in enumerate(items):
        typed = {name: getattr(values, name) for name in FIELDS}
        if values.position is None:
            del typed["position"]
        item, seen = present.get(values.sku_id), shown.get(values.sku_id)
        if item is None or seen is None:
            settled.append(values)
            if seen is not None and all(is_same(seen.get(name), typed[name]) for name in typed):
                stay_away.add(index)
            elif seen is not None:
                clashes[f"{index}.sku"] = Clash(UNSEEN, None, None)
            continue
        own = {name: getattr(item, name) for name in FIELDS}
        stands |= {f"{index}.{name}": value for name, value in own.items()}
        try:
            settled.append(replace(values, **settle(typed, shown=seen, stands=own)))
        except Overtaken as refused:
            clashes |= {f"{index}.{name}": clash for name, clash in refused.clashes.items()}
    for sku_id in removed_sku_ids:
        item, before = present.get(sku_id), shown.get(sku_id, {})
        for name in FIELDS if item else ():
            if name in before and before[name] != getattr(item, name):
                clashes[f"remove-{sku_id}.{name}"] = Clash(before[name], getattr(item, name), None)
            stands[f"remove-{sku_id}.{name}"] = getattr(item, name)
    if clashes:
        raise Overtaken(clashes, stands)
    return settled, stay_away


def _say_saved(
    added: list[OfferItem], changed: list[tuple[OfferItem, list[str]]], removed: list[OfferItem]
) -> str:
    """``added X; changed Y: maximum, price; removed Z``; empty when nothing changed."""
    said = []
    if added:
        said.append("added " + ", ".join(str(item.sku) for item in added))
    said += [f"changed {item.sku}: {say_changed(names, _SAID)}" for item, names in changed]
    if removed:
        said.append("removed " + ", ".join(str(item.sku) for item in removed))
    return "; ".join(said)


_SAID = {
    "purchase_minimum": "minimum",
    "purchase_maximum": "maximum",
    "default_quantity": "default",
    "multiple": "sold in",
    "position": "place",
}


def remove_item(*, item: OfferItem, actor: Actor, now: datetime) -> None:
    """Takes a sku out of the offer, unless a customer has it in a cart, an order or a wish.

    Locks the offer. Raises DomainError ``item_in_use``. Records ``offer.items_saved``.
    """
    with transaction.atomic():
        locked = locked_offer(item.offer)
        name = str(item.sku)
        _remove_unwanted(item)
        _record_items(locked, f"removed {name}", actor, now)


def _remove_unwanted(item: OfferItem) -> None:
    if _is_wanted(item):
        raise DomainError(
            "item_in_use",
            f"{item.sku} is in carts, orders or wishes of this offer. Set its maximum to 0 instead: then nobody can "
            "take more of it.",
        )
    item.delete()


def copy_items(*, offer: Offer, targets: Iterable[Offer], actor: Actor, now: datetime) -> int:
    """Gives other offers the items of ``offer`` with all their limits; how many offers were written.

    Items that a target has already take the values of ``offer``; items that only the target has stay.
    Records ``offer.items_saved`` on each target.
    """
    items = [
        ItemValues(sku_id=item.sku_id, **{name: getattr(item, name) for name in FIELDS})
        for item in offer.items.all()
    ]
    if not items:
        raise DomainError("no_items", "This offer has no items to copy yet.")
    others = sorted((target for target in targets if target.pk != offer.pk), key=lambda target: target.pk)
    with transaction.atomic():
        for target in others:
            save_items(offer=target, items=items, actor=actor, now=now)
    return len(others)


def save_custom_allowance(
    *,
    item: OfferItem,
    customer: Customer,
    purchase_minimum: int = 0,
    purchase_maximum: int = 0,
    wish_maximum: int = 0,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> CustomAllowance:
    """Gives one customer limits of their own for an item, in pieces; they replace the group's.

    ``shown``: the customer's own limits that the page showed, each None for those of the group. Locks the offer.
    Raises DomainError ``allowance_invalid``, Overtaken where somebody else gave other ones meanwhile. Records
    ``allowance.saved``.
    """
    values = ItemValues(item.sku_id, purchase_minimum, purchase_maximum, wish_maximum, multiple=item.multiple)
    problems = values.problems()
    if problems:
        raise DomainError("allowance_invalid", "This allowance can't be saved like this.", problems)
    with transaction.atomic():
        locked_offer(item.offer)
        present = CustomAllowance.objects.filter(offer_item=item, customer=customer).first()
        _refuse_overtaken(
            shown,
            present,
            {
                "purchase_minimum": purchase_minimum,
                "purchase_maximum": purchase_maximum,
                "wish_maximum": wish_maximum,
            },
        )
        allowance, _ = CustomAllowance.objects.update_or_create(
            offer_item=item,
            customer=customer,
            defaults={
                "purchase_minimum": purchase_minimum,
                "purchase_maximum": purchase_maximum,
                "wish_maximum": wish_maximum,
                # Other limits than those that it tells of.
                "told": "",
            },
        )
        text = f"may take {purchase_minimum} to {purchase_maximum} of {item.sku} and wish for {wish_maximum}"
        _record_allowance(item, customer, text, actor, now)
    return allowance


LIMITS = ("purchase_minimum", "purchase_maximum", "wish_maximum")


def limits_of(allowance: CustomAllowance | None) -> dict[str, Any]:
    """A customer's own limits as pages carry them; each None for those of the group."""
    return {name: getattr(allowance, name) if allowance else None for name in LIMITS}


def _refuse_overtaken(
    shown: Mapping[str, Any] | None, present: CustomAllowance | None, typed: Mapping[str, Any]
) -> None:
    """Raises Overtaken: the form begins empty, so whatever is typed is meant."""
    stands = limits_of(present)
    clashes = {
        name: Clash(shown[name], stands[name], typed[name])
        for name in LIMITS
        if shown is not None and shown[name] != stands[name] and stands[name] != typed[name]
    }
    if clashes:
        raise Overtaken(clashes, stands)


def remove_custom_allowance(
    *, allowance: CustomAllowance, shown: Mapping[str, Any] | None = None, actor: Actor, now: datetime
) -> None:
    """The group's limits hold for the customer again.

    ``shown``: the limits that the page showed. Locks the offer. Raises Overtaken where they are others by now. Records
    ``allowance.saved``.
    """
    with transaction.atomic():
        item, customer = allowance.offer_item, allowance.customer
        locked_offer(item.offer)
        present = CustomAllowance.objects.filter(pk=allowance.pk).first()
        if present is None:
            return
        _refuse_overtaken(shown, present, limits_of(None))
        present.delete()
        _record_allowance(
            item, customer, f"gave {customer.name} the group's limits for {item.sku} again", actor, now
        )


def _item_problems(items: Sequence[ItemValues]) -> dict[str, str]:
    problems = {}
    seen: set[int] = set()
    known = set(Sku.objects.filter(pk__in=[item.sku_id for item in items]).values_list("pk", flat=True))
    for index, item in enumerate(items):
        for name, message in item.problems().items():
            problems[f"{index}.{name}"] = message
        if item.sku_id in seen:
            problems[f"{index}.sku"] = "This sku is here twice."
        elif item.sku_id not in known:
            problems[f"{index}.sku"] = "Choose a sku."
        seen.add(item.sku_id)
    return problems


def _is_wanted(item: OfferItem) -> bool:
    """Whether rows of higher rooms (cart lines, order lines, wishes) point at the item."""
    return bool(count_uses(item, ignoring=(CustomAllowance,)))


def _record_items(offer: Offer, text: str, actor: Actor, now: datetime) -> None:
    record_event(
        EventName.OFFER_ITEMS_SAVED,
        "offer",
        offer.pk,
        text=f"{text} in the offer to {offer.group.name}",
        actor=actor,
        now=now,
    )


def _record_allowance(item: OfferItem, customer: Customer, text: str, actor: Actor, now: datetime) -> None:
    record_event(
        EventName.ALLOWANCE_SAVED,
        "offer",
        item.offer_id,
        text=text,
        customer_id=customer.pk,
        actor=actor,
        now=now,
    )
