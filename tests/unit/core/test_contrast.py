"""Colours that can be read, and what is said of those that can't."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.core.contrast import AA, mix, parse_hex, ratio, readable_problems, to_hex
from tirage.core.palette import dark_scheme, light_scheme

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_the_ends_and_a_known_middle_of_the_scale() -> None:
    assert ratio("#000000", "#ffffff") == pytest.approx(21)
    assert ratio("#6d1f2f", "#6d1f2f") == pytest.approx(1)
    assert ratio("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@given(colours, colours)
def test_contrast_has_no_direction_and_stays_on_its_scale(one: str, other: str) -> None:
    assert ratio(one, other) == ratio(other, one)
    assert 1 <= ratio(one, other) <= 21.001


@given(colours)
def test_hex_survives_reading_and_writing(colour: str) -> None:
    assert to_hex(parse_hex(colour)) == colour
    assert mix(colour, "#123456", 1) == colour


@pytest.mark.parametrize(
    "colour", ["", "red", "#12345", "#1234567", "#12345g", "123456", "#fff", "#123456\n"]
)
def test_what_is_no_colour_is_refused(colour: str) -> None:
    with pytest.raises(ValueError, match="is not a colour"):
        parse_hex(colour)
    assert readable_problems("#fbf8f3", "#231f1c", colour) == ["Accent can’t be read: write it like #7a1f2b."]


def test_readable_colours_have_no_problems() -> None:
    assert readable_problems("#fbf8f3", "#231f1c", "#6d1f2f") == []


def test_each_problem_is_named_with_its_figure() -> None:
    problems = readable_problems("#ffffff", "#777777", "#ffcc00")
    assert [problem.split(" of ")[0] for problem in problems] == [
        "Ink on paper has a contrast",
        "Accent on paper has a contrast",
    ]
    assert "4.5; text needs 7" in problems[0]


def test_a_dark_paper_is_explained() -> None:
    assert readable_problems("#1a1512", "#ffffff", "#e0909d")[0].startswith("Paper is too dark")


@given(colours, colours, colours)
def test_colours_without_problems_give_two_readable_schemes(paper: str, ink: str, accent: str) -> None:
    if readable_problems(paper, ink, accent):
        return
    _assert_readable(paper, ink, accent)


WINERIES = [
    ("#fbf8f3", "#231f1c", "#6d1f2f"),
    ("#ffffff", "#000000", "#0b5d3b"),
    ("#f4efe6", "#2b2b2b", "#1d3f72"),
    ("#ffffff", "#595959", "#767676"),
    ("#e8dcc8", "#1b1b2f", "#5c2a00"),
    ("#fdf6e3", "#3a2f00", "#5b5b00"),
    ("#dddddd", "#222222", "#000000"),
]


@pytest.mark.parametrize(("paper", "ink", "accent"), WINERIES)
def test_real_looks_are_readable_by_day_and_by_night(paper: str, ink: str, accent: str) -> None:
    assert readable_problems(paper, ink, accent) == []
    _assert_readable(paper, ink, accent)


def _assert_readable(paper: str, ink: str, accent: str) -> None:
    for scheme in (light_scheme(paper, ink, accent), dark_scheme(paper, ink, accent)):
        for ground in (scheme.paper, scheme.raised):
            assert ratio(scheme.ink, ground) >= 6.9
            assert ratio(scheme.muted, ground) >= AA
            assert ratio(scheme.accent, ground) >= AA
        assert ratio(scheme.on_fill, scheme.fill) >= AA
        assert ratio(scheme.muted, mix(scheme.ink, scheme.paper, 0.07)) >= AA


def test_night_is_dark_and_keeps_the_winerys_accent_hue() -> None:
    night = dark_scheme("#fbf8f3", "#231f1c", "#6d1f2f")
    assert ratio(night.paper, "#000000") < 1.3
    red, green, blue = parse_hex(night.accent)
    assert red > blue > green
