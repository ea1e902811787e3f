"""The wishes list and declining with a look first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.catalog.models import Sku
from tirage.core.clock import read_clock
from tirage.core.models import BulkRun, Event
from tirage.core.tasks import go_on_with_bulk
from tirage.customers.models import Customer
from tirage.notifications.models import SentMail
from tirage.offers.models import Offer
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
        ({"needs": "any"}, 0),
        ({"under_way": "nothing"}, 4),
        ({"under_way": "offered"}, 0),
    ],
)
def test_filters(owner_client: Client, wishes: list[Wish], filters: dict[str, str], count: int) -> None:
    assert owner_client.get("/winery/wishes/", filters).context["list"].count == count


def test_promises_that_can_not_be_granted_are_marked_found_and_counted(
    owner_client: Client, world: World, wishes: list[Wish]
) -> None:
    def found(needs: str) -> int:
        count: int = owner_client.get("/winery/wishes/", {"needs": needs}).context["list"].count
        return count

    in_a_month = read_clock() + timedelta(days=31)
    world.ben_card.exp_year, world.ben_card.exp_month = in_a_month.year, in_a_month.month
    world.ben_card.save()
    world.ana.payment_methods.update(exp_year=2020)
    world.ana.addresses.update(removed_at=read_clock())
    assert [found(needs) for needs in ("card", "expires", "address", "any")] == [2, 1, 2, 3]
    page = words_of(owner_client.get("/winery/wishes/"))
    assert "A card and an address" in page and "A card that lasts" in page
    one = words_of(owner_client.get(f"/winery/wishes/{wishes[0].reference}/"))
    assert "Ana Alvarez has no card that can be charged, and no address to send it to." in one
    assert "2 promises of wishes have no card that can be charged" in words_of(owner_client.get("/winery/"))


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


def test_the_list_takes_at_most_eleven_queries(
    owner_client: Client, wishes: list[Wish], django_assert_max_num_queries: object
) -> None:
    owner_client.get("/winery/wishes/")
    with django_assert_max_num_queries(11):  # type: ignore[operator]
        owner_client.get("/winery/wishes/", {"state": "open"})


CHOOSE = "/winery/wishes/decline"


def drafted(client: Client, **sent: Any) -> str:
    """The path of the run that a choice of the list made."""
    return str(client.post(CHOOSE, sent)["Location"].partition("?")[0])


def test_declining_shows_who_first_and_changes_nothing(owner_client: Client, wishes: list[Wish]) -> None:
    path = drafted(owner_client, chosen=[wish.reference for wish in wishes])
    assert "3 open wishes of 2 customers for 11 pieces" in words_of(owner_client.get(path))
    assert Wish.objects.filter(state="open").count() == 3


def test_declining_all_that_a_filter_found(owner_client: Client, wishes: list[Wish]) -> None:
    path = drafted(owner_client, every="1", query="wine=CAB23")
    begun = owner_client.post(f"{path}run", {"reason": "None left"}, follow=True)
    assert "Waiting for its turn 0 of 2" in words_of(begun)
    assert Wish.objects.filter(state="declined").count() == 0
    go_on_with_bulk.call(BulkRun.objects.get().reference)
    assert "You declined 2 wishes; each gets a mail." in words_of(owner_client.get(path))
    assert set(Wish.objects.filter(state="declined").values_list("reason", flat=True)) == {"None left"}
    assert Wish.objects.filter(state="open").count() == 1
    assert SentMail.objects.filter(kind="wish_declined").count() == 2


def test_a_run_of_declining_is_stopped_and_tells_who_was_left(
    owner_client: Client, wishes: list[Wish]
) -> None:
    path = drafted(owner_client, chosen=[wish.reference for wish in wishes])
    owner_client.post(f"{path}run")
    assert "0 of 4" in words_of(owner_client.get(f"{path}progress"))
    owner_client.post(f"{path}stop")
    stopped = words_of(owner_client.get(path))
    assert "You declined no wish. 4 were not reached." in stopped and "Go on" in stopped
    assert owner_client.get(f"{path}progress", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    owner_client.post(f"{path}run")
    go_on_with_bulk.call(BulkRun.objects.get().reference)
    told = words_of(owner_client.get(path))
    assert "You declined 3 wishes; each gets a mail. 1 was answered already." in told
    assert "Ben Baker" in told and "This wish is withdrawn already." in told


def test_more_than_fit_into_one_request_are_chosen_at_once(
    owner_client: Client, world: World, wishes: list[Wish]
) -> None:
    people = Customer.objects.bulk_create(
        Customer(email=f"{number}@many.example", first_name="Many", signed_up_at=world.now)
        for number in range(600)
    )
    item = world.item(world.estate_offer, world.cabernet)
    facts = {"offer_item": item, "kind": "request", "asked": 1, "made_at": world.now}
    Wish.objects.bulk_create(Wish(customer=one, changed_at=world.now, **facts) for one in people)
    path = drafted(owner_client, every="1", query="kind=request")
    assert BulkRun.objects.get().total == 600
    page = words_of(owner_client.get(path))
    assert "Decline 600 wishes" in page and "The first 100 of 600" in page


def test_a_reason_that_is_too_long_is_said_on_the_preview(owner_client: Client, wishes: list[Wish]) -> None:
    path = drafted(owner_client, every="1", query="state=open")
    answer = owner_client.post(f"{path}run", {"reason": "x" * 201})
    assert answer.status_code == 400 and answer.context["form"].errors
    assert BulkRun.objects.get().state == "draft"


def test_nothing_open_among_the_chosen(owner_client: Client, wishes: list[Wish]) -> None:
    path = drafted(owner_client, chosen=[wishes[3].reference])
    assert "No open wish among them" in words_of(owner_client.get(path))


def test_nothing_chosen_leads_back_with_words(owner_client: Client, wishes: list[Wish]) -> None:
    answer = owner_client.post(CHOOSE, {"query": "state=open"}, follow=True)
    assert "Choose at least one row first." in words_of(answer)
    assert answer.redirect_chain[0][0] == "/winery/wishes/?state=open"


def test_a_promise_without_a_card_is_marked_from_the_start(
    owner_client: Client, world: World, wishes: list[Wish]
) -> None:
    world.ben.payment_methods.update(exp_year=2020)
    answer: Any = owner_client.get("/winery/wishes/", {"export": "csv", "columns": "all", "q": "ben"})
    rows = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert rows.decode("utf-8-sig").count("A card") == 1, "the open one, not the one that was withdrawn"


def test_what_a_closed_offer_left_open_is_archived_and_put_back(
    owner_client: Client, world: World, wishes: list[Wish]
) -> None:
    def do(act: str) -> str:
        chosen = owner_client.post(f"/winery/wishes/{act}", {"every": "1", "query": ""})
        path = str(chosen["Location"].partition("?")[0])
        said = words_of(owner_client.get(path))
        owner_client.post(f"{path}run")
        go_on_with_bulk.call(BulkRun.objects.latest("pk").reference)
        return f"{said} {words_of(owner_client.get(path))}"

    opened, minute = read_clock() - timedelta(days=9), timedelta(minutes=1)
    Offer.objects.update(opens_at=opened, closes_at=read_clock() + timedelta(days=9))
    Offer.objects.filter(pk=world.estate_offer.pk).update(closes_at=read_clock() - minute)
    assert owner_client.get("/winery/wishes/?offer=closed&state=open").context["list"].count == 1
    told = do("archive")
    assert "1 open wish of 1 customer for 2 pieces" in told and "3 others stay as they are" in told
    assert "You archived 1 wish. 3 stayed as they were." in told
    assert Wish.objects.get(state="archived").archived_at
    assert not SentMail.objects.exists()
    told = do("restore")
    assert "You put back 1 wish. 3 stayed as they were." in told
    assert Wish.objects.filter(state="open", archived_at__isnull=True).count() == 3
    acts = Event.objects.filter(subject_kind="wish").order_by("pk").values_list("name", flat=True)
    assert list(acts) == ["wish.archived", "wish.restored"]
