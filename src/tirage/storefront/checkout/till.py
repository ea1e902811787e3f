"""What the checkout page prints: held lines, ways of delivery, cards and totals as finished words."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import QueryDict

from tirage.checkout.gone import say_gone_address, say_gone_card
from tirage.checkout.meanwhile import addresses_shown, checkout_shown
from tirage.checkout.queries import CheckoutQuote, priced_of, quote_checkout, quote_to, words_of_address
from tirage.checkout.rules import CartView, OfferPage, usable_credit
from tirage.checkout.taxing import tax_shown
from tirage.checkout.ways_out import WayOut, fields_of, ways_out
from tirage.core.money import Money, say_money
from tirage.core.sql import fetch_all, fetch_models
from tirage.core.winery import current_winery, local_time
from tirage.customers.models import Address, Customer
from tirage.customers.operations.one_address import became_of
from tirage.delivery.days import say_date
from tirage.delivery.states import MethodKind
from tirage.parts.hands import Carried
from tirage.payments.models import PaymentMethod
from tirage.payments.operations import is_too_small, least_minor, rests_are_waived, say_too_small
from tirage.payments.queries import cards_to_choose
from tirage.storefront.frame.holding import hold_url
from tirage.storefront.frame.kept import kept
from tirage.storefront.offer.wines import (
    held_until,
    item_name,
    label_url,
    progress_words,
    say_bottles,
    say_closing,
)
from tirage.taxes.duties.queries import excise_in
from tirage.taxes.rules import TAX_NAME
from tirage.taxes.words import tax_facts

NEW = "new"
#: What the form of the page is about.
CHECKOUT = "checkout"
#: Asked for and not chosen: what was chosen before is gone, and nobody chooses for somebody.
UNCHOSEN = "open"
# Written out: the query compiler would take longer than the statements, at the busiest minute of the year.
OWN = """SELECT {{columns}} FROM {} t
WHERE customer_id = %s AND removed_at IS NULL ORDER BY is_default DESC, id DESC"""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the customer chose on the page, by reference; ``new`` means the fields beside it, ``open`` nothing.

    What is empty wasn't asked yet.
    """

    address: str = ""
    method: str = ""
    card: str = ""
    #: Whether a card that is typed is kept for next time.
    keep_card: bool = False
    gift_note: str = ""
    #: Whether store credit pays what it can.
    credit: bool = False
    adult: bool = False
    birth_date: str = ""
    #: The digest of the terms that were ticked, of a release en primeur.
    terms: str = ""
    #: Where it is stored, as it is typed; None where it wasn't asked.
    storage_warehouse: str | None = None
    storage_account: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    size: str
    quantity: int
    amount: str
    label_url: str
    is_held: bool


@dataclass(frozen=True, slots=True)
class Way:
    """A way of delivery as a choice."""

    reference: str
    name: str
    description: str
    price: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Till:
    """Everything of a checkout at one moment."""

    page: OfferPage
    cart: CartView
    addresses: Sequence[Address]
    cards: Sequence[PaymentMethod]
    choice: Choice
    quote: CheckoutQuote | None
    credit_minor: int
    #: What was chosen and isn't there any more, in words.
    gone: Sequence[str] = ()
    #: Warehouse and account of the customer, as they are known.
    stored: tuple[str, str] = ("", "")
    #: What can be done where it may not go to the address.
    outs: tuple[WayOut, ...] = ()

    @property
    def problem(self) -> str:
        """Why nothing can be ordered as it is; without what can be done about it where that is a list of choices."""
        if self.quote is None:
            return ""
        return self.quote.why or self.quote.problem

    @property
    def total(self) -> Money:
        """What it comes to, as far as that is known."""
        return self.quote.total if self.quote and self.quote.chosen else self.cart.total

    @property
    def due_now(self) -> Money:
        """What of it is asked for now: less than all where wine is sold en primeur by a plan."""
        return self.quote.due_now if self.quote and self.quote.chosen else self.cart.total

    @property
    def credit(self) -> Money:
        """What store credit can pay of it, asked for or not; nothing before the total stands."""
        known = self.quote is not None and self.quote.chosen is not None
        return usable_credit(
            self.due_now,
            self.credit_minor if known else 0,
            least_minor=least_minor(self.total.currency),
        )

    @property
    def is_in_bond(self) -> bool:
        """Whether the wine is sold before it is bottled: nothing of it is sent yet."""
        return self.page.offer is not None and self.page.offer.campaign is not None

    @property
    def address(self) -> Address | None:
        return next((address for address in self.addresses if address.reference == self.choice.address), None)

    @property
    def to_pay(self) -> Money:
        return self.due_now - self.credit if self.choice.credit else self.due_now

    def shown(self, carried: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What the page shows, for its form; ``carried``, where addresses stay as they were shown before."""
        credit = self.credit if self.choice.credit else self.credit * 0
        places = [(one.reference, words_of_address(vars(one))) for one in self.addresses]
        found = checkout_shown(self.page, priced_of(self.page, self.quote, credit, self.to_pay), places)
        return found | (addresses_shown(carried) if carried else {})

    @property
    def can_place(self) -> bool:
        """Whether the button is there: the rules met, and a price that stands.

        Bottles whose time is over are taken again by it, if they are still there.
        """
        quote = self.quote
        return bool(self.cart.rules_met and quote and quote.chosen and not quote.problem)


def read_choice(data: QueryDict, *, credit: bool = False) -> Choice:
    """The choice out of a form or a query; unknown references fall back when the till is opened.

    ``credit`` says whether store credit is used where nothing has been ticked or unticked yet. A way out that was
    pressed stands for what it chooses; another address proposes a way to it.
    """
    instead = fields_of(data.get("instead", ""), str)
    return Choice(
        address=instead.get("address", data.get("address", ""))[:40],
        method=instead.get("method", data.get("method", ""))[:40],
        card=data.get("card", "")[:40],
        keep_card=data.get("keep_card") == "1",
        gift_note=data.get("gift_note", ""),
        credit=credit or data.get("credit") == "1",
        adult=data.get("adult") == "1",
        birth_date=data.get("birth_date", "")[:10],
        terms=data.get("terms", "")[:64],
        storage_warehouse=data.get("storage_warehouse"),
        storage_account=data.get("storage_account"),
    )


def open_till(customer: Customer, page: OfferPage, choice: Choice, now: datetime) -> Till:
    """Addresses, cards and the quote around a cart; three statements. Needs ``page.cart``.

    Asks the service for tax where one is connected for it, so no transaction may be open then.

    What hasn't been asked yet is proposed. What was chosen and is gone is named, and nothing takes its place.
    """
    if page.cart is None:
        raise ValueError("a checkout needs a cart")
    addresses = fetch_models(Address, OWN.format("customers_address"), [customer.pk])
    # A test order takes test cards only, and those are typed: none of the customer's own is ever asked.
    cards = cards_to_choose(customer.pk, now, besides=choice.card) if not page.is_test else []
    if page.is_test:
        choice = replace(choice, card=NEW, credit=False)
    choice = replace(choice, address=_by_now(customer.pk, choice.address, addresses))
    gone = _gone(customer.pk, choice, addresses, cards)
    choice = replace(
        choice,
        address=_known(choice.address, [address.reference for address in addresses]),
        card=_known(
            ""
            if any(card.reference == choice.card and card.has_expired(now) for card in cards)
            else choice.card,
            [card.reference for card in cards if not card.has_expired(now)],
        ),
    )
    address = next((address for address in addresses if address.reference == choice.address), None)
    quote = None
    if page.offer and page.offer.campaign and page.cart.lines:
        quote = quote_checkout(page, country="", state="")
        choice = replace(choice, address="", method="")
    elif address and page.cart.lines:
        quote = quote_to(
            page,
            customer.pk,
            address,
            now,
            method_reference="" if choice.method == UNCHOSEN else choice.method,
            proposes=choice.method != UNCHOSEN,
        )
        quote = tax_shown(page, quote, customer, vars(address), now)
        choice = replace(choice, method=quote.chosen.reference if quote.chosen else quote.beyond or UNCHOSEN)
    credit_minor = 0 if page.is_test else customer.credit_minor
    stored = (customer.storage_warehouse, customer.storage_account)
    outs: tuple[WayOut, ...] = ()
    if quote and address and quote.why:
        outs = ways_out(page, quote, address, addresses, now)
    return Till(page, page.cart, addresses, cards, choice, quote, credit_minor, gone, stored, outs)


def _by_now(customer_id: int, chosen: str, addresses: Sequence[Address]) -> str:
    """The address that was chosen, or the one that it was made one with since."""
    is_gone = _is_gone(chosen, [address.reference for address in addresses])
    return became_of(customer_id, chosen) if is_gone else chosen


def _gone(
    customer_id: int, choice: Choice, addresses: Sequence[Address], cards: Sequence[PaymentMethod]
) -> list[str]:
    """What was chosen and isn't saved any more; a statement for each."""
    found = []
    if _is_gone(choice.address, [address.reference for address in addresses]):
        found.append(say_gone_address(customer_id, choice.address))
    if _is_gone(choice.card, [card.reference for card in cards]):
        found.append(say_gone_card(customer_id, choice.card))
    return found


def till_words(
    till: Till, now: datetime, carried: Mapping[str, Any] | None = None, *, keeps_open: bool = False
) -> dict[str, Any]:
    """The context of the checkout templates; ``carried`` is what a page shows that is swapped in part, ``keeps_open``
    whether the ways are being chosen there right now.
    """
    winery, cart, quote, to_pay = current_winery(), till.cart, till.quote, till.to_pay
    return {
        "offer": till.page.offer,
        "is_test": till.page.is_test,
        "cart": cart,
        "choice": till.choice,
        "lines": lines_of(cart),
        "cart_words": say_bottles(cart.bottles),
        "held_words": f"{say_bottles(cart.bottles)} {'is' if cart.bottles == 1 else 'are'} yours for",
        "cart_bottles": cart.bottles if cart.is_live else None,
        "held_until": held_until(cart),
        "kept_until": cart.expires_at if cart.is_live else None,
        "closing": say_closing(till.page, cart.expires_at if cart.is_live else None),
        "lapsed": bool(cart.lines) and not cart.is_live,
        "part_held": cart.is_live and not cart.fully_held,
        "progress": [rule for rule in progress_words(cart.progress) if not rule.met],
        "addresses": till.addresses,
        "address": till.address,
        "to_said": _said_address(till.address),
        "by_said": _said_card(till, now),
        "shows_rest": bool(till.addresses) or till.is_in_bond,
        "is_in_bond": till.is_in_bond,
        "signs": _signs(till),
        "cards": card_words(till.cards, now),
        "ways": kept(
            "storefront/checkout/ways.html",
            has_address=till.address is not None and not till.is_in_bond,
            gone=tuple(till.gone),
            problem=till.problem or (quote.word if quote else ""),
            outs=till.outs,
            asks_way=till.choice.method == UNCHOSEN,
            ways=_ways(quote),
            said=_said_way(quote),
            is_open=keeps_open or bool(till.problem),
            hold_url=_hold_url(till),
            storage=_storage(till),
            is_signed=bool(quote and quote.is_signed),
            split=_split(quote),
        ),
        "totals": _totals(cart, quote),
        "vat": _vat_rows(cart, quote, now),
        "total": say_money(till.total, winery.locale),
        "credit": say_money(till.credit, winery.locale) if till.credit else "",
        "credit_off": say_money(-till.credit, winery.locale),
        "covered": bool(till.credit) and not to_pay,
        "too_small": _say_rest(to_pay),
        "to_pay": say_money(to_pay, winery.locale),
        "to_pay_minor": to_pay.minor,
        "shown_field": Carried(CHECKOUT, till.shown(carried), form="checkout-form").field,
        "has_total": bool(quote and quote.chosen),
        "can_place": till.can_place,
        "card_key": secrets.token_hex(8),
    }


def lines_of(cart: CartView) -> list[Line]:
    """The cart's lines in words."""
    locale = current_winery().locale
    return [
        Line(
            item_name(line.item),
            line.item.format_name,
            line.quantity,
            say_money(line.amount, locale),
            label_url(line.item.label_digest),
            line.is_held,
        )
        for line in cart.lines
    ]


def open_countries() -> list[str]:
    """Countries that wine is sent to, the winery's own first; one statement."""
    rows = fetch_all("SELECT DISTINCT country FROM delivery_destination WHERE is_open", [])
    return sorted((row["country"] for row in rows), key=lambda code: (code != "US", code)) or ["US"]


#: Who signs for the wine, by the way that it goes; what stays in storage is signed for by nobody.
_SIGNS = {
    MethodKind.SHIP: "An adult signs for the wine at the door.",
    MethodKind.HOLD: "An adult shows an ID and signs for the wine where it is held.",
    MethodKind.PICKUP: "An adult signs for the wine when it is picked up.",
}


def _storage(till: Till) -> tuple[str, str] | None:
    """Warehouse and account as they were typed or are known, where the chosen way goes to storage; else None."""
    chosen = till.quote.chosen if till.quote else None
    if till.is_in_bond or chosen is None or chosen.kind is not MethodKind.STORAGE:
        return None
    typed = (till.choice.storage_warehouse, till.choice.storage_account)
    return till.stored if None in typed else (typed[0] or "", typed[1] or "")


def _signs(till: Till) -> str:
    """Who signs where, by the way that is chosen; as long as none is, by the kind of the address."""
    if till.is_in_bond:
        return ""
    if till.quote and till.quote.chosen:
        return _SIGNS.get(till.quote.chosen.kind, "")
    return _SIGNS[MethodKind.HOLD if till.address and till.address.location else MethodKind.SHIP]


def _hold_url(till: Till) -> str:
    """The page on which a carrier's location near the address is chosen; empty where nothing is held anywhere."""
    if till.address is None or till.quote is None or not till.quote.may_be_held:
        return ""
    aside = till.cart.reference if till.page.offer and till.page.offer.kept_until else ""
    return hold_url(near=till.address.reference, back=CHECKOUT, aside=aside)


def _known(chosen: str, references: Sequence[str]) -> str:
    """The choice; where it is gone, none; where none was asked for yet, the first (the default), else a new one."""
    if not references:
        return NEW
    if _is_gone(chosen, references):
        return UNCHOSEN
    return chosen or references[0]


def _is_gone(chosen: str, references: Sequence[str]) -> bool:
    return chosen not in ("", NEW, UNCHOSEN) and chosen not in references


def _said_way(quote: CheckoutQuote | None) -> str:
    """The way that is chosen, as its row says it; empty where none is."""
    return next((f"{way.name} · {way.price}" for way in _ways(quote) if way.is_chosen), "")


def _said_address(address: Address | None) -> str:
    if address is None:
        return "Choose an address"
    return f"{address.recipient} · {address.company + ', ' if address.location else ''}{address.one_line}"


def _said_card(till: Till, now: datetime) -> str:
    cards = card_words(till.cards, now)
    return next(
        (str(card["label"]) for card in cards if card["reference"] == till.choice.card), "Choose a card"
    )


def _ways(quote: CheckoutQuote | None) -> tuple[Way, ...]:
    locale = current_winery().locale
    if quote is None:
        return ()
    chosen = quote.chosen.reference if quote.chosen else quote.beyond
    return tuple(
        Way(
            method.reference,
            method.name,
            method.description,
            _or_free(method.shipping, locale),
            method.reference == chosen,
        )
        for method in quote.methods
    )


@dataclass(frozen=True, slots=True)
class SplitWords:
    """A split as a choice: what goes now, what is kept, from when and until when."""

    key: str
    first: str
    rest: str
    verb: str
    on: str
    until: str


def _split(quote: CheckoutQuote | None) -> SplitWords | None:
    if quote is None or quote.split is None:
        return None
    split = quote.split
    return SplitWords(
        split.key,
        say_bottles(split.first),
        say_bottles(split.rest),
        "is" if split.rest == 1 else "are",
        say_date(split.on),
        say_date(local_time(split.until).date()),
    )


def card_words(cards: Sequence[PaymentMethod], now: datetime) -> list[dict[str, Any]]:
    """Saved cards as people recognise them."""
    return [
        {
            "reference": card.reference,
            "label": card.long_label,
            "expiry": f"{card.exp_month:02d} / {card.exp_year % 100:02d}",
            "has_expired": card.has_expired(now),
            "is_default": card.is_default,
        }
        for card in cards
    ]


def _totals(cart: CartView, quote: CheckoutQuote | None) -> list[tuple[str, str]]:
    """The lines above the total: what each part costs, in words."""
    locale = current_winery().locale
    rows = [(say_bottles(cart.bottles).capitalize(), say_money(cart.subtotal, locale))]
    if cart.discount:
        rows.append(("Your discount", say_money(cart.discount, locale)))
    if quote and quote.chosen and quote.chosen.id is not None:
        word = "Delivery" if quote.chosen.kind.is_sent else quote.chosen.name
        rows.append((word, _or_free(quote.shipping, locale)))
        rows += _tax_rows(quote, locale)
    return rows


def _tax_rows(quote: CheckoutQuote, locale: str) -> list[tuple[str, str]]:
    """Taxes and fees by the names they go by; what is in the prices already says so."""
    sums: dict[str, Money] = {} if any(line.included for line in quote.taxes) else {TAX_NAME: quote.tax * 0}
    inside: dict[str, Money] = {}
    for line in quote.taxes:
        if not line.absorbed:
            rows = inside if line.included else sums
            rows[line.name] = rows.get(line.name, quote.tax * 0) + Money(
                line.amount_minor, quote.tax.currency
            )
    found = [(name, say_money(amount, locale)) for name, amount in sums.items()]
    return found + [(f"{name}, included", say_money(amount, locale)) for name, amount in inside.items()]


def _vat_rows(cart: CartView, quote: CheckoutQuote | None, now: datetime) -> list[tuple[str, str]]:
    """The excise that is in the prices, and what else is said of VAT; two statements where prices have VAT in them."""
    way = quote.chosen if quote else None
    if way is None:
        return []
    rule, locale = way.terms.tax, current_winery().locale
    if rule.included and not rule.relief:
        pieces = {line.item.sku_id: line.quantity for line in cart.lines}
        found = excise_in(way.place, local_time(now).date(), pieces)
        return [
            (f"{name}, included", say_money(Money(minor, cart.subtotal.currency), locale))
            for name, minor in found
        ]
    return [(name, words) for name, words in tax_facts(rule) if rule.relief]


def _say_rest(to_pay: Money) -> str:
    """What becomes of a sum that no card can be charged; empty where one can."""
    if not is_too_small(to_pay):
        return ""
    then = "nothing is charged" if rests_are_waived() else "it stays open on your order"
    return f"{say_too_small(to_pay)}: {then}."


def _or_free(amount: Money, locale: str) -> str:
    return say_money(amount, locale) if amount else "Free"
