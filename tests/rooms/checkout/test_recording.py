"""The black box is written behind the pages, loses nothing that can be kept, and forgets in time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import OperationalError

from tests.world import World
from tirage.checkout import recording
from tirage.checkout.models import Recording
from tirage.checkout.recorded import around, last_recorded, minute_of
from tirage.checkout.recording import KEPT, forget_recordings, note_pressed, note_shown, write_recordings


def shown(world: World, at: datetime, *, customer_id: int = 0, offer_id: int | None = None) -> None:
    who = customer_id or world.ana.pk
    note_shown(customer_id=who, offer_id=offer_id, name="offer", status="none", at=at)


def pressed(world: World, at: datetime, said: str) -> None:
    item = world.item(world.premier_offer, world.cabernet)
    note_pressed(
        customer_id=world.ana.pk,
        name="hold",
        bottles={item.pk: 3},
        wishes={},
        said=[said],
        was_refused=True,
        at=at,
    )


def test_what_is_noted_of_somebody_who_is_gone_keeps_nothing_else_from_being_written(world: World) -> None:
    shown(world, world.now)
    shown(world, world.now, customer_id=10**9)
    shown(world, world.now, offer_id=10**9)
    shown(world, world.now, offer_id=world.premier_offer.pk)
    assert write_recordings() == 2 and Recording.objects.count() == 2


def test_an_answer_that_repeats_what_was_typed_is_kept_without_what_no_database_keeps(world: World) -> None:
    pressed(world, world.now, "“3\x00” isn’t a number.")
    shown(world, world.now)
    assert write_recordings() == 2
    (press,) = minute_of(world.ana, world.now.replace(second=0, microsecond=0)).presses
    assert press.said == ["“3” isn’t a number."] and press.was_refused
    assert [pieces for _, pieces in press.bottles] == [3]


def test_while_the_database_is_away_notes_wait_in_their_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seconds in range(3):
        shown(world, world.now + timedelta(seconds=seconds))

    def away(notes: object) -> int:
        raise OperationalError("away")

    with monkeypatch.context() as patch:
        patch.setattr(recording, "_insert", away)
        with pytest.raises(OperationalError):
            write_recordings()
    assert not Recording.objects.exists()
    assert write_recordings() == 3
    moments = Recording.objects.order_by("pk").values_list("at", flat=True)
    assert list(moments) == [world.now + timedelta(seconds=seconds) for seconds in range(3)]


def test_more_than_can_wait_lets_the_oldest_go(world: World) -> None:
    for number in range(recording.MOST_WAITING + 5):
        shown(world, world.now + timedelta(milliseconds=number))
    assert len(recording._notes) == recording.MOST_WAITING
    assert recording._notes[0].at == world.now + timedelta(milliseconds=5)
    recording.forget_notes()


def test_it_is_kept_for_ninety_days(world: World) -> None:
    for days in (91, 90.1, 89.9, 0):
        shown(world, world.now - timedelta(days=days))
    write_recordings()
    assert timedelta(days=90) == KEPT
    assert forget_recordings(now=world.now) == 2
    assert Recording.objects.count() == 2


def test_moments_are_found_before_and_after_and_in_a_release(world: World) -> None:
    for minutes in (0, 5, 9):
        at = world.now + timedelta(minutes=minutes)
        shown(world, at, offer_id=world.premier_offer.pk if minutes == 5 else None)
    assert last_recorded(world.ana) == world.now + timedelta(minutes=9)
    assert last_recorded(world.ana, release=world.release) == world.now + timedelta(minutes=5)
    before, after = around(world.ana, world.now + timedelta(minutes=5))
    assert (before, after) == (world.now, world.now + timedelta(minutes=9))
    assert minute_of(world.ben, world.now).page is None
