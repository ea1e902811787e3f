"""A policy written by rows, simulated, and run by itself when a wave ends; read by axe in both widths."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import DESK, WIDTHS, look_at_each
from tests.rooms.wishes.granting import wished
from tests.world import World
from tirage.core.clock import read_clock
from tirage.notifications.models import SentMail
from tirage.offers.models import Offer
from tirage.wishes.models import GrantRun, Policy
from tirage.wishes.policies import watch_policies
from tirage.wishes.tasks import grant_wishes, run_policy

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
POLICIES = "/winery/wishes/policies/"


def test_a_policy_runs_when_its_wave_ends_and_is_taken_back(
    open_context: Contexts, live_server: object, world_today: World, session: str
) -> None:
    wished(world_today, world_today.ana, world_today.premier_offer, world_today.cabernet, 3)
    page = enter(open_context(width=DESK), session, str(live_server))
    page.goto("/winery/wishes/")
    page.get_by_role("link", name="Policies for what is left").click()
    page.get_by_role("link", name="New policy").first.click()
    page.get_by_role("button", name="Open to groups").click()
    expect(page.get_by_role("heading", name="2. Open to groups")).to_be_visible()
    page.locator("#step-1").get_by_label("Estate").check()
    page.locator("#step-1").get_by_label("Of each wine").fill("2")
    page.get_by_label("Keep back", exact=True).fill("24")
    page.get_by_role("button", name="Read it back").click()
    expect(page.get_by_text("and keep 24 of each wine back")).to_be_visible()
    look(page, {"new": f"{POLICIES}new/"})
    page.set_viewport_size({"width": DESK, "height": 900})
    page.goto(f"{POLICIES}new/")
    page.get_by_role("button", name="Open to groups").click()
    page.locator("#step-1").get_by_label("Estate").check()
    page.get_by_label("Keep back", exact=True).fill("24")
    page.get_by_role("button", name="Save the policy").last.click()
    expect(page.get_by_role("heading", name="What it says", exact=True)).to_be_visible()
    policy = Policy.objects.get()
    at = f"{POLICIES}{policy.reference}/"
    page.get_by_role("link", name="Simulate").click()
    expect(page.get_by_text("3 pieces to 1 customer. $360 of wine.")).to_be_visible()
    page.goto(at)
    page.get_by_role("button", name="Let it wait for its time").click()
    expect(page.get_by_text("Waits for its time").first).to_be_visible()
    look(page, {"waiting": at, "simulation": f"{at}simulation/", "edit": f"{at}edit/"})
    Offer.objects.update(closes_at=read_clock())
    watch_policies(now=read_clock())
    run_policy.call(policy.reference)
    visit(page, at)
    expect(page.get_by_text("it goes on without you")).to_be_visible()
    grant_wishes.call(GrantRun.objects.get().reference)
    run_policy.call(policy.reference)
    visit(page, at)
    expect(page.get_by_text("Granted 3 pieces to 1 customer.").first).to_be_visible()
    expect(page.get_by_text("Opened a second offer to Estate.").first).to_be_visible()
    assert SentMail.objects.filter(kind="policy_told").count() == 1
    look(page, {"done": at, "list": POLICIES, "undo": f"{at}undo/"})
    visit(page, at)
    page.get_by_role("link", name="Take back").click()
    expect(page.get_by_text("granted and paid stay on the orders")).to_be_visible()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Being taken back")).to_be_visible()
    run_policy.call(policy.reference)
    visit(page, at)
    expect(page.get_by_text("Taken back", exact=True)).to_be_visible()
    assert not Offer.objects.get(release__name__endswith="second offer").is_active


def visit(page: Page, at: str) -> None:
    """A page that is left first can't ask for itself anew at the very moment, as those of what is under way do."""
    page.goto("about:blank")
    page.goto(at)


def look(page: Page, pages: dict[str, str]) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        look_at_each(page, pages, f"policy-{{}}-{width}")
