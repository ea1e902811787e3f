"""Segments with a name: their log, their days, what they refuse; and lists that stand still."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.world import World
from tirage.core.errors import Conflict, DomainError
from tirage.core.hands import Overtaken
from tirage.core.models import Event
from tirage.customers.models import Customer, Membership
from tirage.segments.measuring import measure_segments
from tirage.segments.models import CustomerList, Segment, SegmentDay, SegmentDefinition
from tirage.segments.operations import delete_list, delete_segment, freeze_list, save_segment
from tirage.segments.queries import find_ids
from tirage.segments.rules import parse


def saved(world: World, name: str, definition: str, **more: Any) -> Segment:
    facts: dict[str, Any] = {"segment": None, "note": "", "actor": world.staff, "now": world.now}
    return save_segment(name=name, definition=definition, **(facts | more))


def names(definition: str, world: World) -> set[str]:
    return set(
        Customer.objects.filter(pk__in=find_ids(parse(definition), world.now)).values_list(
            "first_name", flat=True
        )
    )


def test_a_segment_is_whoever_fits_now_and_its_log_keeps_each_definition(world: World) -> None:
    segment = saved(world, "Tiered", "tier()")
    assert names(f"segment(segment:{segment.reference})", world) == {"Ana", "Ben", "Dora"}
    Membership.objects.filter(customer=world.ben).end(world.now)
    assert names(f"segment(segment:{segment.reference})", world) == {"Ana", "Dora"}
    saved(world, "Tiered", "all(tier(),not(suspended()))", segment=segment)
    saved(world, "In a tier", "all(tier(),not(suspended()))", segment=segment)
    assert list(SegmentDefinition.objects.order_by("pk").values_list("said", flat=True)) == [
        "is in an allocation group",
        "is in an allocation group and is not suspended",
    ]
    assert [event.text for event in Event.objects.filter(name="segment.saved").order_by("pk")] == [
        "saved the segment Tiered: everybody who is in an allocation group",
        "saved the segment Tiered: everybody who is in an allocation group and is not suspended",
        "saved the segment In a tier",
    ]


def test_days_say_who_entered_and_left_and_that_the_definition_changed(world: World) -> None:
    segment = saved(world, "Tiered", "tier()")
    assert measure_segments(now=world.now) == 1
    assert measure_segments(now=world.now + timedelta(hours=2)) == 0
    Membership.objects.filter(customer=world.ben).end(world.now)
    Membership.objects.create(customer=world.clara, group=world.estate, kind="allocation", since=world.now)
    assert measure_segments(now=world.now + timedelta(days=1)) == 1
    saved(world, "Tiered", "suspended()", segment=segment, now=world.now + timedelta(days=1, hours=3))
    assert measure_segments(now=world.now + timedelta(days=2)) == 1
    assert list(SegmentDay.objects.order_by("day").values_list("size", "entered", "left", "redefined")) == [
        (3, 0, 0, False),
        (3, 1, 1, False),
        (1, 0, 2, True),
    ]
    moved = SegmentDay.objects.order_by("day")[1].moves
    assert {(one.customer.first_name, one.entered) for one in moved.all()} == {
        ("Ben", False),
        ("Clara", True),
    }


def test_segments_may_refer_to_others_but_never_in_a_circle(world: World) -> None:
    one = saved(world, "One", "tier()")
    two = saved(world, "Two", f"not(segment(segment:{one.reference}))")
    three = saved(world, "Three", f"any(suspended(),segment(segment:{two.reference}))")
    assert names(f"segment(segment:{three.reference})", world) == {"Clara", "Dora"}
    with pytest.raises(DomainError, match="leads back to the segment itself"):
        saved(world, "One", f"segment(segment:{three.reference})", segment=one)
    with pytest.raises(Conflict, match="still used by the segment Two"):
        delete_segment(segment=one, actor=world.staff, now=world.now)
    one.refresh_from_db()
    assert one.definition == "tier()"
    delete_segment(segment=three, actor=world.staff, now=world.now)
    assert Segment.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "definition", "words"),
    [
        (" ", "tier()", "Name the segment"),
        ("Tiered", "tier()", "There is a segment Tiered already"),
        ("TIERED", "tier()", "already"),
        ("New", "tier(", "can’t be read"),
        ("New", "group(group:GRP-NOBODYS)", "choose another group; GRP-NOBODYS isn’t there any more"),
    ],
)
def test_what_is_refused_changes_nothing(world: World, name: str, definition: str, words: str) -> None:
    saved(world, "Tiered", "tier()")
    events = Event.objects.count()
    with pytest.raises(DomainError, match=words):
        saved(world, name, definition)
    assert (Segment.objects.count(), SegmentDefinition.objects.count()) == (1, 1)
    assert Event.objects.count() == events


def test_what_a_colleague_changed_meanwhile_isnt_undone(world: World) -> None:
    segment = saved(world, "Tiered", "tier()")
    shown = {"name": "Tiered", "note": "", "definition": "tier()"}
    saved(world, "Tiered", "opted_in()", segment=segment)
    both = saved(world, "In a tier", "tier()", segment=segment, shown=shown)
    assert (both.name, both.definition) == ("In a tier", "opted_in()")
    with pytest.raises(Overtaken):
        saved(world, "Tiered", "suspended()", segment=segment, shown=shown)


def test_a_list_stands_still(world: World) -> None:
    kept = freeze_list(name="Autumn", definition="tier()", actor=world.staff, now=world.now)
    Membership.objects.filter(customer=world.ben).end(world.now)
    assert (kept.total, kept.said) == (3, "is in an allocation group")
    assert names(f"list(list:{kept.reference})", world) == {"Ana", "Ben", "Dora"}
    with pytest.raises(DomainError, match="There is a list autumn already"):
        freeze_list(name="autumn", definition="tier()", actor=world.staff, now=world.now)
    segment = saved(world, "Of autumn", f"all(opted_in(),list(list:{kept.reference}))")
    with pytest.raises(Conflict, match="still used by the segment Of autumn"):
        delete_list(kept=kept, actor=world.staff, now=world.now)
    delete_segment(segment=segment, actor=world.staff, now=world.now)
    delete_list(kept=kept, actor=world.staff, now=world.now)
    assert not CustomerList.objects.exists() and Customer.objects.count() == 4
