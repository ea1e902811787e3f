"""A search and its notes as rows, for pages: no worker has to look."""

from __future__ import annotations

from typing import Any

from tests.world import World
from tirage.insights.note_models import Note, NotesRun
from tirage.insights.rules.facts import Fact, FactKind

GROWING: dict[str, Any] = {
    "kind": FactKind.GROWING,
    "key": "metro:42660",
    "name": "Seattle-Tacoma-Bellevue, WA",
    "part": 34,
    "whole": 50,
    "rest_part": 410,
    "rest_whole": 1_000,
    "p": 0.000_2,
    "q": 0.01,
    "sums": {
        "sales": 18_500_00,
        "sales_before": 12_000_00,
        "rest_sales": 101_000_00,
        "rest_before": 100_000_00,
    },
}
QUARTER: dict[str, Any] = {
    "zip": "98040",
    "income": 219_069,
    "miles": 652,
    "around": 39,
    "customers": 0,
    "expected": 5.04,
    "best_like": 21,
    "alike": ["98004", "98112"],
    "unmet": 36,
    "p": 0.0065,
}


def search(world: World, **changes: Any) -> NotesRun:
    facts: dict[str, Any] = {
        "state": "finished",
        "last_day": world.now.date(),
        "tests": 1_312,
        "stood_out": 14,
        "quarters": [QUARTER],
        "actor_kind": "system",
        "actor_label": "Tirage",
        **changes,
    }
    return NotesRun.objects.create(made_at=world.now, changed_at=world.now, **facts)


def note(world: World, run: NotesRun, fact: Fact | None = None, **changes: Any) -> Note:
    fact = fact or Fact(**GROWING)
    facts: dict[str, Any] = {"people": [world.ana.pk, world.ben.pk], "rank": 1, **changes}
    return Note.objects.create(
        run=run, subject=fact.subject, fact=fact.to_json(), found_at=world.now, **facts
    )


def busy_day(counts: tuple[int, ...] = (3, 60, 9, 8, 7, 2, 4)) -> Fact:
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    return Fact(
        kind=FactKind.BUSY_DAY,
        key="1",
        name="Tuesday",
        part=counts[1],
        whole=sum(counts),
        rest_part=1,
        rest_whole=7,
        p=1e-9,
        q=1e-7,
        bars=tuple(zip(days, counts, strict=True)),
    )
