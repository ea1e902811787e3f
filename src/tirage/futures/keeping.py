"""Keeps commitments and plans in step with the ledger of orders, in the transaction of whatever changed it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import F, Sum

from tirage.core.errors import Conflict
from tirage.core.locks import lock_rows
from tirage.core.sql import fetch_one
from tirage.futures.models import Commitment, CutLine, Instalment, Lot
from tirage.futures.states import CutOutcome, CutState
from tirage.inventory.models import Stock
from tirage.offers.states import ReleaseKind
from tirage.orders.models import Order, OrderLine
from tirage.orders.states import OrderState

_KEPT = frozenset({OrderState.PLACED.value, OrderState.SHIPPED.value, OrderState.CANCELLED.value})


def keep_futures(*, order_id: int) -> None:
    """Reaction to an order whose ledger has moved, and which is locked: its new lines get their lots, and instalments
    never ask for more than it still owes.

    One statement for an order of any other release. Locks lots, and with a cut stock before them. Raises Conflict
    ``not_enough`` where the lots don't have the pieces, ``cut_moved_on``.
    """
    order = fetch_one(
        "SELECT o.state, o.later_minor, o.owed_minor - o.paid_minor AS balance, r.kind FROM orders_order o"
        " JOIN offers_release r ON r.id = o.release_id WHERE o.id = %s",
        [order_id],
    )
    if order is None or order["kind"] != ReleaseKind.EN_PRIMEUR or order["state"] not in _KEPT:
        return
    lines = list(
        OrderLine.objects.filter(order_id=order_id, commitments__isnull=True)
        .select_related("change")
        .order_by("pk")
    )
    if lines:
        _commit(order_id, lines)
    _keep_plan(order_id, order)


def _commit(order_id: int, lines: Sequence[OrderLine]) -> None:
    cuts = [line for line in lines if line.quantity < 0 and _cut_of(order_id, line)]
    skus = {line.sku_id for line in lines}
    if cuts:
        lock_rows(Stock.objects.filter(sku_id__in=skus))
    lots = {lot.pk: lot for lot in lock_rows(Lot.objects.filter(sku_id__in=skus))}
    has = _pieces_of(order_id)
    moved: dict[int, int] = defaultdict(int)
    rows = []
    for line in lines:
        for lot_id, pieces in _shared(line, list(lots.values()), has, moved):
            rows.append(Commitment(line=line, lot_id=lot_id, pieces=pieces))
            moved[lot_id] += pieces
            has[lot_id] += pieces
    Commitment.objects.bulk_create(rows)
    for lot_id, pieces in sorted(moved.items()):
        Lot.objects.filter(pk=lot_id).update(committed=F("committed") + pieces)
    for line in cuts:
        _lower(order_id, line)


def _pieces_of(order_id: int) -> dict[int, int]:
    rows = Commitment.objects.filter(line__order_id=order_id).values_list("lot_id")
    return defaultdict(int, {lot_id: int(pieces) for lot_id, pieces in rows.annotate(sum=Sum("pieces"))})


def _shared(
    line: OrderLine, lots: Sequence[Lot], has: dict[int, int], moved: dict[int, int]
) -> list[tuple[int, int]]:
    """Of which lots a line's pieces are: the first to be expected first; what goes back leaves the last first."""
    own = sorted(
        (lot for lot in lots if lot.sku_id == line.sku_id), key=lambda lot: (lot.window_from, lot.pk)
    )
    missing, found = abs(line.quantity), []
    for lot in own if line.quantity > 0 else reversed(own):
        most = lot.free - moved[lot.pk] if line.quantity > 0 else has[lot.pk]
        part = min(missing, max(most, 0))
        if part:
            found.append((lot.pk, part if line.quantity > 0 else -part))
            missing -= part
    if missing:
        raise Conflict("not_enough", "The winery won’t bottle enough of this wine.")
    return found


def _cut_of(order_id: int, line: OrderLine) -> CutLine | None:
    """The cut that took these pieces off: its reference ends the change's reason."""
    waiting = CutLine.objects.filter(
        order_id=order_id, cut__lot__sku_id=line.sku_id, cut__state=CutState.RUNNING.value
    )
    found = waiting.select_related("cut").first()
    is_ours = found is not None and line.change.reason.endswith(f"({found.cut.reference})")
    return found if is_ours else None


def _lower(order_id: int, line: OrderLine) -> None:
    """What a cut takes off nobody else can buy. Once: a second try finds its line done."""
    cut_line = _cut_of(order_id, line)
    assert cut_line is not None
    open_ones = CutLine.objects.filter(pk=cut_line.pk).exclude(outcome=CutOutcome.DONE.value)
    if not open_ones.update(outcome=CutOutcome.DONE.value, note=""):
        raise Conflict("cut_moved_on", "This order was cut already.")
    pieces = -line.quantity
    Stock.objects.filter(sku_id=line.sku_id).update(expected=F("expected") - pieces)
    lot = Lot.objects.get(pk=cut_line.cut.lot_id)
    expected = lot.expected - pieces
    Lot.objects.filter(pk=lot.pk).update(expected=expected, lowest=min(lot.lowest, expected))


def _keep_plan(order_id: int, order: dict[str, Any]) -> None:
    """Instalments to come shrink, the last first, to what the order still owes."""
    too_much = order["later_minor"] - max(int(order["balance"]), 0)
    if too_much <= 0:
        return
    to_come = Instalment.objects.filter(order_id=order_id, called_at__isnull=True, amount_minor__gt=0)
    for one in to_come.order_by("-number"):
        less = min(too_much, one.amount_minor)
        Instalment.objects.filter(pk=one.pk).update(amount_minor=F("amount_minor") - less)
        Order.objects.filter(pk=order_id).update(later_minor=F("later_minor") - less)
        too_much -= less
        if not too_much:
            return
