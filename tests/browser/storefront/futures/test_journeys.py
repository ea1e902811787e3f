"""En primeur in real browsers: bought by a deposit, sent for and paid at the bank, given, checked by a stranger."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import DESK, assert_accessible, photograph
from tests.browser.storefront.conftest import TAKE, Enter
from tests.browser.storefront.links.test_pay_links import press_pay
from tests.browser.storefront.test_journeys import pay_with, press_place
from tests.rooms.futures import campaign
from tests.rooms.futures.settled import arrive, ask
from tests.world import World, save_test_card
from tirage.changes.collecting import retry_due_collections
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.winery import local_time
from tirage.customers.models import Customer
from tirage.futures.calling import call_instalments
from tirage.futures.models import Acceptance, Certificate, Instalment, Settlement, Transfer
from tirage.futures.transferring import approve_transfer
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.orders.models import Order
from tirage.payments.models import PayLink
from tirage.payments.operations import pay_link_url

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
ASKS_ONCE = "4000 0025 0000 3155"


@pytest.fixture
def futures(shop: World) -> campaign.Futures:
    """Thirty percent now, the rest in two parts."""
    found = campaign.begin(shop)
    today = local_time(shop.now).date()
    later = ((today + timedelta(days=60), 3000), (today + timedelta(days=200), 4000))
    campaign.plan(found, instalments=later)
    return found


@pytest.fixture
def paid(shop: World) -> Order:
    """Ben's six, paid in full."""
    return campaign.order_of(campaign.buy(campaign.begin(shop), shop.ben, 6))


@pytest.fixture
def sit(open_context: Contexts, enter: Enter) -> Callable[..., Page]:
    """``sit(customer)``: their telephone, signed in."""

    def build(customer: Customer, **how: object) -> Page:
        context = open_context(**how)
        enter(context, customer)
        return context.new_page()

    return build


def approve_at_the_bank(page: Page) -> None:
    expect(page.get_by_role("heading", name="Test bank")).to_be_visible()
    page.get_by_role("button", name="Approve").click()


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_a_deposit_is_paid_once_the_terms_are_agreed_to_and_the_bank_has_seen_who_it_is(
    futures: campaign.Futures, sit: Callable[..., Page], script: bool
) -> None:
    page = sit(futures.world.ben, script=script, tolerate=("402", "422"))
    page.goto("/offer/")
    page.get_by_label("Cabernet Sauvignon 2025: how many", exact=True).fill("6")
    page.locator(".action-bar").get_by_role("button", name=TAKE).click()
    expect(page.get_by_role("heading", name="In bond, until it is released")).to_be_visible()
    expect(page.locator(".totals")).to_contain_text("$180.00")
    pay_with(page, ASKS_ONCE)
    press_place(page)
    expect(page.locator("#terms_error")).to_be_visible()
    assert not Order.objects.exists(), "nobody buys without having agreed"
    page.get_by_label("I have read these terms and agree to them.").check()
    pay_with(page, ASKS_ONCE)
    press_place(page)
    approve_at_the_bank(page)
    expect(page.get_by_role("heading", name="Thank you, Ben")).to_be_visible()
    order = Order.objects.get()
    kept = Acceptance.objects.get(order=order)
    assert (order.owed_minor, order.paid_minor, order.later_minor) == (600_00, 180_00, 420_00)
    assert kept.digest == futures.campaign.terms_digest and kept.card is not None and kept.mandate
    page.goto("/account/futures/")
    expect(page.get_by_role("heading", name="6 × Cabernet Sauvignon 2025")).to_be_visible()
    expect(page.locator(".totals")).to_contain_text("$420.00")
    assert run_checks(read_clock()) == []


def test_an_instalment_that_the_bank_asks_about_is_paid_by_its_link(
    futures: campaign.Futures, open_context: Contexts
) -> None:
    order = campaign.order_of(campaign.buy(futures, futures.world.ben, 6))
    card = save_test_card(
        futures.world.ben, futures.world.now, behaviour=Behaviour.AUTHENTICATES_ALWAYS, last4="3184"
    )
    Acceptance.objects.update(card=card)
    now = read_clock()
    Instalment.objects.filter(number=1).update(
        announced_at=now - timedelta(days=8), due_on=local_time(now).date()
    )
    call_instalments(now=now)
    retry_due_collections(now=now)
    page = open_context().new_page()
    page.goto(pay_link_url(PayLink.objects.get()))
    expect(page.get_by_role("heading", name="Your bank needs to confirm it’s you")).to_be_visible()
    expect(page.get_by_text("Before paying $180.00")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Continue to your bank").click()
    approve_at_the_bank(page)
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    order.refresh_from_db()
    assert (order.paid_minor, order.later_minor) == (360_00, 240_00)
    assert run_checks(read_clock()) == []


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_wine_is_sent_for_and_its_way_is_paid_at_the_bank(
    shop: World, paid: Order, sit: Callable[..., Page], script: bool
) -> None:
    save_test_card(shop.ben, shop.now, behaviour=Behaviour.AUTHENTICATES_ALWAYS, last4="3184")
    arrive(_of(paid, shop), 60)
    ask(_of(paid, shop), paid)
    page = sit(shop.ben, script=script)
    page.goto("/account/futures/")
    page.get_by_role("link", name="Say where it goes").click()
    expect(page.get_by_role("heading", name="What it costs")).to_be_visible()
    page.get_by_label("How", exact=True).select_option(label="Overnight")
    page.get_by_role("button", name="Show what it costs").click()
    expect(page.locator(".totals")).to_contain_text("Overnight")
    if script:
        assert_accessible(page)
        photograph(page, "shop-settle-390-light")
    page.get_by_label("Card", exact=True).select_option(label="Visa 3184")
    page.get_by_role("button", name=re.compile(r"Agree and pay \$")).click()
    expect(page.get_by_role("heading", name="Test bank")).to_be_visible()
    assert Settlement.objects.get().state == "agreed", "it isn’t settled before it is paid"
    approve_at_the_bank(page)
    expect(page.get_by_role("heading", name=re.compile(paid.reference))).to_be_visible()
    paid.refresh_from_db()
    assert Settlement.objects.get().state == "settled" and paid.balance_minor == 0
    assert run_checks(read_clock()) == []


def test_what_the_bank_refuses_waits_where_it_can_be_paid_otherwise(
    shop: World, paid: Order, sit: Callable[..., Page]
) -> None:
    save_test_card(shop.ben, shop.now, behaviour=Behaviour.AUTHENTICATES_ALWAYS, last4="3184")
    arrive(_of(paid, shop), 60)
    ask(_of(paid, shop), paid)
    page = sit(shop.ben)
    page.goto(f"/account/futures/{paid.reference}/settle/")
    page.get_by_label("Card", exact=True).select_option(label="Visa 3184")
    page.get_by_role("button", name=re.compile(r"Agree and pay \$")).click()
    expect(page.get_by_role("heading", name="Test bank")).to_be_visible()
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_role("heading", name="to pay")).to_be_visible()
    page.get_by_text("Visa ending in 4242").click()
    press_pay(page)
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    paid.refresh_from_db()
    assert Settlement.objects.get().state == "settled" and paid.balance_minor == 0
    assert run_checks(read_clock()) == []


def _of(order: Order, world: World) -> campaign.Futures:
    lot = order.lines.get().commitments.get().lot
    assert order.release is not None
    item = lot.sku.offer_items.get()
    return campaign.Futures(world, order.release, item.offer, lot.sku, lot)


def test_a_gift_is_offered_accepted_and_in_the_others_cellar(
    shop: World, paid: Order, sit: Callable[..., Page]
) -> None:
    page = sit(shop.ben)
    page.goto("/account/futures/")
    page.get_by_role("link", name="Give wine to somebody").click()
    page.get_by_label("Pieces").fill("2")
    page.get_by_label("E-mail of whoever gets it").fill(shop.ana.email)
    page.get_by_label("A word to them").fill("For your birthday.")
    page.get_by_label("Your full name, as your signature").fill("Ben Baker")
    page.get_by_role("button", name="Sign and offer it").click()
    expect(page.get_by_text(f"Offered to {shop.ana.email}.", exact=False).first).to_be_visible()
    hers = sit(shop.ana, width=DESK)
    hers.goto("/account/futures/")
    hers.get_by_role("link", name=re.compile("2 × Cabernet Sauvignon 2025")).click()
    expect(hers.get_by_text("“For your birthday.”")).to_be_visible()
    assert_accessible(hers)
    photograph(hers, "shop-gift-1440-light")
    hers.get_by_label("Your full name, as your signature").fill("Ana Alvarez")
    hers.get_by_role("button", name="Sign and accept it").click()
    expect(hers.get_by_text("You accepted it. We look at it and write.")).to_be_visible()
    approve_transfer(reference=Transfer.objects.get().reference, actor=shop.staff, now=read_clock())
    hers.goto("/account/futures/")
    expect(hers.get_by_role("heading", name="2 × Cabernet Sauvignon 2025")).to_be_visible()
    page.goto("/account/futures/")
    expect(page.get_by_role("heading", name="4 × Cabernet Sauvignon 2025")).to_be_visible()
    assert run_checks(read_clock()) == []


def test_a_stranger_checks_a_certificate(
    shop: World, paid: Order, sit: Callable[..., Page], open_context: Contexts
) -> None:
    owner = sit(shop.ben)
    owner.goto("/account/futures/")
    owner.get_by_role("link", name="Certificate").click()
    expect(owner.get_by_role("heading", level=1)).to_be_visible()
    reference = Certificate.objects.get().reference
    expect(owner.get_by_text(reference).first).to_be_visible()
    stranger = open_context(tolerate=("404",)).new_page()
    stranger.goto(f"/certificates/{reference.lower()}/")
    expect(stranger.get_by_text("Cabernet Sauvignon 2025").first).to_be_visible()
    words = stranger.locator("body").inner_text()
    assert not [said for said in ("Ben", "Baker", shop.ben.email, paid.reference, "$") if said in words]
    stranger.goto("/certificates/CER-NOTOURS/")
    expect(stranger.get_by_role("heading", name="No such certificate")).to_be_visible()
