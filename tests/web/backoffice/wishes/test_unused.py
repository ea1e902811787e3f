"""Unused bottles in the back office: as they are now, the people behind them, offered again in two clicks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests.rooms.changes.journey import bought
from tests.rooms.wishes.granting import wished
from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.core.bulk import continue_run
from tirage.core.clock import read_clock
from tirage.core.models import BulkRun, Event
from tirage.offers.models import Offer
from tirage.wishes.reallocation.models import Reallocation


@pytest.fixture
def page(world: World) -> str:
    """Ben has bought two Cabernets, and Estate's offer is over; the address of what is left."""
    bought(world, world.ben, {"CAB23": 2})
    Offer.objects.filter(pk=world.estate_offer.pk).update(
        opens_at=read_clock() - timedelta(days=9), closes_at=read_clock() - timedelta(minutes=1)
    )
    Offer.objects.exclude(pk=world.estate_offer.pk).update(
        opens_at=read_clock() - timedelta(days=9), closes_at=read_clock() + timedelta(days=5)
    )
    return f"/winery/releases/{world.release.reference}/unused/"


def test_what_is_left_stands_there_and_looks_again_by_itself(
    owner_client: Client, world: World, page: str
) -> None:
    answer = owner_client.get(page)
    words = words_of(answer)
    assert "To give 8" in words and "8 of 10 left" in words and "closed" in words
    assert "What we expect" in words, "Premier is still open"
    part = owner_client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "By wine" in part and "<h1" not in part
    assert page in owner_client.get(f"/winery/releases/{world.release.reference}/").content.decode()


def test_a_run_of_grants_begins_with_what_is_left(owner_client: Client, world: World, page: str) -> None:
    wished(world, world.ana, world.premier_offer, world.chardonnay, 9)
    wished(world, world.ana, world.premier_offer, world.magnum, 2)
    at = owner_client.get(page).context["grant_url"]
    form = owner_client.get(at).context["form"]
    given = {wine.sku.code: give.value() for wine, give, _ in form.rows}
    assert given == {"CHA24": 6, "CAB23-MAG": 1}


def test_the_people_are_found_and_exported(owner_client: Client, world: World, page: str) -> None:
    people = f"{page}people/"
    assert "Ana Alvarez" in words_of(owner_client.get(people))
    for query, names in (
        ("?state=certain", ["Ben"]),
        (f"?group={world.premier_offer.reference}", ["Ana"]),
        ("?wine=CAB23&bought=yes", ["Ben"]),
        ("?q=ALVAREZ", ["Ana"]),
        ("?at_least=9", ["Ana"]),
        ("?wine=none-such&at_least=odd", ["Ana", "Ben"]),
    ):
        rows = owner_client.get(people + query).context["rows"]
        assert [row["first_name"] for row in rows] == names, query
    answer = owner_client.get(f"{people}?state=certain&export=csv")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "ben@example.com" in text and "ana@example.com" not in text
    told = Event.objects.get(name="export.made").text
    assert told == "exported 1 customer with unused bottles of Autumn 2026 as CSV"


def test_two_clicks_make_a_second_offer_ready_to_check(owner_client: Client, world: World, page: str) -> None:
    proposal = owner_client.get(f"{page}offer/")
    form = proposal.context["form"]
    assert [one.group for one in form.plan.groups] == [world.estate], "whose own offer is over"
    sent = {field.html_name: field.value() for field in form}
    sent |= {name: form[name].value().strftime("%Y-%m-%dT%H:%M") for name in ("opens_at", "closes_at")}
    answer = owner_client.post(f"{page}offer/", {**sent, "group": [world.estate.reference]}, follow=True)
    made = Reallocation.objects.get()
    offer = made.offers.get()
    assert answer.redirect_chain[-1][0] == reverse("backoffice:check_offer", args=[offer.reference])
    assert "You made the second offer" in words_of(answer)
    words = words_of(owner_client.get(page))
    assert "To give 0" in words and "Second offer: Estate" in words
    owner_client.post(f"/winery/releases/unused/{made.reference}/undo")
    assert "To give 8" in words_of(owner_client.get(page))


def test_other_groups_share_anew_and_odd_numbers_are_refused(
    owner_client: Client, world: World, page: str
) -> None:
    at = f"{page}offer/?group={world.estate.reference}&group={world.premier.reference}"
    form = owner_client.get(at).context["form"]
    assert [one.group for one in form.plan.groups] == [world.premier, world.estate]
    chardonnay = f"max-{world.premier.pk}-{world.chardonnay.pk}"
    assert form[chardonnay].value() == 3, "sold in threes"
    sent = {"opens_at": "2027-01-05T09:00", "closes_at": "2027-01-04T09:00", chardonnay: "4"}
    groups = [world.estate.reference, world.premier.reference]
    answer = owner_client.post(f"{page}offer/", {**sent, "group": groups})
    assert answer.status_code == 400 and "multiple of 3" in words_of(answer)
    answer = owner_client.post(f"{page}offer/", {**sent, chardonnay: "3", "group": groups})
    assert answer.status_code == 400 and "close after it opens" in words_of(answer)
    assert not Reallocation.objects.exists()


def test_chosen_people_are_given_more_and_it_is_taken_back(
    owner_client: Client, world: World, page: str
) -> None:
    full = owner_client.get(f"{page}people/?bought=all&wine=CAB23")
    assert full.context["rows"] == [], "Ben has one left"
    answer = owner_client.post(
        f"{page}give", {"chosen": [world.ana.reference, world.clara.reference]}, follow=True
    )
    at = answer.redirect_chain[-1][0]
    assert "2 customers chosen" in words_of(answer)
    wine = f"{world.release.reference}.CAB23-MAG"
    asked = {"wine": wine, "pieces": "2", "tells": "on", "words": "For you"}
    words = words_of(owner_client.get(at, asked))
    assert "Would be given 2" in words and "Has no open offer with this wine." in words
    assert "That is more than there is" in words_of(owner_client.get(at, asked | {"pieces": "9"}))
    refused = owner_client.post(f"{at}run", asked | {"pieces": "9"})
    assert refused.status_code == 400 and "That would be 9 pieces, and 6 are free" in words_of(refused)
    owner_client.post(f"{at}run", asked)
    run = BulkRun.objects.get(kind="give_bottles")
    continue_run(run=run, limit=50, now=read_clock())
    assert "You gave bottles to 1 customer. 1 got nothing." in words_of(owner_client.get(at))
    words = words_of(owner_client.get(page))
    assert "2 pieces for 1 customer" in words
    assert "2 pieces may still be taken by those who got them, until you press Take back" in words
    made = Reallocation.objects.get()
    back = owner_client.post(f"/winery/releases/unused/{made.reference}/undo", follow=True)
    continue_run(run=BulkRun.objects.latest("pk"), limit=50, now=read_clock())
    assert "You took back what 1 customer was given." in words_of(
        owner_client.get(back.redirect_chain[-1][0])
    )


def test_everybody_found_can_be_given_to(owner_client: Client, world: World, page: str) -> None:
    owner_client.post(f"{page}give", {"every": "1", "query": "state=certain"})
    assert [row.key for row in BulkRun.objects.get().rows.all()] == [world.ben.reference]
    assert "Give bottles" in owner_client.get("/winery/customers/").content.decode()


def test_what_goes_back_to_stock_isnt_given_and_can_be_had_again(
    owner_client: Client, world: World, page: str
) -> None:
    keep = {
        f"keep-{sku_id}": str(pieces)
        for sku_id, pieces in owner_client.get(page).context["unused"].to_give.items()
    }
    owner_client.post(f"{page}stock", keep)
    words = words_of(owner_client.get(page))
    assert "To give 0" in words and "put 8 pieces that nobody took back to stock" in words
    again = words_of(owner_client.post(f"{page}stock", keep, follow=True))
    assert "Fewer bottles are left than this page showed" in again, "a page that has become old"
    owner_client.post(f"/winery/releases/unused/{Reallocation.objects.get().reference}/undo")
    assert "To give 8" in words_of(owner_client.get(page))
    assert "Nothing is left over" in words_of(owner_client.post(f"{page}stock", {"keep-x": "1"}, follow=True))
