"""The release grid by hand: keyboard, blocks from and to a spreadsheet, undo, a column worked out; read by axe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import DESK, WIDTHS, look_at
from tests.world import World
from tirage.customers.models import Group
from tirage.offers.grid.drafts import propose_maximums
from tirage.offers.models import Offer, OfferItem

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
#: What the page reads instead of the machine's clipboard, and how a block is pasted or copied by hand.
PASTE = """(text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const how = { clipboardData: data, bubbles: true, cancelable: true };
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", how));
}"""
COPY = """() => {
  const data = new DataTransfer();
  const how = { clipboardData: data, bubbles: true, cancelable: true };
  document.activeElement.dispatchEvent(new ClipboardEvent("copy", how));
  return data.getData("text/plain");
}"""


def cell(page: Page, row: int, column: int, layer: str = "maximum") -> Locator:
    return page.locator(f"[name={layer}-{row}-{column}]")


def block(page: Page, rows: int, columns: int) -> list[list[str]]:
    return [[cell(page, row, column).input_value() for column in range(columns)] for row in range(rows)]


@pytest.fixture
def at(world_today: World) -> str:
    return reverse("backoffice:release_grid", args=[world_today.release.reference])


def test_the_grid_is_worked_like_a_spreadsheet(
    open_context: Contexts, live_server: object, world_today: World, session: str, at: str
) -> None:
    page = enter(open_context(width=DESK), session, str(live_server))
    page.goto(at)
    cell(page, 0, 0).click()
    # Typing replaces, Enter goes down, arrows move and commit, Escape takes back.
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    expect(cell(page, 1, 0)).to_be_focused()
    page.keyboard.type("1")
    page.keyboard.press("ArrowRight")
    expect(cell(page, 1, 1)).to_be_focused()
    page.keyboard.type("77")
    page.keyboard.press("Escape")
    expect(cell(page, 1, 1)).to_have_value("1")
    expect(page.locator("[data-changed]")).to_have_text("2 cells changed")
    expect(page.locator("tbody tr").first.locator("[data-promised]")).to_have_text("11")
    # F2 edits: there the arrow moves in the text.
    cell(page, 2, 0).focus()
    page.keyboard.press("F2")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("0")
    expect(cell(page, 2, 0)).to_have_value("102")
    page.keyboard.press("Control+z")
    # A block is led with Shift, copied as a spreadsheet takes it, filled and emptied.
    cell(page, 0, 0).focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowRight")
    assert page.evaluate(COPY) == "8\t3\r\n1\t1"
    page.keyboard.press("Control+d")
    assert block(page, 2, 2) == [["8", "3"], ["8", "3"]]
    page.keyboard.press("Delete")
    assert block(page, 2, 2) == [["", ""], ["", ""]]
    for _ in range(2):
        page.keyboard.press("Control+z")
    assert block(page, 2, 2) == [["8", "3"], ["1", "1"]]
    page.keyboard.press("Control+y")
    assert block(page, 2, 2) == [["8", "3"], ["8", "3"]]
    page.keyboard.press("Control+z")
    # A block from a spreadsheet: odd cells stay to be looked at, empty ones leave what is there.
    cell(page, 0, 1).focus()
    page.keyboard.press("Escape")
    page.evaluate(PASTE, "4\t 2.0\r\n\tmany\r\n")
    assert block(page, 2, 3) == [["8", "4", "2.0"], ["1", "1", "many"]]
    expect(page.locator("[data-said]")).to_contain_text("3 cells changed, nothing is saved yet. 1 empty")
    page.keyboard.press("Control+z")
    assert block(page, 2, 3) == [["8", "3", ""], ["1", "1", ""]]
    # Half of Premier, worked out by the server and undone like anything else.
    page.get_by_label("Into").select_option("Welcome")
    page.get_by_role("button", name="Work out").click()
    expect(page.locator("[data-said]")).to_contain_text("worked out from Premier")
    assert [cell(page, row, 2).input_value() for row in range(4)] == ["4", "1", "6", "1"]
    expect(cell(page, 0, 0)).to_have_value("8")
    page.get_by_role("button", name="Undo").click()
    assert [cell(page, row, 2).input_value() for row in range(4)] == ["", "", "12", "4"]
    page.get_by_role("button", name="Redo").click()
    page.get_by_role("radio", name="Wish maximums").check()
    cell(page, 0, 0, "wish").fill("9")
    page.get_by_role("button", name="Save the grid").last.click()
    expect(page.get_by_text("You saved 7 cells in 2 offers")).to_be_visible()
    item = world_today.item(world_today.premier_offer, world_today.cabernet)
    assert (item.purchase_maximum, item.wish_maximum) == (8, 9)
    assert world_today.item(world_today.welcome_offer, world_today.magnum).purchase_maximum == 1


def test_the_grid_is_accessible_and_legible(
    open_context: Contexts, live_server: object, world_today: World, session: str, at: str
) -> None:
    for index in range(3):
        group = Group.objects.create(name=f"Cellar Circle {index + 1}", kind="allocation", rank=20 + index)
        opens_at = world_today.now + timedelta(days=1)
        offer = Offer.objects.create(
            release=world_today.release,
            group=group,
            opens_at=opens_at,
            closes_at=opens_at + timedelta(days=7),
        )
        OfferItem.objects.create(offer=offer, sku=world_today.magnum, purchase_maximum=12)
    draft = propose_maximums(
        release=world_today.release,
        cells={(world_today.premier_offer.pk, world_today.cabernet.pk): 150},
        source="Suggest maximums",
        note="For 90 % sold, and a chance of 95 % that nobody in Premier finds a wine gone",
        actor=world_today.staff,
        now=world_today.now,
    )
    page = enter(open_context(width=DESK), session, str(live_server))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{at}?draft={draft.reference}")
        expect(page.locator("[data-total] b")).to_have_text("0.9×")
        look_at(page, f"grid-{width}")
    cell(page, 0, 0).fill("many")
    page.get_by_role("button", name="Save the grid").last.click()
    expect(page.get_by_role("alert")).to_contain_text("is not a number")
    look_at(page, "grid-refused")
