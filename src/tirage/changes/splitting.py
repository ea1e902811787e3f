"""What of a draft that sends more wine than a place takes may go now, and what on a later day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from tirage.changes.facts import Facts, ship_to_of
from tirage.changes.rules import QuoteLine
from tirage.checkout.rules import ItemView
from tirage.checkout.splitting import day_of_rest
from tirage.checkout.volumes import Parcel, parts_of


@dataclass(frozen=True, slots=True)
class DraftSplit:
    """Pieces that lines are left with, by ``line_key``; the rest as offer item ids, pieces and the price of one."""

    now: tuple[tuple[str, int], ...]
    later: tuple[tuple[int, int, int], ...]
    offer_id: int
    #: In bottles: what the draft still adds, and what is kept.
    first: int
    rest: int
    on: date

    @property
    def key(self) -> str:
        """What a page carries of it, so that what is taken is what was seen."""
        return ",".join(f"{item}:{pieces}" for item, pieces, _ in self.later) + f"@{self.on.isoformat()}"


def split_of_draft(facts: Facts, now: datetime) -> DraftSplit | None:
    """A split of what staff's draft adds; None where none helps. Only wines of the customer's offer can be kept.

    Some statements, and only where too much would go there.
    """
    verdict, page = facts.volume, facts.page
    if facts.by_customer or facts.order.is_test or page is None or page.offer is None or page.offer.campaign:
        return None
    if verdict is None or verdict.broken or not verdict.is_too_much or verdict.left is None:
        return None
    items = {item.offer_item_id: item for item in page.items}
    cuts = _cuts(facts.lines, items, verdict.asked - verdict.left)
    adds = sum(max(line.change, 0) for line in facts.lines)
    if cuts is None or sum(cuts.values()) >= adds:
        return None
    cut = [(line, cuts[line.key]) for line in facts.lines if line.key in cuts]
    kept = sum(line.millilitres * pieces for line, pieces in cut)
    rest = Parcel(facts.order.customer_id, kept, parts_of(ship_to_of(facts.draft)), now)
    on = day_of_rest(rest, verdict.asked - verdict.has - kept)
    return None if on is None else _split(facts, cut, items, page.offer.id, on)


def _cuts(lines: tuple[QuoteLine, ...], items: Mapping[int, ItemView], excess: int) -> dict[str, int] | None:
    """Pieces to take off lines that add wine, the last first, in whole multiples; None where that isn't enough."""
    found = {}
    for line in reversed(lines):
        item = items.get(line.offer_item_id or 0)
        if item is None or line.change <= 0 or excess <= 0:
            continue
        pieces = -(-excess // line.millilitres)
        pieces = min(line.change, -(-pieces // item.multiple) * item.multiple)
        found[line.key] = pieces
        excess -= pieces * line.millilitres
    return found if excess <= 0 else None


def _split(
    facts: Facts, cut: list[tuple[QuoteLine, int]], items: Mapping[int, ItemView], offer_id: int, on: date
) -> DraftSplit:
    adds = sum(max(line.change, 0) * line.units for line in facts.lines)
    rest = sum(pieces * line.units for line, pieces in cut)
    return DraftSplit(
        tuple((line.key, line.after - pieces) for line, pieces in cut),
        tuple(
            (line.offer_item_id, pieces, items[line.offer_item_id].price.minor)
            for line, pieces in cut
            if line.offer_item_id
        ),
        offer_id,
        adds - rest,
        rest,
        on,
    )
