"""The offer, the cart and the checkout as one customer sees them at one moment."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from tirage.catalog.formats import Formats
from tirage.catalog.models import current_formats, format_name
from tirage.checkout import statements
from tirage.checkout.formats import with_formats
from tirage.checkout.meanwhile import Priced
from tirage.checkout.rules import (
    CampaignFacts,
    CartLineView,
    CartView,
    ItemView,
    OfferFacts,
    OfferPage,
    discount_minor,
    measure_progress,
)
from tirage.checkout.splitting import Split, split_of
from tirage.checkout.volumes import Parcel, judge_parcel, parts_of, say_verdict
from tirage.core.money import Money, total
from tirage.core.sql import moment_out
from tirage.core.winery import current_winery, local_time
from tirage.customers.models import Address, Customer
from tirage.delivery.limits.rules import Verdict
from tirage.delivery.queries import DeliveryQuote, kinds_besides, may_be_held, quote_methods, special_of
from tirage.delivery.reach import say_refused, say_unreached, why_gone
from tirage.delivery.rules import Freight, Tariff, Terms
from tirage.delivery.states import MethodKind
from tirage.offers.models import Offer
from tirage.offers.plans import Plan
from tirage.offers.rules import CheckoutRules, Limits, OfferStatus, offer_status
from tirage.offers.states import WishKind
from tirage.places import SpecialKind
from tirage.taxes.protocol import TaxLine
from tirage.taxes.rules import Bottles, TaxRule

NOTHING = OfferPage(OfferStatus.NONE, None, (), None)


def load_offer_page(customer: Customer, now: datetime, *, preview: Offer | None = None) -> OfferPage:
    """The offer that counts for the customer now, or ``preview`` whatever its state; two statements."""
    if preview:
        row = statements.offer_by_id(customer.pk, preview.pk, now)
    else:
        row = statements.offer_of_customer(customer.pk, now)
    return page_of(row, customer.pk, now) if row else NOTHING


def load_set_aside(customer: Customer, cart_reference: str, now: datetime) -> OfferPage:
    """The bottles that were set aside for the customer in a cart, as an offer of their own; two statements."""
    row = statements.set_aside(customer.pk, cart_reference, now)
    return page_of(row, customer.pk, now) if row else NOTHING


def page_of(row: dict[str, Any], customer_id: int, now: datetime, *, besides_draft: int = 0) -> OfferPage:
    """The page of an offer row (``statements.offer_of_customer``); one statement.

    What live order changes are about to add counts against the allowance, but for the draft ``besides_draft``.
    """
    currency = current_winery().currency
    offer = _facts(row, currency)
    holder = row["cart_reference"] or ""
    rows = statements.items_of_offer(
        customer_id=customer_id,
        offer_id=offer.id,
        release_id=offer.release_id,
        cart_id=row["cart_id"],
        holder=holder,
        besides_draft=besides_draft,
        only_kept=offer.kept_until is not None,
        is_test=offer.is_test,
        has_aside=offer.has_set_aside,
        now=now,
    )
    if offer.campaign and rows:
        rows = with_formats(
            rows, statements.formats_of([item["sku_id"] for item in rows], local_time(now).date())
        )
    if offer.is_test:
        rows = [_as_if_held(item, row["expires_at"]) for item in rows]
    wishing = offer.wish_kind != WishKind.OFF
    formats = current_formats()
    items = [_item(item, now, currency, formats, wishing=wishing) for item in rows]
    cart = _cart(row, offer, items, now, currency) if row["cart_id"] else None
    opens_at = min(offer.opens_at, now) if offer.kept_until else offer.opens_at
    status = offer_status(is_active=True, opens_at=opens_at, closes_at=offer.closes_at, now=now)
    return OfferPage(status, offer, items, cart, now)


def with_banks(items: Sequence[ItemView], customer_id: int) -> list[ItemView]:
    """The items with what of them waits for other customers' banks: it may come back, so it isn't sold for good.

    For those who say so; one statement, and none while there is enough.
    """
    short = [item.sku_id for item in items if item.is_short]
    at_bank = statements.at_bank(short, besides_customer=customer_id) if short else {}
    return [item._replace(unsold=item.unsold + at_bank.get(item.sku_id, 0)) for item in items]


def _facts(row: dict[str, Any], currency: str) -> OfferFacts:
    """Bottles set aside are to be had until their own time, and by none of the offer's rules for a whole cart."""
    kept_until = moment_out(row["kept_until"])
    rules = CheckoutRules(row["bottles_minimum"], row["bottles_maximum"], row["spend_minimum_minor"])
    if kept_until:
        rules = CheckoutRules(0, None, 0)
    return OfferFacts(
        id=row["id"],
        reference=row["reference"],
        release_id=row["release_id"],
        release_name=row["release_name"],
        group_id=row["group_id"],
        title=row["title"],
        message=row["message"],
        confirmation_message=row["confirmation_message"],
        opens_at=cast(datetime, moment_out(row["opens_at"])),
        closes_at=kept_until or cast(datetime, moment_out(row["closes_at"])),
        wish_kind=row["wish_kind"],
        rules=rules,
        spend_minimum=Money(rules.spend_minimum_minor, currency),
        discount_bp=row["discount_bp"] or 0,
        free_shipping=bool(row["free_shipping"]),
        wish_after_maximum=bool(row["wish_after_maximum"]),
        wishes_decided_on=_day(row["wishes_decided_on"]),
        wish_rule=row["wish_rule"],
        kept_until=kept_until,
        is_split=bool(row["is_split"]),
        has_set_aside=row["aside_until"] is not None,
        was_seen=row["look_id"] is not None,
        is_limited=bool(row["is_limited"]),
        # Bottles that were set aside are held in the cellar, so they are sold in earnest.
        is_test=bool(row["is_test"]) and kept_until is None,
        campaign=_campaign(row),
        shown_early=bool(row["shown_early"]),
        has_plan=row["plan_id"] is not None,
    )


def _campaign(row: dict[str, Any]) -> CampaignFacts | None:
    if row["plan"] is None:
        return None
    parts = row["instalments"]
    parts = json.loads(parts) if isinstance(parts, str) else parts
    return CampaignFacts(Plan.read(row["plan"], row["deposit_bp"], parts), row["terms_digest"])


def _as_if_held(item: dict[str, Any], expires_at: datetime | str | None) -> dict[str, Any]:
    """A test cart holds nothing in the cellar: its lines stand for its holds, and nobody else sees them.

    What the customer's cart held before, of a real offer, is free for nobody until its time is over.
    """
    free = {"held": item["held"] + (item["in_cart"] or 0)}
    return item | free | {"own_hold": item["in_cart"], "own_hold_expires_at": expires_at}


def _day(value: date | str | None) -> date | None:
    """A date as either engine gives it."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _item(
    row: dict[str, Any], now: datetime, currency: str, formats: Formats, *, wishing: bool = True
) -> ItemView:
    own_hold = row["own_hold"] or 0
    hold_ends = moment_out(row["own_hold_expires_at"])
    list_price = Money(row["price_minor"], currency)
    price = list_price if row["offer_price_minor"] is None else Money(row["offer_price_minor"], currency)
    if row["kept_price_minor"] is not None:
        price = Money(min(price.minor, row["kept_price_minor"]), currency)
    return ItemView(
        offer_item_id=row["id"],
        sku_id=row["sku_id"],
        stock_id=row["stock_id"],
        code=row["code"],
        name=row["name"],
        year=row["year"],
        format_name=format_name(row["millilitres"], row["units"]),
        units=row["units"],
        millilitres=row["units"] * row["millilitres"],
        equivalents_milli=formats.equivalents_milli(row["millilitres"], row["units"]),
        grams=formats.grams(row["millilitres"], row["units"]),
        variety=row["variety"],
        appellation=row["appellation"],
        note=row["note"],
        label_digest=row["digest"] or "",
        price=price,
        list_price=list_price,
        limits=_limits(row, wishing=wishing),
        default_quantity=row["default_quantity"],
        bought=row["bought"] or 0,
        drafted=int(row["drafted"] or 0),
        in_cart=row["in_cart"] or 0,
        own_hold=own_hold,
        is_held=hold_ends is not None and hold_ends > now,
        free=row["supply"] - row["sold"] - row["held"] + (row["lapsed"] or 0) + own_hold,
        unsold=row["supply"] - row["sold"],
        back_at=moment_out(row["back_at"]),
        wished=row["wished"] or 0,
        is_asked=row["asked_at"] is not None,
        told=row["told"] or "",
        lwin=row["lwin"],
    )


def _limits(row: dict[str, Any], *, wishing: bool) -> Limits:
    """The customer's own limits where there are some, else the group's; no wishes where wishing is off.

    Of what is set aside all of it, whatever was bought before.
    """
    if row["kept"]:
        used = (row["bought"] or 0) + int(row["drafted"] or 0)
        return Limits(0, used + row["kept"], 0, row["multiple"])
    is_own = row["own_maximum"] is not None
    minimum, maximum, wishes = (
        ("own_minimum", "own_maximum", "own_wish_maximum")
        if is_own
        else ("purchase_minimum", "purchase_maximum", "wish_maximum")
    )
    return Limits(row[minimum], row[maximum], row[wishes] if wishing else 0, row["multiple"])


def _cart(
    row: dict[str, Any], offer: OfferFacts, items: list[ItemView], now: datetime, currency: str
) -> CartView:
    expires_at = moment_out(row["expires_at"])
    if expires_at is not None:
        # Nothing can be bought after the close, so nothing is kept beyond it, wherever the close was moved meanwhile.
        expires_at = min(expires_at, offer.closes_at)
    lines = [
        CartLineView(
            item, item.in_cart, item.is_held and item.own_hold >= item.in_cart, item.price * item.in_cart
        )
        for item in items
        if item.in_cart
    ]
    subtotal = total((line.amount for line in lines), currency)
    bottles = sum(line.quantity * line.item.units for line in lines)
    return CartView(
        reference=row["cart_reference"],
        attempt=row["attempt"],
        expires_at=expires_at,
        is_live=expires_at is not None and expires_at > now and bool(lines),
        lines=lines,
        subtotal=subtotal,
        discount=Money(discount_minor(subtotal.minor, offer.discount_bp), currency),
        progress=measure_progress(offer.rules, bottles=bottles, subtotal=subtotal),
        pending_order_reference=row["pending_order_reference"] or "",
    )


@dataclass(frozen=True, slots=True)
class MethodQuote:
    """A way of delivery with its price and the tax of the whole order; without an ``id`` where nothing is sent yet."""

    id: int | None
    reference: str
    name: str
    description: str
    kind: MethodKind
    shipping: Money
    tax: Money
    is_free: bool
    terms: Terms
    #: Country and state in which the wine is handed over.
    place: tuple[str, str]
    #: What is taxed, where and at which rate; ``tax`` is what it adds.
    taxes: tuple[TaxLine, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckoutQuote:
    """Everything that will be charged, before the button; ``problem`` says why nothing can be."""

    methods: list[MethodQuote]
    chosen: MethodQuote | None
    wine: Money
    discount: Money
    shipping: Money
    tax: Money
    total: Money
    problem: str
    #: Why nothing is sent to this address, where the wine may be had in another way.
    word: str = ""
    #: What is taxed; ``tax`` is what of it isn't in the price.
    taxes: tuple[TaxLine, ...] = ()
    #: The way that was asked for, where the place's law doesn't let so much wine go there; ``problem`` says so.
    beyond: str = ""
    #: Whether it isn't for too much wine that it can't go.
    is_against_law: bool = False
    #: Whether the winery sends wine to carriers' locations, where it is picked up.
    may_be_held: bool = False
    #: Whether a law of the place has an adult sign for what is sent to a door.
    is_signed: bool = False
    #: What of it may go now, and what on a later day; None where that can't be told or isn't worth it.
    split: Split | None = None
    #: The problem without what can be done about it, and what the place's law says, where that is the problem.
    why: str = ""
    verdict: Verdict | None = None
    #: What of the total isn't asked for now, by the plan of a release en primeur; nought for all others.
    later: Money | None = None

    @property
    def due_now(self) -> Money:
        return self.total - self.later if self.later else self.total


def quote_checkout(
    page: OfferPage,
    *,
    country: str,
    state: str,
    special: frozenset[SpecialKind] = frozenset(),
    location: str = "",
    method_reference: str = "",
    proposes: bool = False,
    parcel: Parcel | None = None,
    locks: bool = False,
    city: str = "",
    postal_code: str = "",
    customer_id: int = 0,
) -> CheckoutQuote:
    """What the cart costs delivered to a state by a method; one statement, one more where the method isn't there.

    ``parcel`` is the cart's wine on its way to the address, held to the laws and volume limits of its place where
    there are some, for some statements more; ``locks`` as for ``volumes.judge_parcel``. What is beyond them isn't
    ``chosen``.

    With ``proposes`` and no method the first way of shipping is taken. Nobody is sent elsewhere or by another way
    than the one named: then nothing is ``chosen``, and ``problem`` says why and what to do.
    """
    if not page.cart or not page.offer or not page.at:
        raise ValueError("a checkout needs a cart")
    cart = page.cart
    if page.offer.campaign:
        return _quote_in_bond(cart, page.offer.campaign, page.offer.discount_bp)
    quotes = quote_methods(
        country=country,
        state=state,
        freight=Freight(cart.equivalents_milli, cart.total.minor, cart.grams, bottles_of(cart)),
        free_shipping=page.offer.free_shipping,
        special=special,
        city=city,
        postal_code=postal_code,
        customer_id=customer_id,
        location=location,
        now=page.at,
    )
    methods = [
        _method(quote, page.offer.discount_bp, cart.subtotal.currency)
        for quote in quotes
        if not quote.refuses
    ]
    ships = [method for method in methods if method.kind.is_sent]
    chosen = next((method for method in methods if method.reference == method_reference), None)
    if proposes and not method_reference and ships:
        chosen = ships[0]
    word = "" if ships or not country else say_refused(quotes) or say_unreached(country, state)
    gone, beyond, limited, why, verdict, split = "", "", "", "", None, None
    ways = {quote.reference: quote for quote in quotes}
    if parcel and chosen and ways[chosen.reference].is_limited:
        verdict = judge_parcel(parcel, locks=locks)
        beyond = say_verdict(verdict, parcel.place, kinds=kinds_besides(quotes, location))
        why = say_verdict(verdict, parcel.place, asks=False)
        split = split_of(page, parcel, verdict) if beyond and not locks else None
        limited, chosen = (chosen.reference, None) if beyond else ("", chosen)
    if method_reference and chosen is None and not word and not beyond:
        gone = why_gone(
            method_reference, quotes, country=country, state=state, location=location, now=page.at
        )
    if word:
        why = say_refused(quotes, asks=False) or word
    nothing = Money(0, cart.subtotal.currency)
    shipping, tax = (chosen.shipping, chosen.tax) if chosen else (nothing, nothing)
    return CheckoutQuote(
        methods=methods,
        chosen=chosen,
        wine=cart.subtotal,
        discount=cart.discount,
        shipping=shipping,
        tax=tax,
        total=cart.total + shipping + tax,
        problem="" if chosen else beyond or _problem(methods, word, gone),
        word=word,
        taxes=chosen.taxes if chosen else (),
        beyond=limited,
        is_against_law=bool(verdict and verdict.broken),
        may_be_held=may_be_held(quotes, location),
        is_signed=any(quote.is_signed for quote in quotes),
        split=split,
        why="" if chosen else why,
        verdict=verdict,
    )


def quote_to(
    page: OfferPage,
    customer_id: int,
    address: Address,
    now: datetime,
    *,
    method_reference: str = "",
    proposes: bool = True,
) -> CheckoutQuote:
    """What the customer's cart costs sent to an address of theirs; the rest as ``quote_checkout``."""
    if page.cart is None:
        raise ValueError("a checkout needs a cart")
    return quote_checkout(
        page,
        country=address.country,
        state=address.state,
        special=special_of(address),
        location=address.location,
        method_reference=method_reference,
        proposes=proposes,
        parcel=Parcel(customer_id, page.cart.millilitres, parts_of(address), now, skus=page.cart.skus),
        city=address.city,
        postal_code=address.postal_code,
        customer_id=customer_id,
    )


#: What stands for a way of delivery where nothing is sent yet.
IN_BOND = "In bond, until it is released"


def _quote_in_bond(cart: CartView, campaign: CampaignFacts, discount_bp: int) -> CheckoutQuote:
    """The wine alone, as it stands in the winery: delivery, duty and taxes are asked for when it is released."""
    nothing = Money(0, cart.subtotal.currency)
    terms = Terms(discount_bp, False, Tariff(), TaxRule(0, False), current_formats())
    stays = MethodQuote(None, "", IN_BOND, "", MethodKind.STORAGE, nothing, nothing, False, terms, ("", ""))
    _, *later = campaign.plan.amounts(cart.total.minor)
    return CheckoutQuote(
        methods=[],
        chosen=stays,
        wine=cart.subtotal,
        discount=cart.discount,
        shipping=nothing,
        tax=nothing,
        total=cart.total,
        problem="",
        later=Money(sum(later), cart.subtotal.currency),
    )


def priced_of(page: OfferPage, quote: CheckoutQuote | None, credit: Money, to_pay: Money) -> Priced:
    """What a total is made of, for what a page shows and what an order is compared with."""
    way = quote.chosen if quote else None
    if way is None:
        return Priced.of(page, None, credit, to_pay)
    facts = (way.reference, way.name, way.shipping, way.tax, way.terms.tax)
    return Priced.of(page, facts, credit, to_pay)


def words_of_address(parts: Mapping[str, Any]) -> str:
    """An address, given by its columns, as pages show it."""
    place = f"{parts['state'] or ''} {parts['postal_code'] or ''}".strip()
    country = parts["country"] if parts["country"] != "US" else ""
    shown = (
        parts["recipient"],
        parts["company"],
        parts["line1"],
        parts["line2"],
        parts["city"],
        place,
        country,
    )
    return ", ".join(part for part in shown if part)


def _problem(methods: list[MethodQuote], word: str, gone: str) -> str:
    """Why nothing is chosen, and what to do about it."""
    if not methods:
        ask = "" if word.endswith("write to us.") else " Choose another address, or write to us."
        return f"{word or gone or 'Nothing leads to this address.'}{ask}"
    if word:
        return f"{word} Or choose another way to get it." if word.endswith("us.") else f"{word} {_ASK}"
    return f"{gone} {_ASK}".strip()


_ASK = "Choose how you get your wine."


def bottles_of(cart: CartView) -> tuple[Bottles, ...]:
    """What the wine of a cart is bottled in, as taxes and fees see it."""
    return tuple(
        Bottles(line.quantity, line.amount.minor, line.item.units, line.item.millilitres // line.item.units)
        for line in cart.lines
    )


def _method(quote: DeliveryQuote, discount_bp: int, currency: str) -> MethodQuote:
    return MethodQuote(
        id=quote.method_id,
        reference=quote.reference,
        name=quote.name,
        description=quote.description,
        kind=quote.kind,
        shipping=Money(quote.shipping_minor, currency),
        tax=Money(quote.tax_minor, currency),
        is_free=quote.is_free,
        terms=Terms(
            discount_bp,
            quote.is_free,
            quote.tariff,
            quote.tax,
            current_formats(),
            quote.sent_after_days,
        ),
        taxes=quote.taxes,
        place=quote.place,
    )
