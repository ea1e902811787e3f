"""Release day in miniature: the benchmark itself goes through, and what it writes can be compared."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

#: What a scenario must say, for comparisons from one version to the next.
KEYS = {
    *("journeys_per_s", "limit_per_s", "ratio", "oversold"),
    *("p99_ms", "cpu_ms_per_journey", "statements_per_journey"),
    *("bare_ms", "bare_per_s", "times_bare", "of_bare"),
}


@pytest.mark.once
def test_release_day_in_miniature(tmp_path: Path) -> None:
    """A few customers, and every promise of the doctor holds afterwards."""
    command = [sys.executable, "-m", "tirage", "bench", "--journeys", "8", "--at-once", "4", "--past", "40"]
    done = subprocess.run(
        [*command, "--limit-seconds", "1", "--folder", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "release_day.json").read_text())
    assert report["doctor"] == 0
    for scenario in (report["wide"], report["hot"]):
        assert set(scenario) >= KEYS
        assert (scenario["journeys"], scenario["failed"], scenario["oversold"]) == (8, 0, 0)
        assert min(scenario[name] for name in ("limit_per_s", "bare_per_s", "bare_ms")) > 0
        assert scenario["times_bare"] == round(scenario["cpu_ms_per_journey"] / scenario["bare_ms"], 2)
        assert scenario["of_bare"] == round(scenario["journeys_per_s"] / scenario["bare_per_s"], 3)
        assert f"{scenario['times_bare']} times" in done.stdout
    assert f"password check {report['password_ms']} ms" in done.stdout
    assert report["password_ms_asked"] == 30
