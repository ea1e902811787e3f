"""How many outcomes the forecast's 80 % bands hold: each release forecast from those before it, as if it were to come.

On invented wineries whose truth is known (``tests/unit/planning``) and on the past of the demo winery, loaded into a
database of its own. ``python benchmarks/forecasts.py`` prints a line of JSON: ``band_cover`` of all outcomes together,
``band_cover_demo`` and ``band_cover_invented`` apart, and ``forecast_s``, how long the demo's next release takes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from database import fresh_database

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

WINERIES, RELEASES = 20, 5
#: What bands that are meant to hold 80 % may hold.
LEAST, MOST = 0.7, 0.9


def measure() -> dict[str, float]:
    """In this process, in a database of its own."""
    from tests.unit.planning.forecast.histories import invent
    from tirage.planning.forecast.checking import cover, try_on_past

    invented = [one for seed in range(WINERIES) for one in try_on_past(invent(100 + seed, RELEASES))]
    with fresh_database(postgres=False):
        from tirage.core.clock import read_clock
        from tirage.demo.loader import load_demo
        from tirage.offers.models import Release
        from tirage.planning.forecasting import forecast_release
        from tirage.planning.history import read_history

        load_demo(lambda _words, _done: None)
        now = read_clock()
        past = read_history(before=now, now=now).past
        demo = try_on_past([one.cells for one in past])
        coming = Release.objects.order_by("-pk")[0]
        began = time.perf_counter()
        forecast_release(coming, now)
        seconds = time.perf_counter() - began
    return {
        "band_cover": round(cover([*invented, *demo]), 3),
        "band_cover_demo": round(cover(demo), 3),
        "band_cover_invented": round(cover(invented), 3),
        "forecast_s": round(seconds, 2),
    }


def measured() -> dict[str, float]:
    """The figures, from a process of its own."""
    said = subprocess.run([sys.executable, __file__], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(said.stdout.splitlines()[-1])
    return found


def is_off(figures: dict[str, float]) -> bool:
    """Whether the bands hold too few outcomes, or so many that they say nothing."""
    covers = (figures["band_cover_demo"], figures["band_cover_invented"])
    return not all(LEAST <= one <= MOST for one in covers)


if __name__ == "__main__":
    print(json.dumps(measure()))
