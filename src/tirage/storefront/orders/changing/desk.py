"""A customer's order change on the table: what can be chosen for it, and what its form asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.http import QueryDict

from tirage.changes.models import ChangeDraft
from tirage.changes.pricing import order_ship_to
from tirage.changes.queries import quote_draft
from tirage.changes.rules import AddWine, ChangeQuote, QuoteLine
from tirage.checkout.ways_out import fields_of, with_fields
from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.core.sql import fetch_models
from tirage.core.texts import as_written
from tirage.customers.models import Address, Customer
from tirage.delivery.states import MethodKind
from tirage.orders.rules import ShipTo
from tirage.payments.models import PaymentMethod
from tirage.payments.queries import cards_of_tests, cards_to_choose
from tirage.storefront.checkout.till import NEW, OWN, open_countries
from tirage.storefront.frame.forms import AddressForm, read_date

#: The choices of an address that are no saved one: the order's own, and the one typed before.
AS_IT_IS, TYPED = "", "typed"
#: The choice of how to pay that is no card.
BY_CREDIT = "credit"
#: What the names of a new address's fields begin with.
TO = "to"
PIECES, ADD = "pieces-", "add-"
#: Longest number that a stepper may carry; anything beyond is somebody playing.
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Desk:
    """A draft on the table, with everything that can be chosen for it."""

    draft: ChangeDraft
    quote: ChangeQuote
    addresses: Sequence[Address]
    cards: Sequence[PaymentMethod]

    @property
    def own_place(self) -> ShipTo:
        """Where the order goes as it is."""
        return order_ship_to(self.draft.order)

    @property
    def typed_place(self) -> ShipTo | None:
        """Where the draft sends it instead."""
        wanted = self.draft.delivery.get("ship_to")
        return ShipTo(**wanted) if wanted else None

    @property
    def place(self) -> str:
        """Which choice of address the draft stands for."""
        wanted = self.typed_place
        if wanted is None:
            return AS_IT_IS
        return next((one.reference for one in self.addresses if ShipTo.of(one) == wanted), TYPED)

    @property
    def method(self) -> str:
        return next((way.reference for way in self.quote.methods if way.is_chosen), "")

    def stores(self, method: str) -> bool:
        """Whether a way that is offered goes into storage."""
        return any(way.reference == method and way.kind == MethodKind.STORAGE for way in self.quote.methods)

    @property
    def ship_on(self) -> str:
        kept = self.draft.order.requested_ship_on
        return str(self.draft.delivery.get("requested_ship_on", kept.isoformat() if kept else "") or "")

    @property
    def gift_note(self) -> str:
        return str(self.draft.delivery.get("gift_note", self.draft.order.gift_note))

    @property
    def credit(self) -> Money:
        """The customer's store credit."""
        order = self.draft.order
        return Money(0 if order.is_test else order.customer.credit_minor, self.quote.settlement.currency)

    @property
    def credit_covers(self) -> bool:
        return bool(self.quote.to_pay) and self.credit >= self.quote.to_pay


def open_desk(draft: ChangeDraft, customer: Customer, now: datetime) -> Desk:
    """The draft with its quote, and the customer's addresses and cards; twelve statements at most."""
    return Desk(
        draft,
        quote_draft(draft, now),
        fetch_models(Address, OWN.format("customers_address"), [customer.pk]),
        cards_of_tests(draft.order_id) if draft.order.is_test else cards_to_choose(customer.pk, now),
    )


def read_edits(desk: Desk, form: QueryDict, *, is_live: bool) -> dict[str, Any]:
    """What the form asks for that the draft doesn't say yet, as ``edit_draft`` takes it; empty when nothing.

    While the sum follows the form (``is_live``) an address that is being typed is left alone.
    Raises DomainError for figures and days that are none.
    """
    form, edits = with_way_out(desk, form), dict[str, Any]()
    if pieces := _pieces_changed(desk.quote, form):
        edits["pieces"] = pieces
    if add := _wines_added(desk.quote, form):
        edits["add"] = add
    edits |= _place_changed(desk, form, is_live=is_live)
    if (method := form.get("method", desk.method)[:40]) != desk.method:
        edits["method_reference"] = method
    if (ship_on := form.get("ship_on", desk.ship_on)) != desk.ship_on:
        edits["requested_ship_on"] = _day(ship_on)
    if (note := as_written(form.get("gift_note", desk.gift_note))) != desk.gift_note:
        edits["gift_note"] = note
    return edits


def with_way_out(desk: Desk, form: QueryDict) -> QueryDict:
    """The form with what a pressed way out stands for."""
    names = {line.key: field_of(line) for line in desk.quote.lines}
    return with_fields(form, fields_of(form.get("instead", ""), lambda key: names.get(key, "")))


def field_of(line: QuoteLine) -> str:
    """A wine that is on the order is named by its line, one that is only added by itself."""
    return f"{PIECES}{line.key}" if line.before else f"{ADD}{line.sku_id}"


def problems_by_wine(found: Mapping[str, str]) -> dict[int, str]:
    """What is wrong with wines, by sku id, out of problems by field: ``pieces-12-12000`` or ``add-12``."""
    named = ((name.removeprefix(PIECES).removeprefix(ADD), words) for name, words in found.items())
    ids = ((name.partition("-")[0], words) for name, words in named)
    return {int(sku_id): words for sku_id, words in ids if sku_id.isascii() and sku_id.isdigit()}


def _pieces_changed(quote: ChangeQuote, form: QueryDict) -> dict[str, int]:
    """Desired pieces by line, of the wines on the order and of those that the draft added."""
    asked = {line: _number(form, field_of(line)) for line in quote.lines if field_of(line) in form}
    return {line.key: pieces for line, pieces in asked.items() if pieces != line.after}


def _wines_added(quote: ChangeQuote, form: QueryDict) -> list[AddWine]:
    """Wines of the offer that neither the order nor the draft has yet."""
    present = {line.sku_id for line in quote.lines}
    new = [wine.sku_id for wine in quote.addable if wine.sku_id not in present]
    asked = [(sku_id, _number(form, f"{ADD}{sku_id}")) for sku_id in new]
    return [AddWine(sku_id, pieces) for sku_id, pieces in asked if pieces]


def _number(form: QueryDict, field: str) -> int:
    """A number of pieces; an emptied field is none of them, as the stepper under it says."""
    text = form.get(field, "").strip() or "0"
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        words = "Write whole numbers of bottles, such as 3."
        raise DomainError("quantity_wrong", words, {field: words})
    return int(text)


def _place_changed(desk: Desk, form: QueryDict, *, is_live: bool) -> dict[str, Any]:
    chosen = form.get("address", desk.place)[:40]
    if chosen == NEW:
        sent = AddressForm(form, countries=open_countries(), prefix=TO)
        typed = sent.values()
        place = ShipTo(**{one.name: typed.get(one.name, "") for one in fields(ShipTo)})
        return {} if is_live else {"ship_to": place, "sure": sent.sure}
    return {} if chosen in (desk.place, TYPED) else {"address_reference": chosen}


def _day(text: str) -> date | None:
    try:
        return read_date(text)
    except DomainError:
        words = "Write day, month and year, or leave it empty."
        raise DomainError("day_invalid", words, {"requested_ship_on": words}) from None
