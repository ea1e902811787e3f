"""Areas drawn on the map: kept, found in by ZIP and city, and not deleted while a filter names them."""

from __future__ import annotations

import pytest

from tests.rooms.segments.crowd import Crowd
from tests.world import World
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.segments.models import SavedPlace
from tirage.segments.naming import say_filter
from tirage.segments.operations import save_segment
from tirage.segments.places import delete_place, save_place
from tirage.segments.queries import find_ids
from tirage.segments.rules import parse

BAY = [(36.8, -123.3), (38.6, -123.3), (38.6, -121.5), (36.8, -121.5)]


def test_who_lives_in_a_place_is_found(world: World) -> None:
    crowd = Crowd(world)
    kept = save_place(name="  The  Bay ", outline=BAY, actor=world.staff, now=world.now)
    found = find_ids(parse(f"place(place:{kept.reference})"), world.now)
    assert set(found) == {person.pk for person in crowd.people[::5]}
    assert kept.name == "The Bay"
    assert say_filter(parse(f"place(place:{kept.reference})")) == "lives in the place The Bay"
    assert Event.objects.filter(name="place.saved", subject_id=kept.pk).exists()


def test_areas_are_said_by_their_names(world: World) -> None:
    assert say_filter(parse("lives(area:metro-42660)")) == "lives in Seattle-Tacoma-Bellevue, WA"
    assert say_filter(parse("not(lives(area:county-53033))")) == "doesn’t live in King County, WA"
    assert say_filter(parse("lives(area:zip-98109)")) == "lives in 98109 Seattle"


@pytest.mark.parametrize(
    ("name", "outline", "code"),
    [
        ("", BAY, "name_missing"),
        ("Line", BAY[:2], "outline"),
        ("Nothing", [BAY[0]] * 4, "outline"),
        ("Off", [(95, 0), (96, 0), (95, 1)], "outline"),
        ("the bay", BAY, "name_taken"),
    ],
)
def test_what_is_no_place_is_refused(
    world: World, name: str, outline: list[tuple[float, float]], code: str
) -> None:
    save_place(name="The Bay", outline=BAY, actor=world.staff, now=world.now)
    with pytest.raises(DomainError) as refused:
        save_place(name=name, outline=outline, actor=world.staff, now=world.now)
    assert refused.value.code == code
    assert SavedPlace.objects.count() == 1


def test_a_place_in_use_stays(world: World) -> None:
    kept = save_place(name="The Bay", outline=BAY, actor=world.staff, now=world.now)
    save_segment(
        segment=None,
        name="Around us",
        note="",
        definition=f"place(place:{kept.reference})",
        actor=world.staff,
        now=world.now,
    )
    with pytest.raises(Conflict, match="Around us"):
        delete_place(kept=kept, actor=world.staff, now=world.now)
    free = save_place(name="Elsewhere", outline=BAY, actor=world.staff, now=world.now)
    delete_place(kept=free, actor=world.staff, now=world.now)
    assert list(SavedPlace.objects.values_list("name", flat=True)) == ["The Bay"]


def test_a_segment_of_a_place_or_area_that_isnt_there_is_refused(world: World) -> None:
    for definition in ("place(place:MAP-NOBODYS)", "lives(area:metro-00000)"):
        with pytest.raises(DomainError, match="isn’t there any more"):
            save_segment(
                segment=None, name="Lost", note="", definition=definition, actor=world.staff, now=world.now
            )
