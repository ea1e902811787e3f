"""Money to collect in a real browser: read by axe, photographed, and pressed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import WIDTHS, assert_accessible, look_at_each
from tests.rooms.payments.owing import owing_order
from tests.web.backoffice.payments.collecting.test_collecting import LIST, failed, let_work
from tests.world import World
from tirage.core.actors import system
from tirage.core.bulk import draft_run, start_run
from tirage.core.clock import read_clock
from tirage.core.tasks import go_on_with_bulk
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.payments.models import Collection

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


@pytest.fixture
def owed(world_today: World) -> list[Collection]:
    """Ben's card has no money, Ana's was stolen."""
    world = world_today
    return [
        failed(world, owing_order(world, customer, world.now, minor), behaviour, last4)
        for customer, minor, behaviour, last4 in (
            (world.ben, 50_00, Behaviour.INSUFFICIENT_FUNDS, "9995"),
            (world.ana, 80_00, Behaviour.STOLEN_CARD, "9979"),
        )
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_are_accessible_in_every_look(
    open_context: Contexts, live_server: object, owed: list[Collection], session: str, width: int
) -> None:
    page = enter(open_context(width=width), session, str(live_server))
    keys = [one.reference for one in owed]
    draft, done = (
        draft_run(kind="retry_collections", keys=keys, actor=system(), now=read_clock()) for _ in range(2)
    )
    start_run(run=done, values={}, actor=system("Olive Owens"), now=read_clock())
    go_on_with_bulk.call(done.reference)
    pages = {
        "many": f"{LIST}trying/{draft.reference}/",
        "tried": f"{LIST}trying/{done.reference}/",
        "list": f"{LIST}?state=open",
        "one": f"{LIST}{owed[0].reference}/",
        "final": f"{LIST}{owed[1].reference}/",
        "order": f"/winery/orders/{owed[0].order.reference}/",
    }
    look_at_each(page, pages, f"collect-{{}}-{width}")


def test_one_press_tries_again_and_many_are_shown_first(
    open_context: Contexts, live_server: object, owed: list[Collection], session: str
) -> None:
    page = enter(open_context(width=1440), session, str(live_server))
    page.goto(f"{LIST}?state=open")
    let_work(owed[0])
    page.get_by_role("button", name=f"Try {owed[0].order.reference} again now").click()
    expect(page.get_by_text("You collected $50.00 from Ben Baker.")).to_be_visible()
    expect(page.locator(".list-count")).to_contain_text("1 amount")
    page.get_by_label("Choose every amount to collect on this page").check()
    page.get_by_role("button", name="Try again…").click()
    expect(page.get_by_text("Nothing to try among them")).to_be_visible()
    assert_accessible(page)
