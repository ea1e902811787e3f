"""An order for a customer on the line, in a real browser: looked at, read by axe, and taken by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.backoffice.conftest import enter, session_of
from tests.browser.conftest import DESK, PHONE, WIDTHS, look_at, look_at_each
from tests.rooms.delivery.limiting import limited
from tests.world import World
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import edit_draft, open_new_order
from tirage.changes.rules import AddWine
from tirage.checkout.models import Cart
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.offers.models import Offer
from tirage.orders.models import Order
from tirage.staff.states import Role

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


@pytest.fixture
def sit_down(open_context: Contexts, live_server: object) -> Callable[..., Page]:
    """``sit_down(Role.OWNER, width=DESK)``: such a member of the team at a browser."""

    def build(role: Role, **how: object) -> Page:
        context = open_context(**{"width": DESK, **how})
        return enter(context, session_of(role), str(live_server))

    return build


@pytest.mark.parametrize("width", WIDTHS)
def test_its_pages_are_accessible_and_photographed(
    sit_down: Callable[..., Page], world_today: World, width: int
) -> None:
    world = world_today
    Offer.objects.filter(pk=world.estate_offer.pk).update(bottles_minimum=6)
    draft = open_new_order(customer=world.ben, actor=world.staff, now=world.now)
    edit_draft(
        draft_reference=draft.reference,
        add=[AddWine(world.cabernet.pk, 2)],
        actor=world.staff,
        now=world.now,
    )
    empty = open_new_order(customer=world.clara, actor=world.staff, now=world.now)
    pages = {
        "new-order": f"/winery/changes/{draft.reference}/",
        "new-order-empty": f"/winery/changes/{empty.reference}/",
        "customer-on-the-line": f"/winery/customers/{world.ben.reference}/",
    }
    look_at_each(sit_down(Role.OWNER, width=width), pages, f"office-{{}}-{width}", opened=".change-fold")


def test_an_order_is_taken_on_a_telephone(sit_down: Callable[..., Page], world_today: World) -> None:
    world = world_today
    page = sit_down(Role.HOSPITALITY, width=PHONE)
    page.goto(f"/winery/customers/{world.ben.reference}/")
    page.get_by_role("button", name="Order for this customer").click()
    expect(page.get_by_role("heading", name="An order for Ben Baker")).to_be_visible()
    add = page.get_by_role("button", name="Add Estate Cabernet Sauvignon 2023", exact=False).first
    add.click()
    expect(page.get_by_text("1 held")).to_be_visible()
    page.get_by_role("button", name="More: Estate Cabernet Sauvignon 2023").click()
    expect(page.get_by_text("2 held")).to_be_visible()
    page.get_by_label("Pick up at the winery").click()
    settle = page.get_by_role("complementary", name="What it comes to")
    button = settle.get_by_role("button", name="and place the order").first
    expect(button).to_be_visible()
    expect(button).not_to_contain_text("$289.44")
    button.click()
    expect(page.get_by_text("You placed the order for Ben Baker")).to_be_visible()
    order = Order.objects.get()
    assert (order.state, order.channel, order.method, order.balance_minor) == (
        "placed",
        "telephone",
        world.pickup,
        0,
    )
    assert ChangeDraft.objects.get().state == "applied" and run_checks(read_clock()) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_what_a_state_takes_only_a_part_of_is_split(
    sit_down: Callable[..., Page], world_today: World, width: int
) -> None:
    world = world_today
    limited(world.new_york, 2)
    draft = open_new_order(customer=world.ben, actor=world.staff, now=world.now)
    added = [AddWine(world.cabernet.pk, 3)]
    edit_draft(draft_reference=draft.reference, add=added, actor=world.staff, now=world.now)
    page = sit_down(Role.OWNER, width=width)
    page.goto(f"/winery/changes/{draft.reference}/")
    keep = page.get_by_role("button", name="Keep 1 bottle for later")
    expect(keep).to_be_visible()
    look_at(page, f"office-new-order-split-{width}")
    keep.click()
    expect(page.get_by_text("1 bottle is kept for Ben Baker and may go from")).to_be_visible()
    expect(keep).to_have_count(0)
    settle = page.get_by_role("complementary", name="What it comes to")
    settle.get_by_role("button", name="and place the order").first.click()
    expect(page.get_by_text("You placed the order for Ben Baker")).to_be_visible()
    assert Cart.objects.get(is_split=True).customer == world.ben and run_checks(read_clock()) == []
