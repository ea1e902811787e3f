"""make test: the checks, every test on SQLite and on PostgreSQL, and the journeys in a browser.

    python tools/test.py [--moment NAME] [--thorough]

The tests on SQLite and in the browser run at a moved moment, another one each day (see moments.py); NAME chooses it.
With --thorough the searches by chance try many times as much on both engines, and SQLite's tests run at every moment:
for hours. Brings PostgreSQL and Chromium with apt when it may, and otherwise says what to install and fails.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from check import ROOT, plain_environment, run_checks
from moments import moment_of_the_day, moments

from tirage.cli.cluster import ClusterMissing, find_programs

REPORTS = ROOT / "var" / "test"
#: Two processes at most, whatever the machine.
PROCESSES = str(min(2, os.cpu_count() or 1))
ON_SQLITE = "not postgres and not browser"
#: Machines of ours, and what Hypothesis marks by itself.
BY_CHANCE = "chance or hypothesis"
#: Files named at the end, and tests named after each part.
SLOWEST_FILES, SLOWEST_TESTS = 8, 5


@dataclass(frozen=True)
class Part:
    """One pytest run: an engine, a marker expression, and a moment if the clock is moved."""

    name: str
    engine: str
    markers: str
    #: Where its tests are, so that the others aren't even read.
    where: tuple[str, ...] = ("tests", "--ignore=tests/browser")
    moment: datetime | None = None
    thorough: bool = False


@dataclass
class Result:
    """How a part went; ``files`` are seconds by file."""

    name: str
    passed: int
    failed: int
    seconds: float
    files: Counter[str] = field(default_factory=Counter)


def main() -> int:
    asked = _asked()
    # Told to end, it ends what it has started: that which waits for a child kills it on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    bring_programs()
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    results = [check(), *(run_part(part) for part in parts(asked))]
    _say(results, time.monotonic() - began)
    return 1 if any(result.failed for result in results) else 0


def _asked() -> argparse.Namespace:
    today = datetime.now(UTC).date()
    parser = argparse.ArgumentParser(description="Run the checks and every test.")
    parser.add_argument("--moment", choices=list(moments(today)), default=moment_of_the_day(today))
    parser.add_argument("--thorough", action="store_true", help="search for hours")
    return parser.parse_args()


def parts(asked: argparse.Namespace) -> Iterator[Part]:
    """What is run, in this order."""
    found = moments(datetime.now(UTC).date())
    for name in found if asked.thorough else [asked.moment]:
        yield Part(f"SQLite ({name})", "sqlite", ON_SQLITE, moment=found[name])
    yield Part("PostgreSQL", "postgres", "not browser and not once")
    yield Part("browser", "sqlite", "browser", ("tests/browser",), found[asked.moment])
    if asked.thorough:
        yield Part("SQLite, by chance", "sqlite", f"({BY_CHANCE}) and {ON_SQLITE}", thorough=True)
        yield Part(
            "PostgreSQL, by chance", "postgres", f"({BY_CHANCE}) and not browser and not once", thorough=True
        )


def check() -> Result:
    """Style, types and rooms."""
    print("== checks", flush=True)
    began = time.monotonic()
    passed, failed = run_checks()
    return Result("checks", passed, failed, time.monotonic() - began)


def run_part(part: Part) -> Result:
    """A run that ended badly is at least one failure."""
    at = f", as if it were {part.moment:%A %-d %B %Y, %H:%M} UTC" if part.moment else ""
    print(f"\n== {part.name}{at}", flush=True)
    began, report = time.monotonic(), REPORTS / f"{part.name.replace(' ', '-').replace(chr(39), '')}.xml"
    # Each process has its half, in the files' order, and when it is done takes over from the other.
    command = [sys.executable, "-m", "pytest", "-q", "-n", PROCESSES, "--dist", "worksteal", *part.where]
    command += ["-m", part.markers]
    command += [f"--junitxml={report}", f"--durations={SLOWEST_TESTS}"]
    environment = plain_environment() | {
        "TIRAGE_TEST_ENGINE": part.engine,
        "TIRAGE_TEST_RUN": str(os.getpid()),
    }
    if part.thorough:
        environment["TIRAGE_HYPOTHESIS"] = "thorough"
    if part.moment:
        environment |= moved_to(part.moment)
        # The library that moves the clock is also a plugin, which pytest would have liked to import first.
        command += ["-W", "ignore:Module already imported so cannot be rewritten"]
    code = subprocess.run(command, cwd=ROOT, env=environment).returncode
    result = _read(part.name, report, time.monotonic() - began)
    if code:
        result.failed = max(result.failed, 1)
    return result


def moved_to(moment: datetime) -> dict[str, str]:
    """The environment in which Python's processes, and those that they start, begin at that moment."""
    path = [str(ROOT / "tests" / "clock"), *filter(None, [os.environ.get("PYTHONPATH")])]
    away = (moment - datetime.now(UTC)).total_seconds()
    return {"PYTHONPATH": os.pathsep.join(path), "TIRAGE_CLOCK_MOVED": str(away)}


def _read(name: str, report: Path, seconds: float) -> Result:
    if not report.exists():
        return Result(name, 0, 1, seconds)
    ran = failed = 0
    files: Counter[str] = Counter()
    for suite in ET.parse(report).getroot().iter("testsuite"):
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        ran += int(suite.get("tests", 0)) - int(suite.get("skipped", 0))
        for case in suite.iter("testcase"):
            files[_file_of(case)] += float(case.get("time", 0))
    return Result(name, max(ran - failed, 0), failed, seconds, files)


def _file_of(case: ET.Element) -> str:
    """``tests.web.test_health`` or ``tests.web.test_health.TestIt``, as the file's path."""
    names = case.get("classname", "").split(".")
    return "/".join(name for name in names if not name[:1].isupper()) + ".py"


def _say(results: list[Result], seconds: float) -> None:
    """Each part with its time, the slowest files, and all in one line."""
    width = max(len(result.name) for result in results)
    print("\n== all")
    for result in results:
        print(
            f"{result.name:{width}}  {result.passed:5} ok  {result.failed:3} failed  {result.seconds:5.0f} s"
        )
    slowest = Counter({f"{file} ({r.name})": took for r in results for file, took in r.files.items()})
    print(
        "slowest files: " + ", ".join(f"{n} {took:.0f} s" for n, took in slowest.most_common(SLOWEST_FILES))
    )
    minutes, rest = divmod(round(seconds), 60)
    passed, failed = (sum(getattr(result, name) for result in results) for name in ("passed", "failed"))
    print(f"\n{passed} passed, {failed} failed ({minutes} min {rest} s)")


def bring_programs() -> None:
    """PostgreSQL's server programs and Chromium, by apt where that is possible."""
    missing = _missing()
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(
            f"The tests need {' and '.join(missing)}. Install them (on Debian 12: apt-get install "
            f"{' '.join(missing.values())}), or name a Chromium in TIRAGE_CHROMIUM, then run make test again."
        )
    print(f"Installing {' and '.join(missing)} ...", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, check=True)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing.values()]
    subprocess.run(install, env=environment, check=True, stdout=subprocess.DEVNULL)
    if still := _missing():
        sys.exit(f"apt installed packages, but {' and '.join(still)} can't be found.")


def _missing() -> dict[str, str]:
    """What is missing -> Debian's package of it."""
    missing = {}
    try:
        find_programs()
    except ClusterMissing:
        missing["PostgreSQL 15"] = "postgresql"
    if not Path(os.environ.get("TIRAGE_CHROMIUM") or "/usr/bin/chromium").exists():
        missing["Chromium"] = "chromium"
    return missing


if __name__ == "__main__":
    sys.exit(main())
