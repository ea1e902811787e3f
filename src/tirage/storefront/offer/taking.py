"""The one button under the thumb: it always says what it takes, and for how much, while the steppers change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tirage.checkout.allocation import bottles_left, full_portion, usual_portion
from tirage.checkout.rules import OfferPage, discount_minor
from tirage.checkout.rules import measure_progress as measure
from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery
from tirage.parts.wording import say_short_money
from tirage.storefront.offer.wines import Progress, WineRow, progress_words, say_bottles

#: Whole sentences, by how many bottles are chosen: none, one, some, all that there are, and just what the page showed.
_FREE = {
    "none": "Take these bottles",
    "one": "Take this bottle · {sum}",
    "some": "Take these {count} · {sum}",
}
_HELD = {
    "none": "Let these bottles go",
    "one": "Change to 1 bottle · {sum}",
    "some": "Change to {count} · {sum}",
}
USUAL = "Take my usual {count} · {sum}"


@dataclass(frozen=True, slots=True)
class Selection:
    """The sum of what the steppers show."""

    pieces: int
    bottles: int
    bottles_words: str
    #: After the group's discount.
    amount: Money
    total: str
    #: Without cents where there are none.
    short: str
    progress: Sequence[Progress]


@dataclass(frozen=True, slots=True)
class Taking:
    """What the button sends and says as the page stands.

    ``plain`` is what it says where no script follows the steppers, ``words`` what a script needs to follow them: JSON.
    """

    act: str
    label: str
    plain: str
    words: str
    #: How many it takes.
    bottles: int = 0


def select(page: OfferPage, rows: Sequence[WineRow]) -> Selection:
    """What the steppers of ``rows`` add up to, with the group's discount and the rules of the offer."""
    winery = current_winery()
    if page.offer is None:
        raise ValueError("no offer, nothing to select")
    bottles = sum(row.quantity * row.units for row in rows)
    wine = Money(sum(row.quantity * row.price_minor for row in rows), winery.currency)
    total = Money(wine.minor + discount_minor(wine.minor, page.offer.discount_bp), winery.currency)
    progress = measure(page.offer.rules, bottles=bottles, subtotal=wine)
    return Selection(
        pieces=sum(row.quantity for row in rows),
        bottles=bottles,
        bottles_words=say_bottles(bottles),
        amount=total,
        total=say_money(total, winery.locale),
        short=say_short_money(total, winery.locale),
        progress=progress_words(progress),
    )


def taking_of(page: OfferPage, rows: Sequence[WineRow], selection: Selection, *, is_held: bool) -> Taking:
    """Where nothing is chosen yet it takes the whole allocation, if the offer's rules let that be ordered."""
    count = selection.bottles
    if is_held:
        return Taking("hold", _say(_HELD, selection), "Change", json.dumps(_HELD), count)
    words: dict[str, str | int] = dict(_FREE)
    full, usual = full_portion(page), usual_portion(page)
    if full.bottles and not full.unmet:
        words |= {"full": full.bottles, "all": all_words(page)}
        words["whole"] = fill(all_words(page), full.bottles, full.amount)
    if not usual.unmet and _chosen(rows) == dict(usual.pieces):
        words["first"] = USUAL
    label, packed = _say(words, selection), json.dumps(words)
    if not count and "whole" in words:
        return Taking("all", label, label, packed, full.bottles)
    return Taking("hold", label, _FREE["none"], packed, count)


def all_words(page: OfferPage) -> str:
    """What taking all that there is for a customer is called, to be filled."""
    free, left = full_portion(page).bottles, bottles_left(page)
    if free < left:
        return "Take the {count} that are free · {sum}" if free > 1 else "Take the one that is free · {sum}"
    if any(item.used for item in page.items):
        return "Take the last {count} · {sum}" if free > 1 else "Take the last bottle · {sum}"
    return "Take all {count} · {sum}" if free > 1 else _FREE["one"]


def fill(words: str, count: int, amount: Money) -> str:
    """``words`` with bottles and money."""
    return words.format(count=count, sum=say_short_money(amount, current_winery().locale))


def _say(words: Mapping[str, str | int], selection: Selection) -> str:
    if not selection.bottles:
        return str(words.get("whole", words["none"]))
    kind = "all" if selection.bottles == words.get("full") else "first" if "first" in words else ""
    return fill(
        str(words[kind or ("one" if selection.bottles == 1 else "some")]), selection.bottles, selection.amount
    )


def _chosen(rows: Sequence[WineRow]) -> dict[int, int]:
    return {row.id: row.quantity for row in rows if row.quantity}
