"""The report of a release and its reminders by hand: from a figure to its list, goals, a reminder that stops."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core import mail as outbox
from django.urls import reverse
from playwright.sync_api import BrowserContext, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import DESK, PHONE, WIDTHS, look_at
from tests.rooms.changes.journey import bought
from tests.world import World
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.notifications import sending
from tirage.notifications.models import SentMail
from tirage.notifications.reminding import send_due_reminders

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


@pytest.fixture
def release(world_today: World) -> World:
    """Ben has bought; everybody agreed to mail."""
    Customer.objects.update(marketing_consent_at=read_clock())
    bought(world_today, world_today.ben, {"CAB23": 2})
    return world_today


def test_from_a_figure_to_its_list_and_a_goal(
    open_context: Contexts, live_server: object, release: World, session: str
) -> None:
    page = enter(open_context(width=DESK), session, str(live_server))
    page.goto(reverse("backoffice:release", args=[release.release.reference]))
    page.get_by_role("link", name="Report", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Report")
    page.locator(".people-steps").get_by_role("link", name="Not yet").click()
    expect(page.locator("main")).to_contain_text(release.ana.name)
    expect(page.locator("main")).not_to_contain_text(release.ben.name)
    page.go_back()
    page.get_by_role("link", name="Goals").click()
    page.get_by_role("group", name="The whole release").get_by_label("Bottles").fill("4")
    page.get_by_role("button", name="Save the goals").click()
    expect(page.locator(".targets")).to_contain_text("2 of 4 bottles 50%")
    for width in WIDTHS:
        shown = enter(open_context(width=width), session, str(live_server))
        shown.goto(reverse("backoffice:release_report", args=[release.release.reference]))
        expect(shown.locator(".people-steps")).to_be_visible()
        look_at(shown, f"report-{width}")


def test_a_reminder_is_switched_on_and_stops_on_a_purchase(
    open_context: Contexts, live_server: object, release: World, session: str
) -> None:
    page = enter(open_context(width=PHONE), session, str(live_server))
    page.goto(reverse("backoffice:release_reminders", args=[release.release.reference]))
    first = page.get_by_role("group", name="Not bought yet")
    expect(first).to_contain_text("1 customer would be if it were time now")
    first.get_by_label("Send: not bought yet").check()
    first.get_by_label("Hours after the opening").fill("1")
    page.get_by_role("button", name="Save the reminders").click()
    expect(page.locator(".messages")).to_contain_text("You saved the reminders")
    assert send_due_reminders(now=read_clock()) == 1
    bought(release, release.ana, {"CAB23": 1})
    mail = SentMail.objects.get(customer=release.ana, kind="reminder_not_yet")
    sending.send_one(mail.pk, read_clock())
    mail.refresh_from_db()
    assert mail.ended == "withheld" and not any("waiting" in one.subject for one in outbox.outbox)
    page.reload()
    expect(page.get_by_role("group", name="Not bought yet")).to_contain_text("1 customer was reminded so far")
    page.get_by_role("group", name="Not bought yet").get_by_role("link").click()
    expect(page.frame_locator(".mail-frame").locator("body")).to_contain_text("Your bottles are still here")
    for width in WIDTHS:
        shown = enter(open_context(width=width), session, str(live_server))
        for name, path in (
            ("reminders", reverse("backoffice:release_reminders", args=[release.release.reference])),
            ("print", reverse("backoffice:print_offer", args=[release.premier_offer.reference])),
        ):
            shown.goto(path)
            expect(shown.locator("h1")).to_be_visible()
            look_at(shown, f"{name}-{width}")
