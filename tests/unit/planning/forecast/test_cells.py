"""A cell's rate is a share, whatever its history says."""

from __future__ import annotations

import pytest

from tirage.planning.forecast.cells import Cell, Taken


@pytest.mark.parametrize(("entitled", "taken", "rate"), [(60, 30, 0.5), (0, 0, 0.0), (6, 9, 1.0)])
def test_a_rate_is_a_share(entitled: int, taken: int, rate: float) -> None:
    cell = Cell(1, 1, 1, 1, 2023, 750, 1, 6, 10, entitled, 9_000)
    assert Taken(cell, taken, buyers=3, squares=taken**2).rate == rate
