"""Every page of the shop at both widths and in both schemes: photographed, and read by axe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import WIDTHS, assert_accessible, look_at_each, photograph
from tests.browser.storefront.conftest import Enter
from tests.world import World, acting
from tirage.checkout.models import Cart
from tirage.checkout.operations import place_order, set_cart
from tirage.checkout.queries import load_offer_page, quote_checkout
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.inventory.models import Hold, Stock
from tirage.offers.models import Offer
from tirage.orders.models import Order
from tirage.wishes.operations import set_wish

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


def hold(world: World, customer: Customer, **pieces: int) -> None:
    """Puts bottles of the named wines in the customer's cart."""
    offer = Offer.objects.get(group__memberships__customer=customer, group__memberships__kind="allocation")
    items = {world.item(offer, getattr(world, name)).pk: count for name, count in pieces.items()}
    set_cart(customer=customer, quantities=items, actor=acting(customer), now=read_clock())


def buy(world: World, customer: Customer, **pieces: int) -> Order:
    """An order of the customer, paid by the saved card."""
    hold(world, customer, **pieces)
    page = load_offer_page(customer, read_clock())
    address = customer.addresses.get(is_default=True)
    quote = quote_checkout(page, country=address.country, state=address.state, proposes=True)
    assert page.cart is not None
    assert quote.chosen is not None
    placing = place_order(
        customer=customer,
        attempt=page.cart.attempt,
        address_reference=address.reference,
        method_reference=quote.chosen.reference,
        card_reference=customer.payment_methods.get().reference,
        expected_total_minor=quote.total.minor,
        adult_confirmed=True,
        gift_note="For the long table in December.",
        actor=acting(customer),
        now=read_clock(),
    )
    assert placing.status == "placed"
    return Order.objects.get(reference=placing.order_reference)


def look(open_context: Contexts, enter: Enter, customer: Customer | None, path: str, name: str) -> None:
    """Photographs a page in every look and lets axe read it."""
    look_at_all(open_context, enter, customer, [(path, name)])


def look_at_all(
    open_context: Contexts, enter: Enter, customer: Customer | None, pages: Sequence[tuple[str, str]]
) -> None:
    """As ``look``, one visitor of each width walking through (path, name) after (path, name)."""
    for width in WIDTHS:
        context = open_context(width=width)
        if customer:
            enter(context, customer)
        page = context.new_page()
        look_at_each(page, {name: path for path, name in pages}, f"shop-{{}}-{width}")
        page.close()


def test_the_front_door(shop: World, open_context: Contexts, enter: Enter) -> None:
    look(open_context, enter, None, "/", "door")


def test_the_offer(shop: World, open_context: Contexts, enter: Enter) -> None:
    set_wish(
        customer=shop.ana,
        offer_item_id=shop.item(shop.premier_offer, shop.cabernet).pk,
        quantity=2,
        agreed=True,
        actor=acting(shop.ana),
        now=read_clock(),
    )
    Stock.objects.filter(sku=shop.syrah_pack).update(on_hand=0)
    look(open_context, enter, shop.ana, "/offer/", "offer")


def test_the_offer_with_bottles_held_by_others(shop: World, open_context: Contexts, enter: Enter) -> None:
    Stock.objects.filter(sku=shop.magnum).update(on_hand=1)
    hold(shop, shop.ben, magnum=1)
    hold(shop, shop.ana, cabernet=3, chardonnay=6)
    look(open_context, enter, shop.ana, "/offer/", "offer-held")


def test_the_offer_after_the_time_ran_out(shop: World, open_context: Contexts, enter: Enter) -> None:
    hold(shop, shop.ana, cabernet=3)
    lapse()
    look(open_context, enter, shop.ana, "/offer/", "offer-lapsed")
    look(open_context, enter, shop.ana, "/checkout/", "checkout-lapsed")


def lapse() -> None:
    """As if the cart's minutes were over."""
    past = read_clock() - timedelta(minutes=1)
    Hold.objects.update(expires_at=past)
    Cart.objects.update(expires_at=past)


@pytest.mark.parametrize(("name", "opens", "closes"), [("not-yet", 20, 200), ("closed", -200, -2)])
def test_the_offer_outside_its_window(
    shop: World, open_context: Contexts, enter: Enter, name: str, opens: int, closes: int
) -> None:
    now = read_clock()
    Offer.objects.update(opens_at=now + timedelta(hours=opens), closes_at=now + timedelta(hours=closes))
    look(open_context, enter, shop.ana, "/offer/", f"offer-{name}")


def test_no_offer(shop: World, open_context: Contexts, enter: Enter) -> None:
    look(open_context, enter, shop.clara, "/offer/", "offer-none")


def test_the_checkout(shop: World, open_context: Contexts, enter: Enter) -> None:
    hold(shop, shop.ana, cabernet=3, chardonnay=3, syrah_pack=1)
    look(open_context, enter, shop.ana, "/checkout/", "checkout")


def test_the_first_checkout(shop: World, open_context: Contexts, enter: Enter) -> None:
    shop.ben.addresses.all().delete()
    shop.ben.payment_methods.all().delete()
    hold(shop, shop.ben, cabernet=2)
    look(open_context, enter, shop.ben, "/checkout/", "checkout-first")


def test_what_is_theirs(shop: World, open_context: Contexts, enter: Enter) -> None:
    order = buy(shop, shop.ana, cabernet=3, chardonnay=3)
    set_wish(
        customer=shop.ana,
        offer_item_id=shop.item(shop.premier_offer, shop.cabernet).pk,
        quantity=2,
        agreed=True,
        actor=acting(shop.ana),
        now=read_clock(),
    )
    pages = [
        (f"/orders/{order.reference}/receipt/", "receipt"),
        (f"/orders/{order.reference}/", "order"),
        ("/orders/", "orders"),
        ("/wishes/", "wishes"),
        ("/account/", "account"),
        ("/account/addresses/", "addresses"),
        ("/account/addresses/new/", "address"),
        ("/account/cards/", "cards"),
        ("/account/cards/new/", "card"),
    ]
    look_at_all(open_context, enter, shop.ana, pages)


def test_pages_in_passing(shop: World, open_context: Contexts, enter: Enter) -> None:
    Customer.objects.filter(pk=shop.ben.pk).update(adult_confirmed_at=None)
    look(open_context, enter, shop.ben, "/offer/", "adult")
    look(open_context, enter, shop.ana, "/checkout/", "cart-empty")


def test_nothing_at_an_address(shop: World, open_context: Contexts, enter: Enter) -> None:
    context = open_context(tolerate=("404",))
    enter(context, shop.ana)
    page: Page = context.new_page()
    page.goto("/orders/ORD-AAAAAAAA/")
    photograph(page, "shop-not-found-390-light")
    assert_accessible(page)
