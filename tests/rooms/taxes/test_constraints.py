"""The walls of taxes."""

from __future__ import annotations

from datetime import date

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.rooms.taxes.dutiable import duty
from tests.world import World

BREACHES: dict[str, Breach] = {
    "duty_per_is_legal": lambda world: duty(per="bottle"),
    "duty_wine_is_legal": lambda world: duty(wine="beer"),
    "duty_rounding_is_legal": lambda world: duty(rounding="up"),
    "duty_amount_not_negative": lambda world: duty(amount_micros=-1),
    "duty_strengths_in_order": lambda world: duty(from_tenths=150, to_tenths=149),
    "duty_begins_before_it_ends": lambda world: duty(last_day=date(2019, 12, 31)),
    "duty_row_once": lambda world: [duty(), duty()],
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
