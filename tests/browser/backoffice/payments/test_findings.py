"""What the gateway's list found, and what strangers try, in a real browser: read by axe and photographed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import DESK, WIDTHS, look_at_each
from tests.rooms.payments.comparing import compare, paid_order, stray_charge
from tests.rooms.payments.owing import owing_order
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.models import Try
from tirage.integrations.test_gateway.models import TestCharge
from tirage.payments.models import Finding

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


@pytest.fixture
def house(world_today: World) -> World:
    """A charge that names its order, one of the till, one that differs; and cards tried from many addresses."""
    world = world_today
    paid_order(world, world.ana)
    TestCharge.objects.update(captured_minor=1_00)
    order = owing_order(world, world.ben, world.now)
    stray_charge(world.ben_card, 50_00, order=order.reference)
    stray_charge(world.ben_card, 140_00, key="till-1", order="Tasting for four, cellar door")
    compare(read_clock())
    for number in range(24):
        Try.objects.create(
            kind="card", outcome="refused", network=f"198.51.100.{number % 6}", at=read_clock()
        )
    return world


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_at_both_widths(
    open_context: Contexts, live_server: object, session: str, house: World, width: int
) -> None:
    named = Finding.objects.get(idempotency_key="PAY-QQQQQQQQ").reference
    differs = Finding.objects.get(kind="differs").reference
    page = enter(open_context(width=width), session, str(live_server))
    look_at_each(
        page,
        {
            "findings": "/winery/payments/findings/?state=open",
            "finding": f"/winery/payments/findings/{named}/",
            "finding-differs": f"/winery/payments/findings/{differs}/",
            "guessing": "/winery/settings/security/",
            "home": "/winery/",
        },
        f"findings-{{}}-{width}",
        opened="details.story-act",
    )


def test_one_press_attaches_a_charge_to_the_order_that_it_names(
    open_context: Contexts, live_server: object, session: str, house: World
) -> None:
    named = Finding.objects.get(idempotency_key="PAY-QQQQQQQQ").reference
    page = enter(open_context(width=DESK), session, str(live_server))
    page.goto(f"/winery/payments/findings/{named}/")
    page.get_by_role("button", name="Attach to ORD-").first.click()
    expect(page.get_by_text("Attached to an order; nothing is left to do.")).to_be_visible()
