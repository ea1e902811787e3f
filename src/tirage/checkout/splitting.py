"""What of a cart may go where it is sent now, and what on a later day: a split, to be taken by one press.

Nothing of it is decided here: the checkout asks the place's limits again when the first part is ordered, and when the
rest is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from tirage.checkout.rules import CartLineView, OfferPage, measure_progress
from tirage.checkout.volumes import Parcel, judge_later
from tirage.core.winery import local_time, start_of_day
from tirage.delivery.limits.rules import Verdict

#: How long the rest stays after the day on which it may go, and the furthest such day.
KEPT, FURTHEST = timedelta(days=7), timedelta(days=62)


@dataclass(frozen=True, slots=True)
class Split:
    """Pieces by offer item id: what may go now, and what from the day ``on``."""

    now: tuple[tuple[int, int], ...]
    later: tuple[tuple[int, int], ...]
    #: In bottles.
    first: int
    rest: int
    on: date
    until: datetime

    @property
    def key(self) -> str:
        """What a page carries of it, so that what is taken is what was seen."""
        return ",".join(f"{item}:{pieces}" for item, pieces in self.later) + f"@{self.on.isoformat()}"


def may_go_on(until: datetime) -> date:
    """The day from which it may go, of what is kept until then."""
    return local_time(until).date() - KEPT


def fitting_pieces(lines: Sequence[CartLineView], room: int) -> dict[int, int]:
    """As many of each line as fit into so many millilitres, the first lines first; whole multiples, no fewer than the
    offer asks of a wine."""
    found = {}
    for line in lines:
        item = line.item
        pieces = min(line.quantity, room // item.millilitres)
        pieces -= pieces % item.multiple
        found[item.offer_item_id] = pieces = pieces if pieces >= item.least else 0
        room -= pieces * item.millilitres
    return found


def split_of(page: OfferPage, parcel: Parcel, verdict: Verdict) -> Split | None:
    """A split of the page's cart that is on its way to a place that takes less; None where none helps.

    Some statements, and only where something but not all may go, by the offer's own rules too.
    """
    if (
        page.cart is None
        or page.offer is None
        or page.is_test
        or page.offer.kept_until
        or page.offer.campaign
    ):
        return None
    if verdict.broken or not verdict.is_too_much or not verdict.left:
        return None
    first = fitting_pieces(page.cart.lines, verdict.left)
    if not any(first.values()) or not meets_rules(page, first):
        return None
    sent = sum(first[line.item.offer_item_id] * line.item.millilitres for line in page.cart.lines)
    on = day_of_rest(replace(parcel, millilitres=parcel.millilitres - sent), sent)
    if on is None:
        return None
    return _split(page.cart.lines, first, on)


def day_of_rest(rest: Parcel, first: int) -> date | None:
    """The day from which the rest may go, after the first millilitres go today; None where that is too far away."""
    today = local_time(rest.made_at).date()
    judged = judge_later(rest, first)
    on = judged.reopens_on if judged.is_too_much else today
    return on if on is not None and on <= today + FURTHEST else None


def kept_until(on: date) -> datetime:
    """When what may go from a day on is anybody's."""
    return start_of_day(on + KEPT)


def _split(lines: Sequence[CartLineView], first: Mapping[int, int], on: date) -> Split:
    left = [(line, line.quantity - first[line.item.offer_item_id]) for line in lines]
    return Split(
        tuple((id, pieces) for id, pieces in first.items()),
        tuple((line.item.offer_item_id, pieces) for line, pieces in left if pieces),
        sum(first[line.item.offer_item_id] * line.item.units for line in lines),
        sum(pieces * line.item.units for line, pieces in left),
        on,
        kept_until(on),
    )


def meets_rules(page: OfferPage, pieces: Mapping[int, int]) -> bool:
    """Whether so many pieces of the cart's lines, by offer item id, meet the offer's rules for a whole cart."""
    if page.cart is None or page.offer is None:
        return False
    lines = page.cart.lines
    bottles = sum(pieces[line.item.offer_item_id] * line.item.units for line in lines)
    wine = page.cart.subtotal * 0
    for line in lines:
        wine = wine + line.item.price * pieces[line.item.offer_item_id]
    return all(rule.met for rule in measure_progress(page.offer.rules, bottles=bottles, subtotal=wine))
