"""The door, home, orders, wishes and settings in a real browser: read by axe, photographed, and used by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import BrowserContext, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import DESK, WIDTHS, assert_accessible, look_at, look_at_each, photograph
from tests.rooms.delivery.limiting import law, limited
from tests.web.conftest import member_with
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.models import BulkRun
from tirage.core.tasks import go_on_with_bulk
from tirage.delivery.models import Rate
from tirage.orders.models import Order, OrderChange, OrderCharge, OrderLine
from tirage.payments.models import Payment
from tirage.staff.states import Role
from tirage.wishes.models import Wish

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
PASSWORD = "four words in a row"
SECRET = "JBSWY3DPEHPK3PXP"


def sell(world: World, hours_ago: float, pieces: int) -> Order:
    at = world.now - timedelta(hours=hours_ago)
    order = Order.objects.create(
        customer=world.ana,
        release=world.release,
        offer=world.premier_offer,
        group=world.premier,
        state="placed",
        currency="USD",
        made_at=at,
        placed_at=at,
        method=world.ground,
        recipient="Ana Alvarez",
        line1="1 Valencia Street",
        city="San Francisco",
        ship_state="CA",
        postal_code="94110",
        owed_minor=pieces * 120_00 + 28_00,
        paid_minor=pieces * 120_00 + 28_00,
    )
    change = OrderChange.objects.create(
        order=order,
        number=1,
        kind="placing",
        at=at,
        actor_label="Ana Alvarez",
        difference_minor=order.owed_minor,
    )
    OrderLine.objects.create(
        order=order, change=change, sku=world.cabernet, quantity=pieces, unit_price_minor=120_00
    )
    OrderCharge.objects.create(
        order=order, change=change, kind="shipping", amount_minor=28_00, description="Ground"
    )
    Payment.objects.create(
        order=order,
        payment_method=world.ana_card,
        gateway="test",
        kind="charge",
        state="settled",
        amount_minor=order.owed_minor,
        currency="USD",
        idempotency_key=order.reference,
        actor_label="Ana Alvarez",
        made_at=at,
        settled_at=at,
    )
    return order


@pytest.fixture
def house(world_today: World) -> World:
    """The world with a few hours of selling, a payment without an answer, and wishes."""
    world = world_today
    for number in range(6):
        sell(world, number * 0.7, 1 + number % 3)
    stuck = sell(world, 1, 2)
    Payment.objects.filter(order=stuck).update(state="unknown", settled_at=None)
    Order.objects.filter(pk=stuck.pk).update(state="pending", paid_minor=0)
    for customer, sku, offer in (
        (world.ana, world.cabernet, world.premier_offer),
        (world.ben, world.chardonnay, world.estate_offer),
    ):
        Wish.objects.create(
            customer=customer,
            offer_item=world.item(offer, sku),
            kind="promise",
            asked=2,
            agreed_at=world.now,
            made_at=world.now,
            changed_at=world.now,
        )
    return world


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_and_photographed(
    open_context: Contexts, live_server: object, house: World, session: str, width: int
) -> None:
    context = open_context(width=width)
    page = enter(context, session, str(live_server))
    order, stuck = Order.objects.filter(state="placed").first(), Order.objects.get(state="pending")
    assert order
    pages = {
        "home": "/winery/",
        "orders": "/winery/orders/",
        "orders-filtered": "/winery/orders/?to=CA&state=placed&q=ana",
        "orders-none": "/winery/orders/?to=NV",
        "order": f"/winery/orders/{order.reference}/",
        "order-unknown": f"/winery/orders/{stuck.reference}/",
        "order-cancel": f"/winery/orders/{order.reference}/cancel",
        "wishes": "/winery/wishes/",
        "search": "/winery/search?q=an",
        "settings": "/winery/settings/",
        "look": "/winery/settings/look/",
        "delivery": "/winery/settings/delivery/",
        "method": f"/winery/settings/delivery/methods/{house.pickup.reference}/",
        "rates": f"/winery/settings/delivery/methods/{house.ground.reference}/rates",
        "destination": "/winery/settings/delivery/places/US/CA/",
        "import": "/winery/settings/delivery/import/destinations",
        "limits": "/winery/settings/delivery/limits",
        "limit": f"/winery/settings/delivery/limits/{limited(house.florida, 45).reference}/",
        "laws": "/winery/settings/delivery/laws",
        "law": f"/winery/settings/delivery/laws/{law(house.florida, 'alcohol', tenths=160).reference}/",
        "laws-starting": "/winery/settings/delivery/laws/starting",
        "limits-starting": "/winery/settings/delivery/limits/starting",
        "running": "/winery/settings/running/",
        "mails": "/winery/settings/mails/",
        "mail": f"/winery/settings/mails/order_receipt/?customer={house.ana.reference}",
        "mail-layout": "/winery/settings/mails/layout/?scheme=dark",
        "team": "/winery/settings/team/",
        "invite": "/winery/settings/team/invite",
        "sign-in-settings": "/winery/sign-in/second-factor/",
        "password": "/winery/sign-in/password/change/",
    }
    look_at_each(page, pages, f"office-{{}}-{width}")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_door(open_context: Contexts, house: World, width: int) -> None:
    member = member_with(Role.MANAGER)
    member.set_password(PASSWORD)
    member.save()
    page = open_context(width=width).new_page()
    page.goto("/winery/orders/?to=CA")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    look_at(page, f"office-door-{width}")
    page.get_by_label("E-mail").fill(member.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your code")).to_be_visible()
    assert_accessible(page)
    counter = next(iter(yield_hotp_counters_from_time()))
    page.get_by_label("Code").fill(str(format_hotp_value(hotp_value(SECRET, counter))))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Orders")).to_be_visible()
    assert page.url.endswith("/winery/orders/?to=CA")


def test_setting_up_the_second_factor(open_context: Contexts, house: World) -> None:
    member = member_with(Role.HOSPITALITY, second_factor=False)
    member.set_password(PASSWORD)
    member.save()
    page = open_context(width=DESK).new_page()
    page.goto("/winery/")
    page.get_by_label("E-mail").fill(member.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your second factor")).to_be_visible()
    assert_accessible(page)
    photograph(page, "office-second-factor-1440-light")
    secret = page.locator("code.reference").inner_text()
    counter = next(iter(yield_hotp_counters_from_time()))
    page.get_by_label("Code").fill(str(format_hotp_value(hotp_value(secret, counter))))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="I have them, go on").click()
    expect(page.get_by_role("heading", name="Autumn 2026")).to_be_visible()


def test_home_shows_a_new_order_without_reload(
    open_context: Contexts, live_server: object, house: World, session: str
) -> None:
    context = open_context(width=DESK)
    page = enter(context, session, str(live_server))
    page.goto("/winery/")
    page.evaluate("window.stillTheSamePage = true")
    order = sell(house, 0, 1)
    Order.objects.filter(pk=order.pk).update(made_at=read_clock())
    expect(page.get_by_text(order.reference)).to_be_visible(timeout=15_000)
    assert page.evaluate("window.stillTheSamePage")


def test_the_search_by_keyboard(
    open_context: Contexts, live_server: object, house: World, session: str
) -> None:
    context = open_context(width=DESK)
    page = enter(context, session, str(live_server))
    page.goto("/winery/orders/")
    page.keyboard.press("/")
    page.keyboard.type("ben bak")
    found = page.locator(".search-finds").get_by_role("link", name="Ben Baker")
    expect(found).to_be_visible()
    assert_accessible(page)
    # Down to it, round to the box and back, out and in again.
    page.keyboard.press("ArrowDown")
    expect(found).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(found).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ben Baker")).to_be_visible()


def test_a_list_by_hand(open_context: Contexts, live_server: object, house: World, session: str) -> None:
    """All found but one, to another order and back; menus that close."""
    for number in range(50):
        sell(house, number * 0.1, 1)
    page = enter(open_context(width=DESK), session, str(live_server))
    page.goto("/winery/orders/")
    bar, rows = page.locator("[data-choose-bar]"), page.locator("[data-choose-row]")
    page.locator("thead [data-choose-all]").check()
    page.get_by_label("All 57 found").check()
    rows.nth(3).uncheck()
    expect(bar).to_contain_text("56 of 57 orders chosen")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    expect(bar).to_contain_text("56 of 57 orders chosen")
    rows.nth(0).uncheck()
    page.get_by_role("link", name="Total").click()
    expect(page.locator("[aria-sort]")).to_have_text("Total")
    expect(bar).to_contain_text("55 of 57 orders chosen")
    # The menu closes on Escape, with the focus back, and on a press elsewhere.
    menu, summary = page.locator("details.menu").first, page.locator("details.menu > summary").first
    summary.click()
    expect(page.get_by_text("55 of 57 orders chosen")).to_have_count(2)
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()
    summary.click()
    page.get_by_role("heading", name="Orders").click()
    expect(menu).not_to_have_attribute("open", "")
    summary.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="As CSV", exact=True).click()
    assert "-55-chosen.csv" in download.value.suggested_filename
    page.get_by_role("button", name="Mark as shipped").click()
    expect(page.get_by_text("Chosen", exact=True).locator("..")).to_contain_text("55")


@pytest.mark.parametrize("width", WIDTHS)
def test_many_rates_scroll_within_themselves(
    open_context: Contexts, live_server: object, house: World, session: str, width: int
) -> None:
    """Two dozen steps: the page stays as wide as the screen, and zones and steps stay in sight."""
    Rate.objects.bulk_create(
        Rate(
            table=house.ground.rate_tables.get(),
            zone=house.west,
            up_to_milli=step * 1000,
            price_minor=step * 4_00,
        )
        for step in range(13, 37)
    )
    page = enter(open_context(width=width), session, str(live_server))
    page.goto(f"/winery/settings/delivery/methods/{house.ground.reference}/rates")
    look_at(page, f"office-many-rates-{width}")
    page.locator(".rates").evaluate("(grid) => { grid.scrollLeft = 10_000; }")
    zone = page.get_by_role("rowheader", name="West")
    box, grid = zone.bounding_box(), page.locator(".rates").bounding_box()
    assert box and grid and 0 <= box["x"] - grid["x"] < 5
    expect(page.locator(".rates thead input").last).to_be_in_viewport()


def test_a_list_without_scripts(
    open_context: Contexts, live_server: object, house: World, session: str
) -> None:
    context = open_context(width=DESK, script=False)
    page = enter(context, session, str(live_server))
    page.goto("/winery/orders/")
    page.get_by_text("Filters", exact=True).click()
    page.get_by_role("search", name="Narrow this list").get_by_label("State").select_option("placed")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("State: Placed", exact=True)).to_be_visible()
    page.get_by_role("link", name="Remove: State: Placed").click()
    expect(page.get_by_text("State: Placed")).to_have_count(0)
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("E-mail", exact=True).check()
    page.get_by_role("button", name="Show these").click()
    expect(page.get_by_role("columnheader", name="E-mail")).to_be_visible()
    page.goto("/winery/wishes/")
    page.get_by_label("Choose Ana").or_(page.locator("[data-choose-row]")).first.check()
    page.get_by_role("button", name="Decline…", exact=True).click()
    expect(page.get_by_text("1 open wish of 1 customer for 2 pieces")).to_be_visible()
    page.get_by_role("button", name="Decline 1 wish").click()
    expect(page.get_by_text("You can leave this page; it goes on without you.")).to_be_visible()
    go_on_with_bulk.call(BulkRun.objects.get().reference)
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_text("You declined 1 wish; its customer gets a mail.")).to_be_visible()
