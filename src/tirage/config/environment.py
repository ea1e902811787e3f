"""Settings from the environment: readers, and one error that names every problem at once."""

from __future__ import annotations

import os
from pathlib import Path


class UnsafeSettings(RuntimeError):
    """The settings can't be run with; the message lists what to change."""


def read_text(name: str, default: str = "") -> str:
    """The variable, or the content of the file that ``NAME_FILE`` points to, or the default."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get(name, default)


def read_flag(name: str, default: bool) -> bool:
    """True for 1, true, yes, on; False for 0, false, no, off."""
    raw = read_text(name).strip().lower()
    if not raw:
        return default
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    raise UnsafeSettings(f"{name}={raw!r}: write true or false.")


def read_number(name: str, default: int) -> int:
    """A whole number."""
    raw = read_text(name).strip()
    try:
        return int(raw) if raw else default
    except ValueError:
        raise UnsafeSettings(f"{name}={raw!r}: write a whole number.") from None


def read_seconds(name: str) -> float | None:
    """Seconds from 0, such as 17 or 0.5; None when nothing is set."""
    raw = read_text(name).strip()
    try:
        seconds = float(raw) if raw else None
    except ValueError:
        seconds = -1.0
    if seconds is not None and not 0 <= seconds < float("inf"):
        raise UnsafeSettings(f"{name}={raw!r}: write a number of seconds, 0 or more.")
    return seconds


def read_list(name: str) -> list[str]:
    """Comma-separated words."""
    return [word.strip() for word in read_text(name).split(",") if word.strip()]
