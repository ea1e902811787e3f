"""Reading processes and times: processor seconds and memory from /proc, percentiles from lists."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def descendants(pid: int) -> list[int]:
    """The process and all below it."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += children.get(one, [])
    return found


def processor_seconds(pids: Sequence[int]) -> float:
    """User and system time of the processes, with that of their children that have ended."""
    ticks = 0
    for pid in pids:
        try:
            numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(int(number) for number in numbers[11:15])
    return ticks / _TICK


def peak_megabytes(pid: int) -> float:
    """The most memory that the process has had for itself and shared with nobody's file cache (VmHWM)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which ``part`` (0 to 1) of them lie; the next higher one."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)] if ordered else 0.0
