"""Finding a wine to add to an order, with the price that it would have there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from tirage.backoffice.frame.cells import number_cell
from tirage.catalog.models import Sku
from tirage.changes.facts import own_offer
from tirage.changes.models import ChangeDraft
from tirage.changes.operations.pieces import prices_today
from tirage.changes.rules import ChangeQuote
from tirage.core.money import Money
from tirage.inventory.queries import NO_STOCK, stock_figures

MOST = 8
MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class FoundWine:
    """``price`` is what more of it costs by itself; ``today`` is set where that is another one.

    ``note`` says how many there are to be had.
    """

    sku_id: int
    name: str
    about: str
    price: Money
    today: Money | None
    note: str


def offered_wines(quote: ChangeQuote) -> list[FoundWine]:
    """What the customer may have besides the wines on the order, which have their steppers. Reads nothing."""
    listed = {line.sku_id for line in quote.lines}
    return [
        FoundWine(
            wine.sku_id, wine.name, wine.format_name, wine.price, None, f"up to {wine.most} by the allocation"
        )
        for wine in quote.addable
        if wine.most and wine.sku_id not in listed
    ][:MOST]


def all_offered(quote: ChangeQuote) -> list[FoundWine]:
    """All of an offer that a new order begins from, what the customer can't have by it included. Reads nothing."""
    listed = {line.sku_id for line in quote.lines}
    return [
        FoundWine(
            wine.sku_id,
            wine.name,
            wine.format_name,
            wine.price,
            None,
            f"up to {wine.most} by the allocation"
            if wine.most
            else "no more by the allocation, or none free",
        )
        for wine in quote.addable
        if wine.sku_id not in listed
    ]


def found_wines(text: str, draft: ChangeDraft, quote: ChangeQuote, now: datetime) -> list[FoundWine]:
    """Wines that are sold, with every word of ``text`` in name or code."""
    skus = _matching(text.split()[:MOST_WORDS])
    if not skus:
        return []
    ids = [sku.pk for sku in skus]
    today, figures = _today(draft, ids, now), stock_figures(ids, now)
    ordered = {line.sku_id: line.unit_price for line in reversed(quote.lines)}
    found = []
    for sku in skus:
        price = Money(today[sku.pk], quote.difference.currency)
        on_order = ordered.get(sku.pk)
        free = figures.get(sku.pk, NO_STOCK).available
        found.append(
            FoundWine(
                sku.pk,
                sku.name,
                f"{sku.format_name}, {sku.code}",
                on_order or price,
                price if on_order and on_order != price else None,
                f"{number_cell(free)} free" if free > 0 else "none free",
            )
        )
    return found


def _matching(words: Iterable[str]) -> list[Sku]:
    rows = Sku.objects.filter(is_active=True)
    for word in words:
        rows = rows.filter(Q(name__icontains=word) | Q(code__icontains=word))
    return list(rows.order_by("name", "millilitres", "units", "id")[:MOST])


def _today(draft: ChangeDraft, sku_ids: Sequence[int], now: datetime) -> dict[int, int]:
    page = own_offer(draft, now)
    return prices_today(sku_ids, {item.sku_id: item for item in page.items} if page else {})
