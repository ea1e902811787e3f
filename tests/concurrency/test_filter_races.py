"""A segment is deleted while a group's criteria begin to name it, on PostgreSQL with real threads."""

from __future__ import annotations

from threading import Event

import pytest

from tests.concurrency.crowd import Results, rush
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.segments import operations
from tirage.segments.keeping import refuse_used
from tirage.segments.models import Segment
from tirage.segments.operations import delete_segment, save_segment
from tirage.tiers import criteria
from tirage.tiers.criteria import save_criteria

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def named(transactional_db: None) -> tuple[World, Segment]:
    world = build_world(read_clock())
    segment = save_segment(
        segment=None, name="Used", note="", definition="tier()", actor=world.staff, now=world.now
    )
    return world, segment


def race(world: World, segment: Segment, monkeypatch: pytest.MonkeyPatch) -> Results:
    """One deletes; between its look and its act a colleague writes criteria that name the segment, if they can."""
    looked, written = Event(), Event()

    def look_and_linger(text: str, what: str) -> None:
        refuse_used(text, what)
        looked.set()
        written.wait(2)

    monkeypatch.setattr(operations, "refuse_used", look_and_linger)

    def write() -> str:
        assert looked.wait(10)
        save_criteria(
            group=world.premier,
            criteria=f"segment(segment:{segment.reference})",
            keeps_members=False,
            actor=world.staff,
            now=world.now,
        )
        written.set()
        return "written"

    def delete() -> str:
        delete_segment(segment=segment, actor=world.staff, now=world.now)
        return "deleted"

    return rush([write, delete])


def test_criteria_never_name_a_segment_that_is_gone(
    named: tuple[World, Segment], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, segment = named
    results = race(world, segment, monkeypatch)
    world.premier.refresh_from_db()
    assert results.answers == ["deleted"] and world.premier.criteria == ""
    assert [refusal.code for refusal in results.refusals if isinstance(refusal, DomainError)] == ["filter"]


def test_control_without_the_lock_criteria_name_nothing(
    named: tuple[World, Segment], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, segment = named
    monkeypatch.setattr(criteria, "hold_named", lambda node: None)
    results = race(world, segment, monkeypatch)
    world.premier.refresh_from_db()
    assert sorted(results.answers) == ["deleted", "written"]
    assert segment.reference in world.premier.criteria and not Segment.objects.exists()
