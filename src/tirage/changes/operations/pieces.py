"""The wines of a draft: from what somebody wants the order to have to differences at a price."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Min, QuerySet, Sum

from tirage.catalog.models import Sku
from tirage.changes.models import ChangeDraft, ChangeDraftLine
from tirage.changes.rules import AddWine, line_key
from tirage.checkout.rules import ItemView
from tirage.core.errors import DomainError
from tirage.orders.models import OrderLine

#: More than a pallet of one wine is a slip of the finger.
MOST_PIECES = 9_999


@dataclass(frozen=True, slots=True)
class Wine:
    """A wine at a price."""

    sku_id: int
    unit_price_minor: int


#: Pieces to add or take off by wine and price.
Differences = dict[Wine, int]


def present_of(order_id: int) -> Differences:
    """What the order has now, in the order in which it came."""
    rows = (
        OrderLine.objects.filter(order_id=order_id)
        .values("sku_id", "unit_price_minor")
        .annotate(pieces=Sum("quantity"), first=Min("id"))
        .order_by("first")
    )
    return {Wine(row["sku_id"], row["unit_price_minor"]): row["pieces"] for row in rows if row["pieces"]}


def differences_of(draft: ChangeDraft) -> Differences:
    return {
        Wine(sku_id, price): pieces
        for sku_id, price, pieces in draft.lines.order_by("id").values_list(
            "sku_id", "unit_price_minor", "quantity"
        )
    }


def set_pieces(present: Differences, wanted: Differences, pieces: Mapping[str, int]) -> Differences:
    """The draft's differences ``wanted`` with lines (by ``line_key``) set to so many pieces.

    ``present`` is what the order has. Raises DomainError ``not_found`` for lines that are on neither,
    ``pieces_invalid``.
    """
    wanted = dict(wanted)
    keys = {line_key(wine.sku_id, wine.unit_price_minor): wine for wine in [*present, *wanted]}
    for key, count in pieces.items():
        if not 0 <= count <= MOST_PIECES:
            raise DomainError(
                "pieces_invalid", "Write a number, nought or more.", {f"pieces-{key}": "Nought or more."}
            )
        if key not in keys:
            if count:
                raise DomainError("not_found", "This wine is not on the order any more. Look at it again.")
            continue
        wanted[keys[key]] = count - present.get(keys[key], 0)
    return wanted


def add_wines(
    present: Differences, wanted: Differences, wines: Sequence[AddWine], offered: Mapping[int, ItemView]
) -> Differences:
    """``wanted`` with more of some wines: at the order's price where they are on it, else (or by choice) at today's."""
    if not wines:
        return wanted
    today = prices_today({wine.sku_id for wine in wines}, offered)
    for added in wines:
        if not 1 <= added.pieces <= MOST_PIECES:
            raise DomainError(
                "pieces_invalid", "Write how many to add.", {f"add-{added.sku_id}": "One or more."}
            )
        if added.sku_id not in today:
            raise DomainError(
                "not_found", "There is no such wine any more.", {f"add-{added.sku_id}": "Gone."}
            )
        prices = (
            [] if added.at_today else [wine for wine in [*present, *wanted] if wine.sku_id == added.sku_id]
        )
        wine = prices[0] if prices else Wine(added.sku_id, today[added.sku_id])
        wanted = {**wanted, wine: wanted.get(wine, 0) + added.pieces}
    return wanted


def prices_today(sku_ids: Collection[int], offered: Mapping[int, ItemView]) -> dict[int, int]:
    """Today's price of the customer's own offer, else of the list, by sku id; without wines that are sold no more."""
    prices = {sku_id: offered[sku_id].price.minor for sku_id in sku_ids if sku_id in offered}
    others = [sku_id for sku_id in sku_ids if sku_id not in prices]
    rows = Sku.objects.filter(pk__in=others, is_active=True).values_list("pk", "price_minor")
    return prices | (dict(rows) if others else {})


def write_pieces(
    draft: ChangeDraft, old: Differences, wanted: Differences, offered: Mapping[int, ItemView]
) -> None:
    """Makes the lines of the locked draft, which are the differences ``old``, these differences."""
    for wine in old:
        if not wanted.get(wine):
            _line_of(draft, wine).delete()
    items = {sku_id: item.offer_item_id for sku_id, item in offered.items()}
    new = []
    for wine, pieces in wanted.items():
        if not pieces or pieces == old.get(wine):
            continue
        item_id = items.get(wine.sku_id)
        if wine in old:
            _line_of(draft, wine).update(quantity=pieces, offer_item_id=item_id)
            continue
        line = ChangeDraftLine(draft=draft, sku_id=wine.sku_id, unit_price_minor=wine.unit_price_minor)
        line.quantity, line.offer_item_id = pieces, item_id
        new.append(line)
    ChangeDraftLine.objects.bulk_create(new)


def _line_of(draft: ChangeDraft, wine: Wine) -> QuerySet[ChangeDraftLine]:
    return draft.lines.filter(sku_id=wine.sku_id, unit_price_minor=wine.unit_price_minor)
