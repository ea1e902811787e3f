"""What a page showed of a cart and its price, as its form carries it, and what became another meanwhile. Pure.

One cart is the same on all of a customer's devices, so a page may be old: what was done elsewhere is said, and kept
unless somebody chooses otherwise; and an order is what its page showed, or says what is different.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tirage.checkout.rules import OfferPage, percent_words
from tirage.core.hands import Clash, settle
from tirage.core.money import Money, say_money
from tirage.taxes.rules import TaxRule

ELSEWHERE = "in another window or on another device"
_LINE, _ADDRESS = "line-", "address-"


@dataclass(frozen=True, slots=True)
class Moved:
    """Pieces of a wine that another device changed: what the page showed, what it is, what was asked for here."""

    offer_item_id: int
    name: str
    was: int
    theirs: int
    yours: int | None

    @property
    def is_asked_about(self) -> bool:
        """Whether fewer were chosen here than another device had taken: nothing is given back unseen."""
        return (
            self.yours is not None and self.yours not in (self.was, self.theirs) and self.yours < self.theirs
        )


def cart_shown(page: OfferPage) -> dict[str, int]:
    """What an offer page shows as the cart: pieces by offer item."""
    return {f"{_LINE}{item.offer_item_id}": item.in_cart for item in page.items if item.in_cart}


def lines_shown(shown: Mapping[str, Any]) -> dict[int, int]:
    """The pieces by offer item id out of what a page carried, of the offer's page or the checkout's."""
    found = {name.removeprefix(_LINE): value for name, value in shown.items() if name.startswith(_LINE)}
    return {int(id): value[0] if isinstance(value, list) else value for id, value in found.items()}


def settle_pieces(
    page: OfferPage, typed: Mapping[int, int], shown: Mapping[int, int] | None
) -> tuple[dict[int, int], list[Moved]]:
    """What the cart is set to, by offer item id, and what another device did since the page ``shown``.

    What was left alone here stays as it is now. What both changed is the more of both: a stale page takes bottles, and
    gives none back. ``shown`` None: the page carried nothing, and all that is typed is meant.
    """
    if shown is None:
        return dict(typed), []
    stands = {item.offer_item_id: item.in_cart for item in page.items}
    was = {id: shown.get(id, 0) for id in {*stands, *typed}}
    mine = {id: pieces for id, pieces in typed.items() if id in stands}
    settled = settle(mine, shown=was, stands=stands, decide=_more)
    moved = [
        Moved(
            item.offer_item_id,
            item.name,
            was[item.offer_item_id],
            item.in_cart,
            typed.get(item.offer_item_id),
        )
        for item in page.items
        if item.in_cart != was[item.offer_item_id] and typed.get(item.offer_item_id) != item.in_cart
    ]
    strange = {id: pieces for id, pieces in typed.items() if id not in stands}
    return {**{id: settled[id] for id in mine}, **strange}, moved


def _more(clash: Clash) -> int:
    return max(int(clash.theirs), int(clash.yours))


def say_moved(moved: Moved, *, now: int) -> str:
    """What another device did to a wine of the cart, and what it is ``now``."""
    name, theirs = moved.name, moved.theirs
    if moved.is_asked_about:
        return (
            f"{name}: {theirs} were chosen {ELSEWHERE} meanwhile, and {moved.yours} here. "
            f"You have {now}; choose again if you want {moved.yours}."
        )
    if now != theirs:
        return f"{name}: {theirs} were chosen {ELSEWHERE} meanwhile; now it is {now}, as you chose here."
    return f"{name}: changed {ELSEWHERE} meanwhile, from {moved.was} to {theirs}. That is kept."


def moved_lines(shown: Mapping[str, Any], page: OfferPage) -> list[str]:
    """What another device did to the cart since a page showed it, a sentence for each wine."""
    was = lines_shown(shown)
    return [
        f"{item.name}: changed {ELSEWHERE} meanwhile, from {was.get(item.offer_item_id, 0)} to {item.in_cart}."
        for item in page.items
        if item.in_cart != was.get(item.offer_item_id, 0)
    ]


@dataclass(frozen=True, slots=True)
class Priced:
    """What a checkout's total is made of; amounts in minor units. ``way`` is empty before delivery is chosen."""

    discount_bp: int
    way: str
    way_name: str
    shipping: int
    tax: int
    tax_ppm: int
    credit: int
    to_pay: int

    @classmethod
    def of(
        cls, page: OfferPage, way: tuple[str, str, Money, Money, TaxRule] | None, credit: Money, to_pay: Money
    ) -> Priced:
        """``way``: reference, name, price, tax of the order and its rule."""
        bp = page.offer.discount_bp if page.offer else 0
        if way is None:
            return cls(bp, "", "", 0, 0, 0, credit.minor, to_pay.minor)
        reference, name, shipping, tax, rule = way
        return cls(bp, reference, name, shipping.minor, tax.minor, rule.rate_ppm, credit.minor, to_pay.minor)


def checkout_shown(
    page: OfferPage, priced: Priced, addresses: Iterable[tuple[str, str]] = ()
) -> dict[str, Any]:
    """What a checkout shows: lines with their prices, what the total is made of, and addresses (reference, words)."""
    lines = page.cart.lines if page.cart else ()
    return {
        **{f"{_LINE}{line.item.offer_item_id}": [line.quantity, line.item.price.minor] for line in lines},
        "priced": [getattr(priced, name) for name in Priced.__slots__],
        **({"test": True} if page.is_test else {}),
        **{f"{_ADDRESS}{reference}": words for reference, words in addresses},
    }


def addresses_shown(shown: Mapping[str, Any]) -> dict[str, Any]:
    """The part about addresses of what a page showed, as it is carried on where they aren't shown anew."""
    return {name: value for name, value in shown.items() if name.startswith(_ADDRESS)}


@dataclass(frozen=True, slots=True)
class Change:
    """What is different from what a page showed, in words, and whether the total is."""

    said: Sequence[str]
    was: int
    now: int

    @property
    def is_none(self) -> bool:
        return not self.said and self.was == self.now


def compare(
    shown: Mapping[str, Any], page: OfferPage, priced: Priced, *, address: tuple[str, str], locale: str
) -> Change:
    """What differs of the order from what its page showed. ``address``: reference and words as they are now."""
    currency = page.cart.subtotal.currency if page.cart else ""

    def money(minor: int) -> str:
        return say_money(Money(minor, currency), locale)

    try:
        was = Priced(*shown["priced"])
        said = _lines_differ(shown, page, money)
    except (KeyError, TypeError, ValueError):
        return Change((), -1, priced.to_pay)
    if bool(shown.get("test")) is not page.is_test:
        said.append(
            "it is a test order now" if page.is_test else "it is no test order any more, but a real one"
        )
    before = shown.get(f"{_ADDRESS}{address[0]}", address[1])
    if before != address[1]:
        said.append(f"the address is “{address[1]}” instead of “{before}”")
    parts = _price_differs(was, priced, money)
    # Another way that was ticked without its price having been worked out is the customer's own choice.
    if was.way == priced.way or was.to_pay != priced.to_pay:
        said += parts
    return Change(tuple(said), was.to_pay, priced.to_pay)


def _lines_differ(shown: Mapping[str, Any], page: OfferPage, money: Any) -> list[str]:
    names = {item.offer_item_id: item.name for item in page.items}
    was = {int(name.removeprefix(_LINE)): value for name, value in shown.items() if name.startswith(_LINE)}
    lines = page.cart.lines if page.cart else ()
    now = {line.item.offer_item_id: [line.quantity, line.item.price.minor] for line in lines}
    said = []
    for id in dict.fromkeys([*now, *was]):
        (pieces, price), (had, cost) = now.get(id, [0, None]), was.get(id, [0, None])
        name = names.get(id, "A wine that is no longer offered")
        if pieces != had:
            said.append(f"{name}: {pieces} instead of {had}")
        if price is not None and cost is not None and price != cost:
            said.append(f"{name} costs {money(price)} instead of {money(cost)}")
    return said


def _price_differs(was: Priced, now: Priced, money: Any) -> list[str]:
    said = []
    if was.discount_bp != now.discount_bp:
        said.append(f"your discount is {_percent(now.discount_bp)} instead of {_percent(was.discount_bp)}")
    if not was.way and now.way:
        said.append(f"{now.way_name} costs {money(now.shipping)}, and sales tax is {money(now.tax)}")
    elif was.way != now.way:
        said.append(
            f"{now.way_name} costs {money(now.shipping)}, {was.way_name} would have been {money(was.shipping)}"
        )
    elif was.shipping != now.shipping:
        said.append(f"{now.way_name} costs {money(now.shipping)} instead of {money(was.shipping)}")
    if was.way and was.tax_ppm != now.tax_ppm:
        said.append(f"the tax rate is {now.tax_ppm / 10_000:g} % instead of {was.tax_ppm / 10_000:g} %")
    elif was.way and was.tax != now.tax and not said:
        said.append(f"sales tax is {money(now.tax)} instead of {money(was.tax)}")
    if was.credit != now.credit:
        said.append(f"store credit pays {money(now.credit)} instead of {money(was.credit)}")
    return said


def _percent(bp: int) -> str:
    return percent_words(bp).removesuffix(" off")
