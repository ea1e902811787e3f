"""The team at a desk settles what came of a lot in part: recorded, previewed, asked; the others wait their turn."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import DESK, assert_accessible, photograph
from tests.concurrency.crowd import invite
from tests.rooms.futures.campaign import begin, buy, order_of
from tests.world import World
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.futures.models import Settlement
from tirage.notifications.models import SentMail

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_part_that_came_is_settled_with_whoever_it_is_enough_for(
    world_today: World, open_context: Callable[..., BrowserContext], session: str, live_server: object
) -> None:
    futures = begin(world_today)
    first = order_of(buy(futures, world_today.ben, 12))
    second = order_of(buy(futures, invite(world_today, 1)[0], 12))
    page = enter(open_context(width=DESK), session, str(live_server))
    page.goto(f"/winery/cellar/lots/{futures.lot.reference}/")
    page.get_by_role("link", name="Record an arrival").click()
    page.get_by_label("How many came").fill("18")
    page.get_by_label("Note for the team").fill("First lorry")
    page.get_by_role("button", name="Record the arrival").click()
    expect(page.get_by_text("You booked 18 of")).to_be_visible()
    page.goto(f"/winery/releases/{futures.release.reference}/settling/")
    expect(page.get_by_text("1 order waits for wine that hasn’t come yet.")).to_be_visible()
    table = page.get_by_role("region", name="Orders that can be settled")
    expect(table).to_contain_text(first.reference)
    expect(table).not_to_contain_text(second.reference)
    assert_accessible(page)
    photograph(page, "settling-part-1440-light")
    page.get_by_role("button", name="Ask them by mail").click()
    expect(page.get_by_text("You asked 1 customer where the wine goes")).to_be_visible()
    expect(page.get_by_role("region", name="Settlements")).to_contain_text(first.reference)
    assert Settlement.objects.get().order == first
    assert SentMail.objects.filter(kind="settlement_asked").count() == 1
    assert run_checks(read_clock()) == []
