"""The processes of a server count together: whichever of them is asked knows the requests of all."""

from __future__ import annotations

from pathlib import Path

import requests

from tests.live.processes import GIVE_UP, environment, serving

TOKEN = "t" * 40
_LINE = 'tirage_request_seconds_count{status="404",view="storefront:label"}'


def counted(url: str) -> float:
    answer = requests.get(f"{url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=GIVE_UP)
    assert answer.status_code == 200
    return sum(float(line.rpartition(" ")[2]) for line in answer.text.splitlines() if line.startswith(_LINE))


def test_the_processes_count_together(database_url: str, tmp_path: Path) -> None:
    """Connections of their own spread the requests over both."""
    settings = environment(tmp_path, database_url, TIRAGE_METRICS_TOKEN=TOKEN)
    with serving(settings, workers=2, threads=1) as url:
        for _ in range(20):
            requests.get(f"{url}/labels/{'a' * 64}/", timeout=GIVE_UP)
        assert [counted(url) for _ in range(6)] == [20.0] * 6
        assert requests.get(f"{url}/metrics", timeout=GIVE_UP).status_code == 401
