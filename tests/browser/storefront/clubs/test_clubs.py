"""A club with a fee, from the telephone to the desk: declined, joined, paused and taken back, the fee given back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.backoffice.conftest import enter as enter_office
from tests.browser.backoffice.conftest import session_of
from tests.browser.conftest import DESK, WIDTHS, look_at
from tests.browser.storefront.conftest import Enter
from tests.browser.test_new_winery import do_jobs
from tests.rooms.clubs.test_clubs import club
from tests.rooms.payments.owing import card_that
from tests.world import World
from tirage.clubs.models import ClubMember
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.notifications.models import SentMail
from tirage.staff.states import Role

pytestmark = pytest.mark.django_db(transaction=True)
Contexts = Callable[..., BrowserContext]


def test_declined_joined_paused_taken_back_and_the_fee_given_back(
    shop: World, open_context: Contexts, enter: Enter, live_server: object
) -> None:
    of = club(shop, description="Two dinners a year.", fee_minor=50_00, amount="capped", cap=6)
    card_that(shop, shop.ben, Behaviour.CARD_DECLINED, last4="0341")
    context = open_context(tolerate=("422",))
    enter(context, shop.ben)
    page = context.new_page()
    page.goto("/account/clubs/")
    page.get_by_role("link", name="Cellar club").click()
    expect(page.get_by_text("Joining costs $50.00, once, tax included.")).to_be_visible()
    page.get_by_label("What is charged").select_option(label="Visa 0341")
    page.get_by_role("button", name="I agree, pay $50.00 and join").click()
    expect(page.get_by_text("Nothing was charged, and nobody has joined yet").first).to_be_visible()
    look_at_both(page, "club-declined")
    page.get_by_label("What is charged").select_option(label=shop.ben_card.label)
    page.get_by_role("button", name="I agree, pay $50.00 and join").click()
    expect(page.get_by_text("Welcome to Cellar club.")).to_be_visible()
    expect(page.get_by_text("$50.00, paid on")).to_be_visible()
    look_at_both(page, "clubs-own")

    office = enter_office(open_context(width=DESK), session_of(Role.OWNER), str(live_server))
    office.goto(f"/winery/customers/clubs/{of.reference}/")
    look_at_both(office, "club")
    office.get_by_role("link", name=shop.ben.name).click()
    office.get_by_label("Why", exact=True).fill("On a journey")
    office.get_by_role("button", name="Pause").click()
    expect(office.get_by_text("You paused the membership.")).to_be_visible()
    office.get_by_role("button", name="Undo").click()
    expect(office.get_by_text("You took it back")).to_be_visible()
    look_at_both(office, "club-member")
    office.get_by_label("Why it goes back").fill("Moved away")
    office.get_by_role("button", name="Give $50.00 back").click()
    expect(office.get_by_text("You refunded $50.00 to the card.")).to_be_visible()
    do_jobs()
    sent = set(
        SentMail.objects.filter(customer=shop.ben, sent_at__isnull=False).values_list("kind", flat=True)
    )
    assert {"club_joined", "club_fee_back"} <= sent
    assert ClubMember.objects.get().state == "active"


def look_at_both(page: Page, name: str) -> None:
    """At both widths and in both schemes."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        look_at(page, f"{name}-{width}")
