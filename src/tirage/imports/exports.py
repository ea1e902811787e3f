"""Lists out: every customer, sku, stock, offer item, order or wish as rows, read a thousand at a time.

What can be imported is written under the importers' own headers, so that a file goes out, is changed and comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from django.db.models import Sum
from django.utils.translation import gettext

from tirage.catalog.lwin import say_lwin
from tirage.catalog.models import Sku
from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.core.winery import current_winery, local_time
from tirage.customers.models import Address, Customer
from tirage.inventory.models import Stock
from tirage.offers.models import Offer
from tirage.orders.models import IS_ORDER, Order
from tirage.places.telephones import say_telephone
from tirage.tables.cleaning import join_list
from tirage.tables.writing import Cell
from tirage.wishes.models import Wish
from tirage.wishes.states import WishState

Rows: TypeAlias = Iterator[tuple[Cell, ...]]

CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Export:
    """``rows`` takes the reference of an offer, or "" ."""

    name: str
    _headers: tuple[str, ...]
    rows: Callable[[str], Rows]
    needs_offer: bool = False

    @property
    def headers(self) -> tuple[str, ...]:
        """In the winery's own words; files are read with either."""
        return tuple(gettext(header) for header in self._headers)


def export_of(name: str) -> Export:
    """Raises DomainError ``no_such_export``."""
    found = EXPORTS.get(name)
    if found is None:
        known = ", ".join(EXPORTS)
        raise DomainError("no_such_export", f"There is no export of “{name}”. Choose from: {known}.")
    return found


def customer_rows(offer: str) -> Rows:
    """A row for each address, the default one first; the person is in each of them."""
    customers = Customer.objects.order_by("pk").prefetch_related("addresses", "memberships__group", "tags")
    for customer in customers.iterator(chunk_size=CHUNK):
        addresses = sorted(
            (address for address in customer.addresses.all() if address.removed_at is None),
            key=lambda address: (not address.is_default, address.pk),
        )
        person = _person(customer)
        for address in addresses or [Address(country="")]:
            yield (
                *person,
                address.recipient,
                address.company,
                address.line1,
                address.line2,
                address.city,
                address.state,
                address.postal_code,
                address.country,
                say_telephone(address.phone),
                address.reference if address.pk else "",
            )


def _person(customer: Customer) -> tuple[Cell, ...]:
    emails = "; ".join(email for email in (customer.email, customer.other_email) if email)
    return (
        emails,
        customer.first_name,
        customer.last_name,
        say_telephone(customer.phone),
        customer.birth_date,
        join_list(sorted(membership.group.name for membership in customer.memberships.all())),
        join_list(sorted(tag.name for tag in customer.tags.all())),
        customer.note,
        customer.marketing_consent_at is not None,
        _moment(customer.marketing_consent_at),
        _moment(customer.marketing_left_at),
        _moment(customer.signed_up_at),
        customer.status,
    )


def sku_rows(offer: str) -> Rows:
    skus = Sku.objects.order_by("code").select_related("vintage__wine")
    for sku in skus.iterator(chunk_size=CHUNK):
        vintage, wine = sku.vintage, sku.vintage.wine
        yield (
            sku.code,
            wine.name,
            vintage.year or "NV",
            sku.format_name,
            _amount(sku.price_minor),
            wine.variety,
            wine.appellation,
            wine.colour,
            _strength(vintage.alcohol_percent),
            vintage.note,
            # In its parts: no spreadsheet takes that for a figure, of which it would keep 15 digits.
            say_lwin(sku.lwin),
        )


def _strength(percent: Decimal | None) -> Cell:
    """With its unit where it could be taken for a part of one."""
    return percent if percent is None or percent >= 1 else f"{percent} %"


def stock_rows(offer: str) -> Rows:
    stocks = Stock.objects.order_by("sku__code").select_related("sku")
    for stock in stocks.iterator(chunk_size=CHUNK):
        available = stock.on_hand + stock.expected - stock.sold - stock.held
        yield (stock.sku.code, stock.on_hand, stock.sku.name, stock.sku.format_name, stock.sold, available)


def offer_item_rows(offer: str) -> Rows:
    """Raises DomainError ``offer_missing`` at once, before a file is opened for the rows."""
    found = Offer.objects.filter(reference=offer.upper()).first()
    if found is None:
        raise DomainError("offer_missing", "Name the offer whose items to export, such as OFR-7K2M9QXA.")
    return _rows_of_offer(found)


def _rows_of_offer(offer: Offer) -> Rows:
    for item in offer.items.select_related("sku").order_by("position", "pk"):
        yield (
            item.sku.code,
            item.purchase_minimum,
            item.purchase_maximum,
            item.wish_maximum,
            item.default_quantity,
            item.multiple,
            None if item.price_minor is None else _amount(item.price_minor),
            str(item.sku),
        )


def order_rows(offer: str) -> Rows:
    """A row for each order, declined tries left out; its wines in one cell, as ``6 × CAB23; 2 × CHA24``."""
    orders = (
        Order.objects.filter(IS_ORDER).order_by("pk").select_related("customer", "release", "group", "method")
    )
    for order in orders.iterator(chunk_size=CHUNK):
        yield (
            order.reference,
            order.state,
            _moment(order.made_at),
            _moment(order.placed_at),
            order.customer.email,
            order.customer.name,
            order.release.name if order.release else "",
            order.group.name if order.group else "",
            _wines(order),
            _amount(order.owed_minor),
            _amount(order.paid_minor),
            order.currency,
            order.method.name if order.method else "",
            order.recipient,
            order.company,
            order.line1,
            order.line2,
            order.city,
            order.ship_state,
            order.postal_code,
            order.country,
            say_telephone(order.phone),
            order.gift_note,
        )


def _wines(order: Order) -> str:
    lines = order.lines.values_list("sku__code").annotate(pieces=Sum("quantity")).order_by("sku__code")
    return "; ".join(f"{pieces} × {code}" for code, pieces in lines if pieces)


def wish_rows(offer: str) -> Rows:
    wishes = (
        Wish.objects.exclude(state=WishState.TEST.value)
        .order_by("pk")
        .select_related(
            "customer", "offer_item__sku", "offer_item__offer__release", "offer_item__offer__group"
        )
    )
    for wish in wishes.iterator(chunk_size=CHUNK):
        item = wish.offer_item
        yield (
            wish.reference,
            wish.state,
            wish.kind,
            _moment(wish.made_at),
            wish.customer.email,
            wish.customer.name,
            item.offer.release.name,
            item.offer.group.name,
            item.sku.code,
            str(item.sku),
            wish.asked,
            wish.granted,
        )


def _moment(at: datetime | None) -> datetime | None:
    """On the winery's clock, without parts of a second: spreadsheets know neither zones nor those."""
    return None if at is None else local_time(at).replace(tzinfo=None, microsecond=0)


def _amount(minor: int) -> Decimal:
    return Money(minor, current_winery().currency).decimal


EXPORTS: dict[str, Export] = {
    export.name: export
    for export in (
        Export(
            "customers",
            (
                "E-mail",
                "First name",
                "Last name",
                "Phone",
                "Birth date",
                "Group",
                "Tags",
                "Notes",
                "Opted in",
                "Opted in on",
                "Opted out on",
                "Signed up on",
                "Status",
                "Recipient",
                "Company",
                "Address line 1",
                "Address line 2",
                "City",
                "State",
                "ZIP",
                "Country",
                "Address phone",
                "Address number",
            ),
            customer_rows,
        ),
        Export(
            "skus",
            (
                "Sku",
                "Wine",
                "Vintage",
                "Format",
                "Price",
                "Variety",
                "Appellation",
                "Color",
                "Alcohol",
                "Tasting note",
                "LWIN",
            ),
            sku_rows,
        ),
        Export("stock", ("Sku", "Counted", "Wine", "Format", "Promised stock", "Available"), stock_rows),
        Export(
            "offer-items",
            (
                "Sku",
                "Purchase minimum",
                "Purchase maximum",
                "Wish maximum",
                "Default quantity",
                "Multiple",
                "Price",
                "Wine",
            ),
            offer_item_rows,
            needs_offer=True,
        ),
        Export(
            "orders",
            (
                "Order",
                "State",
                "Ordered",
                "Placed",
                "E-mail",
                "Customer",
                "Release",
                "Group",
                "Wines",
                "Total",
                "Paid",
                "Currency",
                "Delivery",
                "Recipient",
                "Company",
                "Address line 1",
                "Address line 2",
                "City",
                "State of the address",
                "ZIP",
                "Country",
                "Phone",
                "Gift note",
            ),
            order_rows,
        ),
        Export(
            "wishes",
            (
                "Wish",
                "State",
                "Kind",
                "Made",
                "E-mail",
                "Customer",
                "Release",
                "Group",
                "Sku",
                "Wine",
                "Asked",
                "Granted",
            ),
            wish_rows,
        ),
    )
}
"""By name. Ready-made headers match the importers' fields by name, as a test proves by a round trip."""
