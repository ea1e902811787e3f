"""Text set as outlines, because a picture shown through <img> can't load a web font.

The outlines come from EB Garamond and Cinzel (SIL Open Font License, beside the table) by
tools/build_letterforms.py.
"""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Literal
from xml.sax.saxutils import quoteattr

OUTLINE_EM = 256  # outlines are drawn on this many units to the size
Face = Literal["regular", "italic", "capitals"]  # the lower case of "capitals" is small capitals
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class FaceTable:
    """Advances and adjustments of pairs in thousandths of the size; outlines in 256ths."""

    glyphs: dict[str, tuple[int, str]]
    kerning: dict[str, int]


@lru_cache(maxsize=3)
def face_table(face: Face) -> FaceTable:
    text = files("tirage.demo").joinpath("data", "letterforms.json").read_text(encoding="utf-8")
    table = json.loads(text)[face]
    return FaceTable({key: (value[0], value[1]) for key, value in table["glyphs"].items()}, table["kerning"])


@dataclass
class Typesetter:
    """Sets lines of text into one SVG; each letter's outline is written once and then referred to."""

    _used: dict[str, str] = field(default_factory=dict)

    def line(
        self,
        text: str,
        *,
        x: float,
        y: float,
        size: float,
        face: Face = "capitals",
        anchor: Anchor = "middle",
        tracking: int = 0,
        widest: float | None = None,
    ) -> str:
        """One line with its baseline at y; `tracking` in thousandths; shrunk to `widest` if it is longer."""
        table = face_table(face)
        positions, cursor, before = [], 0, ""
        for letter in text:
            advance, outline = table.glyphs[letter]
            cursor += table.kerning.get(before + letter, 0)
            if outline:
                positions.append((self._name(face, letter, outline), cursor))
            cursor += advance + tracking
            before = letter
        width = cursor - tracking
        if widest is not None:
            size = min(size, widest * 1000 / width)
        start = {"start": 0.0, "middle": width / 2, "end": float(width)}[anchor]
        left = x - start * size / 1000
        unit = size / OUTLINE_EM
        letters = "".join(
            f'<use href="#{name}" x="{round(at * OUTLINE_EM / 1000)}"/>' for name, at in positions
        )
        return f'<g transform="translate({left:.1f} {y:g}) scale({unit:.4g})">{letters}</g>'

    def _name(self, face: Face, letter: str, outline: str) -> str:
        name = f"{face[0]}{ord(letter):x}"
        self._used[name] = outline
        return name

    def definitions(self) -> str:
        """The outlines used so far, to be put into <defs>."""
        return "".join(f'<path id="{name}" d={quoteattr(d)}/>' for name, d in sorted(self._used.items()))
