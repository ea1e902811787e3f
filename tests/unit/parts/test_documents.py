"""Documents: typeset in the winery's look; what people wrote is shown and never carried out."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

import tirage.parts.documents as documents
from tirage.parts.documents import qr_svg, typeset
from tirage.parts.typefaces import PAIRS

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
URL = "https://shop.example.com/certificates/CER-7K2M9Q/"
HOSTILE = [
    '#panic("no")',
    '#read("/etc/passwd")',
    '#image("https://example.com/x.png")',
    '#link("https://evil.example.com")[x]',
    "https://evil.example.com/",
    '#import "@preview/cetz:0.3.0"',
    "$ x^",
    "*[_`\\",
    "]]}}))",
    '"', "\\u{22}",
    "<script>", "= Heading", "// gone", "@label", "\u202etxt.exe", "a\nb\0c", "名前", "x" * 600,
]  # fmt: skip


@pytest.fixture(autouse=True)
def house(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    winery = SimpleNamespace(
        name="Ekholm",
        legal_name="Ekholm Vineyards LLC",
        postal_address="12 Ridge Road, Sonoma, CA",
        support_email="cellar@ekholm.example.com",
        support_phone="",
        logo_svg='<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>',
        ink="#231f1c",
        accent="#6d1f2f",
        typeface="garamond",
        locale="en_US",
    )
    monkeypatch.setattr(documents, "current_winery", lambda: winery)
    monkeypatch.setattr(documents, "refuse_inside_transaction", lambda: None)
    return winery


def facts(word: str) -> dict[str, Any]:
    line = {
        "title": word,
        "about": word,
        "format": word,
        "pieces": 12,
        "lot": word,
        "lot_reference": word,
    }
    named = ("heading", "reference", "keeps", "paid", "issued", "check")
    return {**dict.fromkeys(named, word), "lines": [line], "check_url": URL, "code": qr_svg(URL)}


def inside(pdf: bytes) -> bytes:
    """The file with its packed parts unpacked."""
    unpacked = [pdf]
    for found in re.finditer(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            unpacked.append(zlib.decompressobj().decompress(found[1]))
        except zlib.error:
            continue
    return b"\n".join(unpacked)


@pytest.mark.parametrize("word", HOSTILE)
def test_words_are_shown_and_nothing_of_them_is_carried_out(word: str, house: SimpleNamespace) -> None:
    house.name = house.legal_name = house.postal_address = word
    made = inside(typeset("certificate", facts(word), title=word, now=NOW))
    assert made.startswith(b"%PDF-")
    assert set(re.findall(rb"/URI\s*\((.*?)\)", made)) == {URL.encode()}
    assert b"/JavaScript" not in made and b"/Launch" not in made


@pytest.mark.parametrize("key", [*PAIRS, "gone"])
def test_each_pair_of_typefaces_is_on_paper_too(key: str, house: SimpleNamespace) -> None:
    house.typeface = key
    made = inside(typeset("certificate", facts("Łukasz Żółć"), title="Certificate", now=NOW))
    display, sans = documents.FAMILIES.get(key, documents.FAMILIES["garamond"])
    for family in (display, sans):
        assert family.replace(" ", "").encode() in made, family


def test_families_are_those_of_the_pairs() -> None:
    assert documents.FAMILIES.keys() == PAIRS.keys()


def test_a_logo_that_can_t_be_typeset_is_the_name(house: SimpleNamespace) -> None:
    house.logo_svg = "<svg"
    assert typeset("certificate", facts("Reserve"), title="Certificate", now=NOW).startswith(b"%PDF-")


def test_a_logo_reads_no_file_and_no_address(house: SimpleNamespace) -> None:
    picture = '<image href="{}" width="9" height="9"/>'
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
    for where in ("/etc/passwd", "file:///etc/passwd", "https://example.com/x.png", "../README.md"):
        house.logo_svg = f"{head}{picture.format(where)}</svg>"
        made = typeset("certificate", facts("Reserve"), title="Certificate", now=NOW)
        assert b"/Subtype /Image" not in made


def test_a_code_has_its_quiet_zone() -> None:
    drawing = qr_svg(URL)
    assert re.search(r'viewBox="0 0 (\d+) \1"', drawing)
    dots = [(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1", drawing)]
    side = int(re.findall(r'viewBox="0 0 (\d+)', drawing)[0])
    assert min(x for x, _ in dots) == 4 == min(y for _, y in dots) and max(x for x, _ in dots) == side - 5
