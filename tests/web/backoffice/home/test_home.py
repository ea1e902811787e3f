"""Home: the live release, its hours and what needs somebody; and the search."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.web.conftest import ClientAs
from tests.world import World
from tirage.backoffice.home.live import needs_attention
from tirage.backoffice.home.selling import last_hours, live_releases
from tirage.customers.models import Customer, Group, Membership
from tirage.customers.operations import create_customer
from tirage.customers.rules import search_text_of
from tirage.inventory.models import Hold, Stock
from tirage.offers.models import Offer, OfferItem, Release
from tirage.orders.models import Order, OrderChange, OrderLine
from tirage.payments.models import Payment
from tirage.staff.states import Role


def sell(world: World, pieces: int, minutes: int = 5, state: str = "placed") -> Order:
    at = world.now - timedelta(minutes=minutes)
    order = Order.objects.create(
        customer=world.ana,
        release=world.release,
        state=state,
        currency="USD",
        made_at=at,
        placed_at=at,
        owed_minor=pieces * 120_00,
        paid_minor=pieces * 120_00,
    )
    change = OrderChange.objects.create(
        order=order, number=1, kind="placing", at=at, actor_label="Ana", difference_minor=order.owed_minor
    )
    OrderLine.objects.create(
        order=order, change=change, sku=world.cabernet, quantity=pieces, unit_price_minor=120_00
    )
    return order


def test_sold_held_and_left_per_wine(world: World) -> None:
    sell(world, 3)
    sell(world, 2, state="cancelled")
    stock = world.stock(world.cabernet)
    Stock.objects.filter(pk=stock.pk).update(sold=3, held=4)
    Hold.objects.create(stock=stock, holder="CRT-1", quantity=4, expires_at=world.now + timedelta(minutes=5))
    (live,) = live_releases(world.now)
    wine = next(wine for wine in live.wines if wine.sku == world.cabernet)
    assert [(part.label, part.value) for part in wine.parts] == [("sold", 3), ("in carts", 4), ("left", 93)]
    assert (live.orders, live.customers, live.bottles, live.money.minor) == (1, 1, 3, 360_00)
    assert live.is_open


def test_orders_and_money_by_hour_on_the_winerys_clock(world: World) -> None:
    sell(world, 1, minutes=5)
    sell(world, 2, minutes=65)
    sell(world, 9, minutes=60 * 30)
    hours = last_hours(live_releases(world.now), world.now)
    assert [bar.label for bar in hours.orders[-3:]] == ["7 AM", "8 AM", "9 AM"]
    assert [bar.value for bar in hours.orders[-3:]] == [1, 1, 0]
    assert [bar.value for bar in hours.money[-3:]] == [240_00, 120_00, 0]
    assert sum(bar.value for bar in hours.orders) == 2


def test_an_open_release_before_one_ahead_before_one_gone(world: World) -> None:
    Offer.objects.update(opens_at=world.now + timedelta(days=1), closes_at=world.now + timedelta(days=2))
    (ahead,) = live_releases(world.now)
    assert not ahead.is_open
    Offer.objects.update(is_active=False)
    assert live_releases(world.now) == []


def test_a_winery_that_has_sold_begins_no_more_though_every_offer_was_taken_back(
    owner_client: Client, world_today: World
) -> None:
    sell(world_today, 2)
    Offer.objects.update(is_active=False)
    (taken_back,) = live_releases(world_today.now)
    assert (taken_back.release, taken_back.is_open, taken_back.bottles) == (world_today.release, False, 2)
    page = owner_client.get("/winery/").content.decode()
    assert "Before your first release" not in page
    assert (
        "Autumn 2026" in page and "Not active" in page and "Open until" not in page and ">Closed" not in page
    )


def another_release(world: World, name: str, group: Group, *, maximum: int) -> Offer:
    """A second release that opened a minute ago, with one offer of one wine."""
    release = Release.objects.create(name=name, made_at=world.now)
    offer = Offer.objects.create(
        release=release,
        group=group,
        is_active=True,
        opens_at=world.now - timedelta(minutes=1),
        closes_at=world.now + timedelta(days=90),
    )
    OfferItem.objects.create(offer=offer, sku=world.chardonnay, purchase_maximum=maximum)
    return offer


def test_every_open_release_the_one_that_offers_most_first(world: World) -> None:
    another_release(world, "Library", world.premier, maximum=1)
    another_release(world, "Futures", world.premier, maximum=300)
    sell(world, 2)
    found = live_releases(world.now)
    assert [(one.release.name, one.is_open, one.bottles) for one in found] == [
        ("Futures", True, 0),
        ("Autumn 2026", True, 2),
        ("Library", True, 0),
    ]
    assert [wine.sku for wine in found[2].wines] == [world.chardonnay]
    assert sum(bar.value for bar in last_hours(found, world.now).orders) == 1


def test_a_release_with_a_pause_between_its_offers_isnt_open(world: World) -> None:
    Offer.objects.update(closes_at=world.now)
    Offer.objects.filter(pk=world.welcome_offer.pk).update(
        opens_at=world.now + timedelta(days=1), closes_at=world.now + timedelta(days=2)
    )
    (one,) = live_releases(world.now)
    assert (one.is_open, one.opens_at) == (False, world.now + timedelta(days=1))


def test_an_offer_to_a_test_group_never_takes_the_page_over(owner_client: Client, world_today: World) -> None:
    world = world_today
    testers = Group.objects.create(name="Testers", kind="allocation", is_test=True)
    Membership.objects.create(customer=world.clara, group=testers, kind="allocation", since=world.now)
    another_release(world, "Next spring", testers, maximum=9_000)
    assert [one.release.name for one in live_releases(world.now)] == ["Autumn 2026"]
    page = owner_client.get("/winery/").content.decode()
    assert "<h1>Autumn 2026" in page or "Autumn 2026</h1>" in page
    assert "Next spring is open to the test group Testers." in page
    Offer.objects.exclude(group=testers).update(closes_at=world.now - timedelta(minutes=1))
    assert [one.release.name for one in live_releases(world.now)] == ["Autumn 2026"]


def test_home_says_all_open_releases_in_as_many_statements(
    owner_client: Client, world_today: World, django_assert_num_queries: Any
) -> None:
    another_release(world_today, "Library", world_today.premier, maximum=1)
    owner_client.get("/winery/")
    with CaptureQueriesContext(connection) as two:
        page = owner_client.get("/winery/").content.decode()
    assert "2 releases are open" in page
    assert page.index("Autumn 2026") < page.index("Library")
    another_release(world_today, "Futures", world_today.estate, maximum=2)
    with django_assert_num_queries(len(two)):
        owner_client.get("/winery/")


def test_what_needs_somebody(world: World) -> None:
    assert needs_attention(world.now) == []
    order = sell(world, 1)
    Payment.objects.create(
        order=order,
        gateway="test",
        kind="charge",
        state="unknown",
        amount_minor=1,
        currency="USD",
        idempotency_key="k",
        made_at=world.now - timedelta(minutes=10),
    )
    Order.objects.filter(pk=order.pk).update(owed_minor=0)
    texts = [attention.text for attention in needs_attention(world.now)]
    assert texts == ["Payments: 1 without an answer from the bank.", "1 order has money to refund."]


def test_the_page_and_the_part_that_lives(owner_client: Client, world_today: World) -> None:
    page = owner_client.get("/winery/").content.decode()
    assert "Autumn 2026" in page
    assert 'hx-trigger="every 10s"' in page
    part = owner_client.get("/winery/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "Estate Cabernet Sauvignon 2023" in part


def test_home_takes_few_queries(
    owner_client: Client, world_today: World, django_assert_max_num_queries: Any
) -> None:
    owner_client.get("/winery/")
    with django_assert_max_num_queries(41):
        owner_client.get("/winery/")


def test_home_of_an_empty_winery(owner_client: Client) -> None:
    assert "Before your first release" in owner_client.get("/winery/").content.decode()


# Search


@pytest.mark.parametrize(
    ("text", "title", "label"),
    [
        ("ana alv", "Customers", "Ana Alvarez"),
        ("ben@example.com", "Customers", "Ben Baker"),
        ("cabernet", "Wines", "Estate Cabernet Sauvignon 2023"),
        ("cha24", "Wines", "Ridge Chardonnay 2024"),
        ("autumn", "Releases", "Autumn 2026"),
        ("premier", "Groups", "Premier"),
        ("shipping", "Pages", "Delivery"),
        ("Alvarez, Ana", "Customers", "Ana Alvarez"),
        ("alvarez ana", "Customers", "Ana Alvarez"),
    ],
)
def test_everything_is_found(owner_client: Client, world: World, text: str, title: str, label: str) -> None:
    answer = owner_client.get("/winery/search", {"q": text}, headers={"HX-Request": "true"})
    found = {finds.title: [one.label for one in finds.found] for finds in answer.context["finds"]}
    assert label in found[title]


@pytest.mark.parametrize("typed", ["Cabernet magnum", "magnum", "cabernet 1.5 l", "1.5l cab"])
def test_a_wine_is_found_in_its_format(owner_client: Client, world: World, typed: str) -> None:
    """And in no other; the cellar's list finds the same."""
    answer = owner_client.get("/winery/search", {"q": typed}, headers={"HX-Request": "true"})
    (wines,) = [finds for finds in answer.context["finds"] if finds.title == "Wines"]
    assert [one.href for one in wines.found] == [f"/winery/cellar/skus/{world.magnum.code}/"]
    assert owner_client.get("/winery/cellar/", {"q": typed}).context["list"].count == 1


def test_a_release_is_found_by_its_number(owner_client: Client, world: World) -> None:
    reference = world.release.reference
    for text in (reference, reference.lower(), reference[:7]):
        answer = owner_client.get("/winery/search", {"q": text}, headers={"HX-Request": "true"})
        labels = {finds.title: [one.label for one in finds.found] for finds in answer.context["finds"]}
        assert labels["Releases"] == ["Autumn 2026"], text


@pytest.mark.parametrize("spelling", ["{}", "{:l}", "#{}", "ord {:b}", "  {:b} "])
def test_an_order_by_its_number_is_gone_to_at_once(owner_client: Client, world: World, spelling: str) -> None:
    order = sell(world, 1)
    bare = order.reference.removeprefix("ORD-")
    text = spelling.replace("{:l}", order.reference.lower()).replace("{:b}", bare.lower())
    answer = owner_client.get("/winery/search", {"q": text.replace("{}", order.reference)})
    assert answer["Location"] == f"/winery/orders/{order.reference}/"


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        ("+1 (415) 555-0123", "415.555.0123"),
        ("+1 (415) 555-0123", "+14155550123"),
        ("+1 (415) 555-0123", "(415) 555 0123"),
        ("415-555-0123", "+1 415 555 0123"),
        ("020 7946 0018", "+44 20 7946 0018"),
        ("+44 20 7946 0018", "020 79460018"),
        ("+44 20 7946 0018", "0044 20 7946-0018"),
        ("+1 (415) 555-0123", "555-0123"),
    ],
)
def test_a_telephone_is_found_in_any_spelling(
    owner_client: Client, world: World, kept: str, typed: str
) -> None:
    world.ben.phone = kept
    world.ben.search_text = search_text_of(world.ben)
    world.ben.save()
    answer = owner_client.get("/winery/search", {"q": typed}, headers={"HX-Request": "true"})
    assert [one.label for finds in answer.context["finds"] for one in finds.found] == ["Ben Baker"]
    assert owner_client.get("/winery/customers/", {"q": typed}).context["list"].count == 1


def test_what_fits_best_stands_first(owner_client: Client, world: World) -> None:
    """A name that is it before one that begins so before one that has it somewhere; so with the sorts."""
    for first, last in (("Diana", "Aberg"), ("Ana", "Zorn"), ("Anabel", "Alda"), ("Zoe", "Ana")):
        create_customer(
            email=f"{first}.{last}@example.com",
            first_name=first,
            last_name=last,
            actor=world.staff,
            now=world.now,
        )
    Group.objects.create(name="Ana", kind="standard")
    found = owner_client.get("/winery/search", {"q": "ana"}, headers={"HX-Request": "true"}).context["finds"]
    assert [finds.title for finds in found] == ["Groups", "Customers"]
    assert [one.label for one in found[1].found[:3]] == ["Ana Alvarez", "Ana Zorn", "Zoe Ana"]
    assert [one.label for one in found[1].found][-1] == "Diana Aberg"


def test_what_is_just_that_is_gone_to(owner_client: Client, world: World) -> None:
    Customer.objects.filter(pk=world.ana.pk).update(
        search_text=f"ana alvarez ana@example.com {world.ben.email}", other_email=world.ben.email
    )
    answer = owner_client.get("/winery/search", {"q": world.ben.email.upper()})
    assert answer["Location"] == f"/winery/customers/{world.ben.reference}/"


def test_more_than_stands_there_is_in_the_list(owner_client: Client, world: World) -> None:
    for number in range(6):
        create_customer(
            email=f"{number}@o-hara.example",
            first_name="Lee",
            last_name="O’Hara & Co",
            actor=world.staff,
            now=world.now,
        )
    answer = owner_client.get("/winery/search", {"q": "o'hara &"}, headers={"HX-Request": "true"})
    [people] = answer.context["finds"]
    assert (len(people.found), people.more_href) == (5, "/winery/customers/?q=o%27hara+%26")
    assert owner_client.get(people.more_href).context["list"].count == 6


def test_the_search_finds_only_what_the_role_may_see(client_as: ClientAs, world: World) -> None:
    fulfilment = client_as(Role.FULFILMENT)
    assert fulfilment.get("/winery/search", {"q": "team"}).context["finds"] == []
    assert fulfilment.get("/winery/search", {"q": "autumn"}).context["finds"] == []


def test_one_letter_finds_nothing_and_odd_letters_break_nothing(owner_client: Client, world: World) -> None:
    for text in ("a", "", "%", "_'\"", "ORD-%", "\\"):
        assert owner_client.get("/winery/search", {"q": text}).status_code == 200


def test_a_pasted_address_and_a_customers_bare_number_are_found(owner_client: Client, world: World) -> None:
    for text in (f"mailto:{world.ana.email}", world.ana.reference[4:].lower(), f"“{world.ana.name}”"):
        answer = owner_client.get("/winery/search", {"q": text})
        assert answer["Location"] == f"/winery/customers/{world.ana.reference}/", text
