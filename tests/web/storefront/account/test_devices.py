"""Where a customer is signed in, and the ways to end it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.world import World
from tirage.config.schedule import SCHEDULE
from tirage.core.clock import read_clock
from tirage.customers.models import Customer, CustomerSession
from tirage.customers.operations import reinstate_customer, suspend_customer
from tirage.customers.sessions import LIFE, prune_customer_sessions
from tirage.customers.sign_in import make_campaign_link
from tirage.storefront.frame import identity

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/19.0 Mobile/15E148 Safari/604.1"
)
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"


def came_by_link(customer: Customer, agent: str, address: str) -> Client:
    """A browser that signed in by a mail's link, somewhere in the world."""
    client = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
    link = make_campaign_link(customer, "/offer/", now=read_clock())
    assert client.get("/" + link.split("/", 3)[3]).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/orders/").status_code == 200


@pytest.fixture
def telephone(shop: World) -> Client:
    return came_by_link(shop.ana, IPHONE, "203.0.113.77")


@pytest.fixture
def desk(shop: World, telephone: Client) -> Client:
    return came_by_link(shop.ana, WINDOWS, "198.51.100.9")


def test_each_device_in_plain_words(telephone: Client, desk: Client) -> None:
    page = desk.get("/account/devices/").content.decode()
    this, other = page.index("Firefox on Windows"), page.index("Safari on an iPhone")
    assert this < page.index("This device") < other, "this device comes first"
    assert page.count("This device") == 1
    assert (
        "From the network that you use now (198.51.100.x)" in page and "From the network 203.0.113.x" in page
    )
    assert "203.0.113.77" not in page and "last seen" in page[other:]


def test_one_is_ended_and_the_others_stay(shop: World, telephone: Client, desk: Client) -> None:
    lost = CustomerSession.objects.get(agent=IPHONE)
    copied = Client()
    copied.cookies[identity.COOKIE] = telephone.cookies[identity.COOKIE].value
    answer = desk.post(f"/account/devices/{lost.reference}/end/", follow=True)
    assert "That device is signed out" in answer.content.decode()
    assert (is_in(telephone), is_in(copied), is_in(desk)) == (False, False, True)


def test_another_customers_device_is_not_found(shop: World, telephone: Client, ben: Client) -> None:
    mine = CustomerSession.objects.get(customer=shop.ana)
    assert ben.post(f"/account/devices/{mine.reference}/end/").status_code == 404
    assert is_in(telephone)


def test_all_others_are_ended_at_once(shop: World, telephone: Client, desk: Client, ben: Client) -> None:
    third = came_by_link(shop.ana, "", "192.0.2.4")
    desk.post("/account/devices/others/end/")
    assert [is_in(client) for client in (telephone, third, desk, ben)] == [False, False, True, True]


def test_suspending_ends_them_for_good(shop: World, telephone: Client) -> None:
    suspend_customer(customer=shop.ana, reason="Asked us to", actor=shop.staff, now=read_clock())
    reinstate_customer(customer=shop.ana, actor=shop.staff, now=read_clock())
    assert not is_in(telephone)


def test_the_cookie_is_kept_by_nobody_else(telephone: Client) -> None:
    row = CustomerSession.objects.values().get()
    assert telephone.cookies[identity.COOKIE].value not in str(row)


def test_last_seen_is_written_rarely(shop: World, telephone: Client) -> None:
    before = CustomerSession.objects.get().seen_at
    for _ in range(3):
        assert is_in(telephone)
    assert CustomerSession.objects.get().seen_at == before
    with CaptureQueriesContext(connection) as fresh:
        is_in(telephone)
    CustomerSession.objects.update(seen_at=read_clock() - timedelta(minutes=11))
    with CaptureQueriesContext(connection) as due:
        is_in(telephone)
    with CaptureQueriesContext(connection) as noted:
        is_in(telephone)
    assert (len(due), len(noted)) == (len(fresh) + 1, len(fresh)), "one statement, once in ten minutes"
    assert CustomerSession.objects.get().seen_at > before - timedelta(minutes=1)


def test_the_address_follows_the_proxy_and_the_device(
    shop: World, telephone: Client, settings: LazySettings
) -> None:
    settings.TIRAGE_TRUSTED_PROXIES = 1
    CustomerSession.objects.update(seen_at=read_clock() - timedelta(minutes=11))
    telephone.get("/orders/", headers={"X-Forwarded-For": "10.0.0.1, 192.0.2.55"})
    assert CustomerSession.objects.get().address == "192.0.2.55"


def test_a_hostile_user_agent_is_text(shop: World) -> None:
    client = came_by_link(shop.ana, "<script>alert(1)</script>" + "x" * 5000, "203.0.113.7")
    page = client.get("/account/devices/").content.decode()
    assert "<script>alert" not in page and "A browser that doesn’t say what it is" in page
    assert len(CustomerSession.objects.get().agent) == 300


def test_signing_in_again_leaves_no_row_behind_that_counts(shop: World, telephone: Client) -> None:
    link = make_campaign_link(shop.ana, "/offer/", now=read_clock())
    telephone.get("/" + link.split("/", 3)[3])
    assert CustomerSession.objects.count() == 1, "one device is one row"


def test_old_ones_are_forgotten_by_the_clock(shop: World, telephone: Client, desk: Client) -> None:
    now = read_clock()
    CustomerSession.objects.filter(agent=IPHONE).update(seen_at=now - LIFE)
    assert prune_customer_sessions(now=now) == 1
    assert CustomerSession.objects.get().agent == WINDOWS
    scheduled = {entry.operation for entry in SCHEDULE}
    assert {
        "tirage.customers.sessions.prune_customer_sessions",
        "tirage.staff.sessions.prune_staff_sessions",
        "tirage.core.waits.prune_wrong_tries",
    } <= scheduled
