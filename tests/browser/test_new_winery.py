"""A winery begins with nothing: its list and wines come in through the pages, a release opens, a customer buys."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django_tasks_db.models import DBTaskResult
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import DESK, PHONE, assert_accessible, look_at, photograph
from tirage.cli.doctor import run_checks
from tirage.core.actors import system
from tirage.core.clock import read_clock
from tirage.core.winery import forget_winery, local_time
from tirage.customers.models import Customer
from tirage.inventory.models import Stock
from tirage.notifications.models import SentMail
from tirage.notifications.values import data_of
from tirage.orders.models import Order
from tirage.staff.adapter import password_key, password_link
from tirage.staff.commands import add_member
from tirage.staff.states import Role

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
PASSWORD = "four oaks on a hill"
#: As old systems write them: semicolons, the old Windows encoding, prices with signs, a year inside a name.
WINES = (
    "SKU;Product Title;Vintage;Bottle Size;Retail Price;Inventory;Teaser\n"
    "HO-PN-23;Greenwood Pinot Noir;2023;750ml;$68.00;1,200;Cool and silky\n"
    "HO-PN-23-M;Greenwood Pinot Noir;2023;1.5L;$150;24;\n"
    "HO-SY-22;2022 Côté Est Syrah;;750 mL;$58;60;Olive, smoke\n"
    "HO-XX-20;Library Réserve;2020;750ml;one twenty;6;\n"
)
#: One person twice, two addresses in a field, ZIPs without their zero, an empty state, no-break spaces, no address.
PEOPLE = (
    "Customer Name,E-mails,Address,City,State,Zip Code,Customer Groups,Email Marketing Status,Signup Date\n"
    '"van der Berg, Ana",ANA@EXAMPLE.COM; ana@home.example,12 Oak St,Boston,MA,2108,Founders,Subscribed,2019-03-04\n'
    "Ana van der Berg,ana@example.com,9 Harbor Rd,Portland,ME,4101,Founders,Subscribed,3/4/2019\n"
    "Ben\u00a0Ito,\u00a0ben@example.com,1 Main St,Napa,,94558,Circle,Unsubscribed,4-Mar-19\n"
    "Nobody,not an address,1 Main St,Napa,CA,94558,Circle,Subscribed,2020-01-01\n"
)
ITEMS = "SKU,Min Qty,Max Qty,Wish Max,Case Size\nHO-PN-23,,6,3,3\nHO-PN-23-M,,1,,\nHO-SY-22,,3,,\n"


@pytest.fixture
def public(transactional_db: None, settings: Any, live_server: Any, tmp_path: Path) -> str:
    """An installation after ``tirage migrate``; its address."""
    settings.SITE_URL, settings.VAR = live_server.url, tmp_path
    forget_winery()
    return str(live_server.url)


def test_from_an_empty_installation_to_the_first_order(
    public: str, open_context: Contexts, tmp_path: Path
) -> None:
    desk = open_context(width=DESK).new_page()
    come_in_as_first_owner(desk)
    expect(desk.get_by_text("Before your first release")).to_be_visible()
    assert_accessible(desk)
    photograph(desk, "new-winery-home-1440-light")
    say_who_we_are(desk)
    open_states(desk)
    write_tax(desk)
    add_carrier(desk)
    import_wines(desk, tmp_path)
    import_people(desk, tmp_path)
    take_tour(desk)
    make_release(desk, tmp_path)
    try_and_preview(desk)
    open_offer(desk)
    telephone = open_context().new_page()
    buy_everything(telephone)
    end_tour(desk)
    expect(desk.get_by_role("link", name="Ana van der Berg")).to_be_visible()
    expect(desk.get_by_text("6 sold")).to_be_visible()
    desk.get_by_role("link", name="Ana van der Berg").click()
    expect(desk.get_by_text("Paid. The bottles wait to be shipped.")).to_be_visible()
    assert run_checks(read_clock()) == []


def come_in_as_first_owner(page: Page) -> None:
    """The link that ``tirage staff add --link`` prints, a password, a second factor."""
    member = add_member(
        email="marguerite@hollowoak.example",
        name="Marguerite Vance",
        role=Role.OWNER,
        password="",
        actor=system("tirage staff"),
        now=read_clock(),
    )
    page.goto(password_link(password_key(member)))
    page.get_by_label("The new password", exact=True).fill(PASSWORD)
    page.get_by_label("The new password again").fill(PASSWORD)
    page.get_by_role("button", name="Save the password").click()
    expect(page.get_by_label("The new password again")).to_have_count(0)
    page.goto("/winery/")
    page.get_by_label("E-mail").fill("Marguerite@hollowoak.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    secret = page.locator("code.reference").inner_text()
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    page.get_by_text("I have them, go on").click()


def say_who_we_are(page: Page) -> None:
    page.get_by_role("link", name="Settings").last.click()
    page.get_by_label("Name", exact=False).first.fill("Hollow Oak Vineyards")
    page.get_by_label("Postal address").fill("2200 Greenwood Road, Philo, CA 95466")
    page.get_by_label("E-mail for questions").fill("hello@hollowoak.example")
    page.get_by_role("button", name="Save the settings").click()
    expect(page.get_by_text("You saved the settings.")).to_be_visible()


def open_states(page: Page) -> None:
    page.goto("/winery/settings/delivery/states")
    for state in ("Massachusetts", "Maine", "California"):
        page.get_by_label(f"{state}: open").check()
    assert_accessible(page)
    page.get_by_role("button", name="Save the states").click()
    expect(page.get_by_text("You saved 3 states.")).to_be_visible()


def write_tax(page: Page) -> None:
    """The rate of the state that the first order goes to."""
    page.goto("/winery/settings/delivery/taxes/rates/new")
    page.locator("#id_place").select_option("US-MA")
    page.get_by_label("Whose tax").fill("Massachusetts")
    page.get_by_label("Rate, percent").fill("6.25")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("You saved Massachusetts")).to_be_visible()
    page.goto("/winery/settings/delivery/")


def add_carrier(page: Page) -> None:
    page.get_by_role("link", name="New method").click()
    page.get_by_label("Name", exact=False).first.fill("Ground")
    page.get_by_role("button", name="Save").click()
    page.locator("input[name=step-0]").fill("12")
    page.locator("input[name=price-0-0]").fill("35.00")
    page.get_by_role("button", name="Save the rates").click()
    expect(page.get_by_text("You saved the rates of Ground.")).to_be_visible()


def bring(page: Page, kind: str, path: Path, content: str, encoding: str = "utf-8") -> None:
    """Uploads the file and has its rows checked with the columns found by name."""
    path.write_bytes(content.encode(encoding))
    if not page.url.endswith("/import/") and "/import/?" not in page.url:
        page.goto("/winery/settings/import/")
    page.get_by_role("radio", name=re.compile(f"^{kind}")).check()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Look at the file").click()
    work(page)
    page.get_by_role("button", name="Check every row").click()
    work(page)


def work(page: Page) -> None:
    """The worker does what the page has asked of it, and the page is looked at again."""
    page.wait_for_load_state()
    expect(page.get_by_role("progressbar")).to_be_visible()
    do_jobs()
    page.reload()


def do_jobs() -> None:
    """Every job that waits, and those that these leave."""
    while job := DBTaskResult.objects.filter(status="READY").first():
        job.task.call(*job.args_kwargs["args"], **job.args_kwargs["kwargs"])
        job.delete()


def import_wines(page: Page, folder: Path) -> None:
    bring(page, "Wines", folder / "wines.csv", WINES, "cp1252")
    expect(page.get_by_text("“one twenty” is not a number. Correct it.")).to_be_visible()
    page.get_by_role("button", name="Import 3 and leave out 1").click()
    work(page)
    expect(page.get_by_text("3 new skus.")).to_be_visible()


def import_people(page: Page, folder: Path) -> None:
    bring(page, "Customers", folder / "people.csv", PEOPLE)
    page.get_by_role("link", name=re.compile("Look at the groups")).click()
    expect(page.get_by_role("heading", name="Groups that the file names")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Make them and check again").click()
    work(page)
    expect(page.get_by_text("1 of 4 rows needs another look.")).to_be_visible()
    expect(page.get_by_text("Read as 02108: a spreadsheet has dropped the zero.")).to_be_visible()
    photograph(page, "new-winery-import-1440-light")
    page.get_by_role("button", name="Import 3 and leave out 1").click()
    work(page)
    expect(page.get_by_text("2 new customers.")).to_be_visible()
    ana, ben = Customer.objects.order_by("email")
    assert (ana.first_name, ana.last_name, ana.other_email) == ("Ana", "van der Berg", "ana@home.example")
    assert [address.postal_code for address in ana.addresses.order_by("pk")] == ["02108", "04101"]
    assert (ben.email, ben.addresses.get().state) == ("ben@example.com", "CA")


def tour_says(page: Page, words: str) -> None:
    expect(page.get_by_role("region", name="The tour")).to_contain_text(words)


def go_on(page: Page, label: str) -> None:
    """By the keyboard."""
    page.get_by_role("button", name=f"Next: {label}").press("Enter")
    tour_says(page, f"of 6 {label}")


def take_tour(page: Page) -> None:
    """The group is there, so it leads on to the release; left and resumed on the way."""
    page.goto("/winery/")
    page.get_by_role("link", name="Take the tour").click()
    expect(page.get_by_role("heading", name="A release, step by step")).to_be_visible()
    look_at(page, "tour-1440")
    page.get_by_role("button", name=re.compile("^Begin")).click()
    tour_says(page, "Circle (1 member) and Founders (1 member).")
    page.get_by_role("button", name="Leave the tour").click()
    expect(page.get_by_text("You left the tour.")).to_be_visible()
    page.get_by_role("button", name="Resume the tour").click()
    tour_says(page, "Step 1 of 6")
    look_at(page, "tour-bar-1440")
    page.set_viewport_size({"width": PHONE, "height": 844})
    look_at(page, "tour-bar-390")
    page.set_viewport_size({"width": DESK, "height": 900})
    go_on(page, "Offer")


def try_and_preview(page: Page) -> None:
    """The step of the test group is looked at and passed; the offer is seen as Ana."""
    tour_says(page, "Founders (3 wines).")
    go_on(page, "Test group")
    expect(page.get_by_label("A test group of the team")).to_be_visible()
    go_on(page, "Preview")
    page.get_by_role("button", name="See it").click()
    page.get_by_role("button", name="Back to the winery’s side").click()
    tour_says(page, "You have seen it as a customer.")
    go_on(page, "Open")


def end_tour(page: Page) -> None:
    """What was bought is seen where the tour ends."""
    page.goto("/winery/")
    tour_says(page, "Open since")
    go_on(page, "Watch it sell")
    tour_says(page, "1 order so far.")
    page.get_by_role("button", name="End the tour").click()
    expect(page.get_by_text("You know the way now.")).to_be_visible()


def make_release(page: Page, folder: Path) -> None:
    expect(page.get_by_role("heading", name="New release")).to_be_visible()
    page.get_by_label("Name").fill("Autumn")
    page.get_by_role("button", name="Save the release").click()
    page.get_by_role("listitem").filter(has_text="Founders").get_by_role(
        "link", name="Make its offer"
    ).click()
    now = local_time(read_clock())
    page.get_by_label("Opens").fill((now - timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("Closes").fill((now + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("Title").fill("Your autumn allocation")
    page.get_by_label("Message", exact=True).fill("The Pinots woke up in fine form.\n\nMarguerite")
    page.get_by_label("Confirmation message").fill("Thank you. We ship when it is cool.")
    page.get_by_role("button", name="Save the offer").click()
    page.get_by_role("link", name="Import items").click()
    bring(page, "Items of an offer", folder / "items.csv", ITEMS)
    page.get_by_role("button", name="Import 3 rows").click()
    work(page)
    page.get_by_role("link", name="Look at the items").click()


def open_offer(page: Page) -> None:
    expect(page.get_by_text("There is stock for every maximum of all offers together.")).to_be_visible()
    page.get_by_role("button", name="Activate the offer to Founders").click()
    expect(page.get_by_role("button", name="Activate the offer to Founders")).to_have_count(0)
    page.get_by_role("link", name="Invite Founders").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Invite 1 customer").click()
    do_jobs()
    assert SentMail.objects.get(kind="offer_invitation").customer == Customer.objects.get(
        email="ana@example.com"
    )


def buy_everything(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Your e-mail address").fill("Ana@example.com")
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    page.goto(data_of(SentMail.objects.get(kind="sign_in_code"), "link"))
    page.get_by_role("button", name="Yes, I am 21 or older").click()
    expect(page.locator(".lead p")).to_have_count(2)
    page.locator(".action-bar").get_by_role("button", name="Take all 10").click()
    expect(page.get_by_text("10 bottles are yours for")).to_be_visible()
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_label("Expiry").fill("12 / 39")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on the card").fill("Ana van der Berg")
    page.locator(".action-bar").get_by_role("button", name=re.compile("Place order")).click()
    expect(page.get_by_role("heading", name="Thank you, Ana")).to_be_visible()
    order = Order.objects.get()
    # 6 × 68 + 150 + 3 × 58, one parcel, 6.25 % on the wine.
    assert (order.ship_state, order.owed_minor, order.balance_minor) == ("MA", 812_75, 0)
    assert Stock.objects.get(sku__code="HO-PN-23").sold == 6
