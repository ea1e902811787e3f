"""Thousands of objects written at once, as ``bulk_create`` would write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.world import World
from tirage.core.sql import insert_many
from tirage.wishes.models import GrantLine, GrantRun, Wish


@pytest.fixture
def run(world: World) -> GrantRun:
    return GrantRun.objects.create(
        release=world.release, rule="oldest", terms={}, made_at=world.now, changed_at=world.now
    )


def line(world: World, run: GrantRun, *, turn: int = 1, **changes: object) -> GrantLine:
    """A line about Ben's wish for the first wine or the second."""
    item = world.item(world.estate_offer, [world.cabernet, world.chardonnay][turn - 1])
    made = {"kind": "request", "asked": 3, "made_at": world.now, "changed_at": world.now}
    wish, _ = Wish.objects.get_or_create(customer=world.ben, offer_item=item, defaults=made)
    facts = {"asked": 3, "turn": turn, "price_minor": 120_00}
    return GrantLine(run=run, wish=wish, customer=world.ben, **{**facts, **changes})


def kept(one: GrantLine) -> dict[str, object]:
    names = [field.attname for field in GrantLine._meta.concrete_fields if not field.primary_key]
    return {name: getattr(one, name) for name in names}


def test_every_value_arrives_as_it_was(world: World, run: GrantRun) -> None:
    words = "tab\tnew\nline \\N \\. Château “Margaux”"
    lines = [
        line(world, run, shares={"equal": 2, "oldest": 3}, household=words, kept_until=world.now),
        line(world, run, turn=2, shares={}, left_out="No address is saved.", spend_minor=2**40),
    ]
    with CaptureQueriesContext(connection) as asked:
        insert_many(lines)
    assert [kept(one) for one in run.lines.order_by("turn")] == [kept(one) for one in lines]
    assert len(asked) <= 3, "however many they are"


def test_nothing_to_write_asks_nothing(world: World) -> None:
    with CaptureQueriesContext(connection) as asked:
        insert_many([])
    assert len(asked) == 0


def test_constraints_hold_and_nothing_is_written_when_one_is_broken(world: World, run: GrantRun) -> None:
    lines = [line(world, run), line(world, run, turn=2, pieces=4)]
    with pytest.raises(IntegrityError, match="grant_line_gives_no_more_than_asked"), transaction.atomic():
        insert_many(lines)
    assert not run.lines.exists()
    again = line(world, run, kept_until=world.now + timedelta(days=1))
    insert_many([again])
    assert kept(run.lines.get()) == kept(again), "the connection is as good as before"
