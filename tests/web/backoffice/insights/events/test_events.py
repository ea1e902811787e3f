"""An event from its form to its guests, as somebody of the team plans it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests.rooms.insights.places import neighbour, seattle
from tests.world import World
from tirage.insights.plan_models import EventPlan, Tour
from tirage.segments.models import CustomerList

HOME = "/winery/insights/events/"
TYPED = {
    "name": "Autumn in Seattle", "definition": "", "weight": "value", "around": "Seattle, WA", "radius": "60",
    "reach": "20", "reach_kind": "miles", "speed": "30", "rate": "20", "begins_at": "2027-01-14T18:30",
}  # fmt: skip


def said(answer: Any) -> str:
    """The page's text in one line."""
    body = re.sub(r"<(style|script|title)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


@pytest.fixture
def people(world: World) -> dict[str, Any]:
    return seattle(world)


def test_from_the_form_to_the_guests(world: World, owner_client: Client, people: dict[str, Any]) -> None:
    neighbour(world, "Jo", "98101", spent=10_00, agreed=False)
    saved = owner_client.post(f"{HOME}new/", TYPED)
    plan = EventPlan.objects.get()
    here = f"{HOME}{plan.reference}/"
    assert saved.status_code == 302 and saved["Location"] == here
    page = owner_client.get(here)
    # Olympia is around Seattle and out of reach; New York is neither.
    assert "People around Seattle, WA 9" in said(page)
    assert "The circle that holds the most" in said(page) and "$6,410 68.1%" in said(page)
    owner_client.post(f"{here}venues/", {"venue": "Wine room", "place": "Bellevue, WA"})
    owner_client.post(f"{here}place/", {"at": f"venue-{plan.venues.get().pk}"})
    page = owner_client.get(here)
    assert "Wine room Held here Bellevue, WA" in said(page)
    assert "Customers within reach 8" in said(page) and "To invite 7" in said(page)
    assert "1 without consent to marketing" in said(page)
    owner_client.post(f"{here}guests/", {"name": "Seattle guests"})
    kept = CustomerList.objects.get(name="Seattle guests")
    assert kept.total == 7
    page = owner_client.get(here)
    assert "The list Seattle guests keeps 7 customers" in said(page)
    assert f"filter=list(list:{kept.reference})" in page.content.decode()
    listed = owner_client.get("/winery/customers/", {"filter": f"list(list:{kept.reference})"})
    assert listed.context["list"].count == 7
    calendar = owner_client.get(f"{here}calendar/")
    text = calendar.content.decode()
    assert calendar["Content-Type"].startswith("text/calendar")
    assert "DTSTART:20270115T023000Z" in text and "LOCATION:Wine room\\, Bellevue\\, WA" in text


def test_figures_of_the_page_are_those_of_the_people(
    world: World, owner_client: Client, people: dict[str, Any]
) -> None:
    """The row of a venue against counting by hand."""
    plan = EventPlan.objects.create(
        name="By hand", around="98101", latitude=47.611, longitude=-122.334, radius=60, reach=10, rate=50,
        made_at=world.now, changed_at=world.now, actor_label="Ingrid",
    )  # fmt: skip
    plan.venues.create(name="Pike Place", place="98101", latitude=47.6114, longitude=-122.3305)
    rows = {row.one.key: row for row in owner_client.get(f"{HOME}{plan.reference}/").context["rows"]}
    [venue] = [row for key, row in rows.items() if key.startswith("venue")]
    from tirage.insights.models import Placement
    from tirage.places import miles_between

    ways = sorted(
        (
            miles_between(47.6114, -122.3305, one.latitude or 0, one.longitude or 0),
            one.customer.lifetime_minor,
        )
        for one in Placement.objects.filter(coverage="placed").select_related("customer")
        if miles_between(47.611, -122.334, one.latitude or 0, one.longitude or 0) <= 60
    )
    near = [spent for way, spent in ways if way <= 10]
    assert (venue.one.site.people, venue.one.site.value) == (len(near), sum(near))
    assert venue.one.site.median == pytest.approx(ways[(len(ways) + 1) // 2 - 1][0])
    assert venue.one.site.ninetieth == pytest.approx(ways[-1][0])


def test_what_is_wrong_stands_beside_it(world: World, owner_client: Client, people: dict[str, Any]) -> None:
    for changes, words in (
        ({"name": ""}, "Name the event."),
        ({"around": "Nowhere at all"}, "This place isn’t in the tables."),
        ({"reach": "2"}, "Choose 5 to 300 miles."),
        ({"reach": "x"}, "Write a whole number."),
        ({"definition": "nonsense("}, "Whom it is for"),
    ):
        page = owner_client.post(f"{HOME}new/", TYPED | changes)
        assert page.status_code == 200 and words in said(page), said(page)[:3000]
    assert not EventPlan.objects.exists()


def test_another_page_fills_the_form_in(world: World, owner_client: Client) -> None:
    page = owner_client.get(
        f"{HOME}new/", {"filter": "opted_in()", "around": "47.61, -122.33", "reach": "15", "weight": "odd"}
    )
    form = page.context["form"]
    assert (form["definition"].value(), form["around"].value(), form["reach"].value()) == (
        "opted_in()", "47.61, -122.33", "15",
    )  # fmt: skip
    assert form["weight"].value() == "value"
    assert "For everybody who opted in to mail." in said(page)


def test_a_removed_event_is_back_with_one_press(
    world: World, owner_client: Client, people: dict[str, Any]
) -> None:
    owner_client.post(f"{HOME}new/", TYPED)
    here = f"{HOME}{EventPlan.objects.get().reference}/"
    page = owner_client.post(f"{here}remove/", follow=True)
    assert "No events yet" in said(page)
    undo = re.search(r'<form method="post" action="([^"]+restore/)"', page.content.decode())
    assert undo and owner_client.get(here).status_code == 404
    assert "Autumn in Seattle is back." in said(owner_client.post(undo[1], follow=True))
    assert owner_client.get(here).status_code == 200


def test_a_filter_whose_segment_is_gone_says_so(world: World, owner_client: Client) -> None:
    plan = EventPlan.objects.create(
        name="Old", definition="nonsense(", made_at=world.now, changed_at=world.now, actor_label="Ingrid"
    )
    page = owner_client.get(f"{HOME}{plan.reference}/")
    assert page.status_code == 200 and "This filter can’t be read" in said(page)


def test_clusters_say_what_they_hold(world: World, owner_client: Client, people: dict[str, Any]) -> None:
    page = owner_client.get("/winery/insights/clusters/", {"share": "1", "miles": "20"})
    assert "Seattle-Tacoma-Bellevue, WA" in said(page)
    [row] = page.context["rows"]
    assert (row.cluster.people, row.cluster.value) == (6, 6_400_00)
    assert "Everybody counts: 9 people" in said(page)
    followed = re.search(r'href="(/winery/insights/events/new/\?[^"]+)"', page.content.decode())
    assert followed and owner_client.get(followed[1].replace("&amp;", "&")).status_code == 200
    odd = owner_client.get("/winery/insights/clusters/", {"share": "7", "miles": "x", "filter": "nonsense("})
    assert odd.status_code == 200 and "This filter can’t be read" in said(odd)


@pytest.mark.parametrize("path", ["/winery/insights/clusters/", HOME, "/winery/insights/tours/"])
def test_nobody_on_the_map_is_a_sensible_page(world: World, owner_client: Client, path: str) -> None:
    page = owner_client.get(path)
    assert page.status_code == 200
    assert re.search("No clusters|No events yet|No tours yet", said(page))


def test_a_tour_is_chosen_shown_and_put_into_calendars(
    world: World, owner_client: Client, people: dict[str, Any]
) -> None:
    typed = {
        "name": "Two coasts", "definition": "", "weight": "value", "count": "2", "miles": "20", "rate": "20",
        "start": "95448", "begins_on": "2027-02-01", "days_apart": "3",
    }  # fmt: skip
    owner_client.post("/winery/insights/tours/new/", typed)
    tour = Tour.objects.get()
    here = f"/winery/insights/tours/{tour.reference}/"
    page = owner_client.get(here)
    assert "No other choice of so many metro areas holds more." in said(page)
    assert "People within reach 8 of 9" in said(page) or "People within reach 7 of 9" in said(page)
    text = owner_client.get(f"{here}calendar/").content.decode()
    assert text.count("BEGIN:VEVENT") == 2
    assert "DTSTART;VALUE=DATE:20270201" in text and "DTSTART;VALUE=DATE:20270204" in text
    assert "chosen anew" in said(owner_client.post(f"{here}again/", follow=True))
    owner_client.post(f"{here}remove/")
    assert owner_client.get(here).status_code == 404
    owner_client.post(f"{here}restore/")
    assert owner_client.get(here).status_code == 200
