"""How long a release of 10,000 customers and 12 wines takes to rehearse 1,000 times, and how much memory.

Run in a process of its own, so that its greatest memory is its own: ``python benchmarks/rehearsals.py`` prints a line
of JSON with ``simulation_s``, ``simulation_cpu_s`` and ``simulation_mb``. Wines are scarce, plentiful and between, some
come in threes; groups open in waves, one of them asks for six bottles.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tirage.planning.simulation.plan import Plan

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

PEOPLE, WINES, DAYS = 10_000, 12, 1_000


def build_plan(people: int = PEOPLE, wines: int = WINES) -> Plan:
    """Four groups in waves; wines of which there is between a quarter and nearly twice of what is wanted."""
    from tirage.offers.rules import CheckoutRules, Limits
    from tirage.planning.simulation.curve import USUAL
    from tirage.planning.simulation.plan import DAY, MINUTE, Plan, PlannedGroup, PlannedItem, PlannedWine

    sizes = [people // 20, people // 5, people // 4]
    sizes.append(people - sum(sizes))
    maximums = [12, 6, 6, 3]
    groups = []
    for place, (size, maximum) in enumerate(zip(sizes, maximums, strict=True)):
        items = tuple(
            PlannedItem(
                wine,
                Limits(0, maximum, 6, 3 if wine % 4 == 3 else 1),
                6_000 + 900 * wine,
                maximum,
                0.5 - 0.06 * place - 0.02 * (wine % 5),
                0.3,
            )
            for wine in range(wines)
        )
        rules = CheckoutRules(6 if place == 2 else 0, None, 0)
        opens, closes = place * DAY, 21 * DAY
        groups.append(
            PlannedGroup(
                place, f"Group {place}", place, size, opens, closes, opens, 0.6, USUAL, rules, 0, items
            )
        )
    asked = [
        sum(
            group.people * item.limits.maximum * item.rate
            for group in groups
            for item in group.items
            if item.wine == wine
        )
        for wine in range(wines)
    ]
    stock = [round(want * (0.25 + 0.15 * wine)) for wine, want in enumerate(asked)]
    planned = tuple(PlannedWine(wine, f"Wine {wine}", stock[wine], 1) for wine in range(wines))
    edges = (*range(0, DAY, DAY // 24), *range(DAY, 22 * DAY, DAY))
    return Plan(
        "2026-10-06T16:00:00+00:00", 15 * MINUTE, 0.12, 5 * MINUTE, planned, tuple(groups), edges, edges[23:]
    )


def measured() -> dict[str, float]:
    """Seconds and megabytes, measured in a process of its own."""
    done = subprocess.run([sys.executable, __file__], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> int:
    from tirage.planning.simulation.running import simulate

    plan = build_plan()
    began, worked = time.perf_counter(), time.process_time()
    tally = simulate(plan, days=DAYS, seed=1)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{int(tally.carts.sum()):,} carts, {int(tally.sold.sum()):,} pieces sold")
    figures = {"simulation_s": seconds, "simulation_cpu_s": cpu, "simulation_mb": round(mb)}
    print(json.dumps({name: round(figure, 2) for name, figure in figures.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
