"""Hundreds of orders, judged and priced: what the product says of each is what the tables of this folder come to.

The figures of ``orders.csv`` are of ``arithmetic.py``, which knows nothing of the product, and were checked by hand
where a rule is applied for the first time. ``refused`` is what the customer reads. Each order is really placed; of
each third one bottle more is taken and given back, which ends at the same cent.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.golden.arithmetic import BOOKS, Row, table, wanted
from tests.golden.setting import Setting, build_setting, moment
from tests.rooms.changes.journey import confirm, draft_of
from tests.rooms.checkout.journey import customer_actor
from tirage.changes.queries import quote_draft
from tirage.checkout.operations import place_order, set_cart
from tirage.checkout.queries import CheckoutQuote, load_offer_page, quote_checkout
from tirage.checkout.rules import OfferPage
from tirage.checkout.volumes import Parcel, parts_of
from tirage.cli.doctor import run_checks
from tirage.orders.models import Order
from tirage.orders.queries import order_charges, order_lines
from tirage.taxes.protocol import TaxKind

ALIKE = ("wine", "off_wine", "delivery", "tax", "included", "off", "fees", "absorbed", "total")
PLACES = [
    (book, place) for book in BOOKS for place in dict.fromkeys(order["to"] for order in table(book, "orders"))
]


def of_place(book: str, place: str) -> list[Row]:
    return [order for order in table(book, "orders") if order["to"] == place]


def money(minor: int) -> str:
    return f"{minor / 100:.2f}"


def filled(setting: Setting, order: Row) -> OfferPage:
    """The offer's page with the order's wines in the cart."""
    now, cart = moment(order), wanted(order["wines"])
    page = load_offer_page(setting.buyer, now)
    pieces = {item.offer_item_id: cart.get(item.code.removeprefix("G-"), 0) for item in page.items}
    set_cart(customer=setting.buyer, quantities=pieces, actor=customer_actor(setting.buyer), now=now)
    return load_offer_page(setting.buyer, now)


def quoted(setting: Setting, page: OfferPage, order: Row) -> CheckoutQuote:
    assert page.cart is not None
    address, buyer = setting.addresses[order["to"]], setting.buyer
    parcel = Parcel(buyer.pk, page.cart.millilitres, parts_of(address), moment(order), skus=page.cart.skus)
    return quote_checkout(
        page,
        country=address.country,
        state=address.state,
        city=address.city,
        postal_code=address.postal_code,
        customer_id=buyer.pk,
        method_reference=setting.methods[order["way"]].reference,
        parcel=parcel,
    )


def figures(quote: CheckoutQuote) -> dict[str, str]:
    """The quote in the table's columns."""
    fees = (TaxKind.FEE, TaxKind.DEPOSIT)
    taxes = [line for line in quote.taxes if line.kind not in fees]
    asked = [line for line in quote.taxes if line.kind in fees]
    off = -sum(line.amount_minor for line in taxes if line.amount_minor < 0)
    return {
        "wine": money(quote.wine.minor),
        "off_wine": money(-quote.discount.minor),
        "delivery": money(quote.shipping.minor),
        "tax": money(sum(line.amount_minor for line in taxes if not line.included) + off),
        "included": money(sum(line.amount_minor for line in taxes if line.included)),
        "off": money(off),
        "fees": money(sum(line.amount_minor for line in asked if not line.absorbed)),
        "absorbed": money(sum(line.amount_minor for line in asked if line.absorbed)),
        "total": money(quote.total.minor),
    }


def placed(setting: Setting, page: OfferPage, quote: CheckoutQuote, order: Row) -> Order:
    assert page.cart is not None
    done = place_order(
        customer=setting.buyer,
        attempt=page.cart.attempt,
        address_reference=setting.addresses[order["to"]].reference,
        method_reference=setting.methods[order["way"]].reference,
        card_reference=setting.card.reference,
        expected_total_minor=quote.total.minor,
        adult_confirmed=True,
        actor=customer_actor(setting.buyer),
        now=moment(order),
    )
    assert done.status == "placed", done
    return Order.objects.get(reference=done.order_reference)


def ledger(order: Order) -> dict[str, int]:
    """What an order comes to, by what it is for."""
    sums: dict[str, int] = {"wine": sum(line.amount.minor for line in order_lines(order))}
    for charge in order_charges(order):
        name = f"{charge.kind} {charge.description}"
        sums[name] = sums.get(name, 0) + charge.amount.minor
    order.refresh_from_db()
    return {name: minor for name, minor in sums.items() if minor} | {"owed": order.owed_minor}


def up_and_down(setting: Setting, made: Order, order: Row) -> None:
    """One bottle more of the first wine, and back."""
    now, before = moment(order), ledger(made)
    line = next(iter(order_lines(made)))
    key = f"{line.sku_id}-{line.unit_price.minor}"
    for pieces in (line.quantity + 1, line.quantity):
        draft = draft_of(setting.world, made, setting.world.staff, now, pieces={key: pieces})
        if quote_draft(draft, now).problems:
            # The place's limit doesn't let one more go there.
            return
        assert confirm(setting.world, draft, setting.world.staff, now).status == "applied"
    assert ledger(made) == before, order["order"]


def refusal(quote: CheckoutQuote) -> str:
    return "" if quote.chosen else quote.problem


@pytest.mark.django_db
@pytest.mark.parametrize(("book", "place"), PLACES, ids=[f"{book}-{place}" for book, place in PLACES])
def test_orders_are_judged_and_priced_as_written_down(book: str, place: str) -> None:
    setting = build_setting(book)
    wrong: list[Any] = []
    for number, order in enumerate(of_place(book, place)):
        setting.become(order)
        page = filled(setting, order)
        quote = quoted(setting, page, order)
        if refusal(quote) != order["refused"]:
            wrong.append((order["order"], refusal(quote)))
        if order["refused"] or refusal(quote):
            continue
        expected = {name: order[name] for name in ALIKE}
        if figures(quote) != expected:
            wrong.append((order["order"], order["wines"], figures(quote), expected))
            continue
        made = placed(setting, page, quote, order)
        assert ledger(made)["owed"] == quote.total.minor
        if number % 3 == 0:
            up_and_down(setting, made, order)
    assert wrong == []
    assert run_checks(moment(of_place(book, place)[-1])) == []


@pytest.mark.parametrize("book", BOOKS)
def test_the_table_is_what_its_arithmetic_says(book: str) -> None:
    for order in table(book, "orders"):
        if order["refused"]:
            continue
        found = BOOKS[book].reckon(order)
        said = [found.wine, found.discount, found.delivery, found.tax, found.included, found.off, found.fees]
        assert [order[name] for name in ALIKE] == list(map(money, [*said, found.absorbed, found.total]))


def test_there_are_enough_of_them() -> None:
    counts = [len(table(book, "orders")) for book in BOOKS]
    assert sum(counts) >= 300
