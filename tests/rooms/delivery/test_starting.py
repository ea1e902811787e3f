"""The table of the states that comes with the program: whole, sourced, and fit to be taken over."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.world import World
from tirage.delivery.laws.operations import LawValues
from tirage.delivery.laws.operations import take_over as take_over_laws
from tirage.delivery.laws.rules import DatedLaw, SentWine, broken_laws
from tirage.delivery.limits.operations import LimitValues
from tirage.delivery.limits.operations import take_over as take_over_limits
from tirage.delivery.models import Destination, Law, VolumeLimit
from tirage.delivery.starting import starting_laws, starting_limits
from tirage.delivery.states import LawKind, LimitSubject
from tirage.places import STATES
from tirage.places.states import StateKind

#: Those without a limit of volume in any list.
UNLIMITED = {"CA", "CO", "FL", "IA", "RI", "UT", "WA"}
OWN = {code for code, state in STATES.items() if state.kind in (StateKind.STATE, StateKind.DISTRICT)}
RIESLING = SentWine(1, "Riesling", 1, 750, 125)


def refused(state: str, day: date) -> set[LawKind]:
    laws: list[DatedLaw] = [one.law for one in starting_laws() if one.state == state]
    return {one.kind for one in broken_laws(laws, [RIESLING], postal_code="", day=day)}


def test_every_state_and_dc_is_in_it() -> None:
    assert len(OWN) == 51 and {one.state for one in starting_laws()} == OWN
    assert {one.state for one in starting_limits()} == OWN - UNLIMITED


def test_each_row_says_where_it_was_read_and_that_it_is_to_be_checked() -> None:
    rows: list[LimitValues | LawValues] = [*starting_limits(), *starting_laws()]
    assert all(one.source.endswith("Starting data, check it") and len(one.source) <= 200 for one in rows)
    assert len({one.key for one in rows}) == len(rows), "none is there twice"
    assert not any(one.checked_on and one.checked_on > date(2026, 11, 30) for one in rows)


def test_laws_that_changed_stand_with_their_days() -> None:
    assert refused("MS", date(2025, 6, 30)) == {LawKind.CLOSED} and not refused("MS", date(2025, 7, 1))
    assert refused("DE", date(2026, 8, 14)) == {LawKind.CLOSED} and not refused("DE", date(2026, 8, 15))
    assert refused("AR", date(2025, 8, 4)) == {LawKind.ON_SITE}
    assert refused("UT", date(2030, 1, 1)) == {LawKind.CLOSED}


def test_indiana_counts_all_that_a_winery_sends_in_a_permits_year() -> None:
    (whole,) = [one for one in starting_limits() if one.state == "IN" and one.subject is LimitSubject.WINERY]
    assert (whole.millilitres, whole.year_begins) == (45_000_000, 701)


@pytest.mark.django_db
def test_all_of_it_can_be_taken_over_and_stands_as_it_was_read(world: World) -> None:
    for state in sorted(OWN):
        Destination.objects.get_or_create(country="US", state=state, defaults={"name": STATES[state].name})
    about: dict[str, Any] = {"actor": world.staff, "now": world.now}
    limits, laws = starting_limits(), starting_laws()
    assert take_over_limits(rows=limits, **about) == len(limits) == VolumeLimit.objects.count()
    assert take_over_laws(rows=laws, stood=[None] * len(laws), **about) == len(laws) == Law.objects.count()
    assert take_over_limits(rows=limits, **about) == 0, "again changes nothing"
