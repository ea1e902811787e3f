"""A sign-in that ends while somebody types: over the page it begins again, and the form goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.backoffice.conftest import enter, session_of
from tests.browser.conftest import DESK
from tests.world import World
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.staff.models import StaffMember, StaffSession
from tirage.staff.states import Role

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "four words in a row"


def test_signing_in_again_happens_over_the_page(
    open_context: Callable[..., BrowserContext], live_server: object, world_today: World
) -> None:
    context = open_context(width=DESK, tolerate=("401",), own={})
    page = enter(context, session_of(Role.HOSPITALITY), str(live_server))
    member = StaffMember.objects.get(role=Role.HOSPITALITY.value)
    member.authenticator_set.all().delete()  # type: ignore[attr-defined]
    Winery.objects.update(staff_second_factor=False)
    forget_winery()
    page.goto(f"/winery/customers/{world_today.ben.reference}/edit/")
    page.get_by_label("Last name").fill("Okafor")
    StaffSession.objects.all().delete()
    member.set_password(PASSWORD)
    member.save()
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog.get_by_text("nothing you typed is lost")).to_be_visible()
    dialog.get_by_label("E-mail").fill(member.email)
    dialog.get_by_label("Password").fill("something else")
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog.get_by_text("don't fit together").first).to_be_visible()
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("You saved the customer.")).to_be_visible()
    assert Customer.objects.get(pk=world_today.ben.pk).last_name == "Okafor"
