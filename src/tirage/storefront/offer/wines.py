"""What the offer page prints: every wine and total as finished words, so that the template only places them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from babel.dates import format_date
from django.urls import reverse

from tirage.catalog.lwin import say_lwin
from tirage.checkout.rules import (
    Availability,
    CartView,
    ItemView,
    OfferFacts,
    OfferPage,
    RuleProgress,
)
from tirage.core.models import Winery
from tirage.core.money import Money, exponent, say_money
from tirage.core.winery import current_winery, start_of_day
from tirage.offers.states import WishKind
from tirage.parts.faults import Fault
from tirage.parts.wording import say_moment, say_time_of_day, say_until
from tirage.storefront.offer.letter import letter_words
from tirage.wishes.wording import price_words, promise_words


class WineRow(NamedTuple):
    """One wine of an offer. ``maximum`` 0 means that there is no stepper."""

    id: int
    code: str
    name: str
    year: str
    place: str
    size: str
    note: str
    lwin: str
    label_url: str
    price: str
    was: str
    #: What a piece costs in minor units and how many bottles are in it, for the running total.
    price_minor: int
    units: int
    title: str
    quantity: int
    minimum: int
    maximum: int
    multiple: int
    limit: str
    #: Words about stock and allowance: "4 left", "Sold out", "You have bought 2 of your 6".
    state: str
    state_kind: str
    asks_to_be_told: bool
    #: Whether that was asked already.
    is_asked: bool
    is_quiet: bool
    wished: int
    wish_shown: int
    wish_maximum: int
    wish_words: str
    is_held: bool
    #: From how many on it is taken at all.
    least: int
    #: What is wrong with the number that was sent, and with the wish.
    problem: str = ""
    wish_problem: str = ""
    #: What a wish may cost and when it is decided; what is agreed to, if anything, and whether it is.
    wish_facts: str = ""
    wish_agreement: str = ""
    is_agreed: bool = False
    #: Why there is no wishing for it yet.
    wish_later: str = ""
    #: Why the limit is what it is, where the winery tells that.
    told: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """A checkout rule, met or not, in words."""

    rule: str
    target: int
    met: bool
    text: str


def wine_rows(
    page: OfferPage,
    now: datetime,
    typed: Mapping[int, int],
    wished: Mapping[int, int],
    agreed: Collection[int] = (),
) -> list[WineRow]:
    """The wines of the page; ``typed`` and ``wished`` are quantities not yet taken, by offer item id, ``agreed`` the
    wishes whose box is ticked.
    """
    winery = current_winery()
    if page.offer is None:
        return []
    has_cart = bool(page.cart and page.cart.lines)
    return [
        _row(
            item,
            now,
            winery,
            typed.get(item.offer_item_id, item.in_cart if has_cart else item.suggested),
            wished.get(item.offer_item_id, item.wished),
            page.offer,
            is_agreed=item.offer_item_id in agreed or bool(item.wished),
        )
        for item in page.items
    ]


def progress_words(rules: Sequence[RuleProgress]) -> list[Progress]:
    """The rules as the customer reads them, money in the winery's way of writing it."""
    return [Progress(rule.rule, rule.target, rule.met, _progress_text(rule)) for rule in rules]


def offer_words(page: OfferPage, rows: Sequence[WineRow], now: datetime) -> dict[str, Any]:
    """Everything the offer page says around its wines."""
    if page.offer is None:
        raise ValueError("no offer, no page")
    cart, until = page.cart, held_until(page.cart)
    bottles = cart.bottles if cart else 0
    return {
        "offer": page.offer,
        "cart": cart,
        "left": _time_left(page.offer, now, current_winery()),
        **letter_words(page.offer.message),
        "held_until": until,
        "kept_until": cart.expires_at if cart and until else None,
        "closing": say_closing(page, cart.expires_at if cart and until else None),
        "hold_promise": _hold_promise(page.offer, now),
        "lapsed": bool(cart and cart.lines and not cart.is_live),
        "cart_bottles": bottles if until else None,
        "cart_words": say_bottles(bottles),
        "held_words": f"{say_bottles(bottles)} {'is' if bottles == 1 else 'are'} yours for",
        "can_take": any(row.maximum for row in rows),
        "has_wishes": any(row.wish_maximum for row in rows),
        "asks_agreement": page.offer.wish_kind == WishKind.PROMISE.value,
        "has_promises": page.offer.wish_kind == WishKind.PROMISE.value and any(row.wished for row in rows),
        "wish_rule": page.offer.wish_rule,
        "decision": decision_words(page.offer.wishes_decided_on, page.offer.closes_at, current_winery(), now),
        "digits": exponent(current_winery().currency),
    }


def closed_words(page: OfferPage, now: datetime) -> dict[str, Any]:
    """What the pages say that stand where an offer was, will be or isn't."""
    if page.offer is None:
        return {}
    winery = current_winery()
    opens, closed = page.offer.opens_at, page.offer.closes_at
    return {
        "offer": page.offer,
        "opens_words": say_moment(opens, winery.time_zone, winery.locale),
        "closed_words": say_moment(closed, winery.time_zone, winery.locale),
        "soon": timedelta(0) < opens - now < timedelta(hours=24),
        "gone_back": _gone_back(page, now),
    }


def _gone_back(page: OfferPage, now: datetime) -> str:
    """What became of the bottles in the cart of an offer that has closed; empty when there were none."""
    if page.offer is None or now < page.offer.closes_at or page.cart is None or not page.cart.lines:
        return ""
    bottles, it = page.cart.bottles, "it has" if page.cart.bottles == 1 else "they have"
    weren = "wasn’t" if bottles == 1 else "weren’t"
    return (
        f"The {say_bottles(bottles)} in your cart {weren} ordered by then, so {it} gone back to our cellar."
    )


def item_name(item: ItemView) -> str:
    """Wine and vintage, with the format where it isn't a single bottle of the usual size."""
    return item.name if item.format_name == "750 ml" else f"{item.name}, {item.format_name}"


def held_until(cart: CartView | None) -> str:
    """``9:24 AM PST``; empty when nothing is held."""
    winery = current_winery()
    if cart is None or not cart.is_live or cart.expires_at is None:
        return ""
    return say_time_of_day(cart.expires_at, winery.time_zone, winery.locale, with_zone=True)


def say_closing(page: OfferPage, until: datetime | None) -> str:
    """What becomes of bottles whose time ends with the offer; empty where it ends before."""
    if page.offer is None or until is None or until < page.offer.closes_at:
        return ""
    return "The offer closes then. What isn’t ordered by then goes back to our cellar."


def _hold_promise(offer: OfferFacts, now: datetime) -> str:
    """How long bottles are kept that are taken now: never beyond the close of the offer."""
    winery = current_winery()
    if offer.closes_at - now >= timedelta(minutes=winery.cart_minutes):
        return f"They are yours for {winery.cart_minutes} minutes, and nobody else can take them."
    at = say_time_of_day(offer.closes_at, winery.time_zone, winery.locale, with_zone=True)
    return (
        f"They are yours until the offer closes at {at}. What isn’t ordered by then goes back to our cellar."
    )


def say_bottles(count: int) -> str:
    """``1 bottle``, ``6 bottles``: plain figures, no thousands in one person's cart."""
    return "1 bottle" if count == 1 else f"{count} bottles"


# Babel is slow and a release's times are few.
_say_moment = lru_cache(maxsize=256)(say_moment)
_say_until = lru_cache(maxsize=256)(say_until)


@lru_cache(maxsize=512)
def label_url(digest: str) -> str:
    """Where a label's picture is; empty without one."""
    return reverse("storefront:label", args=[digest]) if digest else ""


def _row(
    item: ItemView,
    now: datetime,
    winery: Winery,
    wanted: int,
    wish: int,
    offer: OfferFacts,
    *,
    is_agreed: bool,
) -> WineRow:
    is_promise = offer.wish_kind == WishKind.PROMISE
    is_later = offer.wish_after_maximum and not item.wished and item.takes_more
    availability = item.availability
    maximum = item.takeable
    quantity = max(min(wanted, maximum), 0)
    year = str(item.year or "")
    return WineRow(
        id=item.offer_item_id,
        code=item.code,
        name=item.name.removesuffix(year).rstrip() if year else item.name,
        year=year,
        place=item.appellation or item.variety,
        size=item.format_name,
        note=item.note,
        lwin=say_lwin(item.lwin),
        label_url=label_url(item.label_digest),
        price=say_money(item.price, winery.locale),
        was=say_money(item.list_price, winery.locale) if item.price < item.list_price else "",
        price_minor=item.price.minor,
        units=item.units,
        title=item_name(item),
        quantity=quantity,
        minimum=0,
        maximum=maximum,
        multiple=item.multiple,
        limit=_limit(item),
        state=_state(item, availability, now, winery),
        state_kind=availability.value if item.cap else "done",
        asks_to_be_told=item.may_come_back,
        is_asked=item.is_asked and item.may_come_back,
        is_quiet=not maximum and availability is Availability.SOLD_OUT,
        wished=item.wished,
        wish_shown=min(wish, item.wish_maximum),
        wish_maximum=item.wish_maximum,
        wish_words=f"You wish for {item.wished} more" if item.wished else "Wish for more",
        is_held=item.is_held and bool(item.in_cart),
        least=item.least,
        wish_facts=_wish_facts(item, offer, winery, now, is_promise=is_promise),
        wish_agreement=promise_words(item.price, winery.locale) if is_promise else "",
        is_agreed=is_agreed,
        wish_later="You can wish for more once you have taken yours." if is_later else "",
        told=item.told,
    )


def _wish_facts(item: ItemView, offer: OfferFacts, winery: Winery, now: datetime, *, is_promise: bool) -> str:
    if not item.wish_maximum:
        return ""
    price = price_words(item.price, item.wish_maximum, winery.locale, is_promise=is_promise)
    return f"{price} {decision_words(offer.wishes_decided_on, offer.closes_at, winery, now)}"


def decision_words(decided_on: date | None, closes_at: datetime, winery: Winery, now: datetime) -> str:
    """When wishes are decided: on the day that the winery names, else after the close; once that is past, now."""
    decides = start_of_day(decided_on + timedelta(days=1)) if decided_on else closes_at
    if decides <= now:
        return "The offer has closed, and we are deciding." if closes_at <= now else "We are deciding."
    if decided_on:
        return f"We decide on {format_date(decided_on, 'long', locale=winery.locale)}."
    return f"We decide after the offer closes, {_say_moment(closes_at, winery.time_zone, winery.locale)}."


def _limit(item: ItemView) -> str:
    packs = "" if item.units == 1 else f" ({item.units} bottles each)"
    steps = f", in {item.multiple}s" if item.multiple > 1 else ""
    if item.least:
        steps += f", at least {item.least}"
    if item.takeable < item.cap:
        return f"of the {item.takeable} that are free now{packs}{steps}"
    if item.bought:
        return f"of the {item.cap} still yours{packs}{steps}"
    return f"of your {item.cap}{packs}{steps}"


def _state(item: ItemView, availability: Availability, now: datetime, winery: Winery) -> str:
    if item.maximum and not item.cap:
        return f"You have bought all {item.bought} of your allocation."
    if not item.maximum:
        return "By wish only."
    bought = f"You have bought {item.bought} of your {item.maximum}. " if item.bought else ""
    return bought + _stock_words(item, availability, now, winery)


def _stock_words(item: ItemView, availability: Availability, now: datetime, winery: Winery) -> str:
    if availability is Availability.FEW:
        return f"{item.available} left"
    if availability is Availability.SOLD_OUT:
        return "Sold out"
    if availability is Availability.HELD:
        return "All in other customers’ carts just now." + _back_words(item.back_at, now, winery)
    return ""


def _back_words(back_at: datetime | None, now: datetime, winery: Winery) -> str:
    if back_at is None or back_at <= now:
        return ""
    if (back_at - now).total_seconds() < 20 * 3600:
        return f" Some may come back at {say_time_of_day(back_at, winery.time_zone, winery.locale, with_zone=True)}."
    return f" Some may come back on {say_moment(back_at, winery.time_zone, winery.locale)}."


def with_problems(rows: Sequence[WineRow], wrong: Mapping[str, str]) -> list[WineRow]:
    """The rows with what an operation refused, which names them ``item-<id>`` and ``wish-<id>``."""
    if not wrong:
        return list(rows)
    return [
        row._replace(problem=wrong.get(f"item-{row.id}", ""), wish_problem=wrong.get(f"wish-{row.id}", ""))
        for row in rows
    ]


def faults_of_rows(rows: Sequence[WineRow]) -> list[Fault]:
    """What is wrong with the numbers of wines, each with its stepper."""
    of_bottles = [Fault(row.problem, f"b{row.id}" if row.maximum else "") for row in rows if row.problem]
    of_wishes = [
        Fault(row.wish_problem, f"w{row.id}" if row.wish_maximum else "", row.title)
        for row in rows
        if row.wish_problem
    ]
    return of_bottles + of_wishes


def _time_left(offer: OfferFacts, now: datetime, winery: Winery) -> str:
    until = _say_moment(offer.closes_at, winery.time_zone, winery.locale)
    if now >= offer.closes_at:
        return f"Closed since {until}"
    if now < offer.opens_at:
        return f"Opens {_say_moment(offer.opens_at, winery.time_zone, winery.locale)}"
    left = _say_until(offer.closes_at, now.replace(second=0, microsecond=0), winery.locale)
    return f"{left} left, until {until}"


def _progress_text(rule: RuleProgress) -> str:
    if rule.rule != "spend_minimum":
        return rule.text
    winery = current_winery()
    target = say_money(Money(rule.target, winery.currency), winery.locale)
    if rule.met:
        return f"{target} reached"
    return f"{say_money(Money(rule.target - rule.current, winery.currency), winery.locale)} more to reach {target}"
