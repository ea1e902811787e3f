"""Which orders can be settled: those whose wine has all arrived and is nobody else's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, Sum

from tirage.futures.models import Commitment, Lot
from tirage.futures.settlement_models import Settlement
from tirage.futures.states import STANDING, Precedence
from tirage.orders.models import Order
from tirage.orders.states import OrderState


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order that isn't settled, with its pieces by lot."""

    order: Order
    pieces: dict[int, int]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Orders that can be settled now, in their turn; those that wait for more wine; pieces left of each lot."""

    covered: tuple[Waiting, ...]
    waiting: tuple[Waiting, ...]
    left: dict[int, int]


def settled_pieces(lot_ids: Collection[int]) -> dict[int, int]:
    """Pieces of lots that orders have which are being settled or were, by lot id; one statement."""
    spoken = Settlement.objects.filter(state__in=[state.value for state in STANDING]).values("order_id")
    rows = Commitment.objects.filter(
        Q(line__order__in=spoken) | Q(line__order__state=OrderState.SHIPPED.value), lot__in=list(lot_ids)
    )
    return {lot_id: int(pieces) for lot_id, pieces in rows.values_list("lot").annotate(sum=Sum("pieces"))}


def coverage(release_id: int, precedence: Precedence) -> Coverage:
    """What of a release's orders can be settled now; five statements, however many there are."""
    waiting = _waiting(release_id, precedence)
    lot_ids = {lot_id for one in waiting for lot_id in one.pieces}
    spoken = settled_pieces(lot_ids)
    arrived = dict(Lot.objects.filter(pk__in=lot_ids).values_list("pk", "arrived"))
    return cover(waiting, {lot_id: arrived[lot_id] - spoken.get(lot_id, 0) for lot_id in lot_ids})


def cover(waiting: Iterable[Waiting], free: dict[int, int]) -> Coverage:
    """Whole orders only, each in its turn: one that can't be covered lets the next ones have what is there."""
    left, covered, others = dict(free), [], []
    for one in waiting:
        if one.pieces and all(left.get(lot_id, 0) >= pieces for lot_id, pieces in one.pieces.items()):
            for lot_id, pieces in one.pieces.items():
                left[lot_id] -= pieces
            covered.append(one)
        else:
            others.append(one)
    return Coverage(tuple(covered), tuple(others), left)


def _waiting(release_id: int, precedence: Precedence) -> list[Waiting]:
    spoken = Settlement.objects.filter(state__in=[state.value for state in STANDING]).values("order_id")
    orders = (
        Order.objects.filter(release_id=release_id, state=OrderState.PLACED.value)
        .exclude(pk__in=spoken)
        .select_related("customer", "group")
        .order_by("placed_at", "pk")
    )
    pieces = _pieces([order.pk for order in orders])
    found = [Waiting(order, pieces[order.pk]) for order in orders if pieces.get(order.pk)]
    if precedence is Precedence.GROUP:
        found.sort(key=lambda one: one.order.group.rank if one.order.group else 10**6)
    return found


def _pieces(order_ids: Sequence[int]) -> dict[int, dict[int, int]]:
    rows = Commitment.objects.filter(line__order__in=list(order_ids)).values_list("line__order", "lot")
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for order_id, lot_id, pieces in rows.annotate(sum=Sum("pieces")).order_by("line__order", "lot"):
        if pieces:
            found[order_id][lot_id] = int(pieces)
    return found
