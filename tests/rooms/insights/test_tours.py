"""Tours and clusters: who is held where, once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.rooms.insights.places import neighbour, seattle
from tests.world import World
from tirage.core.errors import DomainError
from tirage.insights.clusters import find_clusters
from tirage.insights.events import KEPT_DAYS
from tirage.insights.plan_models import Tour
from tirage.insights.states import Weight
from tirage.insights.tours import (
    choose_again,
    proposed_stops,
    remove_tour,
    restore_tour,
    save_tour,
    show_tour,
    tours_that_name,
)
from tirage.segments.rules import parse

VALUES: dict[str, Any] = {
    "name": "West and east",
    "definition": "",
    "weight": "value",
    "miles": 20,
    "count": 3,
    "rate": 20,
    "is_virtual": False,
    "begins_on": date(2026, 11, 2),
    "days_apart": 2,
    "start": "95448",
}


def planned(world: World, **changes: Any) -> Tour:
    return save_tour(tour=None, values={**VALUES, **changes}, actor=world.staff, now=world.now)


def test_stops_hold_everybody_once_and_are_the_best_there_are(world: World):
    seattle(world)
    tour = planned(world)
    shown = show_tour(tour, world.now)
    assert shown.people == shown.everybody == 9
    assert shown.value == shown.all_value == 14_400_00
    tour.refresh_from_db()
    assert tour.assured == 1000
    names = [one.stop.name for one in shown.stops]
    assert sorted(name.split(":")[0] for name in names) == [
        "New York-Newark-Jersey City, NY-NJ",
        "Olympia-Lacey-Tumwater, WA",
        "Seattle-Tacoma-Bellevue, WA",
    ]


def test_the_way_begins_where_it_was_said_and_days_follow(world: World):
    seattle(world)
    tour = planned(world, count=2)
    shown = show_tour(tour, world.now)
    assert [one.day for one in shown.stops] == [date(2026, 11, 2), date(2026, 11, 4)]
    assert shown.stops[0].away is not None and 500 < shown.stops[0].away < 900
    assert shown.stops[1].away is not None and 2_200 < shown.stops[1].away < 2_600
    virtual = show_tour(planned(world, is_virtual=True, count=2), world.now)
    assert [one.away for one in virtual.stops] == [None, None]
    assert virtual.stops[0].value >= virtual.stops[1].value


def test_stops_stay_until_they_are_chosen_again(world: World):
    seattle(world)
    tour = planned(world, count=1)
    assert tour.stops.get().name.startswith("Seattle")
    neighbour(world, "Kim", "60601", spent=90_000_00)
    assert show_tour(tour, world.now).stops[0].stop.name.startswith("Seattle")
    choose_again(tour=tour, actor=world.staff, now=world.now)
    assert show_tour(tour, world.now).stops[0].stop.name.startswith("Chicago")


def test_who_lives_between_two_stops_counts_at_the_nearer(world: World):
    neighbour(world, "Ann", "98101", spent=100_00)
    neighbour(world, "Bea", "98004", spent=100_00)
    tour = planned(world, count=1)
    tour.stops.create(position=2, name="Bellevue", latitude=47.615, longitude=-122.207)
    shown = show_tour(tour, world.now)
    assert [one.people for one in shown.stops] == [1, 1]


def test_of_each_metro_area_one_stop_is_proposed(world: World):
    from tirage.insights.gathering import gather_spots

    seattle(world)
    spots = gather_spots(None, Weight.VALUE, world.now)
    places = proposed_stops(spots, 20)
    assert len(places) == 3
    [best] = [one for one in places if "Seattle" in one.name]
    # No other ZIP of the area would hold more.
    assert sum(spots[at].value for at in best.holds) == 6_400_00


def test_nobody_on_the_map_is_refused_with_words(world: World):
    with pytest.raises(DomainError) as refused:
        planned(world)
    assert refused.value.code == "nobody"
    assert not Tour.objects.exists()


def test_a_removed_tour_comes_back_within_a_month(world: World):
    seattle(world)
    tour, other = planned(world), planned(world, name="Other")
    remove_tour(tour=tour, actor=world.staff, now=world.now)
    with pytest.raises(DomainError):
        choose_again(tour=tour, actor=world.staff, now=world.now)
    restore_tour(tour=tour, actor=world.staff, now=world.now)
    remove_tour(tour=tour, actor=world.staff, now=world.now)
    remove_tour(tour=other, actor=world.staff, now=world.now + timedelta(days=KEPT_DAYS + 1))
    assert list(Tour.objects.all()) == [other]


def test_a_filter_says_which_tour_uses_it(world: World):
    seattle(world)
    planned(world, definition="opted_in()")
    assert tours_that_name("opted_in") == ["the tour West and east"]


def test_clusters_are_ranked_named_and_share_nobody(world: World):
    seattle(world)
    found = find_clusters(None, weight=Weight.VALUE, share=1, miles=20, now=world.now)
    [bellevue] = found.found  # Olympia and New York have one each, and one isn't a cluster
    assert bellevue.named.area == "Seattle-Tacoma-Bellevue, WA"
    assert (bellevue.people, bellevue.value) == (6, 6_400_00)
    neighbour(world, "Lou", "98502", spent=100_00)
    names = [one.named.near for one in find_clusters(
        None, weight=Weight.VALUE, share=1, miles=20, now=world.now
    ).found]  # fmt: skip
    assert len(names) == 2 and "Olympia" in names[1]


def test_only_those_worth_most_make_clusters(world: World):
    seattle(world)
    found = find_clusters(None, weight=Weight.PEOPLE, share=0.5, miles=20, now=world.now)
    # Half of the eight who ever bought anything.
    assert found.people == 4
    assert found.least_minor == 1_200_00
    assert [one.people for one in found.found] == [2]


def test_clusters_keep_to_a_filter(world: World):
    seattle(world)
    assert (
        find_clusters(parse("suspended()"), weight=Weight.VALUE, share=1, miles=20, now=world.now).people == 0
    )
