"""Payments and daily totals in a real browser: read by axe, photographed, and used by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import DESK, PHONE, WIDTHS, look_at, look_at_each
from tests.rooms.checkout.journey import buy
from tests.web.backoffice.payments.test_payments import order_of, pay
from tests.world import World
from tirage.orders.models import CancelReason
from tirage.payments.models import Payment
from tirage.payments.operations import refund_payment

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


@pytest.fixture
def bought(world_today: World) -> Payment:
    """Ana's charge, part of it given back; and money of every other sort."""
    world = world_today
    placed = buy(world, world.ana, {"CAB23": 3, "CHA24": 3}, world.now)
    charge = Payment.objects.get(order__reference=placed.order_reference)
    refund_payment(
        payment_reference=charge.reference,
        amount_minor=20_00,
        reason="Broken cork",
        actor=world.staff,
        now=world.now,
    )
    ben = order_of(world, world.ben)
    aside = pay(ben, world.now, 268_00, kind="authorise", payment_method=world.ben_card)
    pay(ben, world.now, 200_00, kind="capture", parent=aside, payment_method=world.ben_card)
    pay(ben, world.now, 50_00, gateway="offline", offline_kind="cheque", note="No. 17", actor_label="Owner")
    pay(ben, world.now, 12_00, gateway="offline", offline_kind="comp", note="Corked", actor_label="Owner")
    pay(ben, world.now, 6_00, gateway="credit")
    pay(
        ben,
        world.now - timedelta(minutes=9),
        268_00,
        state="declined",
        decline_code="insufficient_funds",
        payment_method=world.ben_card,
    )
    pay(ben, world.now, 1_00, state="unknown", payment_method=world.ben_card)
    return charge


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_in_every_look(
    open_context: Contexts, live_server: object, bought: Payment, session: str, width: int
) -> None:
    page = enter(open_context(width=width), session, str(live_server))
    CancelReason.objects.get_or_create(name="The customer asked")
    declined = Payment.objects.get(state="declined")
    aside = Payment.objects.get(kind="authorise")
    unknown = Payment.objects.get(state="unknown")
    pages = {
        "payments": "/winery/payments/",
        "payments-filtered": "/winery/payments/?q=ben&state=settled&amount_from=10",
        "payments-none": "/winery/payments/?way=cash",
        "payment": f"/winery/payments/{bought.reference}/",
        "payment-declined": f"/winery/payments/{declined.reference}/",
        "payment-set-aside": f"/winery/payments/{aside.reference}/",
        "payment-unknown": f"/winery/payments/{unknown.reference}/",
        "daily": "/winery/payments/daily/",
        "daily-empty": "/winery/payments/daily/?month=2020-02",
        "cancel-reasons": "/winery/settings/cancelling/",
    }
    look_at_each(page, pages, f"money-{{}}-{width}")


@pytest.mark.parametrize("width", WIDTHS)
def test_answering_for_a_bank_that_is_silent(
    open_context: Contexts, live_server: object, bought: Payment, session: str, width: int
) -> None:
    silent = Payment.objects.get(state="unknown")
    two_days_ago = silent.made_at - timedelta(days=2)
    Payment.objects.filter(pk=silent.pk).update(made_at=two_days_ago, gateway_reference="tch_gone")
    tolerated = ("400",)
    page = enter(open_context(width=width, tolerate=tolerated), session, str(live_server))
    page.goto(f"/winery/payments/{silent.reference}/")
    page.get_by_text("The bank doesn’t answer any more").click()
    page.get_by_role("button", name="Say so").click()
    expect(page.get_by_role("alert")).to_contain_text("Say what you found.")
    look_at(page, f"money-payment-answer-{width}")
    page.get_by_label("It never arrived: no money moved").check()
    page.get_by_label("How you know").fill("Their support says so")
    page.get_by_role("button", name="Say so").click()
    expect(page.get_by_text("You wrote down: given up.")).to_be_visible()
    silent.refresh_from_db()
    assert silent.state == "voided"


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_refused_refund_is_put_right_without_scripts(
    open_context: Contexts, live_server: object, bought: Payment, session: str, width: int
) -> None:
    page = enter(open_context(width=width, script=False, tolerate=("400",)), session, str(live_server))
    page.goto(f"/winery/payments/{bought.reference}/")
    page.locator("summary", has_text="Refund").click()
    page.get_by_label("Amount").fill("99999")
    page.get_by_label("Reason").fill("A whole case corked")
    page.get_by_role("button", name="Refund").click()
    expect(page.get_by_role("alert")).to_contain_text("At most")
    expect(page.get_by_label("Reason")).to_have_value("A whole case corked")
    page.get_by_label("Amount").fill("10")
    page.get_by_role("button", name="Refund").click()
    expect(page.get_by_text("You refunded $10.00 to the card.")).to_be_visible()
    expect(page.get_by_text("refunded $10.00 (A whole case corked)")).to_be_visible()


def test_from_home_to_a_day_to_its_payments(
    open_context: Contexts, live_server: object, bought: Payment, session: str
) -> None:
    page = enter(open_context(width=DESK), session, str(live_server))
    page.goto("/winery/")
    page.get_by_role("region", name="So far").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.locator(".totals-head a").first.click()
    expect(page.locator(".list-count")).to_contain_text("7 payments")
    page.get_by_role("link", name=bought.reference, exact=True).click()
    expect(page.get_by_role("heading", name=bought.reference)).to_be_visible()
