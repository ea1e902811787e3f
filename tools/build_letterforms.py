"""Take the letters that the demo labels use out of the EB Garamond and Cinzel fonts, as outlines.

    python tools/build_letterforms.py EB_GARAMOND_REGULAR EB_GARAMOND_ITALIC CINZEL [--into FILE]

The arguments are font files (woff2 or ttf; fontTools, brotli and skia-pathops must be installed, at build
time only). A label shown through <img> can't load a web font, so its text is drawn as paths; this table
holds those paths, with advances and kerning, in thousandths of the type size (the outlines in 256ths, finer
than a screen). Both families are under the SIL Open Font License.
"""

import argparse
import json
import string
from pathlib import Path
from typing import Any

from fontTools.pens.basePen import BasePen
from fontTools.pens.qu2cuPen import Qu2CuPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.removeOverlaps import removeOverlaps

LETTERS = string.ascii_letters + string.digits + " .,:;'’&·–-%/" + "éåäöáñ№"
TOLERANCE = 4  # font units by which a curve may be off: invisible at the size of a label
OUTLINE_EM = 256
DEFAULT_TARGET = Path(__file__).parent.parent / "src/tirage/demo/data/letterforms.json"


class CompactPen(BasePen):
    """Whole-number outlines written with relative commands: a third shorter than absolute ones."""

    def __init__(self, glyphs: Any, scale: float) -> None:
        super().__init__(glyphs)
        self.scale = scale
        self.at = (0, 0)
        self.parts: list[str] = []

    def _write(self, command: str, *points: tuple[float, float]) -> None:
        rounded = [(round(x * self.scale), round(-y * self.scale)) for x, y in points]
        numbers = [str(now - before) for point in rounded for now, before in zip(point, self.at, strict=True)]
        self.parts.append(command + " ".join(numbers).replace(" -", "-"))
        self.at = rounded[-1]

    def _moveTo(self, pt: tuple[float, float]) -> None:
        self._write("m", pt)
        self.start = self.at

    def _lineTo(self, pt: tuple[float, float]) -> None:
        self._write("l", pt)

    def _qCurveToOne(self, pt1: tuple[float, float], pt2: tuple[float, float]) -> None:
        self._write("q", pt1, pt2)

    def _curveToOne(
        self, pt1: tuple[float, float], pt2: tuple[float, float], pt3: tuple[float, float]
    ) -> None:
        self._write("c", pt1, pt2, pt3)

    def _closePath(self) -> None:
        self.parts.append("z")
        self.at = self.start


def outline(font: TTFont, glyph: str, scale: float) -> str:
    pen = CompactPen(font.getGlyphSet(), scale)
    # cubic curves need half the points of a TrueType outline for the same shape
    font.getGlyphSet()[glyph].draw(Qu2CuPen(pen, TOLERANCE, all_cubic=True))
    return "".join(pen.parts)


def kerning(font: TTFont, wanted: dict[str, str], scale: float) -> dict[str, int]:
    """Pair adjustments of the GPOS table, for the wanted letters; the first rule for a pair wins."""
    pairs: dict[str, int] = {}
    if "GPOS" not in font:
        return pairs
    table = font["GPOS"].table
    wanted_lookups = {
        index
        for feature in table.FeatureList.FeatureRecord
        if feature.FeatureTag == "kern"
        for index in feature.Feature.LookupListIndex
    }
    for index in sorted(wanted_lookups):
        for wrapped in table.LookupList.Lookup[index].SubTable:
            subtable = getattr(wrapped, "ExtSubTable", wrapped)
            if subtable.LookupType == 2:
                for pair, value in subtable_pairs(subtable, wanted):
                    pairs.setdefault(pair, round(value * scale))
    return {pair: value for pair, value in sorted(pairs.items()) if abs(value) >= 6}


def subtable_pairs(subtable: Any, wanted: dict[str, str]) -> list[tuple[str, int]]:
    found = []
    covered = {glyph: index for index, glyph in enumerate(subtable.Coverage.glyphs)}
    for left, left_glyph in wanted.items():
        if left_glyph not in covered:
            continue
        if subtable.Format == 1:
            records = subtable.PairSet[covered[left_glyph]].PairValueRecord
            values = {record.SecondGlyph: record.Value1 for record in records}
        else:
            row = subtable.Class1Record[subtable.ClassDef1.classDefs.get(left_glyph, 0)].Class2Record
            classes = subtable.ClassDef2.classDefs
            values = {glyph: row[classes.get(glyph, 0)].Value1 for glyph in wanted.values()}
        for right, right_glyph in wanted.items():
            value = values.get(right_glyph)
            if value is not None:
                found.append((left + right, getattr(value, "XAdvance", 0) or 0))
    return found


def face(path: Path) -> dict[str, Any]:
    font = TTFont(path)
    em = font["head"].unitsPerEm
    scale = 1000 / em
    names = {letter: font.getBestCmap().get(ord(letter)) for letter in LETTERS}
    wanted = {letter: name for letter, name in names.items() if name}
    removeOverlaps(font, glyphNames=sorted(set(wanted.values())))  # variable fonts leave them in
    metrics = font["hmtx"]
    return {
        "glyphs": {
            letter: [round(metrics[glyph][0] * scale), outline(font, glyph, OUTLINE_EM / em)]
            for letter, glyph in wanted.items()
        },
        "kerning": kerning(font, wanted, scale),
    }


def main() -> None:
    keep_lines = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=keep_lines)
    for name in ("regular", "italic", "capitals"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--into", type=Path, default=DEFAULT_TARGET)
    given = parser.parse_args()
    faces = {name: face(getattr(given, name)) for name in ("regular", "italic", "capitals")}
    text = json.dumps(faces, ensure_ascii=False, indent=0, separators=(",", ":"))
    given.into.write_text(text + "\n", encoding="utf-8")
    print({name: len(one["glyphs"]) for name, one in faces.items()}, len(text))


if __name__ == "__main__":
    main()
