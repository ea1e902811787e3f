"""Release day by chance: three customers, three scarce wines, staff and a bank, and a clock that moves.

After every step the house's books (the database) are compared with plain ones (``release_day.House``), and the doctor
finds nothing.
"""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.release_bench import make_scarce
from tests.property.release_wines import ReleaseDay
from tests.world import World


@pytest.fixture
def scarce(world: World) -> World:
    return make_scarce(world)


@pytest.mark.chance
def test_a_release_day_by_chance(scarce: World) -> None:
    thorough = settings().max_examples > 100
    tried = settings(
        max_examples=150 if thorough else 10,
        stateful_step_count=40 if thorough else 30,
        suppress_health_check=list(HealthCheck),
    )

    class ThisDay(ReleaseDay):
        def __init__(self) -> None:
            super().__init__(scarce)

    run_state_machine_as_test(ThisDay, settings=tried)
    connection.check_constraints()
