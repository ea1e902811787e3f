"""Wine that leaves an order for another one: its lines with what made them cheaper, off the one and on the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tirage.changes.operations.returning import Charges, key_of, line_off, parts_of
from tirage.core.errors import Conflict
from tirage.orders.models import Order
from tirage.orders.queries import order_lines
from tirage.orders.statements import NewCharge, NewLine
from tirage.orders.states import ChargeKind


@dataclass(frozen=True, slots=True)
class HandedOn:
    """``lines`` and ``charges`` as they leave; ``minor`` is what the order owes less by them."""

    lines: tuple[NewLine, ...]
    charges: tuple[NewCharge, ...]
    minor: int

    @property
    def lines_there(self) -> list[NewLine]:
        """The same on the order that gets them; of no offer, so that no allowance counts them."""
        return [replace(line, quantity=-line.quantity, offer_item_id=None) for line in self.lines]

    @property
    def charges_there(self) -> list[NewCharge]:
        return [replace(one, amount_minor=-one.amount_minor, pieces=-one.pieces) for one in self.charges]


def handed_on(order: Order, wanted: Mapping[int, int]) -> HandedOn:
    """What leaves ``order`` with so many pieces of skus, the first lines first; two statements.

    Raises Conflict ``not_enough`` where it has fewer, ``taxed`` where more than its wine was charged.
    """
    lines, charges = order_lines(order), Charges.of(order)
    if any(one.kind != ChargeKind.DISCOUNT for one in charges.entries):
        raise Conflict(
            "taxed", "More than its wine was charged on this order, so none of it can be given on."
        )
    missing, pieces = dict(wanted), {}
    for line in lines:
        part = min(missing.get(line.sku_id, 0), line.quantity)
        if part > 0:
            pieces[key_of(line)] = part
            missing[line.sku_id] -= part
    if any(missing.values()):
        raise Conflict("not_enough", "This order has fewer bottles of it than that.")
    parts, off = parts_of(order, lines, charges, pieces)
    return HandedOn(
        tuple(line_off(part) for part in parts),
        tuple(one for one in off if one.counts or one.pieces),
        sum(part.wine_minor + part.discount_minor for part in parts),
    )
