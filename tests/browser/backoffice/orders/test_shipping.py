"""Shipping in a real browser: read by axe, photographed, done by hand for one order and for many."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import DESK, PHONE, WIDTHS, look_at_each
from tests.rooms.checkout.journey import buy
from tests.rooms.payments.shipment import set_aside, taken_at_the_bank
from tests.world import World
from tirage.fulfilment.models import ShipRun
from tirage.fulfilment.operations import continue_shipping, draft_shipping, start_shipping
from tirage.fulfilment.tasks import ship_orders
from tirage.orders.models import Order
from tirage.orders.operations import flag_order

pytestmark = pytest.mark.django_db(transaction=True)
Contexts = Callable[..., BrowserContext]


@pytest.fixture
def house(world_today: World) -> World:
    """Ben has paid, Ana's money is set aside, Ben's second order misses a part of it and needs somebody."""
    world = world_today
    buy(world, world.ben, {"CHA24": 2}, world.now)
    set_aside(world, world.ana, {"CAB23": 2}, world.now)
    short = set_aside(world, world.ben, {"CAB23": 1}, world.now)
    Order.objects.filter(pk=short.pk).update(owed_minor=short.owed_minor + 25_00)
    words = "What is set aside on the card until Oct 13 could not be renewed: Your bank declined this card."
    flag_order(order_id=short.pk, words=words, actor=world.staff, now=world.now)
    return world


def pages_of(house: World) -> dict[str, str]:
    """Every page of shipping by the name of its picture."""
    paid, aside, short = Order.objects.order_by("pk")
    ids = [paid.pk, aside.pk, short.pk]
    draft = draft_shipping(order_ids=ids, actor=house.staff, now=house.now)
    running = start_shipping(
        run=draft_shipping(order_ids=[short.pk], actor=house.staff, now=house.now),
        tell_customers=False,
        actor=house.staff,
        now=house.now,
    )
    done = continue_shipping(run=running, limit=5, actor=house.staff, now=house.now)
    named = {
        "orders": ("orders",),
        "order-set-aside": ("order", aside.reference),
        "order-flagged": ("order", short.reference),
        "ship": ("order_ship", aside.reference),
        "ship-unpaid": ("order_ship", short.reference),
        "shipping-preview": ("shipping", draft.reference),
        "shipping-result": ("shipping", done.reference),
        "settings-payments": ("money_settings",),
    }
    return {name: reverse(f"backoffice:{view}", args=args) for name, (view, *args) in named.items()}


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_in_every_look(
    open_context: Contexts, live_server, house: World, session: str, width: int
) -> None:
    page = enter(open_context(width=width), session, live_server.url)
    look_at_each(page, pages_of(house), f"winery-{{}}-{width}")


def test_an_order_is_shipped_by_hand(open_context: Contexts, live_server, house: World, session: str) -> None:
    order = Order.objects.get(customer=house.ana)
    page = enter(open_context(width=PHONE), session, live_server.url)
    page.goto(reverse("backoffice:order", args=[order.reference]))
    expect(page.get_by_text(", taken when it ships.")).to_be_visible()
    page.get_by_role("link", name="Mark as shipped").click()
    page.get_by_label("Tracking number").fill("1Z999")
    page.get_by_role("button", name="Mark as shipped: 2 bottles").click()
    expect(page.get_by_text("You sent the order off; its bottles are out of the books.")).to_be_visible()
    order.refresh_from_db()
    assert order.state == "shipped" and order.balance_minor == 0


@pytest.mark.parametrize("script", [True, False])
def test_many_are_shipped_by_hand(
    open_context: Contexts, live_server, house: World, session: str, script: bool
) -> None:
    page = enter(open_context(width=DESK, script=script), session, live_server.url)
    page.goto(reverse("backoffice:orders"))
    for order in Order.objects.all():
        page.get_by_label(f"Choose {order.reference}").check()
    page.get_by_role("button", name="Mark as shipped…").click()
    page.get_by_role("button", name="Mark 2 orders as shipped").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    ship_orders.call(ShipRun.objects.get().reference)
    if not script:
        page.get_by_role("link", name="Look again").click()
    expect(page.get_by_text("You marked 2 orders as shipped. 1 was left as it was.")).to_be_visible()
    assert Order.objects.filter(state="shipped").count() == 2
    assert taken_at_the_bank() == sum(order.owed_minor for order in Order.objects.filter(state="shipped"))
