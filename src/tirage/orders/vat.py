"""What a receipt says of VAT and excise: what is in the price by rate, who accounts for it, and by which numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tirage.core.money import Money
from tirage.core.winery import local_time
from tirage.delivery.rules import Terms
from tirage.orders.models import Order
from tirage.orders.queries import LineView, TaxView
from tirage.taxes.duties.queries import excise_in
from tirage.taxes.protocol import TaxKind
from tirage.taxes.words import tax_facts


def vat_rows(
    order: Order, lines: Sequence[LineView], taxes: Sequence[TaxView], say: Callable[[Money], str]
) -> list[tuple[str, str]]:
    """What stands under the total, a name and words each; nothing, and no statement, where there is no VAT.

    Amounts by what the order keeps, excise by the table of the day on which it was placed: two statements more.
    """
    if not any(tax.kind == TaxKind.VAT for tax in taxes) or not order.terms:
        return []
    rule = Terms.from_json(order.terms).tax
    rows = [
        (f"{tax.name}, included", say(tax.included))
        for tax in taxes
        if tax.kind == TaxKind.VAT and tax.included.minor > 0
    ]
    if rule.included and not rule.relief:
        rows += [(f"{name}, included", say(amount)) for name, amount in _excise(order, lines)]
    return rows + tax_facts(rule)


def _excise(order: Order, lines: Sequence[LineView]) -> list[tuple[str, Money]]:
    """Of where it goes; what is handed over at the winery is of the winery's own country."""
    day = local_time(order.placed_at or order.made_at).date()
    pieces: dict[int, int] = {}
    for line in lines:
        pieces[line.sku_id] = pieces.get(line.sku_id, 0) + line.quantity
    found = excise_in((order.country, order.ship_state), day, pieces) if order.country else []
    return [(name, Money(minor, order.currency)) for name, minor in found if minor]
