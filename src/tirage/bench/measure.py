"""Reading processes and times: processor seconds and memory from /proc, percentiles from lists."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
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


@dataclass
class Spent:
    """Processor seconds that a server and PostgreSQL used, all their processes together and each."""

    application: float = 0.0
    postgresql: float = 0.0
    processes: dict[str, float] = field(default_factory=dict)

    @property
    def all(self) -> float:
        return self.application + self.postgresql

    @staticmethod
    def ms_each(seconds: float, count: int) -> float:
        """Milliseconds of each of so many; two digits, as more would claim more than was measured."""
        return round(seconds * 1000 / max(count, 1), 2)


@contextmanager
def measured(server: int, postmaster: int) -> Iterator[Spent]:
    """What the two processes and all below them use while the block runs; known when it ends."""
    spent = Spent()
    before = _by_process(server, postmaster)
    yield spent
    after = _by_process(server, postmaster)
    used = {name: round(seconds - before.get(name, 0), 3) for name, seconds in after.items()}
    spent.postgresql = used["postgresql"]
    spent.application = sum(used.values()) - used["postgresql"]
    spent.processes = {name: seconds for name, seconds in used.items() if seconds}


def _by_process(server: int, postmaster: int) -> dict[str, float]:
    workers = {f"application {pid}": processor_seconds([pid]) for pid in descendants(server)}
    return {**workers, "postgresql": processor_seconds(descendants(postmaster))}


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
