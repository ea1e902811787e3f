"""What can be imported: each kind with its words and its importer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from tirage.core.errors import DomainError
from tirage.imports.cards import CardImporter
from tirage.imports.customers import CustomerImporter
from tirage.imports.engine import Importer
from tirage.imports.offer_items import OfferItemImporter
from tirage.imports.orders import OrderImporter
from tirage.imports.skus import SkuImporter
from tirage.imports.states import ImportKind
from tirage.imports.stock import StockImporter
from tirage.imports.thing_kinds import (
    CreditImporter,
    MemberImporter,
    StayImporter,
    SuppressedImporter,
    WishImporter,
)
from tirage.tables.matching import Field


@dataclass(frozen=True, slots=True)
class Kind:
    """``example`` is a row for each header, for the file people can begin with."""

    kind: ImportKind
    label: str
    #: What one row is about.
    noun_one: str
    noun_many: str
    help: str
    importer: type[Importer[Any]]
    _headers: tuple[str, ...]
    examples: tuple[tuple[str, ...], ...]

    @property
    def headers(self) -> tuple[str, ...]:
        """In the winery's own words, as those of exports are; files are read with either."""
        return tuple(gettext(header) for header in self._headers)

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.importer.fields

    @property
    def name(self) -> str:
        return self.kind.value


KINDS: dict[ImportKind, Kind] = {
    ImportKind.CUSTOMERS: Kind(
        ImportKind.CUSTOMERS,
        "Customers",
        "customer",
        "customers",
        "People with their addresses, groups and tags. They are known by their e-mail address: new ones are added, "
        "those already on the list get what the file knows of them.",
        CustomerImporter,
        (
            "E-mail",
            "First name",
            "Last name",
            "Phone",
            "Address line 1",
            "Address line 2",
            "City",
            "State",
            "ZIP",
            "Country",
            "Group",
            "Tags",
            "Opted in",
            "Signed up on",
        ),
        (
            (
                "ana.ruiz@example.com",
                "Ana",
                "Ruiz",
                "+1 707 555 0142",
                "12 Main Street",
                "",
                "Napa",
                "CA",
                "94558",
                "US",
                "",
                "Napa; Tasting room",
                "yes",
                "2023-04-18",
            ),
        ),
    ),
    ImportKind.SKUS: Kind(
        ImportKind.SKUS,
        "Wines and skus",
        "sku",
        "skus",
        "Wine, vintage and format with a code and a price. Wines and vintages are made as they are needed; a new sku "
        "may bring its opening stock.",
        SkuImporter,
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
            "On hand",
        ),
        (
            (
                "CAB23",
                "Estate Cabernet",
                "2023",
                "750 ml",
                "120.00",
                "Cabernet Sauvignon",
                "Napa Valley",
                "red",
                "14.5",
                "Cassis and cedar.",
                "600",
            ),
            (
                "CAB23-MAG",
                "Estate Cabernet",
                "2023",
                "1.5 l",
                "260.00",
                "Cabernet Sauvignon",
                "Napa Valley",
                "red",
                "14.5",
                "",
                "48",
            ),
        ),
    ),
    ImportKind.STOCK: Kind(
        ImportKind.STOCK,
        "Stock",
        "sku",
        "skus",
        "What was counted, or what came and went, by sku. Never below what is promised to orders.",
        StockImporter,
        ("Sku", "Counted", "Note"),
        (("CAB23", "588", "Counted on the 1st"),),
    ),
    ImportKind.OFFER_ITEMS: Kind(
        ImportKind.OFFER_ITEMS,
        "Items of an offer",
        "item",
        "items",
        "What the members of one group may take of each sku, in pieces.",
        OfferItemImporter,
        (
            "Sku",
            "Purchase minimum",
            "Purchase maximum",
            "Wish maximum",
            "Default quantity",
            "Multiple",
            "Price",
        ),
        (("CAB23", "0", "6", "6", "3", "1", ""),),
    ),
    ImportKind.ORDERS: Kind(
        ImportKind.ORDERS,
        "Orders of a former system",
        "row",
        "rows",
        "What was ordered, paid, refunded and shipped before you came here: any files of it, joined by the order's "
        "number. The rows are kept first; Settings, Move in, makes orders of them.",
        OrderImporter,
        (
            "Order number",
            "Ordered on",
            "E-mail",
            "Sku",
            "Wine",
            "Pieces",
            "Price of one",
            "Discount",
            "Shipping",
            "Tax",
            "Total",
            "Shipped on",
        ),
        (
            (
                "10233",
                "2019-10-01",
                "ana.ruiz@example.com",
                "CAB16",
                "Estate Cabernet 2016",
                "3",
                "110.00",
                "0.00",
                "25.00",
                "27.23",
                "382.23",
                "2019-10-21",
            ),
        ),
    ),
    ImportKind.CREDIT: Kind(
        ImportKind.CREDIT,
        "Store credit of a former system",
        "balance",
        "balances",
        "What customers, who are here, still had to spend. A corrected file gives, or takes, the difference.",
        CreditImporter,
        ("E-mail", "Store credit", "Number of the credit", "Note"),
        (("ana.ruiz@example.com", "75.00", "", ""),),
    ),
    ImportKind.CLUB_MEMBERS: Kind(
        ImportKind.CLUB_MEMBERS,
        "Memberships of clubs",
        "membership",
        "memberships",
        "Who joined which club when, and how it stands. The club is here already; nobody gets a mail.",
        MemberImporter,
        ("E-mail", "Club", "Joined on", "State", "Left on", "Next shipment", "Reason"),
        (("ana.ruiz@example.com", "Cellar club", "2021-03-01", "active", "", "2027-03-15", ""),),
    ),
    ImportKind.WISHES: Kind(
        ImportKind.WISHES,
        "Wishes of a former system",
        "wish",
        "wishes",
        "What customers asked for beyond their allocation, of wines in an offer that still runs or is to come.",
        WishImporter,
        ("E-mail", "Sku", "Pieces", "Wished on"),
        (("ana.ruiz@example.com", "CAB23", "2", "2026-09-01"),),
    ),
    ImportKind.CARDS: Kind(
        ImportKind.CARDS,
        "Saved cards, by a processor’s token map",
        "card",
        "cards",
        "Which customer and payment method at Stripe are whose: tokens, never a card number. A file with one is "
        "refused, and nothing of it kept.",
        CardImporter,
        ("E-mail", "Stripe customer", "Payment method", "Former customer"),
        (("ana.ruiz@example.com", "cus_QpZ3kD1vHn2b", "pm_1QxYz2LkPq7w", "10233"),),
    ),
    ImportKind.GROUP_STAYS: Kind(
        ImportKind.GROUP_STAYS,
        "Groups with their dates",
        "stay",
        "stays",
        "Who was in which group from when to when; without an end they are in it now.",
        StayImporter,
        ("E-mail", "Group", "Since", "Until"),
        (
            ("ana.ruiz@example.com", "Mailing list", "2016-02-01", "2019-08-31"),
            ("ana.ruiz@example.com", "Premier", "2019-09-01", ""),
        ),
    ),
    ImportKind.SUPPRESSED: Kind(
        ImportKind.SUPPRESSED,
        "Addresses not to write to",
        "address",
        "addresses",
        "Unsubscribed, bounced, suppressed: customers here with these addresses get no mail about offers and news.",
        SuppressedImporter,
        ("E-mail", "Since"),
        (("ana.ruiz@example.com", "2024-05-12"),),
    ),
}


def kind_of(name: str) -> Kind:
    """Raises DomainError ``no_such_kind``."""
    try:
        return KINDS[ImportKind(name)]
    except ValueError:
        known = ", ".join(kind.value for kind in KINDS)
        raise DomainError("no_such_kind", f"There is no import of “{name}”. Choose from: {known}.") from None
