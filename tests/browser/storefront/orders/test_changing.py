"""Customers change their orders on a telephone, with and without scripts; every page photographed and read by axe."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import DESK, PHONE, assert_accessible, photograph
from tests.browser.storefront.conftest import Enter
from tests.browser.storefront.test_pages import buy, look
from tests.rooms.changes.journey import confirm, draft_of, key_of, pieces_on
from tests.world import World, acting, save_test_card
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import confirm_draft, edit_draft
from tirage.changes.queries import find_draft, quote_draft
from tirage.changes.states import SettleBy
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.money import Money
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCard
from tirage.inventory.models import Hold
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.payments.operations import give_credit

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
CABERNET = "Estate Cabernet Sauvignon 2023"


@pytest.fixture
def order(shop: World) -> Order:
    """Ana's two Cabernets and three Chardonnays, by ground to San Francisco."""
    return buy(shop, shop.ana, cabernet=2, chardonnay=3)


def at_the_order(
    shop: World,
    open_context: Contexts,
    enter: Enter,
    order: Order,
    *,
    script: bool = True,
    width: int = PHONE,
) -> Page:
    """Ana before her order's page."""
    context = open_context(width=width, script=script, tolerate=("422",))
    enter(context, shop.ana)
    page = context.new_page()
    page.goto(f"/orders/{order.reference}/")
    return page


def begin(page: Page) -> None:
    page.get_by_role("button", name="Change this order").click()
    expect(page.get_by_role("heading", name="Change your order")).to_be_visible()
    page.wait_for_load_state()  # The scripts of its steppers, too.


def add_bottles(page: Page, count: int, *, script: bool) -> None:
    """By the stepper, or typed where there are no scripts."""
    if script:
        for _ in range(count):
            page.get_by_role("button", name=f"More: {CABERNET}", exact=True).click()
        return
    field = page.get_by_label(CABERNET, exact=True)
    field.fill(str(int(field.input_value()) + count))
    page.get_by_role("button", name="Update the total", exact=True).last.click()


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_two_bottles_more_and_paid(
    shop: World, open_context: Contexts, enter: Enter, order: Order, script: bool
) -> None:
    page = at_the_order(shop, open_context, enter, order, script=script)
    begin(page)
    add_bottles(page, 2, script=script)
    bar = page.locator(".action-bar")
    # 240 less 10 %, and 7.25 % of tax.
    expect(bar).to_contain_text("$231.66")
    expect(page.get_by_text("2 more bottles are kept for you for")).to_be_visible()
    bar.get_by_role("button", name="Pay and change").click()
    expect(page.get_by_text("Your order is changed.")).to_be_visible()
    expect(page.get_by_text(f"You added 2 × {CABERNET}; $231.66 more")).to_be_visible()
    assert pieces_on(order) == {"CAB23": 4, "CHA24": 3} and run_checks(read_clock()) == []


def test_nothing_typed_is_lost_while_the_sum_follows(
    shop: World, open_context: Contexts, enter: Enter, order: Order
) -> None:
    page = at_the_order(shop, open_context, enter, order)
    begin(page)
    bar, total = page.locator(".action-bar"), page.locator(".change-sum")
    expect(page.get_by_text("How you pay the difference")).to_be_hidden()
    add_bottles(page, 1, script=True)
    expect(bar).to_contain_text("$115.83")
    page.evaluate("window.samePage = true")
    page.get_by_text("Another card", exact=True).click()
    page.get_by_label("Card number").fill("5555 5555 5555 4444")
    page.get_by_text("Another address", exact=True).click()
    page.get_by_label("Street address").fill("350 Fifth Avenue")
    page.get_by_label("Overnight").check()
    expect(total).to_contain_text("Overnight")
    expect(page.get_by_label("Overnight")).to_be_focused()
    add_bottles(page, 1, script=True)
    expect(page.get_by_text("2 more", exact=True)).to_be_visible()
    expect(page.get_by_text("2 more bottles are kept for you for")).to_be_visible()
    expect(page.get_by_label("Card number")).to_have_value("5555 5555 5555 4444")
    expect(page.get_by_label("Street address")).to_have_value("350 Fifth Avenue")
    assert page.evaluate("window.samePage")
    page.get_by_label(re.compile("2 Court Street")).check()
    expect(total).to_contain_text("2 Court Street")
    page.get_by_label("Expiry").fill("12 / 39")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on the card").fill("Ana Alvarez")
    bar.get_by_role("button", name="Pay and change").click()
    expect(page.get_by_text("Your order is changed.")).to_be_visible()
    order.refresh_from_db()
    assert (order.ship_state, order.method, order.balance_minor) == ("NY", shop.overnight, 0)
    card = Payment.objects.exclude(purpose="").get().payment_method
    assert card is not None and card.last4 == "4444" and run_checks(read_clock()) == []


def test_a_typed_address_is_taken_or_refused_in_its_place(
    shop: World, open_context: Contexts, enter: Enter, order: Order
) -> None:
    page = at_the_order(shop, open_context, enter, order)
    begin(page)
    page.get_by_text("Another address", exact=True).click()
    page.get_by_label("Street address").fill("350 Fifth Avenue")
    page.get_by_label("City").fill("New York")
    page.get_by_label("State", exact=True).select_option("NY")
    page.get_by_label("ZIP code").fill("94110")
    page.evaluate("window.samePage = true")
    page.get_by_role("button", name="Use this address").click()
    expect(page.get_by_text("Correct the ZIP or the state").first).to_be_visible()
    expect(page.get_by_label("Street address")).to_have_value("350 Fifth Avenue")
    assert_accessible(page)
    page.get_by_label("ZIP code").fill("10118")
    page.get_by_role("button", name="Use this address").click()
    expect(page.get_by_label(re.compile("350 Fifth Avenue"))).to_be_checked()
    expect(page.locator(".change-sum")).to_contain_text("350 Fifth Avenue")
    assert page.evaluate("window.samePage")


def test_beyond_the_allowance_is_said_under_the_thumb(
    shop: World, open_context: Contexts, enter: Enter, order: Order
) -> None:
    page = at_the_order(shop, open_context, enter, order)
    begin(page)

    def ask_for(bottles: int) -> None:
        page.get_by_label(CABERNET, exact=True).fill(str(bottles))
        page.get_by_label(CABERNET, exact=True).blur()

    words = "your allocation is 6 in all, so 4 more can be added"
    ask_for(9)
    expect(page.locator(".action-bar")).to_contain_text(words)
    ask_for(3)
    expect(page.locator(".action-bar").get_by_role("button", name="Pay and change")).to_be_visible()
    expect(page.locator(".change-wrong")).to_have_count(0)
    ask_for(9)
    expect(page.locator(".change-note").filter(has_text=words)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("change"))).to_have_count(0)
    assert_accessible(page)
    photograph(page, "shop-change-beyond-390-light")


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_a_declined_card_leaves_the_order_as_it_was(
    shop: World, open_context: Contexts, enter: Enter, order: Order, script: bool
) -> None:
    TestCard.objects.update(behaviour=Behaviour.CARD_DECLINED.value)
    page = at_the_order(shop, open_context, enter, order, script=script)
    begin(page)
    add_bottles(page, 2, script=script)
    page.locator(".action-bar").get_by_role("button", name="Pay and change").click()
    expect(page.get_by_text("Nothing was charged and your order is as it was.")).to_be_visible()
    assert pieces_on(order) == {"CAB23": 2, "CHA24": 3} and order.changes.count() == 1
    if script:  # axe itself is a script
        assert_accessible(page)
        photograph(page, "shop-change-declined-390-light")
    page.goto(f"/orders/{order.reference}/")
    page.get_by_role("link", name="Go on with it").click()
    page.get_by_role("button", name="Leave my order as it is").click()
    expect(page.get_by_text("Your order stays as it is.")).to_be_visible()
    assert ChangeDraft.objects.get().state == "dropped" and run_checks(read_clock()) == []


def test_the_bank_wants_to_see_the_customer(
    shop: World, open_context: Contexts, enter: Enter, order: Order
) -> None:
    TestCard.objects.update(behaviour=Behaviour.AUTHENTICATES_ALWAYS.value)
    page = at_the_order(shop, open_context, enter, order)
    begin(page)
    add_bottles(page, 1, script=True)
    page.locator(".action-bar").get_by_role("button", name="Pay and change").click()
    expect(page.get_by_role("heading", name="Test bank")).to_be_visible()
    page.goto(f"/orders/{order.reference}/")
    page.get_by_role("link", name="Go on to it").click()
    expect(page.get_by_role("heading", name="Your bank needs to confirm it’s you")).to_be_visible()
    assert_accessible(page)
    photograph(page, "shop-change-bank-asks-390-light")
    page.get_by_role("link", name="Continue to your bank").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Your order is changed.")).to_be_visible()
    assert pieces_on(order) == {"CAB23": 3, "CHA24": 3}


def test_store_credit_pays_when_it_covers_the_difference(
    shop: World, open_context: Contexts, enter: Enter, order: Order
) -> None:
    give_credit(
        customer=shop.ana, amount=Money(150_00, "USD"), reason="A test", actor=shop.staff, now=read_clock()
    )
    page = at_the_order(shop, open_context, enter, order)
    begin(page)
    add_bottles(page, 1, script=True)
    page.get_by_label(re.compile("Store credit")).check()
    add_bottles(page, 1, script=True)
    expect(page.get_by_label(re.compile("Store credit"))).to_be_hidden()
    page.get_by_role("button", name=f"Fewer: {CABERNET}", exact=True).click()
    expect(page.get_by_label(re.compile("Store credit"))).to_be_checked()
    expect(page.locator(".action-bar")).to_contain_text("$115.83")
    page.locator(".action-bar").get_by_role("button", name="Pay and change").click()
    expect(page.get_by_text("$115.83 paid from store credit")).to_be_visible()


def test_money_back_to_store_credit(shop: World, open_context: Contexts, enter: Enter, order: Order) -> None:
    page = at_the_order(shop, open_context, enter, order)
    begin(page)
    page.get_by_role("button", name=f"Fewer: {CABERNET}", exact=True).click()
    expect(page.locator(".action-bar")).to_contain_text("You get back")
    page.get_by_label(re.compile("To my store credit")).check()
    page.locator(".action-bar").get_by_role("button", name="Change my order").click()
    expect(page.get_by_text("$115.83 sent back as store credit")).to_be_visible()


def test_the_countdown_ends_and_the_bottles_are_kept_again(
    shop: World, open_context: Contexts, enter: Enter, order: Order
) -> None:
    page = at_the_order(shop, open_context, enter, order)
    begin(page)
    add_bottles(page, 1, script=True)
    expect(page.get_by_text("1 more bottle is kept for you for")).to_be_visible()
    soon = read_clock() + timedelta(seconds=3)
    Hold.objects.update(expires_at=soon)
    ChangeDraft.objects.update(expires_at=soon)
    page.reload()
    page.get_by_label("Gift note", exact=True).fill("Not lost")
    # The page notices by itself when the time is over, and keeps what is being typed.
    expect(page.get_by_text("Your time for 1 more bottle ran out.")).to_be_visible(timeout=15_000)
    expect(page.get_by_label("Gift note", exact=True)).to_have_value("Not lost")
    page.get_by_role("button", name="Keep them again").click()
    expect(page.get_by_text("1 more bottle is kept for you for")).to_be_visible()


def test_others_change_it_meanwhile(shop: World, open_context: Contexts, enter: Enter, order: Order) -> None:
    page = at_the_order(shop, open_context, enter, order)
    begin(page)
    add_bottles(page, 1, script=True)
    expect(page.locator(".action-bar")).to_contain_text("$115.83")
    now = read_clock()
    confirm(shop, draft_of(shop, order, shop.staff, gift_note="Hello", now=now), shop.staff, now=now)
    add_bottles(page, 1, script=True)
    # The whole page is another now, and says so first.
    expect(page.get_by_text("Your order has changed since you began.")).to_be_visible()
    expect(page.get_by_text("We changed the gift note.")).to_be_visible()
    assert_accessible(page)
    photograph(page, "shop-change-moved-on-390-light")
    page.get_by_role("button", name="Go on with my change").click()
    page.locator(".action-bar").get_by_role("button", name="Pay and change").click()
    expect(page.get_by_text("Your order is changed.")).to_be_visible()


def test_what_the_team_prepared_is_paid_from_the_order(
    shop: World, open_context: Contexts, enter: Enter, order: Order
) -> None:
    draft = draft_of(shop, order, shop.staff, pieces={key_of(order, shop.cabernet): 4}, now=read_clock())
    confirm(shop, draft, shop.staff, settle_by=SettleBy.LINK, now=read_clock())
    page = at_the_order(shop, open_context, enter, order)
    expect(page.get_by_text("We have prepared a change of this order for you.")).to_be_visible()
    assert_accessible(page)
    photograph(page, "shop-order-prepared-390-light")
    page.get_by_role("link", name="See it and pay").click()
    page.get_by_role("button", name="Pay $231.66").click()
    expect(page.get_by_role("button", name="Pay $231.66")).to_have_count(0)
    page.goto(f"/orders/{order.reference}/")
    expect(page.get_by_text(f"We added 2 × {CABERNET}; $231.66 more")).to_be_visible()


# Every page in every look


def drafted(shop: World, order: Order, **edits: object) -> str:
    """Ana's own change with these edits; its address."""
    draft = draft_of(shop, order, acting(shop.ana), now=read_clock(), **edits)
    return f"/orders/change/{draft.reference}/"


def test_an_empty_change(shop: World, open_context: Contexts, enter: Enter, order: Order) -> None:
    look(open_context, enter, shop.ana, drafted(shop, order), "change-empty")


def test_a_change_with_more_to_pay(shop: World, open_context: Contexts, enter: Enter, order: Order) -> None:
    save_test_card(shop.ana, read_clock(), last4="1881", is_default=False)
    give_credit(
        customer=shop.ana, amount=Money(900_00, "USD"), reason="A test", actor=shop.staff, now=read_clock()
    )
    path = drafted(
        shop,
        order,
        pieces={key_of(order, shop.chardonnay): 0, key_of(order, shop.cabernet): 4},
        add={shop.magnum: 1},
        address_reference=shop.ana_brooklyn.reference,
        method_reference=shop.overnight.reference,
        gift_note="For Clara, who was there when it was picked.",
    )
    look(open_context, enter, shop.ana, path, "change-more")
    look(open_context, enter, shop.ana, f"/orders/{order.reference}/", "order-under-way")


def test_a_change_with_money_back(shop: World, open_context: Contexts, enter: Enter, order: Order) -> None:
    path = drafted(shop, order, pieces={key_of(order, shop.chardonnay): 0})
    look(open_context, enter, shop.ana, path, "change-back")


def test_a_change_that_can_not_be_made(
    shop: World, open_context: Contexts, enter: Enter, order: Order
) -> None:
    pieces = {key_of(order, shop.cabernet): 0, key_of(order, shop.chardonnay): 0}
    look(open_context, enter, shop.ana, drafted(shop, order, pieces=pieces), "change-problem")


def test_a_change_whose_time_ran_out(shop: World, open_context: Contexts, enter: Enter, order: Order) -> None:
    path = drafted(shop, order, pieces={key_of(order, shop.cabernet): 4})
    past = read_clock() - timedelta(minutes=1)
    Hold.objects.update(expires_at=past)
    ChangeDraft.objects.update(expires_at=past)
    look(open_context, enter, shop.ana, path, "change-lapsed")


def test_a_change_that_was_declined(shop: World, open_context: Contexts, enter: Enter, order: Order) -> None:
    TestCard.objects.update(behaviour=Behaviour.INSUFFICIENT_FUNDS.value)
    path = drafted(shop, order, pieces={key_of(order, shop.cabernet): 4})
    pay(shop, path)
    look(open_context, enter, shop.ana, path, "change-declined")
    look(open_context, enter, shop.ana, f"/orders/{order.reference}/", "order-declined")


def test_a_change_that_waits_for_the_bank(
    shop: World, open_context: Contexts, enter: Enter, order: Order
) -> None:
    TestCard.objects.update(behaviour=Behaviour.TIMES_OUT_LOST.value)
    path = drafted(shop, order, pieces={key_of(order, shop.cabernet): 4})
    pay(shop, path)
    look(open_context, enter, shop.ana, path, "change-waiting")


def pay(shop: World, path: str) -> None:
    """Presses the button with Ana's card."""
    reference, now = path.split("/")[-2], read_clock()
    quote = quote_draft(find_draft(reference, acting(shop.ana)), now)
    confirm_draft(
        draft_reference=reference,
        expected_difference_minor=quote.difference.minor,
        expected_settlement_minor=quote.settlement.minor,
        payment_method=shop.ana_card,
        actor=acting(shop.ana),
        now=now,
    )


def test_an_order_that_was_changed(shop: World, open_context: Contexts, enter: Enter, order: Order) -> None:
    path = drafted(shop, order, pieces={key_of(order, shop.cabernet): 4}, gift_note="Cheers")
    pay(shop, path)
    look(open_context, enter, shop.ana, f"/orders/{order.reference}/", "order-changed")


def test_at_a_desk_the_sum_stays_in_sight(
    shop: World, open_context: Contexts, enter: Enter, order: Order
) -> None:
    page = at_the_order(shop, open_context, enter, order, width=DESK)
    begin(page)
    page.get_by_label("Gift note", exact=True).scroll_into_view_if_needed()
    page.get_by_label("Gift note", exact=True).fill("For the long table")
    page.get_by_label("Gift note", exact=True).blur()
    button = page.locator(".change-sum").get_by_role("button", name="Change my order")
    expect(button).to_be_in_viewport()
    button.click()
    expect(page.get_by_text("You changed the gift note")).to_be_visible()


def test_a_stale_page_keeps_what_another_device_chose(
    shop: World, open_context: Contexts, enter: Enter, order: Order
) -> None:
    """The desk adds two bottles while the telephone shows the change as it was, and then adds a wine."""
    page = at_the_order(shop, open_context, enter, order)
    begin(page)
    actor, draft = acting(shop.ana), ChangeDraft.objects.get()
    wanted = {key_of(order, shop.cabernet): 4}
    edit_draft(draft_reference=draft.reference, pieces=wanted, actor=actor, now=read_clock())
    page.get_by_role("button", name="More: Ridge Chardonnay 2024", exact=True).click()
    said = f"{CABERNET}: changed in another window or on another device meanwhile, from 2 to 4."
    expect(page.get_by_text(said)).to_be_visible()
    expect(page.get_by_label(CABERNET, exact=True)).to_have_value("4")
    assert Hold.objects.get(stock__sku=shop.cabernet).quantity == 2
    edit_draft(draft_reference=draft.reference, gift_note="For the cellar", actor=actor, now=read_clock())
    button = page.locator(".action-bar").get_by_role("button", name="Pay and change")
    button.click()
    expect(page.get_by_text("The gift note was changed in another window").first).to_be_visible()
    expect(page.get_by_role("textbox", name="Gift note")).to_have_value("For the cellar")
    assert pieces_on(order) == {"CAB23": 2, "CHA24": 3}
    button.click()
    expect(page.get_by_text("Your order is changed.")).to_be_visible()
    assert pieces_on(order)["CAB23"] == 4
