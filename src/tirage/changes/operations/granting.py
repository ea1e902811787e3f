"""Bottles that the winery grants beyond an allowance, as a change of the order that the customer has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from tirage.changes.models import ChangeDraft
from tirage.changes.operations.drafting import begin_draft, fill_draft
from tirage.changes.operations.pieces import Differences
from tirage.changes.operations.steps import lock_allowance
from tirage.changes.rules import AddWine, StaffCharge
from tirage.core.actors import Actor
from tirage.inventory.queries import stock_figures
from tirage.inventory.statements import lock_counters_by_sku
from tirage.orders.states import ChargeKind

#: Why allowance, closed offer and checkout rules don't count.
GRANTED = "A granted wish"


@dataclass(frozen=True, slots=True)
class Granting:
    """Pieces of a sku to grant, in whole steps, what is to stay in the cellar, and the most that a piece may cost."""

    pieces: int
    step: int = 1
    reserve: int = 0
    most_minor: int | None = None


def free_beyond(wanted: Mapping[int, Granting], now: datetime) -> dict[int, int]:
    """What can be granted now of each sku: as much of it as is free beyond the reserve, in whole steps.

    Locks the stock, so that it stays true to the end of the caller's transaction.
    """
    lock_counters_by_sku(wanted)
    figures = stock_figures(list(wanted), now)
    found = {}
    for sku_id, one in wanted.items():
        free = figures[sku_id].available - one.reserve if sku_id in figures else 0
        most = max(min(one.pieces, free), 0)
        found[sku_id] = most - most % one.step
    return found


def draft_grant(
    *,
    order_reference: str,
    wanted: Mapping[int, Granting],
    reason: str,
    kept_until: datetime,
    actor: Actor,
    now: datetime,
) -> tuple[ChangeDraft | None, dict[int, int]]:
    """A draft of the program's own that adds what can be granted of ``wanted`` (by sku), its bottles held until then.

    The draft, none where nothing can be had, and the pieces that it adds by sku. Inside the caller's transaction, which
    also writes down whom they are for. Locks order, draft, cart, stock. Raises as ``begin_draft`` and ``fill_draft``.
    """
    draft = begin_draft(order_reference=order_reference, actor=actor, now=now)
    lock_allowance(draft, now)
    given = {sku_id: pieces for sku_id, pieces in free_beyond(wanted, now).items() if pieces}
    if not given:
        return None, {}
    fill_draft(
        draft,
        add=[AddWine(sku_id, pieces) for sku_id, pieces in given.items()],
        charges=partial(_dearer, wanted),
        reason=reason,
        override_reason=GRANTED,
        until=kept_until,
        now=now,
    )
    return draft, given


def _dearer(wanted: Mapping[int, Granting], added: Differences) -> list[StaffCharge]:
    """Discounts down to what was promised, where a wine has become dearer since."""
    found = []
    for wine, pieces in added.items():
        most = wanted[wine.sku_id].most_minor
        if most is not None and wine.unit_price_minor > most:
            amount = -(wine.unit_price_minor - most) * pieces
            kind = ChargeKind.DISCOUNT.value
            found.append(StaffCharge(kind, "Price of the wish", amount_minor=amount, sku_id=wine.sku_id))
    return found
