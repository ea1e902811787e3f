"""Orders en primeur that are about to be packed: as when one of them leaves, only what is settled and has come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tirage.core.errors import Conflict
from tirage.fulfilment.states import Hindrance
from tirage.futures.settlement_models import Settlement
from tirage.futures.settling.agreeing import refuse_unsettled
from tirage.futures.states import SettlementState
from tirage.offers.states import ReleaseKind
from tirage.orders.models import Order


def leave_unsettled(*, order_ids: Sequence[int], found: Any, **_: object) -> None:
    """Reaction to orders that are about to be packed. Two statements, and a few for each that is settled."""
    en_primeur = Order.objects.filter(pk__in=order_ids, release__kind=ReleaseKind.EN_PRIMEUR.value)
    ids = set(en_primeur.values_list("pk", flat=True))
    if not ids:
        return
    settled = Settlement.objects.filter(order_id__in=ids, state=SettlementState.SETTLED.value)
    released = set(settled.values_list("order_id", flat=True))
    found.add(ids - released, Hindrance.NOT_RELEASED)
    for order_id in sorted(released):
        try:
            refuse_unsettled(order_id=order_id)
        except Conflict:
            found.add([order_id], Hindrance.NOT_RELEASED)
