"""What the page of a customer's order change prints, and what its form means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from tirage.changes.models import ChangeDraft
from tirage.changes.pricing import order_ship_to
from tirage.changes.queries import live_drafts, quote_draft, why_not_changeable
from tirage.changes.rules import Addable, AddWine, ChangeQuote, QuoteLine
from tirage.changes.states import DraftState, Maker, RefundTo
from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.core.sql import fetch_models
from tirage.core.winery import current_winery, local_time
from tirage.customers.models import Address, Customer
from tirage.orders.models import Order
from tirage.orders.rules import ShipTo
from tirage.parts.wording import say_money, say_time_of_day
from tirage.payments.models import PayLink, PaymentMethod
from tirage.payments.operations import live_pay_links, pay_link_url
from tirage.storefront.forms import AddressForm, read_date
from tirage.storefront.till import NEW, OWN, card_words, open_countries
from tirage.storefront.wines import label_url

#: The choices of an address that are no saved one: the order's own, and the one typed before.
AS_IT_IS, TYPED = "", "typed"
#: The choice of how to pay that is no card.
BY_CREDIT = "credit"
#: What the names of a new address's fields begin with.
TO = "to"
_PIECES, _ADD = "pieces-", "add-"


def order_change_words(order: Order, now: datetime) -> dict[str, Any]:
    """What the order's page says of changing it: whether, why not, and what is under way. Two statements at most."""
    why_not = why_not_changeable(order.state)
    drafts = [] if why_not else live_drafts(order.pk)
    own_live = any(draft.maker == Maker.CUSTOMER for draft in drafts)
    links = {link.purpose: link for link in live_pay_links(order.pk, now)} if drafts else {}
    told = (_draft_words(draft, links.get(draft.reference)) for draft in drafts)
    return {
        "can_change": not why_not and current_winery().customers_change_orders and not own_live,
        "why_not": why_not,
        "drafts": [words for words in told if words],
    }


def _draft_words(draft: ChangeDraft, link: PayLink | None) -> dict[str, str] | None:
    """A change under way; what the team is still putting together is nobody else's business."""
    if draft.maker == Maker.CUSTOMER:
        return {
            "words": "You began to change this order.",
            "waits": draft.waiting_for,
            "url": reverse("storefront:change", args=[draft.reference]),
            "go_on": "Go on with it",
        }
    if link is None:
        return None
    amount = say_money(Money(link.amount_minor, link.currency), current_winery().locale)
    return {
        "words": f"We prepared a change for you; {amount} are to be paid for it.",
        "waits": "",
        "url": pay_link_url(link),
        "go_on": "Look at it and pay",
    }


@dataclass(frozen=True, slots=True)
class WineChoice:
    """A wine with a stepper. ``limit`` are the words after the number."""

    field: str
    title: str
    label_url: str
    price: str
    quantity: int
    maximum: int
    multiple: int
    limit: str
    note: str
    problem: str


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    value: str
    name: str
    one_line: str


@dataclass(frozen=True, slots=True)
class Desk:
    """A draft on the table, with everything that can be chosen for it."""

    draft: ChangeDraft
    quote: ChangeQuote
    addresses: Sequence[Address]
    cards: Sequence[PaymentMethod]

    @property
    def place(self) -> str:
        """Which choice of address the draft stands for."""
        wanted = self.draft.delivery.get("ship_to")
        if not wanted:
            return AS_IT_IS
        ship_to = ShipTo(**wanted)
        return next((one.reference for one in self.addresses if _ship_to(one) == ship_to), TYPED)

    @property
    def method(self) -> str:
        return next((way.reference for way in self.quote.methods if way.is_chosen), "")

    @property
    def ship_on(self) -> str:
        kept = self.draft.order.requested_ship_on
        return str(self.draft.delivery.get("requested_ship_on", kept.isoformat() if kept else "") or "")

    @property
    def gift_note(self) -> str:
        return str(self.draft.delivery.get("gift_note", self.draft.order.gift_note))


def open_desk(draft: ChangeDraft, customer: Customer, now: datetime) -> Desk:
    """The draft with its quote, and the customer's addresses and cards; twelve statements at most."""
    return Desk(
        draft,
        quote_draft(draft, now),
        fetch_models(Address, OWN.format("customers_address"), [customer.pk]),
        fetch_models(PaymentMethod, OWN.format("payments_paymentmethod"), [customer.pk]),
    )


def read_edits(desk: Desk, form: QueryDict) -> dict[str, Any]:
    """What the form asks for that the draft doesn't say yet, as ``edit_draft`` takes it; empty when nothing.

    Raises DomainError for figures and days that are none.
    """
    edits: dict[str, Any] = {}
    if pieces := _pieces_changed(desk.quote, form):
        edits["pieces"] = pieces
    if add := _wines_added(desk.quote, form):
        edits["add"] = add
    edits |= _place_changed(desk, form)
    if (method := form.get("method", desk.method)[:40]) != desk.method:
        edits["method_reference"] = method
    if (ship_on := form.get("ship_on", desk.ship_on)) != desk.ship_on:
        edits["requested_ship_on"] = _day(ship_on)
    if (note := form.get("gift_note", desk.gift_note).strip()) != desk.gift_note:
        edits["gift_note"] = note
    return edits


def _pieces_changed(quote: ChangeQuote, form: QueryDict) -> dict[str, int]:
    """Desired pieces by line, of the wines on the order and of those that the draft added."""
    wanted = {
        line.key: _number(form, field)
        for line in quote.lines
        if (field := _field_of(line)) in form and _number(form, field) != line.after
    }
    return {key: pieces for key, pieces in wanted.items() if pieces is not None}


def _wines_added(quote: ChangeQuote, form: QueryDict) -> list[AddWine]:
    """Wines of the offer that neither the order nor the draft has yet."""
    present = {line.sku_id for line in quote.lines}
    asked = [
        (wine.sku_id, _number(form, f"{_ADD}{wine.sku_id}"))
        for wine in quote.addable
        if wine.sku_id not in present
    ]
    return [AddWine(sku_id, pieces) for sku_id, pieces in asked if pieces]


def _field_of(line: QuoteLine) -> str:
    """A wine that is on the order is named by its line, one that is only added by itself."""
    return f"{_PIECES}{line.key}" if line.before else f"{_ADD}{line.sku_id}"


def _place_changed(desk: Desk, form: QueryDict) -> dict[str, Any]:
    chosen = form.get("address", desk.place)[:40]
    if chosen == NEW:
        typed = AddressForm(form, countries=open_countries(), prefix=TO).values()
        return {"ship_to": ShipTo(**{name: typed.get(name, "") for name in ShipTo.__dataclass_fields__})}
    return {} if chosen in (desk.place, TYPED) else {"address_reference": chosen}


def _number(form: QueryDict, field: str) -> int | None:
    text = form.get(field, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise DomainError(
            "quantity_wrong", "Write whole numbers of bottles, such as 3.", {field: "A whole number."}
        )
    return int(text)


def _day(text: str) -> date | None:
    try:
        return read_date(text)
    except DomainError:
        words = "Write the day as day, month and year, or leave it empty."
        raise DomainError("day_invalid", words, {"requested_ship_on": words}) from None


def change_words(
    desk: Desk, typed: Mapping[str, str], fields: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    """The context of the page. ``typed`` is what was sent and refused, ``fields`` why, by field."""
    quote, order, locale = desk.quote, desk.draft.order, current_winery().locale
    wines = [_wine(line, quote, typed, fields) for line in quote.lines if line.before]
    lead = _lead(desk, now)
    return {
        "draft": desk.draft,
        "order": order,
        "quote": quote,
        "wines": wines,
        "more_wines": _more(quote, typed, fields),
        "places": _places(desk),
        "place": typed.get("address", desk.place),
        "ways": [
            (way, "Free" if not way.shipping else say_money(way.shipping, locale)) for way in quote.methods
        ],
        "method": typed.get("method", desk.method),
        "ship_on": typed.get("ship_on", desk.ship_on),
        "ship_on_problem": fields.get("requested_ship_on", ""),
        "today": local_time(now).date().isoformat(),
        "gift_note": typed.get("gift_note", desk.gift_note),
        "differences": _differences(quote, locale),
        "before": say_money(quote.before.owed, locale),
        "after": say_money(quote.after.owed, locale),
        "settles": _settles(quote, locale),
        "act_words": _act_words(quote, locale),
        "cards": card_words(desk.cards, now),
        "card": typed.get("card", _first_card(desk, now)),
        "credit": _credit(desk),
        "goes_to_credit": typed.get("refund_to") == RefundTo.CREDIT.value,
        "holds_until": _held_until(quote, now),
        "held_words": lead,
        "problems": [one.text for one in quote.problems],
        "waits": desk.draft.waiting_for if desk.draft.state == DraftState.WAITING else "",
    }


def _wine(
    line: QuoteLine, quote: ChangeQuote, typed: Mapping[str, str], fields: Mapping[str, str]
) -> WineChoice:
    addable = next((wine for wine in quote.addable if wine.sku_id == line.sku_id), None)
    field = _field_of(line)
    return WineChoice(
        field=field,
        title=line.title,
        label_url=label_url(line.label_digest),
        price=say_money(line.unit_price, current_winery().locale),
        quantity=_typed(typed, field, line.after),
        maximum=max(line.before, line.after) + (addable.most if addable else 0),
        multiple=addable.multiple if addable and addable.multiple > 1 else 1,
        limit=_limit(line, addable),
        note=_note(line),
        problem=fields.get(f"{_PIECES}{line.key}", ""),
    )


def _limit(line: QuoteLine, addable: Addable | None) -> str:
    if addable and addable.most:
        return f"({line.before} ordered, up to {addable.most} more)"
    return f"of the {line.before} you ordered" if line.before else ""


def _note(line: QuoteLine) -> str:
    if line.change > 0:
        return f"{line.change} more"
    return f"{-line.change} fewer" if line.change < 0 else ""


def _more(quote: ChangeQuote, typed: Mapping[str, str], fields: Mapping[str, str]) -> list[WineChoice]:
    """The other wines of the customer's offer, those that the draft adds already among them."""
    ordered = {line.sku_id for line in quote.lines if line.before}
    added = {line.sku_id: line for line in quote.lines if not line.before}
    locale = current_winery().locale
    return [
        WineChoice(
            field=(field := f"{_ADD}{wine.sku_id}"),
            title=wine.name if wine.format_name == "750 ml" else f"{wine.name}, {wine.format_name}",
            label_url=label_url(wine.label_digest),
            price=say_money(wine.price, locale),
            quantity=_typed(typed, field, line.after if (line := added.get(wine.sku_id)) else 0),
            maximum=wine.most + (line.after if line else 0),
            multiple=max(wine.multiple, 1),
            limit=f"of up to {wine.most + (line.after if line else 0)}",
            note="Added" if line else "",
            problem=fields.get(field) or (fields.get(f"{_PIECES}{line.key}", "") if line else ""),
        )
        for wine in quote.addable
        if wine.sku_id not in ordered and (wine.most or wine.sku_id in added)
    ]


def _typed(typed: Mapping[str, str], field: str, otherwise: int) -> int:
    text = typed.get(field, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else otherwise


def _places(desk: Desk) -> list[PlaceChoice]:
    own = order_ship_to(desk.draft.order)
    places = [PlaceChoice(AS_IT_IS, own.recipient, _one_line(own))] if own.line1 else []
    if desk.place == TYPED:
        typed = ShipTo(**desk.draft.delivery["ship_to"])
        places.append(PlaceChoice(TYPED, typed.recipient, _one_line(typed)))
    saved = [one for one in desk.addresses if _ship_to(one) != own]
    return places + [PlaceChoice(one.reference, one.recipient, one.one_line) for one in saved]


def _ship_to(address: Address) -> ShipTo:
    return ShipTo(**{name: getattr(address, name) for name in ShipTo.__dataclass_fields__})


def _one_line(ship_to: ShipTo) -> str:
    parts = [ship_to.line1, ship_to.line2, ship_to.city, f"{ship_to.state} {ship_to.postal_code}".strip()]
    return ", ".join(part for part in parts if part)


def _differences(quote: ChangeQuote, locale: str) -> list[tuple[str, str, str]]:
    """What changes: the name, before and after, and the money."""
    wines = [
        (line.title, f"{line.before} → {line.after}", _signed(line.difference, locale))
        for line in quote.lines
        if line.change
    ]
    fields = [(field.label, f"{field.before} → {field.after}", "") for field in quote.fields]
    charges = [
        (charge.description or charge.kind.capitalize(), "", _signed(charge.difference, locale))
        for charge in quote.charges
        if charge.difference
    ]
    return wines + fields + charges


def _signed(amount: Money, locale: str) -> str:
    return f"+{say_money(amount, locale)}" if amount.minor > 0 else say_money(amount, locale)


def _settles(quote: ChangeQuote, locale: str) -> tuple[str, str]:
    """What happens to the money, and how much."""
    if quote.to_pay:
        return "To pay now", say_money(quote.to_pay, locale)
    if quote.to_give_back:
        return "You get back", say_money(quote.to_give_back, locale)
    return "To pay now", "Nothing"


def _act_words(quote: ChangeQuote, locale: str) -> str:
    """The button says what it does."""
    if quote.to_pay:
        return f"Pay {say_money(quote.to_pay, locale)} and change my order"
    return "Change my order"


def _first_card(desk: Desk, now: datetime) -> str:
    usable = [card["reference"] for card in card_words(desk.cards, now) if not card["has_expired"]]
    return (
        usable[0]
        if usable and not desk.draft.waiting_code
        else (NEW if desk.draft.waiting_code else "") or NEW
    )


def _credit(desk: Desk) -> str:
    """The store credit in words, where it covers what is to be paid; or where money may go there."""
    credit = Money(desk.draft.order.customer.credit_minor, desk.quote.settlement.currency)
    covers = desk.quote.to_pay and credit >= desk.quote.to_pay
    return say_money(credit, current_winery().locale) if covers else ""


def _held_until(quote: ChangeQuote, now: datetime) -> str:
    winery = current_winery()
    holds = any(line.held for line in quote.lines)
    if not holds or quote.expires_at <= now:
        return ""
    return say_time_of_day(quote.expires_at, winery.time_zone, winery.locale, with_zone=True)


def _lead(desk: Desk, now: datetime) -> str:
    held = sum(line.held * line.units for line in desk.quote.lines)
    return f"{held} more {'bottle is' if held == 1 else 'bottles are'} kept for you for"
