"""Events: planned, weighed, given a place, their guests kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.rooms.insights.places import neighbour, seattle, settle_at
from tests.world import World
from tirage.core.errors import Conflict, DomainError
from tirage.core.hands import Overtaken
from tirage.core.models import Event
from tirage.customers.models import Customer, Membership
from tirage.customers.states import CustomerStatus, GroupKind
from tirage.insights.events import (
    KEPT_DAYS,
    add_venue,
    choose_site,
    events_that_name,
    remove_plan,
    remove_venue,
    restore_plan,
    save_plan,
    weigh_plan,
)
from tirage.insights.inviting import guests_at, keep_guests
from tirage.insights.plan_models import EventPlan
from tirage.insights.rules.typed import TypedPlace
from tirage.places import find_zip, miles_between
from tirage.segments.operations import save_segment

VALUES: dict[str, Any] = {
    "name": "Autumn in Seattle",
    "definition": "",
    "weight": "value",
    "around": "Seattle, WA",
    "radius": 60,
    "reach_kind": "miles",
    "reach": 20,
    "speed": 30,
    "rate": 15,
    "begins_at": None,
}


def planned(world: World, **changes: Any) -> EventPlan:
    return save_plan(plan=None, values={**VALUES, **changes}, actor=world.staff, now=world.now)


def at_zip(code: str) -> TypedPlace:
    place = find_zip(code)
    assert place is not None and place.latitude is not None and place.longitude is not None
    return TypedPlace(f"{place.city} {code}", place.latitude, place.longitude)


def test_the_best_circle_holds_whom_it_counts_and_the_centre_is_nearer_all(world: World):
    people = seattle(world)
    weighed = weigh_plan(planned(world), world.now)
    # New York is somebody else's event; Olympia is in the region, and beyond twenty miles of the lake.
    assert weighed.people == 8
    assert weighed.value == sum(
        Customer.objects.get(pk=one.pk).lifetime_minor for name, one in people.items() if name != "Ida"
    )
    disc, centre = weighed.find("disc"), weighed.find("centre")
    assert disc is not None and centre is not None
    assert (disc.site.people, disc.site.value) == (7, 6_400_00)
    assert centre.site.median is not None and disc.site.ninetieth is not None
    assert miles_between(disc.site.latitude, disc.site.longitude, 47.61, -122.2) < 15


def test_minutes_are_miles_at_the_speed_that_was_stated(world: World):
    seattle(world)
    by_minutes = weigh_plan(planned(world, reach_kind="minutes", reach=52, speed=30), world.now)
    assert by_minutes.miles == pytest.approx(20.0)
    by_miles = weigh_plan(planned(world), world.now)
    assert by_minutes.find("disc") == by_miles.find("disc")


def test_without_a_place_it_looks_where_the_most_value_is(world: World):
    seattle(world)
    weighed = weigh_plan(planned(world, around=""), world.now)
    assert {spot.key for spot in weighed.spots} == {"98101", "98004", "98052", "98033", "98040", "98501"}
    assert {spot.key for spot in weigh_plan(planned(world, around="10013"), world.now).spots} == {"10013"}


def test_whoever_is_excluded_or_tries_things_counts_nowhere(world: World):
    people = seattle(world)
    tests = world.premier
    type(tests).objects.filter(pk=tests.pk).update(is_test=True)
    Membership.objects.create(customer=people["Cy"], group=tests, kind=GroupKind.ALLOCATION, since=world.now)
    settle_at(
        world, people["Di"], "98004", spent=1, coverage="excluded", reason="business",
        country="", state="", zip_code="", latitude=None, longitude=None,
    )  # fmt: skip
    assert weigh_plan(planned(world), world.now).people == 6


def test_venues_are_compared_where_they_were_typed(world: World):
    seattle(world)
    plan = planned(world)
    for name, place in (("Cellar door", "Bellevue, WA"), ("Wine shop", "98501")):
        add_venue(plan=plan, name=name, place=place, actor=world.staff, now=world.now)
    near, far = [one for one in weigh_plan(plan, world.now).candidates if one.venue]
    assert (near.site.people, far.site.people) == (7, 1)
    assert near.site.median is not None and far.site.median is not None
    assert near.site.median < far.site.median
    with pytest.raises(DomainError) as refused:
        add_venue(plan=plan, name="wine shop", place="98101", actor=world.staff, now=world.now)
    assert refused.value.code == "name_taken"
    with pytest.raises(DomainError) as unknown:
        add_venue(plan=plan, name="Nowhere", place="Nowhere at all", actor=world.staff, now=world.now)
    assert "place" in unknown.value.fields
    assert far.venue is not None
    remove_venue(plan=plan, venue=far.venue, actor=world.staff, now=world.now)
    assert plan.venues.count() == 1


def test_only_who_agreed_to_mail_is_invited_and_one_of_a_household(world: World):
    people = seattle(world)
    neighbour(world, "Jo", "98101", spent=10_00, agreed=False)
    Customer.objects.filter(pk=people["Ed"].pk).update(status=CustomerStatus.SUSPENDED.value)
    for name, spent in (("Cy", 2_500_00), ("Di", 1_200_00)):
        settle_at(world, people[name], "98004", spent=spent, household="one home")
    plan = planned(world, rate=50)
    site = at_zip("98004")
    guests = guests_at(plan, site.latitude, site.longitude, world.now)
    assert set(guests.invited) == {people[name].pk for name in ("Ada", "Bo", "Cy", "Flo", "Gus")}
    assert (guests.no_consent, guests.suspended, guests.household, guests.bounced) == (1, 1, 1, 0)
    assert len(guests.within) == len(guests.invited) + guests.left_out == 8
    assert guests.expected == 3


def test_a_household_is_one_of_the_people_and_brings_all_it_spent(world: World):
    people = seattle(world)
    for name, spent in (("Cy", 2_500_00), ("Di", 1_200_00)):
        settle_at(world, people[name], "98004", spent=spent, household="one home")
    weighed = weigh_plan(planned(world), world.now)
    [bellevue] = [spot for spot in weighed.spots if spot.key == "98004"]
    assert (bellevue.people, bellevue.value) == (1, 3_700_00)


def test_guests_are_kept_as_a_list_that_the_plan_remembers(world: World):
    seattle(world)
    plan = planned(world)
    with pytest.raises(Conflict):
        keep_guests(plan=plan, name="Guests", actor=world.staff, now=world.now)
    choose_site(plan=plan, site=at_zip("98004"), actor=world.staff, now=world.now)
    plan.refresh_from_db()
    kept = keep_guests(plan=plan, name="Guests", actor=world.staff, now=world.now)
    assert kept.members.count() == kept.total == 7
    assert "within 20 miles" in kept.said and "near(zip:98004,miles:20)" in kept.definition
    plan.refresh_from_db()
    assert plan.guests == kept
    # Another place has other guests.
    choose_site(plan=plan, site=at_zip("98501"), actor=world.staff, now=world.now)
    plan.refresh_from_db()
    assert plan.guests is None


def test_what_was_typed_is_refused_with_words_beside_it(world: World):
    for changes, field in (
        ({"name": " "}, "name"),
        ({"around": "Nowhere at all"}, "around"),
        ({"reach": 2}, "reach"),
        ({"reach_kind": "minutes", "reach": 10, "speed": 5}, "reach"),
    ):
        with pytest.raises(DomainError) as refused:
            planned(world, **changes)
        assert field in refused.value.fields
    assert not EventPlan.objects.exists()
    assert not Event.objects.filter(name="event_plan.saved").exists()


def test_two_people_change_a_plan(world: World):
    plan = planned(world)
    shown = dict(VALUES)
    save_plan(plan=plan, values={**VALUES, "rate": 30}, shown=shown, actor=world.staff, now=world.now)
    both = save_plan(plan=plan, values={**VALUES, "reach": 30}, shown=shown, actor=world.staff, now=world.now)
    assert (both.rate, both.reach) == (30, 30)
    with pytest.raises(Overtaken):
        save_plan(plan=plan, values={**VALUES, "rate": 40}, shown=shown, actor=world.staff, now=world.now)


def test_a_removed_plan_comes_back_within_a_month(world: World):
    plan, other = planned(world), planned(world, name="Another")
    remove_plan(plan=plan, actor=world.staff, now=world.now)
    with pytest.raises(DomainError):
        save_plan(plan=plan, values=VALUES, actor=world.staff, now=world.now)
    restore_plan(plan=plan, actor=world.staff, now=world.now)
    plan.refresh_from_db()
    assert plan.removed_at is None
    remove_plan(plan=plan, actor=world.staff, now=world.now)
    remove_plan(plan=other, actor=world.staff, now=world.now + timedelta(days=KEPT_DAYS + 1))
    assert list(EventPlan.objects.all()) == [other]
    with pytest.raises(DomainError):
        restore_plan(plan=plan, actor=world.staff, now=world.now)


def test_a_segment_says_which_event_uses_it(world: World):
    segment = save_segment(
        segment=None, name="Rich", note="", definition="spent(from:5000)", actor=world.staff, now=world.now
    )
    planned(world, definition=f"segment(segment:{segment.reference})")
    assert events_that_name(f"segment(segment:{segment.reference})") == ["the event Autumn in Seattle"]


def test_a_list_of_foreigners_has_its_event_too(world: World):
    bern: dict[str, Any] = {
        "country": "CH", "state": "", "zip_code": "", "county": "", "metro": "", "precision": "city",
        "latitude": 46.948, "longitude": 7.447,
    }  # fmt: skip
    neighbour(world, "Urs", "98101", spent=100_00, **bern)
    weighed = weigh_plan(planned(world, around=""), world.now)
    assert [one.site.people for one in weighed.candidates] == [1, 1]
    assert weigh_plan(planned(world, around="Bern, Switzerland"), world.now).people == 1


def test_nobody_on_the_map_gives_no_places(world: World):
    weighed = weigh_plan(planned(world), world.now)
    assert (weighed.people, weighed.value, list(weighed.candidates)) == (0, 0, [])
    assert guests_at(planned(world), 47.6, -122.3, world.now).invited == ()
