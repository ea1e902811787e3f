"""Compiles the catalogues of words: ``python tools/catalogues.py`` after a change to a ``.po`` file.

Babel does it, so nobody needs the gettext programs; the compiled files are checked in and go into the wheel.
"""

from __future__ import annotations

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parents[1] / "src" / "tirage" / "locale"


def compile_all() -> list[Path]:
    """Writes the ``.mo`` beside each ``.po``."""
    written = []
    for source in sorted(LOCALE.rglob("*.po")):
        with source.open("rb") as words:
            catalogue = read_po(words)
        target = source.with_suffix(".mo")
        with target.open("wb") as compiled:
            write_mo(compiled, catalogue)
        written.append(target)
    return written


if __name__ == "__main__":
    for path in compile_all():
        print(path.relative_to(LOCALE))
