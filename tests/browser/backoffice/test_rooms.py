"""Customers, groups, cellar and releases in a real browser: read by axe, photographed, and a bulk move by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import DESK, PHONE, WIDTHS, look_at_each
from tests.world import World
from tirage.catalog.operations import set_label
from tirage.customers.models import Customer, MoveRun
from tirage.customers.operations import (
    add_note,
    create_customer,
    draft_move,
    set_tags,
    start_move,
    suspend_customer,
)
from tirage.customers.tasks import move_group
from tirage.notifications.inviting import invite_customer
from tirage.notifications.models import SentMail
from tirage.offers.models import Offer
from tirage.offers.operations import OfferValues, save_custom_allowance, save_offer, save_release

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
LABEL = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 120"><rect width="90" height="120" fill="#f4ead8"/>'
    b'<circle cx="45" cy="48" r="22" fill="#6d1f2f"/><text x="45" y="98" text-anchor="middle">Halcyon</text></svg>'
)


@pytest.fixture
def house(world_today: World) -> World:
    """The world with a little more life: notes, a label, a draft that isn't ready."""
    world = world_today
    for number, name in enumerate(["Eva Evans", "Felix Fuchs", "Gina Greco", "Hugo Hahn", "Ines Ito"]):
        first, last = name.split()
        facts: dict[str, Any] = {"actor": world.staff, "now": world.now}
        customer = create_customer(
            email=f"{first}.{last}@example.com", first_name=first, last_name=last, **facts
        )
        Customer.objects.filter(pk=customer.pk).update(
            lifetime_minor=1_250_00 * number,
            orders_count=number,
            last_order_at=world.now - timedelta(days=90),
        )
    add_note(
        customer=world.ana, text="Likes magnums; buys for two restaurants.", actor=world.staff, now=world.now
    )
    set_tags(customer=world.ana, names=["Trade", "Visited 2026"], actor=world.staff, now=world.now)
    set_label(vintage=world.cabernet.vintage, data=LABEL, actor=world.staff, now=world.now)
    save_custom_allowance(
        item=world.item(world.estate_offer, world.magnum),
        customer=world.ben,
        purchase_maximum=3,
        actor=world.staff,
        now=world.now,
    )
    return world


@pytest.fixture
def draft(house: World) -> Offer:
    """An offer that can't open yet."""
    release = save_release(release=None, name="Spring 2027", actor=house.staff, now=house.now)
    values = OfferValues(
        house.now + timedelta(days=100),
        house.now + timedelta(days=110),
        title="Spring for you",
        bottles_minimum=6,
    )
    return save_offer(
        offer=None, release=release, group=house.premier, values=values, actor=house.staff, now=house.now
    )


def invite_failed(house: World) -> None:
    """Ana's mailbox said no, and Ben's couldn't take it yet."""
    for customer, words, end in (
        (
            house.ana,
            "The mailbox doesn't exist or takes no mail. It said: “550 5.1.1 no such user”",
            "refused",
        ),
        (house.ben, "The mailbox can't take mail now. It said: “450 4.2.2 mailbox full”", ""),
    ):
        offer = house.premier_offer if customer == house.ana else house.estate_offer
        invite_customer(offer=offer, customer=customer, now=house.now)
        SentMail.objects.filter(customer=customer).update(problem=words, ended=end, next_at=house.now)


def pages_of(house: World, draft: Offer) -> dict[str, str]:
    """Every page of these rooms by the name of its picture."""
    run = draft_move(
        customer_ids=[house.ana.pk, house.ben.pk, house.clara.pk],
        group=house.premier,
        actor=house.staff,
        now=house.now,
    )
    running = draft_move(customer_ids=[house.ana.pk], group=house.estate, actor=house.staff, now=house.now)
    start_move(run=running, actor=house.staff, now=house.now)
    invite_failed(house)
    offer, release = house.premier_offer.reference, house.release.reference
    wine = house.cabernet.vintage.wine.reference
    named = {
        "customers": ("customers",),
        "customer": ("customer", house.ana.reference),
        "customer-edit": ("edit_customer", house.ana.reference),
        "address": ("edit_address", house.ana.reference, house.ana_home.reference),
        "move": ("move", run.reference),
        "move-leaving": ("move_leaving", run.reference),
        "move-running": ("move", running.reference),
        "mails": ("mails",),
        "sent-mails": ("sent_mails",),
        "release-mails": ("release_mails", house.release.reference),
        "groups": ("groups",),
        "group": ("group", house.premier.reference),
        "group-edit": ("edit_group", house.premier.reference),
        "cellar": ("cellar",),
        "sku": ("sku", "CAB23"),
        "wine": ("wine", wine),
        "sku-new": ("new_sku", wine, "2023"),
        "releases": ("releases",),
        "release": ("release", release),
        "release-clone": ("clone_release", release),
        "offer": ("offer", offer),
        "offer-edit": ("edit_offer", offer),
        "offer-new": ("new_offer", draft.release.reference),
        "offer-items": ("offer_items", offer),
        "offer-allowances": ("allowances", house.estate_offer.reference),
        "offer-check": ("check_offer", draft.reference),
    }
    return {name: reverse(f"backoffice:{view}", args=args) for name, (view, *args) in named.items()}


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_in_every_look(
    open_context: Contexts, live_server, house: World, draft: Offer, session: str, width: int
) -> None:
    page = enter(open_context(width=width), session, live_server.url)
    look_at_each(page, pages_of(house, draft), f"winery-{{}}-{width}")


def test_a_bulk_move_by_hand(open_context: Contexts, live_server, house: World, session: str) -> None:
    page = enter(open_context(width=DESK), session, live_server.url)
    page.goto(reverse("backoffice:customers") + "?status=active")
    page.get_by_label("Choose Ana Alvarez").check()
    page.get_by_label("Choose Ben Baker").check()
    page.get_by_label("Group", exact=True).last.select_option(label="Welcome")
    page.get_by_role("button", name="Move to group").click()
    page.get_by_role("button", name="Move 2 customers to Welcome").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    move_group.call(MoveRun.objects.get().reference)
    expect(page.get_by_text("put 2 customers into Welcome.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    move_group.call(MoveRun.objects.get().reference)
    expect(page.get_by_text("gave 2 customers back the groups of before.")).to_be_visible()
    assert {m.group.name for m in house.ana.memberships.all()} == {"Premier"}


def test_items_are_edited_without_scripts(
    open_context: Contexts, live_server, house: World, session: str
) -> None:
    page = enter(open_context(width=DESK, script=False), session, live_server.url)
    page.goto(reverse("backoffice:offer_items", args=[house.estate_offer.reference]))
    page.get_by_label("Maximum: Estate Cabernet Sauvignon 2023 750 ml", exact=True).fill("9")
    page.get_by_label("Sku: new item").first.select_option(value="SYR23-3")
    page.get_by_label("Maximum: new item", exact=True).first.fill("2")
    page.get_by_role("button", name="Save the items").click()
    expect(page.get_by_text("You saved 4 items.")).to_be_visible()
    assert house.item(house.estate_offer, house.cabernet).purchase_maximum == 9


def test_a_suspended_customer_is_seen_at_once(
    open_context: Contexts, live_server, house: World, session: str
) -> None:
    suspend_customer(customer=house.ben, reason="Chargeback", actor=house.staff, now=house.now)
    page = enter(open_context(width=PHONE), session, live_server.url)
    page.goto(reverse("backoffice:customer", args=[house.ben.reference]))
    expect(page.get_by_text("Suspended: Chargeback.")).to_be_visible()
    page.get_by_role("button", name="Reinstate").click()
    expect(page.get_by_text("can sign in and buy again")).to_be_visible()
