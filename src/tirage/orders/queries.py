"""Reading an order's ledger."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Sum

from tirage.core.money import Money
from tirage.orders.models import Order, OrderLine


@dataclass(frozen=True, slots=True)
class LineView:
    """What an order has now of one sku at one price."""

    sku_id: int
    code: str
    name: str
    format_name: str
    label_digest: str
    quantity: int
    unit_price: Money
    amount: Money


@dataclass(frozen=True, slots=True)
class ChargeView:
    kind: str
    description: str
    amount: Money


def order_lines(order: Order) -> list[LineView]:
    """The order's wines now, oldest entry first; one statement."""
    entries = order.lines.select_related("sku__vintage__label").defer("sku__vintage__label__data").order_by("id")
    first: dict[tuple[int, int], OrderLine] = {}
    pieces: dict[tuple[int, int], int] = {}
    for entry in entries:
        key = (entry.sku_id, entry.unit_price_minor)
        first.setdefault(key, entry)
        pieces[key] = pieces.get(key, 0) + entry.quantity
    return [_line(first[key], quantity, order.currency) for key, quantity in pieces.items() if quantity]


def _line(entry: OrderLine, quantity: int, currency: str) -> LineView:
    label = entry.sku.vintage.label
    price = Money(entry.unit_price_minor, currency)
    return LineView(
        sku_id=entry.sku_id,
        code=entry.sku.code,
        name=entry.sku.name,
        format_name=entry.sku.format_name,
        label_digest=label.digest if label else "",
        quantity=quantity,
        unit_price=price,
        amount=price * quantity,
    )


def order_charges(order: Order) -> list[ChargeView]:
    """Shipping, tax, discount and the like as they stand now; one statement."""
    rows = order.charges.values("kind", "description").annotate(amount=Sum("amount_minor")).order_by("kind")
    return [
        ChargeView(row["kind"], row["description"], Money(row["amount"], order.currency))
        for row in rows
        if row["amount"]
    ]


def stock_promised(order_id: int) -> dict[int, int]:
    """Pieces that the order promises now, by stock id."""
    rows = (
        OrderLine.objects.filter(order_id=order_id)
        .values_list("sku__stock__id")
        .annotate(pieces=Sum("quantity"))
        .order_by("sku__stock__id")
    )
    return {stock_id: pieces for stock_id, pieces in rows if pieces}
