"""docs/settings.md and the code name the same variables."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
#: Reading a variable: one of the readers, or the environment itself.
READ = re.compile(r"""(?:read_\w+\(|environ(?:\.get)?[\[(])\s*["'](TIRAGE_[A-Z_]+)["']""")
TESTS_ONLY = {"TIRAGE_TEST_ENGINE", "TIRAGE_CHROMIUM"}


def read_in_code() -> set[str]:
    return {
        name
        for path in (ROOT / "src").rglob("*.py")
        for name in READ.findall(path.read_text(encoding="utf-8"))
    }


def documented() -> set[str]:
    """Variables with a row of their own."""
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `(TIRAGE_[A-Z_]+)`", text, re.MULTILINE))


def test_every_variable_has_its_row_and_every_row_its_variable() -> None:
    assert read_in_code() | TESTS_ONLY == documented()


def test_something_was_found() -> None:
    assert "TIRAGE_SECRET_KEY" in read_in_code()
