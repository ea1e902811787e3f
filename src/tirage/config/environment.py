"""Settings from the environment: readers, and one error that names every problem at once."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path


class UnsafeSettings(RuntimeError):
    """The settings can't be run with; the message lists what to change."""


#: What the readers below found wrong; ``refuse_all`` says it, so that one start names everything.
_problems: list[str] = []


def read_text(name: str, default: str = "") -> str:
    """The variable, or the content of the file that ``NAME_FILE`` points to, without blanks around it; the default
    when that is nothing: an empty line of a compose file sets nothing."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return _whole(name, os.environ.get(name, "").strip()) or default
    try:
        return Path(path).read_text(encoding="utf-8").strip() or default
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", "") or "it isn't text in UTF-8"
        _problems.append(f"{name}_FILE={path!r}: the file can't be read ({why}).")
        return default


def _whole(name: str, raw: str) -> str:
    """``raw``, or nothing where its bytes were no text: they would break whatever they are written into."""
    try:
        raw.encode()
    except UnicodeEncodeError:
        _problems.append(f"{name}: it isn't text in UTF-8.")
        return ""
    return raw


def read_flag(name: str, default: bool) -> bool:
    """True for 1, true, yes, on; False for 0, false, no, off."""
    raw = read_text(name).strip().lower()
    if not raw:
        return default
    if raw not in {"1", "true", "yes", "on", "0", "false", "no", "off"}:
        _problems.append(f"{name}={raw!r}: write true or false.")
    return raw in {"1", "true", "yes", "on"}


def read_number(name: str, default: int, *, least: int = 0, most: int = 10**9) -> int:
    """A whole number from ``least`` to ``most``."""
    raw = read_text(name).strip()
    if not raw:
        return default
    if not (re.fullmatch(r"[+-]?[0-9]{1,19}", raw) and least <= int(raw) <= most):
        _problems.append(f"{name}={raw!r}: write a whole number from {least} to {most}.")
        return default
    return int(raw)


def read_seconds(name: str) -> float | None:
    """Seconds from 0, such as 17 or 0.5; None when nothing is set."""
    raw = read_text(name).strip()
    try:
        seconds = float(raw) if raw else None
    except ValueError:
        seconds = -1.0
    if seconds is not None and not 0 <= seconds < float("inf"):
        _problems.append(f"{name}={raw!r}: write a number of seconds, 0 or more.")
        return None
    return seconds


def read_list(name: str) -> list[str]:
    """Comma-separated words."""
    return [word.strip() for word in read_text(name).split(",") if word.strip()]


def read_choice(name: str, default: str, choices: Collection[str]) -> str:
    """One of ``choices``, in whatever case."""
    raw = read_text(name, default).strip()
    found = next((choice for choice in choices if choice.lower() == raw.lower()), None)
    if found is None:
        _problems.append(f"{name}={raw!r}: write one of {', '.join(choices)}.")
    return found or default


def refuse_all(problems: Collection[str] = ()) -> None:
    """Raises UnsafeSettings with what the readers found and ``problems``, if there are any."""
    found = list(dict.fromkeys([*_problems, *problems]))
    _problems.clear()
    if found:
        raise UnsafeSettings("Tirage won't start like this:\n- " + "\n- ".join(found))
