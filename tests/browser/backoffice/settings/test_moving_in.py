"""Moving in, in a real browser: files, columns, a look ahead, the run, sums, a name under it, all of it back out."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import DESK, PHONE, look_at
from tests.browser.test_new_winery import do_jobs
from tests.rooms.moving.journey import table
from tests.rooms.moving.test_cards import kept_elsewhere, row
from tests.world import World
from tirage.moving.models import BroughtThing
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
HOME = "/winery/settings/move-in/"
ORDERS: list[dict[str, object]] = [
    {
        "Order number": str(10_233 + number),
        "Ordered on": f"2019-1{number}-01",
        "E-mail": f"buyer{number}@example.org",
        "Sku": "OLDCAB16",
        "Wine": "Estate Cabernet 2016",
        "Pieces": "3",
        "Price of one": "110.00",
        "Tax": "27.23",
        "Total": "357.23",
        "Group": "Founders",
        "Release": "Fall 2019",
        "Payment method": "Visa",
    }
    for number in range(3)
]


@pytest.fixture(params=[PHONE, DESK])
def page(
    request: pytest.FixtureRequest,
    open_context: Contexts,
    live_server: object,
    session: str,
    world_today: World,
) -> Page:
    return enter(open_context(width=request.param, tolerate=(r"status of 422",)), session, str(live_server))


def seen(page: Page, name: str) -> None:
    look_at(page, f"moving-{name}-{page.viewport_size['width']}")  # type: ignore[index]


def work(page: Page) -> None:
    expect(page.get_by_role("progressbar")).to_be_visible()
    do_jobs()
    page.reload()


def choose(page: Page, name: str, rows: list[dict[str, object]]) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": table(rows)}
    )


def bring(page: Page, link: str, name: str, rows: list[dict[str, object]]) -> None:
    """From the checklist: the file, its columns as they were recognised, every row checked, kept."""
    page.goto(HOME)
    page.get_by_role("link", name=link).click()
    choose(page, name, rows)
    page.get_by_role("button", name="Look at the file").click()
    work(page)
    page.get_by_role("button", name="Check every row").click()
    work(page)
    page.get_by_role("button", name=re.compile("^Import ")).click()
    work(page)


def test_orders_come_in_are_proved_signed_off_and_go_out_again(page: Page) -> None:
    page.goto(HOME)
    expect(page.get_by_role("heading", name="What to bring")).to_be_visible()
    bring(page, "Bring a file of orders", "old-orders.csv", ORDERS)
    page.get_by_role("link", name="Make orders of them").click()
    expect(page.get_by_text("3 orders wait")).to_be_visible()
    seen(page, "files")
    page.get_by_role("button", name="Look what would come in").click()
    work(page)
    expect(page.get_by_role("heading", name="Groups that aren’t here")).to_be_visible()
    assert not Order.objects.filter(channel="history").exists()
    seen(page, "ahead")
    page.get_by_role("button", name="Bring them in").click()
    work(page)
    page.get_by_role("link", name="Compare the sums").click()
    page.get_by_label("Figures of your former system").fill("year;2019;1071.69\npayment;Visa;1000.00")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("Some sums aren’t those of your former system.")).to_be_visible()
    seen(page, "sums")
    page.get_by_role("link", name="Ways of payment").click()
    page.get_by_role("link", name="Visa").click()
    expect(page.get_by_text("old-orders.csv row").first).to_be_visible()
    seen(page, "behind")
    page.goto(f"{HOME}releases/")
    expect(page.get_by_role("heading", name="Fall 2019")).to_be_visible()
    seen(page, "releases")
    page.goto(f"{HOME}sums/")
    page.get_by_label("Why it is right").fill("A gift card there")
    page.get_by_role("button", name="Sign off in my name").click()
    expect(page.get_by_role("heading", name="Signed off")).to_be_visible()
    seen(page, "signed")
    page.get_by_label("Why it is opened again").fill("One more file")
    page.get_by_role("button", name="Open it again").click()
    expect(page.get_by_text("The history is open again.")).to_be_visible()
    page.get_by_label("Yes, the whole history goes").click()
    page.get_by_role("button", name="Take the whole history back").click()
    work(page)
    expect(page.get_by_text("Taken out")).to_be_visible()
    assert not Order.objects.filter(channel="history").exists()


def test_saved_cards_are_looked_up_and_a_card_number_is_refused(page: Page, world_today: World) -> None:
    kept_elsewhere(world_today, "tok_clara1", "cus_clara")
    rows = [
        row(world_today.clara.email, "tok_clara1", "cus_clara"),
        row(world_today.ben.email, "tok_none", "cus_ben"),
    ]
    page.goto(HOME)
    page.get_by_role("link", name="Bring cards").click()
    numbered: list[dict[str, object]] = [{"email": "a@example.org", "token": "4242 4242 4242 4242"}]
    choose(page, "cards.csv", numbered)
    page.get_by_role("button", name="Look at the file").click()
    expect(page.get_by_text("This file holds what looks like a card number").first).to_be_visible()
    bring(page, "Bring cards", "cards.csv", rows)
    page.get_by_role("link", name="Look the cards up").click()
    expect(page.get_by_text("2 cards wait")).to_be_visible()
    seen(page, "cards")
    page.get_by_role("button", name="Look them up").click()
    work(page)
    expect(page.get_by_text("The processor keeps no such card under this customer.")).to_be_visible()
    seen(page, "cards-looked-up")
    assert PaymentMethod.objects.get(token="tok_clara1").said
    page.get_by_role("link", name="Back to moving in").click()
    page.get_by_text("Take back").last.click()
    page.get_by_label("Yes, what it brought goes out again").click()
    page.get_by_role("button", name="Take this file back").click()
    work(page)
    expect(page.get_by_text("Taken out")).to_be_visible()
    assert not BroughtThing.objects.exists()
