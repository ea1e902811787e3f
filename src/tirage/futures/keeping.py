"""Keeps commitments and plans in step with the ledger of orders, in the transaction of whatever changed it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import F, Sum

from tirage.core.errors import Conflict
from tirage.core.locks import lock_rows
from tirage.core.reactions import react
from tirage.core.sql import fetch_one
from tirage.futures.cutting.rules import still_to_lose
from tirage.futures.cutting.supply import live_cuts, lower
from tirage.futures.models import Commitment, CutLine, FormatChange, Instalment, Lot, Transfer
from tirage.futures.portfolios import trim_portfolios
from tirage.futures.settlement_models import Settlement
from tirage.futures.states import STANDING, CutOutcome
from tirage.inventory.models import Stock
from tirage.offers.states import ReleaseKind
from tirage.orders.models import Order, OrderLine
from tirage.orders.states import ChangeKind, OrderState

#: How the reason of a change of format begins (``formats.changing``).
ANOTHER_FORMAT = "Another format ("
_KEPT = frozenset({OrderState.PLACED.value, OrderState.SHIPPED.value, OrderState.CANCELLED.value})


def keep_futures(*, order_id: int) -> None:
    """Reaction to an order whose ledger has moved, and which is locked: its new lines get their lots, and instalments
    never ask for more than it still owes.

    One statement for an order of any other release. Locks lots, and where bottles leave stock before them. Raises
    Conflict ``not_enough`` where the lots don't have the pieces; for what a cut takes off ``cut_moved_on`` and
    ``settled_meanwhile``.
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
    """Stock before lots where bottles leave: what leaves a lot that is cut can't be bought again."""
    skus = {line.sku_id for line in lines}
    leaving = {line.sku_id for line in lines if line.quantity < 0}
    if leaving:
        lock_rows(Stock.objects.filter(sku_id__in=leaving))
    lots = {lot.pk: lot for lot in lock_rows(Lot.objects.filter(sku_id__in=skus))}
    cut_line = _cut_of(order_id, lines) if leaving else None
    has = _pieces_of(order_id)
    if cut_line:
        _refuse_moved_on(cut_line, lines, has)
    moved: dict[int, int] = defaultdict(int)
    rows = []
    for line in lines:
        for lot_id, pieces in _shared(line, _in_turn(lots.values(), line, cut_line), has, moved):
            rows.append(Commitment(line=line, lot_id=lot_id, pieces=pieces))
            moved[lot_id] += pieces
            has[lot_id] += pieces
    Commitment.objects.bulk_create(rows)
    for lot_id, pieces in sorted(moved.items()):
        Lot.objects.filter(pk=lot_id).update(committed=F("committed") + pieces)
    if cut_line:
        _note_cut(cut_line, lines)
    if leaving:
        trim_portfolios(order_id, {lot_id: has[lot_id] for lot_id, pieces in moved.items() if pieces < 0})
        for lot_id, cut in sorted(
            live_cuts([lot_id for lot_id, pieces in moved.items() if pieces < 0]).items()
        ):
            lower(lot_id, cut.pieces)


def _pieces_of(order_id: int) -> dict[int, int]:
    rows = Commitment.objects.filter(line__order_id=order_id).values_list("lot_id")
    return defaultdict(int, {lot_id: int(pieces) for lot_id, pieces in rows.annotate(sum=Sum("pieces"))})


def _in_turn(lots: Iterable[Lot], line: OrderLine, cut_line: CutLine | None) -> list[Lot]:
    """The lots of a line's wine, the first to be filled first; what goes back leaves a cut's own, then the last."""
    own = sorted(
        (lot for lot in lots if lot.sku_id == line.sku_id), key=lambda lot: (lot.window_from, lot.pk)
    )
    if line.change.kind == ChangeKind.TRANSFER:
        return [lot for lot in own if lot.pk == _given_lot(line)]
    if line.change.reason.startswith(ANOTHER_FORMAT):
        return [lot for lot in own if lot.pk == _changed_lot(line)]
    if line.quantity > 0:
        return own
    cut_lot = cut_line.cut.lot_id if cut_line else 0
    own.reverse()
    return sorted(own, key=lambda lot: lot.pk != cut_lot)


def _given_lot(line: OrderLine) -> int | None:
    """Whoever gives wine away names its lot: the transfer's reference ends the change's reason."""
    return Transfer.objects.filter(reference=_named(line)).values_list("lot_id", flat=True).first()


def _changed_lot(line: OrderLine) -> int | None:
    """Whoever chooses another format has it of the same wine: its reference ends the change's reason, too."""
    lots = FormatChange.objects.filter(reference=_named(line)).values_list("source_id", "target_id").first()
    return None if lots is None else lots[line.quantity > 0]


def _named(line: OrderLine) -> str:
    return line.change.reason.rpartition("(")[2].removesuffix(")")


def _shared(
    line: OrderLine, lots: Sequence[Lot], has: dict[int, int], moved: dict[int, int]
) -> list[tuple[int, int]]:
    """Of which lots a line's pieces are, each as far as it goes."""
    missing, found = abs(line.quantity), []
    for lot in lots:
        most = lot.free - moved[lot.pk] if line.quantity > 0 else has[lot.pk]
        part = min(missing, max(most, 0))
        if part:
            found.append((lot.pk, part if line.quantity > 0 else -part))
            missing -= part
    if missing:
        raise Conflict("not_enough", "The winery won’t bottle enough of this wine.")
    return found


def _cut_of(order_id: int, lines: Sequence[OrderLine]) -> CutLine | None:
    """What a cut takes off the order by these lines, if it does: its reference ends the change's reason."""
    found = CutLine.objects.filter(order_id=order_id).select_related("cut__lot", "order")
    reasons = {line.change.reason for line in lines if line.quantity < 0}
    for one in found:
        if any(reason.endswith(f"({one.cut.reference})") for reason in reasons):
            return one
    return None


def _refuse_moved_on(cut_line: CutLine, lines: Sequence[OrderLine], has: Mapping[int, int]) -> None:
    """Once, and not more than the order still has to lose. The lots are locked; ``has`` is before these lines."""
    cut = cut_line.cut
    off = -sum(line.quantity for line in lines if line.sku_id == cut.lot.sku_id)
    is_open = CutLine.objects.filter(pk=cut_line.pk, change__isnull=True).exists()
    if not is_open or off != still_to_lose(cut_line, has[cut.lot_id]):
        raise Conflict("cut_moved_on", "This order was changed or cut meanwhile.")
    standing = [state.value for state in STANDING]
    if Settlement.objects.filter(order=cut_line.order_id, state__in=standing).exists():
        raise Conflict("settled_meanwhile", "The customer was asked where this wine goes: it is theirs.")


def _note_cut(cut_line: CutLine, lines: Sequence[OrderLine]) -> None:
    """In the transaction that takes the pieces off: whoever dies, it is done with its note or not at all."""
    outcome = CutOutcome.SWAPPED if any(line.quantity > 0 for line in lines) else CutOutcome.DONE
    change = next(line.change for line in lines if line.quantity < 0)
    here = CutLine.objects.filter(pk=cut_line.pk, change__isnull=True)
    here.update(outcome=outcome.value, change=change, note="")
    if outcome is CutOutcome.DONE and cut_line.order.state == OrderState.PLACED:
        # Of a whole order that is cancelled, and of another wine that was taken instead, other mails tell.
        react("cut.done", line_id=cut_line.pk, customer_id=cut_line.order.customer_id, now=change.at)


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
