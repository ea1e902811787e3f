"""The walls around segments and lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.constraints import Breach, assert_refused, write_again
from tests.world import World
from tirage.segments.measuring import measure_segments
from tirage.segments.models import (
    CustomerList,
    CustomerListMember,
    SavedPlace,
    Segment,
    SegmentDay,
    SegmentMember,
    SegmentMove,
)
from tirage.segments.operations import freeze_list, save_segment
from tirage.segments.places import save_place


def _move_twice(world: World) -> None:
    for entered in (True, False):
        SegmentMove.objects.create(day=SegmentDay.objects.get(), customer=world.ana, entered=entered)


COAST = [(35.0, -125.0), (48.0, -125.0), (44.0, -120.0)]
BREACHES: dict[str, Breach] = {
    "segment_name_once": lambda world: write_again(Segment.objects.get(), name="BUYERS"),
    "segment_day_once": lambda world: write_again(SegmentDay.objects.get()),
    "segment_member_once": lambda world: write_again(SegmentMember.objects.filter(customer=world.ana).get()),
    "segment_move_once": _move_twice,
    "customer_list_name_once": lambda world: write_again(CustomerList.objects.get(), name="BUYERS"),
    "saved_place_name_once": lambda world: write_again(SavedPlace.objects.get(), name="THE COAST"),
    "customer_list_member_once": lambda world: write_again(
        CustomerListMember.objects.filter(customer=world.ana).get()
    ),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    facts: dict[str, Any] = {"name": "Buyers", "definition": "tier()", "actor": world.staff, "now": world.now}
    save_segment(segment=None, note="", **facts)
    freeze_list(**facts)
    save_place(name="The coast", outline=COAST, actor=world.staff, now=world.now)
    measure_segments(now=world.now)
    assert_refused(name, lambda: BREACHES[name](world))
