"""The moments at which the tests are run: all to come, and right about the clocks."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tools.moments import EARLIER, moment_of_the_day, moments

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "start", [date(2026, 11, 29), date(2027, 2, 28), date(2028, 2, 29), date(2027, 12, 31)]
)
def test_all_are_to_come_and_each_has_its_day(start: date) -> None:
    found = moments(start)
    assert len(found) == len(set(found.values())) == 13
    assert all(moment.date() >= start for moment in found.values())
    for first in range(0, 800, 160):
        days = (start + timedelta(days=first + day) for day in range(len(found)))
        assert {moment_of_the_day(day) for day in days} == set(found)


def test_this_run_and_what_it_starts_are_at_their_moment(tmp_path: Path) -> None:
    """The kernel's clock, which marks files, isn't moved: the difference is what the run was told."""
    told = float(os.environ.get("TIRAGE_CLOCK_MOVED", "0"))
    mark = tmp_path / "mark"
    mark.touch()
    code = "import time; print(time.time())"
    child = float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    for now in (time.time(), child):
        assert abs(now - mark.stat().st_mtime - told) < 3600


def test_the_nights_when_the_clocks_change() -> None:
    found = moments(date(2026, 11, 29))
    for name, change in {
        "clocks forward in Los Angeles": datetime(2027, 3, 14, 10, tzinfo=UTC),
        "clocks back in Los Angeles": datetime(2027, 11, 7, 9, tzinfo=UTC),
        "clocks forward in Paris": datetime(2027, 3, 28, 1, tzinfo=UTC),
        "clocks back in Paris": datetime(2027, 10, 31, 1, tzinfo=UTC),
        "year's end": datetime(2027, 1, 1, tzinfo=UTC),
    }.items():
        assert found[name] == change - EARLIER
    assert found["leap day"].date() == date(2028, 2, 29)
