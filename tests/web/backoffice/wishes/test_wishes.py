"""The wishes list and declining with a look first."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.world import World
from tirage.catalog.models import Sku
from tirage.notifications.models import SentMail
from tirage.wishes.models import Wish


@pytest.fixture
def wishes(world: World) -> list[Wish]:
    """Three open wishes and one withdrawn."""
    return [
        Wish.objects.create(
            customer=customer,
            offer_item=world.item(offer, sku),
            kind="promise",
            state=state,
            asked=asked,
            agreed_at=world.now,
            made_at=world.now,
            changed_at=world.now,
        )
        for customer, offer, sku, state, asked in (
            (world.ana, world.premier_offer, world.cabernet, "open", 3),
            (world.ana, world.premier_offer, world.chardonnay, "open", 6),
            (world.ben, world.estate_offer, world.cabernet, "open", 2),
            (world.ben, world.estate_offer, world.chardonnay, "withdrawn", 1),
        )
    ]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 4),
        ({"state": "open"}, 3),
        ({"wine": "CAB23"}, 2),
        ({"q": "ben"}, 2),
        ({"kind": "request"}, 0),
    ],
)
def test_filters(owner_client: Client, wishes: list[Wish], filters: dict[str, str], count: int) -> None:
    assert owner_client.get("/winery/wishes/", filters).context["list"].count == count


def test_one_wish_is_no_wishes(owner_client: Client, wishes: list[Wish]) -> None:
    page = owner_client.get("/winery/wishes/", {"q": "ben", "state": "open"}).content.decode()
    assert "Wishes: 1 wish<" in page and "1 wishes" not in page
    assert "</span> wish</p>" in page and "</span> wishes</p>" not in page


def test_two_skus_of_one_name_are_two_choices(owner_client: Client, world: World) -> None:
    Sku.objects.filter(code="CAB23-MAG").update(name=world.cabernet.name)
    page = owner_client.get("/winery/wishes/").content.decode()
    assert f">{world.cabernet.name}, 750 ml</option>" in page
    assert f">{world.cabernet.name}, 1.5 l</option>" in page
    Sku.objects.filter(code="CAB23-MAG").update(millilitres=750)
    page = owner_client.get("/winery/orders/").content.decode()
    assert f">{world.cabernet.name}, 750 ml (CAB23)</option>" in page
    assert f">{world.cabernet.name}, 750 ml (CAB23-MAG)</option>" in page


def test_filters_by_release_and_group(owner_client: Client, world: World, wishes: list[Wish]) -> None:
    answer = owner_client.get(
        "/winery/wishes/", {"group": world.estate.reference, "release": world.release.reference}
    )
    assert answer.context["list"].count == 2


def test_the_list_takes_at_most_ten_queries(
    owner_client: Client, wishes: list[Wish], django_assert_max_num_queries: object
) -> None:
    owner_client.get("/winery/wishes/")
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        owner_client.get("/winery/wishes/", {"state": "open"})


def test_declining_shows_who_first_and_changes_nothing(owner_client: Client, wishes: list[Wish]) -> None:
    answer = owner_client.post("/winery/wishes/decline", {"chosen": [wish.reference for wish in wishes]})
    page = answer.content.decode()
    assert "3 open wishes of 2 customers for 11 pieces" in page
    assert Wish.objects.filter(state="open").count() == 3


def test_declining_all_that_a_filter_found(owner_client: Client, wishes: list[Wish]) -> None:
    answer = owner_client.post(
        "/winery/wishes/decline",
        {"every": "1", "query": "wine=CAB23", "sure": "1", "reason": "None left"},
        follow=True,
    )
    assert "You declined 2" in answer.content.decode()
    assert set(Wish.objects.filter(state="declined").values_list("reason", flat=True)) == {"None left"}
    assert Wish.objects.filter(state="open").count() == 1
    assert SentMail.objects.filter(kind="wish_declined").count() == 2


def test_nothing_open_among_the_chosen(owner_client: Client, wishes: list[Wish]) -> None:
    answer = owner_client.post("/winery/wishes/decline", {"chosen": [wishes[3].reference]})
    assert "No open wish among them" in answer.content.decode()
