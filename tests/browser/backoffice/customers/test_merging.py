"""Two accounts of one person compared and merged, in a real browser; the pages read by axe and photographed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.backoffice.conftest import enter, session_of
from tests.browser.conftest import WIDTHS, look_at
from tests.rooms.checkout.journey import buy
from tests.world import World
from tirage.customers.models import Customer, Membership
from tirage.staff.states import Role

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


@pytest.mark.parametrize("width", WIDTHS)
def test_found_compared_and_merged(
    open_context: Contexts, live_server: object, world_today: World, width: int
) -> None:
    world = world_today
    buy(world, world.ana, {"CAB23": 1}, world.now)
    Customer.objects.filter(pk=world.ben.pk).update(
        email="a.na@example.com", first_name="A.", last_name="Álvarez"
    )
    page = enter(open_context(width=width), session_of(Role.MANAGER), str(live_server))
    page.goto("/winery/customers/")
    page.get_by_role("link", name="Likely duplicates").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Likely duplicates")
    look_at(page, f"office-duplicates-{width}")
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Merge into Ana Alvarez")
    look_at(page, f"office-merge-{width}")
    page.get_by_role("radio", name="Estate").check()
    page.get_by_label("The other e-mail address signs in too").check()
    page.get_by_role("button", name="Make them one customer").click()
    expect(
        page.get_by_text(f"You merged A. Álvarez ({world.ben.reference}) into Ana Alvarez.")
    ).to_be_visible()
    expect(page.get_by_role("button", name="Let it sign in no more")).to_be_visible()
    assert Membership.objects.get(customer=world.ana, kind="allocation").group == world.estate
    page.goto(f"/winery/customers/{world.ben.reference}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ana Alvarez")
    page.get_by_role("link", name="Merge with another account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Merge into Ana Alvarez")
    page.get_by_label("Name, e-mail or telephone").fill("chen")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_role("link", name="Clara Chen")).to_be_visible()
    look_at(page, f"office-merge-search-{width}")
