"""Changing, cancelling and giving back in a real browser: read by axe at both widths and schemes, and used by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.backoffice.conftest import enter, session_of
from tests.browser.conftest import DESK, PHONE, WIDTHS, assert_accessible, look_at_each
from tests.rooms.changes.journey import bought, confirm, draft_of, key_of, pieces_on
from tests.rooms.checkout.journey import customer_actor
from tests.world import World, save_test_card
from tirage.changes.models import ChangeDraft
from tirage.changes.states import SettleBy
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.delivery.models import Rate
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.orders.models import CancelReason, Order
from tirage.payments.models import Payment, PaymentMethod
from tirage.staff.states import Role

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


@pytest.fixture
def order(world_today: World) -> Order:
    """Ana's two Cabernets to San Francisco, by ground, paid by card."""
    CancelReason.objects.get_or_create(name="Changed their mind", defaults={"position": 1})
    return bought(world_today, world_today.ana, {"CAB23": 2})


@pytest.fixture
def sit_down(open_context: Contexts, live_server: object) -> Callable[..., Page]:
    """``sit_down(Role.OWNER, width=DESK)``: such a member of the team at a browser."""

    def build(role: Role, **how: object) -> Page:
        context = open_context(**{"width": DESK, **how})
        return enter(context, session_of(role), str(live_server))

    return build


def begin(page: Page, order: Order) -> None:
    page.goto(f"/winery/orders/{order.reference}/")
    page.get_by_role("button", name="Change this order").click()
    expect(page.get_by_role("heading", name="Before and after")).to_be_visible()
    # What is pressed before the page's scripts are there is followed by nobody.
    page.wait_for_load_state()


def stepper(page: Page, order: Order, world: World) -> str:
    return f"pieces-{key_of(order, world.cabernet)}"


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_and_photographed(
    sit_down: Callable[..., Page], world_today: World, order: Order, width: int
) -> None:
    world, staff = world_today, world_today.staff
    key = key_of(order, world.cabernet)
    made = draft_of(world, order, staff, pieces={key: 3}, gift_note="For Gran", reason="She asked")
    confirm(world, made, staff)
    Rate.objects.update(price_minor=99_00)
    full = draft_of(world, order, staff, pieces={key: 8}, address_reference=world.ana_brooklyn.reference)
    waiting = draft_of(world, bought(world, world.ben, {"CAB23": 2}), staff, add={world.magnum: 1})
    confirm(world, waiting, staff, settle_by=SettleBy.LINK)
    theirs = draft_of(world, order, customer_actor(world.ana), pieces={key: 2})
    page = sit_down(Role.OWNER, width=width)
    pages = {
        "changes": "/winery/changes/",
        "change": f"/winery/changes/{full.reference}/?wine=cha",
        "change-waiting": f"/winery/changes/{waiting.reference}/",
        "change-customers": f"/winery/changes/{theirs.reference}/",
        "order-changed": f"/winery/orders/{order.reference}/",
        "cancelling": f"/winery/orders/{order.reference}/cancel",
        "giving-back": f"/winery/orders/{order.reference}/give-back",
    }
    look_at_each(page, pages, f"office-{{}}-{width}", opened=".change-fold")


def test_address_and_speed_change_and_the_refund_follows(
    sit_down: Callable[..., Page], world_today: World, order: Order
) -> None:
    """Overnight to Brooklyn first, then home again by ground: more is charged, then given back."""
    page = sit_down(Role.OWNER)
    begin(page, order)
    page.get_by_text("2 Court Street").click()
    settle = page.get_by_role("complementary", name="What it comes to")
    expect(settle.get_by_text("2 Court Street")).to_be_visible()
    page.get_by_label("Overnight").click()
    button = settle.get_by_role("button", name="Charge $")
    expect(button).to_be_visible()
    expect(settle.get_by_text("Overnight", exact=True)).to_be_visible()
    button.click()
    expect(page.get_by_text("You changed the order; $")).to_be_visible()
    expect(page.get_by_text("Brooklyn, NY 11201").first).to_be_visible()
    order.refresh_from_db()
    assert (order.ship_state, order.balance_minor) == ("NY", 0) and Payment.objects.count() == 2
    begin(page, order)
    page.get_by_text("1 Valencia Street").click()
    expect(settle.get_by_text("1 Valencia Street")).to_be_visible()
    page.get_by_label("Ground").click()
    expect(settle.get_by_text("Ground", exact=True)).to_be_visible()
    back = settle.get_by_role("button", name="Refund $")
    expect(back.first).to_contain_text("to Visa 4242 and change the order")
    back.first.click()
    expect(page.get_by_text("to the card.")).to_be_visible()
    order.refresh_from_db()
    assert (order.ship_state, order.balance_minor) == ("CA", 0)
    assert Payment.objects.filter(kind="refund", state="settled").exists()
    assert run_checks(read_clock()) == []


def test_a_declined_card_leaves_the_order_as_it_was(
    sit_down: Callable[..., Page], world_today: World, order: Order
) -> None:
    world = world_today
    save_test_card(world.ana, world.now, behaviour=Behaviour.INSUFFICIENT_FUNDS, last4="0341")
    page = sit_down(Role.HOSPITALITY)
    begin(page, order)
    page.get_by_role("button", name="More: Estate Cabernet Sauvignon 2023").click()
    page.get_by_role("button", name="to Visa 0341 and change the order").click()
    expect(page.get_by_text("Not enough money on the card.")).to_be_visible()
    expect(page.get_by_text("The order is as it was.")).to_be_visible()
    order.refresh_from_db()
    assert pieces_on(order) == {"CAB23": 2} and order.balance_minor == 0
    page.goto("/winery/")
    expect(page.get_by_text("1 change waits for money.")).to_be_visible()
    page.goto("/winery/changes/")
    page.get_by_role("link", name="+1 × Estate Cabernet").click()
    page.get_by_label("Visa 4242").click()
    page.get_by_role("button", name="to Visa 4242 and change the order").click()
    expect(page.get_by_text("charged to Visa 4242", exact=False).first).to_be_visible()
    order.refresh_from_db()
    assert pieces_on(order) == {"CAB23": 3} and order.balance_minor == 0
    assert run_checks(read_clock()) == []


def test_two_change_one_order_and_the_second_sees_what_the_first_did(
    sit_down: Callable[..., Page], world_today: World, order: Order
) -> None:
    first, second = sit_down(Role.OWNER), sit_down(Role.MANAGER, tolerate=("409",))
    begin(first, order)
    begin(second, order)
    second.get_by_role("button", name="More: Estate Cabernet Sauvignon 2023").click()
    expect(second.get_by_role("button", name="Charge $")).to_be_visible()
    first.get_by_role("button", name="Fewer: Estate Cabernet Sauvignon 2023").click()
    first.get_by_role("button", name="to Visa 4242").click()
    expect(first.get_by_text("You changed the order.")).to_be_visible()
    second.get_by_role("button", name="Charge $").click()
    expect(second.get_by_text("The order has changed since you looked.", exact=True)).to_be_visible()
    expect(second.get_by_text("Owner took off 1 × Estate Cabernet Sauvignon 2023")).to_be_visible()
    assert_accessible(second)
    second.get_by_role("button", name="Go on with my change").click()
    expect(second.get_by_text("The order has changed since you looked.", exact=True)).to_have_count(0)
    second.get_by_role("button", name="Charge $").click()
    expect(second.get_by_text("You changed the order; $")).to_be_visible()
    order.refresh_from_db()
    assert order.balance_minor == 0 and order.changes.count() == 3
    assert run_checks(read_clock()) == []


def test_the_sums_follow_and_nothing_typed_is_lost(
    sit_down: Callable[..., Page], world_today: World, order: Order
) -> None:
    page = sit_down(Role.OWNER)
    begin(page, order)
    page.get_by_label("Reason", exact=True).last.fill("She asked")
    more = page.get_by_role("button", name="More: Estate Cabernet Sauvignon 2023")
    for _ in range(3):
        more.click()
    row = page.locator(".change-line")
    expect(row).to_contain_text("+$360.00")
    expect(row).to_contain_text("3 more are held for this change")
    expect(page.get_by_label("Reason", exact=True).last).to_have_value("She asked")
    page.get_by_label("Estate Cabernet Sauvignon 2023", exact=True).fill("500")
    expect(row).to_contain_text("only 98 more are to be had")
    page.get_by_label("Name or code").press_sequentially("chard")
    expect(page.locator("#found-wines")).to_contain_text("Ridge Chardonnay 2024")
    page.get_by_label("Estate Cabernet Sauvignon 2023", exact=True).fill("4")
    expect(row).to_contain_text("+$240.00")
    page.get_by_role("button", name="Add Ridge Chardonnay").click()
    expect(page.locator(".change-line")).to_have_count(2)
    page.get_by_role("button", name="Fewer: Ridge Chardonnay 2024").click()
    expect(page.locator(".change-line")).to_have_count(1)
    draft = ChangeDraft.objects.get()
    assert draft.reason == "She asked" and draft.lines.get().quantity == 2


def test_a_choice_made_while_an_earlier_answer_is_on_its_way_stays(
    sit_down: Callable[..., Page], world_today: World, order: Order
) -> None:
    page = sit_down(Role.OWNER)
    begin(page, order)
    with page.expect_request(lambda request: request.method == "POST"):
        page.get_by_role("button", name="More: Estate Cabernet Sauvignon 2023").click()
    page.get_by_label("Overnight").click()
    settle = page.get_by_role("complementary", name="What it comes to")
    expect(settle.get_by_text("Overnight", exact=True)).to_be_visible()
    expect(page.locator(".change-line")).to_contain_text("+$120.00")
    expect(page.get_by_label("Overnight")).to_be_checked()


def test_it_all_works_without_scripts(
    sit_down: Callable[..., Page], world_today: World, order: Order
) -> None:
    page = sit_down(Role.OWNER, script=False, width=PHONE)
    begin(page, order)
    page.get_by_label("Estate Cabernet Sauvignon 2023", exact=True).fill("3")
    page.get_by_text("Give a discount").click()
    page.get_by_label("How much").first.fill("10")
    page.get_by_label("Reason").first.fill("An old friend")
    page.get_by_role("button", name="Work out again").click()
    expect(page.get_by_text("An old friend")).to_be_visible()
    page.get_by_label("Name or code").fill("syrah")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("button", name="Add Old Road Syrah").first.click()
    expect(page.locator(".change-line")).to_have_count(2)
    page.get_by_label("Old Road Syrah 2023, 3 × 750 ml", exact=True).fill("0")
    page.get_by_role("button", name="Charge $").click()
    expect(page.get_by_text("The sums are worked out anew.")).to_be_visible()
    page.get_by_role("button", name="Charge $").click()
    expect(page.get_by_text("You changed the order; $")).to_be_visible()
    order.refresh_from_db()
    assert pieces_on(order) == {"CAB23": 3} and order.balance_minor == 0
    page.get_by_role("link", name="Cancel the order").click()
    page.get_by_label("Becomes store credit").check()
    page.get_by_label("Reason").select_option("Changed their mind")
    page.get_by_role("button", name="Cancel the order").click()
    expect(page.get_by_text("Press the button again")).to_be_visible()
    page.get_by_role("button", name="Cancel the order and give").click()
    expect(page.get_by_text("You canceled the order.")).to_be_visible()
    assert run_checks(read_clock()) == []


def test_giving_back_for_a_bottle_that_stays(
    sit_down: Callable[..., Page], world_today: World, order: Order
) -> None:
    page = sit_down(Role.MANAGER)
    page.goto(f"/winery/orders/{order.reference}/")
    page.get_by_role("link", name="Refund wines").click()
    page.get_by_role("button", name="More: Estate Cabernet").click()
    page.get_by_label("Stay with the customer").check()
    expect(page.locator("#preview")).to_contain_text("discount")
    page.get_by_label("Reason").fill("Corked")
    page.get_by_role("button", name="Refund $").click()
    expect(page.get_by_text("to the card.")).to_be_visible()
    order.refresh_from_db()
    assert pieces_on(order) == {"CAB23": 2} and order.balance_minor == 0
    assert PaymentMethod.objects.count() and run_checks(read_clock()) == []
