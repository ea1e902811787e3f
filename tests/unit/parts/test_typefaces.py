"""Every file a pair names is shipped with its licence, and what one visit loads stays small."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

import tirage.parts
from tirage.parts.typefaces import DEFAULT_PAIR, PAIRS, Face, pair_for, typeface_choices

STATIC = Path(tirage.parts.__file__).parent / "static" / "tirage"
FONTS = STATIC / "fonts"
SHOP = Path(tirage.parts.__file__).parent.parent / "storefront" / "static"
PARTS = STATIC.parents[1] / "templates"
SHOP_PAGES = SHOP.parent / "templates" / "storefront"
FIRST_VISIT = 80_000
#: What the page itself may take of it, compressed.
HTML = 8_000


def _faces(key: str) -> tuple[Face, ...]:
    return (*PAIRS[key].display, *PAIRS[key].sans)


@pytest.mark.parametrize("key", PAIRS)
def test_files_and_licences_are_there(key: str) -> None:
    for face in _faces(key):
        assert (FONTS / face.file).read_bytes()[:4] == b"wOF2"
        family = (
            face.file.split("-regular")[0]
            .split("-italic")[0]
            .split("-bold")[0]
            .split("-ext")[0]
            .split("-west")[0]
        )
        licence = FONTS / f"OFL-{family.removesuffix('.woff2')}.txt"
        assert "SIL Open Font License, Version 1.1" in licence.read_text()
    assert {face.file for face in _faces(key)} >= set(PAIRS[key].preload)


@pytest.mark.parametrize("key", PAIRS)
def test_a_face_with_a_span_adds_to_one_of_its_own_weight_and_style(key: str) -> None:
    for faces in (PAIRS[key].display, PAIRS[key].sans):
        plain = {(face.weight, face.style) for face in faces if not face.span}
        assert {(face.weight, face.style) for face in faces if face.span} <= plain


def test_no_file_is_shipped_for_nobody() -> None:
    named = {face.file for key in PAIRS for face in _faces(key)}
    assert {file.name for file in FONTS.glob("*.woff2")} == named


@pytest.mark.parametrize("key", PAIRS)
def test_a_first_visit_stays_under_eighty_kilobytes(key: str) -> None:
    fonts = sum((FONTS / face.file).stat().st_size for face in _faces(key) if not face.span)
    assert fonts + sum(len(gzip.compress(text.read_bytes())) for text in _texts()) + HTML < FIRST_VISIT


def _texts() -> set[Path]:
    """The styles and scripts that the offer's page names, with what those import."""
    pages = (
        PARTS / "parts" / "base.html",
        SHOP_PAGES / "frame" / "base.html",
        SHOP_PAGES / "offer" / "offer.html",
    )
    names = [name for page in pages for name in re.findall(r"asset 'tirage/(.+?[.](?:css|js))'", _said(page))]
    found, waiting = set[Path](), [_file(name) for name in names]
    while waiting:
        found.add(text := waiting.pop())
        imports = re.findall(r'^import [^;]*?"[.]/(.+?)";', text.read_text(), re.MULTILINE)
        waiting += [text.parent / name for name in imports if text.parent / name not in found]
    assert not {"pages.css", "following.js"} & {text.name for text in found}
    assert {"tirage.css", "shop.css", "stepper.js", "offer.js", "telling.js"} <= {text.name for text in found}
    return found


def _said(page: Path) -> str:
    """A template without what the offer leaves out of it."""
    return re.sub(r"{% block more_styles %}.*?{% endblock %}", "", page.read_text())


def _file(name: str) -> Path:
    return next(folder / name for folder in (STATIC, SHOP / "tirage") if (folder / name).exists())


def test_scripts_are_small_modules() -> None:
    for script in (STATIC / "js").glob("*.js"):
        assert script.stat().st_size < 3_000, script.name


def test_an_unknown_key_gets_the_default() -> None:
    assert pair_for("gone") is PAIRS[DEFAULT_PAIR]
    assert [key for key, _ in typeface_choices()] == list(PAIRS)
