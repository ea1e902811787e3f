"""What nobody sees goes; what a script or an emoji is written with stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.tables.cleaning import one_line, visible


@pytest.mark.parametrize(
    ("pasted", "meant"),
    [
        ("Sukarno", "Sukarno"),
        ("Ana\u200b Ru\u00adiz\ufeff", "Ana Ruiz"),
        ("Ana\u00a0Ruiz\u202f!", "Ana Ruiz !"),
        ("\u202etxet\u202c", "txet"),
        ("Jose\u0301", "José"),
        ("a\x00b\x1b\x7f", "ab"),
        ("one\r\ntwo\u2028three\u2029four\x0bfive\rsix\x85seven", "one\ntwo\nthree\nfour\nfive\nsix\nseven"),
        ("a\u200db\u200cc\ufe0f", "abc"),
        ("\ud800x", "x"),
        ("tab\tstays", "tab\tstays"),
        ("\u2800CAB\u201123\U0001d173", "CAB-23"),
        ("Con\ufb02uence e\ufb03cient Cli\ufb00 we\ufb06", "Confluence efficient Cliff west"),
    ],
)
def test_what_nobody_sees_goes(pasted: str, meant: str) -> None:
    assert visible(pasted) == meant


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f469\u200d\U0001f469\u200d\U0001f467",  # a family
        "\u2764\ufe0f 1\ufe0f\u20e3",  # a red heart, a keycap
        "\U0001f468\U0001f3fd\u200d\U0001f680",  # an astronaut
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # the flag of England
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian
        "\u0915\u094d\u200d\u0937",  # Devanagari
        "\u845b\U000e0100\u57ce",  # a Japanese name with its own form of a letter
    ],
)
def test_what_is_written_with_it_stays(text: str) -> None:
    assert visible(text) == text and one_line(text) == text


def test_in_one_line() -> None:
    assert one_line("1 Main St\r\n\tApt\t2\u2028CA") == "1 Main St Apt 2 CA"


@given(st.text())
def test_cleaned_twice_it_is_cleaned_once(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    assert "\n" not in one_line(text) and "\0" not in visible(text)
