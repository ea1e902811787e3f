"""Limits as staff save them: dated, by place, never two of a kind on a day, recorded, and by two hands."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.world import World
from tirage.core.errors import Conflict, DomainError
from tirage.core.hands import Overtaken
from tirage.core.models import Event
from tirage.delivery.limits.operations import (
    LimitValues,
    delete_limit,
    limit_values,
    save_limit,
    take_over,
)
from tirage.delivery.models import VolumeLimit
from tirage.delivery.states import LimitPeriod, LimitSubject, VolumeUnit


def values(state: str = "NY", cases: Any = 36, **changes: Any) -> LimitValues:
    facts = {
        "period": LimitPeriod.YEAR,
        "subject": LimitSubject.PERSON,
        "first_day": date(2026, 1, 1),
        "source": "Wine Institute",
        "checked_on": date(2026, 5, 1),
        **changes,
    }
    return LimitValues("US", state, Decimal(cases), VolumeUnit.CASE, **facts)


def save(world: World, wanted: LimitValues, **more: Any) -> VolumeLimit:
    return save_limit(values=wanted, actor=world.staff, now=world.now, **more)


def test_a_limit_is_saved_changed_and_removed_with_its_story(world: World) -> None:
    saved = save(world, values())
    assert limit_values(VolumeLimit.objects.select_related("destination").get()) == values()
    save(world, values(cases=24), limit=saved)
    save(world, values(cases=24), limit=saved)
    delete_limit(
        limit=VolumeLimit.objects.select_related("destination").get(), actor=world.staff, now=world.now
    )
    told = list(Event.objects.filter(subject_kind="limit").order_by("id").values_list("text", flat=True))
    assert told == [
        "set a limit of New York: 36 cases for one person in a year",
        "changed the limit of New York: 24 cases for one person in a year (how much)",
        "removed the limit of New York: 24 cases for one person in a year",
    ]
    with pytest.raises(Conflict, match="removed this limit"):
        save(world, values(), limit=saved)


@pytest.mark.parametrize(
    ("first", "last", "overlaps"),
    [
        (date(2026, 6, 1), None, True),
        (date(2025, 1, 1), date(2026, 1, 1), True),
        (date(2025, 1, 1), date(2025, 12, 31), False),
        (date(2026, 12, 31), date(2027, 12, 31), True),
        (date(2027, 1, 1), None, False),
    ],
)
def test_two_of_a_kind_never_overlap(world: World, first: date, last: date | None, overlaps: bool) -> None:
    save(world, values(last_day=date(2026, 12, 31)))
    other = values(cases=12, first_day=first, last_day=last)
    if overlaps:
        with pytest.raises(DomainError, match="from January 1, 2026 to December 31, 2026") as refused:
            save(world, other)
        assert refused.value.fields.keys() == {"first_day"}
    else:
        save(world, other)
    assert VolumeLimit.objects.count() == 2 - overlaps
    save(world, replace(other, period=LimitPeriod.MONTH, first_day=date(2026, 1, 1), last_day=None))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"cases": 0}, "amount"),
        ({"cases": 12_000}, "amount"),
        ({"cases": "1E+400"}, "amount"),
        ({"cases": "0.00001"}, "amount"),
        ({"last_day": date(2025, 12, 31)}, "last_day"),
        ({"state": "ZZ"}, "place"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(world: World, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as refused:
        save(world, values(**wrong))
    assert field in refused.value.fields and not VolumeLimit.objects.exists()


def test_two_hands_at_one_limit(world: World) -> None:
    saved = save(world, values())
    shown = asdict(values())
    save(world, values(source="The state"), limit=saved, shown=shown)
    save(world, values(cases=12), limit=saved, shown=shown)
    saved.refresh_from_db()
    assert (saved.millilitres, saved.source) == (108_000, "The state"), "each changed what they changed"
    with pytest.raises(Overtaken):
        save(world, values(cases=6), limit=saved, shown=shown)


def test_many_are_taken_over_or_none(world: World) -> None:
    kept = save(world, values())
    rows = [values(cases=24), values("OR", 5, period=LimitPeriod.MONTH)]
    with pytest.raises(DomainError) as refused:
        take_over(rows=[*rows, values("ZZ")], actor=world.staff, now=world.now)
    assert refused.value.fields == {"2": "There is no place ZZ under Delivery yet. Add it first."}
    kept.refresh_from_db()
    assert kept.millilitres == 36 * 9_000 and VolumeLimit.objects.count() == 1
    assert take_over(rows=rows, actor=world.staff, now=world.now) == 2
    assert take_over(rows=rows, actor=world.staff, now=world.now) == 0, "nothing is changed twice"
    kept.refresh_from_db()
    assert kept.millilitres == 24 * 9_000
    with pytest.raises(DomainError, match="taken over") as refused:
        take_over(rows=[values(cases=6)], stood=[values()], actor=world.staff, now=world.now)
    assert "Somebody changed this limit of New York meanwhile" in refused.value.fields["0"]
    assert take_over(rows=[values(cases=6)], stood=[values(cases=24)], actor=world.staff, now=world.now) == 1
