"""make check: style, types, and which room may import which. Every check runs, whatever the one before said."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
CHECKS = {
    "style": ["ruff", "check", "--quiet", "."],
    "shape": ["ruff", "format", "--check", "--quiet", "."],
    "types": ["mypy", "--no-error-summary"],
    "rooms": ["lint-imports", "--no-logo"],
}


def plain_environment() -> dict[str, str]:
    """The environment without settings of ours or another Django project's that a shell may carry."""
    kept = {"TIRAGE_CHROMIUM"}
    return {
        name: value
        for name, value in os.environ.items()
        if name in kept
        or not (name.startswith("TIRAGE_") or name in {"DJANGO_SETTINGS_MODULE", "PYTEST_ADDOPTS"})
    }


def run_checks() -> tuple[int, int]:
    """Runs every check; answers (passed, failed)."""
    failed = [name for name, command in CHECKS.items() if not _passes(name, command)]
    return len(CHECKS) - len(failed), len(failed)


def _passes(name: str, command: list[str]) -> bool:
    began = time.monotonic()
    done = subprocess.run(
        [PROGRAMS / command[0], *command[1:]],
        cwd=ROOT,
        env=plain_environment(),
        capture_output=True,
        text=True,
    )
    print(
        f"{'ok  ' if done.returncode == 0 else 'FAIL'} {name} ({time.monotonic() - began:.0f} s)", flush=True
    )
    if done.returncode:
        print(done.stdout + done.stderr, flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(1 if run_checks()[1] else 0)
