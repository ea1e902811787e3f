"""Store credit and offline payments in a real browser: read by axe at both widths and schemes, and used by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.backoffice.conftest import enter, session_of
from tests.browser.conftest import DESK, WIDTHS, look_at_each
from tests.rooms.checkout.journey import buy
from tests.world import World
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.payments.operations import give_credit
from tirage.staff.states import Role

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


@pytest.fixture
def owing(world_today: World) -> Order:
    """Ben's order, of which 60.00 are still to be paid; he has store credit."""
    world = world_today
    buy(world, world.ben, {"CAB23": 2}, world.now)
    paid = Payment.objects.get()
    Payment.objects.update(amount_minor=paid.amount_minor - 60_00)
    Order.objects.update(paid_minor=paid.amount_minor - 60_00)
    give_credit(
        customer=world.ben,
        amount=Money(50_00, "USD"),
        reason="A corked magnum",
        actor=world.staff,
        now=world.now,
    )
    return Order.objects.get()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_are_accessible_and_photographed(
    open_context: Contexts, live_server: object, owing: Order, width: int
) -> None:
    context = open_context(width=width)
    page = enter(context, session_of(Role.OWNER), str(live_server))
    pages = {
        "customer-credit": f"/winery/customers/{owing.customer.reference}/",
        "credit": f"/winery/customers/{owing.customer.reference}/credit/",
        "record-payment": f"/winery/orders/{owing.reference}/payment",
        "order-owing": f"/winery/orders/{owing.reference}/",
    }
    look_at_each(page, pages, f"office-{{}}-{width}", opened="details.story-act")


def test_credit_is_given_a_cheque_recorded_and_some_of_it_goes_to_the_credit(
    open_context: Contexts, live_server: object, owing: Order
) -> None:
    context = open_context(width=DESK)
    page = enter(context, session_of(Role.OWNER), str(live_server))
    page.goto(f"/winery/customers/{owing.customer.reference}/")
    page.get_by_label("Amount").fill("20")
    page.get_by_label("Reason").fill("For the wait")
    page.get_by_role("button", name="Give", exact=True).click()
    expect(page.get_by_text("Ben Baker has $70.00 of store credit now.")).to_be_visible()
    page.goto(f"/winery/orders/{owing.reference}/")
    page.get_by_role("link", name="Record a payment").click()
    page.get_by_label("Note").fill("No. 77")
    page.get_by_role("button", name="Record the payment").click()
    expect(page.get_by_text("You recorded $60.00 as paid.")).to_be_visible()
    cheque = page.locator(".story > li").filter(has_text="Check")
    cheque.locator("summary", has_text="Refund").click()
    cheque.get_by_label("Amount").fill("15")
    cheque.get_by_label("Reason").fill("A bottle was broken")
    cheque.get_by_label("Goes to").select_option("Store credit")
    cheque.get_by_role("button", name="Refund").click()
    expect(page.get_by_text("You refunded $15.00 to the customer’s store credit.")).to_be_visible()
    assert Customer.objects.get(pk=owing.customer_id).credit_minor == 85_00
