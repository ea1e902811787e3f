"""Newsletters in a real browser: a list is chosen, filled, sent and looked at; read by axe and photographed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import DESK, PHONE, look_at_each
from tests.campaign_monitor import CampaignMonitorThere, connected
from tests.world import World
from tirage.customers.models import Customer, Group
from tirage.marketing.models import SyncRun
from tirage.marketing.tasks import sync_list

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


@pytest.fixture
def there(
    world_today: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CampaignMonitorThere]:
    """The service, one address that it refuses, and a group whose name is inside another's."""
    Group.objects.create(name="Premier 50", kind="allocation")
    Customer.objects.filter(pk=world_today.clara.pk).update(email="clara@nowhere.invalid")
    with connected(CampaignMonitorThere(world_today.now), settings, monkeypatch) as one:
        yield one


def leave(page: Page) -> None:
    """A page of a run asks for itself."""
    page.goto("/winery/settings/newsletters/")
    expect(page.get_by_role("heading", name="Newsletters")).to_be_visible()


def test_a_list_is_chosen_and_sent_and_says_why_somebody_was_not(
    open_context: Contexts, live_server: object, session: str, there: CampaignMonitorThere
) -> None:
    page = enter(open_context(width=DESK), session, str(live_server))
    page.goto("/winery/settings/newsletters/")
    expect(page.get_by_text("“Premier” is inside “Premier 50”")).to_be_visible()
    page.get_by_role("link", name="Choose a list").click()
    page.get_by_label("Friends of the house").check()
    page.get_by_role("button", name="Choose this list").click()
    expect(page.get_by_text("You chose Friends of the house.")).to_be_visible()
    page.get_by_label("Groups", exact=True).select_option(label="Groups")
    page.get_by_label("Sign-in link").select_option(label="A new field “Sign-in link”")
    page.get_by_role("button", name="Save the list").click()
    expect(page.get_by_text("You saved Friends of the house.")).to_be_visible()
    page.get_by_role("button", name="Send what changed").click()
    expect(page.get_by_text("Waiting").or_(page.get_by_text("Asking who left")).first).to_be_visible()
    leave(page)
    there.troubles = [429]
    run = SyncRun.objects.get()
    sync_list.call(run.reference)
    page.goto(f"/winery/settings/newsletters/runs/{run.reference}/")
    expect(page.get_by_text("asks us to be slower")).to_be_visible()
    page.get_by_role("button", name="Try now").click()
    expect(page.get_by_text("asks us to be slower")).to_have_count(0)
    leave(page)
    sync_list.call(run.reference)
    page.goto(f"/winery/settings/newsletters/runs/{run.reference}/")
    expect(page.get_by_text("You sent 2 customers")).to_be_visible()
    page.get_by_role("link", name="Refused").click()
    expect(page.get_by_text("the address isn’t one")).to_be_visible()
    page.get_by_role("link", name="Clara Chen").click()
    expect(page.get_by_role("heading", name="Clara Chen").first).to_be_visible()
    mailing = f"/winery/settings/newsletters/{run.list.reference}/"
    pages = {
        "lists": "/winery/settings/newsletters/",
        "choose": "/winery/settings/newsletters/new/",
        "list": mailing,
        "edit": f"{mailing}edit",
        "run": f"/winery/settings/newsletters/runs/{run.reference}/",
    }
    for width in (PHONE, DESK):
        looked = enter(open_context(width=width), session, str(live_server))
        look_at_each(looked, pages, f"newsletters-{{}}-{width}")
