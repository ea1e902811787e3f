"""What stands against a change, in words for customers and staff alike. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tirage.changes.rules import Problem, QuoteLine, Reckoned
from tirage.checkout.rules import ItemView, OfferPage, measure_progress
from tirage.core.money import Money
from tirage.offers.rules import CheckoutRules, OfferStatus, measure_rules


@dataclass(frozen=True, slots=True)
class Wine:
    """One sku over all its prices, in pieces."""

    sku_id: int
    title: str
    field: str
    before: int
    after: int

    @property
    def net(self) -> int:
        return self.after - self.before


def wines_of(lines: Sequence[QuoteLine]) -> list[Wine]:
    found: dict[int, Wine] = {}
    for line in lines:
        had = found.get(line.sku_id)
        changed = line.change or had is None
        found[line.sku_id] = Wine(
            line.sku_id,
            line.title,
            f"pieces-{line.key}" if changed or had is None else had.field,
            line.before + (had.before if had else 0),
            line.after + (had.after if had else 0),
        )
    return list(found.values())


def line_problems(lines: Sequence[QuoteLine]) -> list[Problem]:
    """Lines that somebody else has made shorter meanwhile, and an order of which nothing would be left."""
    found = [
        Problem(
            "line_too_short",
            f"{line.title}: only {line.before} are on the order now, so {-line.change} can't be taken off.",
            field=f"pieces-{line.key}",
        )
        for line in lines
        if line.after < 0
    ]
    if any(line.before for line in lines) and not any(line.after > 0 for line in lines):
        found.append(Problem("nothing_left", "No wine would be left on the order. Cancel the order instead."))
    return found


def allowance_problems(
    wines: Sequence[Wine], page: OfferPage | None, *, is_allocated: bool, by_customer: bool
) -> list[Problem]:
    """What the customer's own offer says of wines that come or go. Orders outside of a release have no allowance."""
    adds = [wine for wine in wines if wine.net > 0]
    if adds and (page is None or page.status is not OfferStatus.OPEN) and (is_allocated or by_customer):
        return [
            Problem(
                "offer_closed",
                "Bottles can be added while the offer is open, and it isn't. Taking off is fine.",
                needs_override=True,
                field=adds[0].field,
            ),
            *_of_items(wines, page),
        ]
    missing = [wine for wine in adds if page and page.offer and _item(page, wine) is None]
    return [
        *(
            Problem("not_offered", f"{wine.title} is not in the customer's offer.", True, wine.field)
            for wine in missing
        ),
        *_of_items(wines, page),
    ]


def order_problems(
    wines: Sequence[Wine], page: OfferPage | None, *, allocated: Collection[int]
) -> list[Problem]:
    """The same of an order that staff put together, which may have any wine: ``allocated`` are those that some group is
    offered, and nobody has for the asking."""
    found = []
    for wine in wines:
        if page is not None and _item(page, wine):
            if page.status is not OfferStatus.OPEN:
                words = f"{wine.title} is of an offer that isn’t open to this customer now."
                found.append(Problem("offer_closed", words, True, wine.field))
        elif wine.sku_id in allocated:
            words = f"{wine.title} is allocated, and not in this customer’s offer."
            found.append(Problem("not_offered", words, True, wine.field))
    return [*found, *_of_items(wines, page)]


def _item(page: OfferPage, wine: Wine) -> ItemView | None:
    return next((item for item in page.items if item.sku_id == wine.sku_id), None)


def _of_items(wines: Sequence[Wine], page: OfferPage | None) -> list[Problem]:
    if page is None:
        return []
    pairs = [(wine, item) for wine in wines if wine.net and (item := _item(page, wine))]
    said = [(wine, code, text) for wine, item in pairs for code, text in _of_item(wine, item, page)]
    return [Problem(code, text, True, wine.field) for wine, code, text in said]


def _of_item(wine: Wine, item: ItemView, page: OfferPage) -> list[tuple[str, str]]:
    found = []
    left = allowance_left(item, page)
    if wine.net > left:
        more = f"{left} more can be added" if left else "no more can be added"
        found.append(
            ("beyond_allowance", f"{wine.title}: the allocation is {item.maximum} in all, so {more}.")
        )
    if wine.net % item.multiple and wine.after:
        found.append(("not_a_multiple", f"{wine.title} comes in {item.multiple}s."))
    if wine.net < 0 < item.bought + wine.net < item.minimum:
        found.append(("below_minimum", f"{wine.title}: the smallest purchase is {item.minimum}."))
    return found


def allowance_left(item: ItemView, page: OfferPage) -> int:
    """Pieces that may still be added: what is bought, in other changes and in the live cart counts, wherever it is."""
    cart = page.cart
    in_cart = item.in_cart if cart and cart.is_live and not cart.pending_order_reference else 0
    return item.limits.allowance(bought=item.used, in_cart=in_cart)


def rule_problems(
    lines: Sequence[QuoteLine], rules: CheckoutRules, currency: str, *, is_new: bool = False
) -> list[Problem]:
    """The offer's checkout rules, held to the order as it would be; what was broken before may stay so.

    Of a new order nothing was before.
    """

    def measured(pieces: Sequence[int]) -> tuple[int, int]:
        bottles = sum(count * line.units for count, line in zip(pieces, lines, strict=True))
        wine = sum(count * line.unit_price.minor for count, line in zip(pieces, lines, strict=True))
        return bottles, wine

    was = measured([line.before for line in lines])
    becomes = measured([line.after for line in lines])
    if was == becomes:
        return []
    before = measure_rules(rules, bottles=was[0], subtotal_minor=was[1])
    after = measure_rules(rules, bottles=becomes[0], subtotal_minor=becomes[1])
    words = measure_progress(rules, bottles=becomes[0], subtotal=Money(becomes[1], currency))
    return [
        Problem("rules_not_met", f"{said.text[:1].upper()}{said.text[1:]}.", needs_override=True)
        for old, new, said in zip(before, after, words, strict=True)
        if new.missing > (0 if is_new else old.missing)
    ]


def money_problems(after: Reckoned, *, taken_off: int = 0) -> list[Problem]:
    """``taken_off`` is the VAT, negative, that isn't asked of who buys: no correction of anybody's."""
    found = []
    if after.wine + after.discount < 0:
        found.append(Problem("discount_too_high", "The discounts come to more than the wine costs."))
    if after.shipping < 0 or after.tax < taken_off:
        found.append(
            Problem("charge_below_nothing", "A correction takes more off delivery or tax than there is.")
        )
    if after.owed < 0:
        found.append(Problem("owes_less_than_nothing", "The order would come to less than nothing."))
    return found
