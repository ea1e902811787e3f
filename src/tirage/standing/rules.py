"""How many bottles a standing order comes to, and the words that are agreed to. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tirage.standing.states import Amount

#: Bottles that a cap may name.
MOST_CAP = 999


@dataclass(frozen=True, slots=True)
class Allotted:
    """A wine of an offer for one customer, in pieces; ``bottles`` are those inside a piece."""

    item_id: int
    #: What may still be bought of it, and what the winery suggests.
    allowance: int
    usual: int
    multiple: int
    least: int
    bottles: int


def pieces_of(amount: Amount, cap: int | None, wines: Sequence[Allotted]) -> dict[int, int]:
    """Pieces by offer item id, in whole multiples, never beyond an allowance; wines with none are left out.

    A cap counts bottles and is filled in the order of ``wines``; of a wine whose minimum doesn't fit under it, none.
    """
    left, taken = cap or 0, {}
    for wine in wines:
        most = wine.usual if amount is Amount.USUAL else wine.allowance
        if amount is Amount.CAPPED:
            most = min(most, left // max(wine.bottles, 1))
        pieces = fitting_pieces(wine, min(most, wine.allowance))
        if pieces:
            taken[wine.item_id] = pieces
            left -= pieces * wine.bottles
    return taken


def fitting_pieces(wine: Allotted, most: int) -> int:
    """At most so many pieces, in whole multiples; none rather than fewer than its minimum.

    >>> fitting_pieces(Allotted(1, 6, 6, 3, 0, 1), 5)
    3
    """
    pieces = max(most, 0)
    pieces -= pieces % max(wine.multiple, 1)
    return pieces if pieces >= wine.least else 0


def say_amount(amount: Amount, cap: int | None) -> str:
    """What is ordered, as it is agreed to."""
    if amount is Amount.FULL:
        return "my full allocation"
    if amount is Amount.USUAL:
        return "the quantities that the winery suggests for me"
    return f"my allocation up to {cap} bottle{'' if cap == 1 else 's'} in all"


#: What a winery says that has written nothing of its own; ``{amount}``, ``{winery}`` and ``{days}`` are filled in.
WORDS = (
    "I agree that {winery} orders {amount} of each release for me by itself, and charges it with delivery and tax to"
    " the card that I have saved. {days} before, a mail tells me what will come and what it costs. Until then I can"
    " change it, skip the release, pause, or end this agreement, at any time and without giving a reason."
)
PLACEHOLDERS = ("{amount}", "{winery}", "{days}")


def agreed_words(words: str, *, amount: Amount, cap: int | None, winery: str, days: int) -> str:
    """The words as a customer reads them, complete."""
    said = f"{days} day{'' if days == 1 else 's'}"
    filled = {"{amount}": say_amount(amount, cap), "{winery}": winery, "{days}": said}
    text = words or WORDS
    for placeholder, value in filled.items():
        text = text.replace(placeholder, value)
    return text
