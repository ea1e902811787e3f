"""make test: the checks, every test on SQLite and on PostgreSQL, and the journeys in a browser.

Brings PostgreSQL and Chromium with apt when it may, and otherwise says what to install and fails.
"""

import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

from check import ROOT, plain_environment, run_checks

from tirage.cli.cluster import ClusterMissing, find_programs

REPORTS = ROOT / "var" / "test"
#: Name -> (engine, marker expression). Two processes at most, whatever the machine.
PARTS = {
    "SQLite": ("sqlite", "not postgres and not browser"),
    "PostgreSQL": ("postgres", "not browser and not once"),
    "browser": ("sqlite", "browser"),
}
PROCESSES = str(min(2, os.cpu_count() or 1))


def main() -> int:
    began = time.monotonic()
    bring_programs()
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    print("== checks", flush=True)
    results = [run_checks(), *(run_part(name, *part) for name, part in PARTS.items())]
    passed, failed = (sum(column) for column in zip(*results, strict=True))
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    print(f"\n{passed} passed, {failed} failed ({minutes} min {seconds} s)")
    return 1 if failed else 0


def run_part(name: str, engine: str, markers: str) -> tuple[int, int]:
    """One pytest run; answers (passed, failed), where a run that ended badly is at least one failure."""
    print(f"\n== {name}", flush=True)
    report = REPORTS / f"{name}.xml"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        PROCESSES,
        "-m",
        markers,
        f"--junitxml={report}",
        "--durations=5",
    ]
    code = subprocess.run(
        command, cwd=ROOT, env=plain_environment() | {"TIRAGE_TEST_ENGINE": engine}
    ).returncode
    passed, failed = _count(report)
    return passed, max(failed, 1) if code else failed


def _count(report: Path) -> tuple[int, int]:
    if not report.exists():
        return 0, 1
    suites = ET.parse(report).getroot().iter("testsuite")
    ran = failed = 0
    for suite in suites:
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        ran += int(suite.get("tests", 0)) - int(suite.get("skipped", 0))
    return max(ran - failed, 0), failed


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
