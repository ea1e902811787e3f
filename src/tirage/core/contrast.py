"""Readable colours: WCAG contrast, and what to tell staff whose colours can't be read. No Django."""

from __future__ import annotations

import re

Rgb = tuple[float, float, float]

#: WCAG 2.2 AA for text of normal size.
AA = 4.5
#: Ink on paper has to leave room for quieter text derived from it.
INK_ON_PAPER = 7.0
#: A paper darker than this can't carry the light scheme's fixed colours (problem, warning, good).
LIGHTEST_NEEDED = 0.70

_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def parse_hex(colour: str) -> Rgb:
    """``#7a1f2b`` as three channels from 0 to 1; ValueError for anything else."""
    if not _HEX.fullmatch(colour):
        raise ValueError(f"{colour!r} is not a colour like #7a1f2b")
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def to_hex(rgb: Rgb) -> str:
    """Three channels from 0 to 1 as ``#7a1f2b``; channels outside are clipped."""
    return "#" + "".join(f"{round(min(1.0, max(0.0, channel)) * 255):02x}" for channel in rgb)


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2): 0 for black, 1 for white."""
    red, green, blue = (_linear(channel) for channel in parse_hex(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """Contrast of two colours: 1 (the same) to 21 (black on white)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mix(one: str, other: str, share: float) -> str:
    """``share`` (0 to 1) of ``one`` and the rest of ``other``, as ``color-mix(in srgb, …)`` does it."""
    first, second = parse_hex(one), parse_hex(other)
    red, green, blue = (a * share + b * (1 - share) for a, b in zip(first, second, strict=True))
    return to_hex((red, green, blue))


def readable_problems(paper: str, ink: str, accent: str) -> list[str]:
    """What makes these colours hard to read, in sentences for the settings form; empty when all is well."""
    for name, colour in (("Paper", paper), ("Ink", ink), ("Accent", accent)):
        if not _HEX.fullmatch(colour):
            return [f"{name} can’t be read: write it like #7a1f2b."]
    problems = []
    if luminance(paper) < LIGHTEST_NEEDED:
        problems.append("Paper is too dark: choose a light one. The dark scheme is made from it by itself.")
    if (found := ratio(ink, paper)) < INK_ON_PAPER:
        problems.append(
            f"Ink on paper has a contrast of {found:.1f}; text needs {INK_ON_PAPER:.0f}. Choose a darker ink."
        )
    if (found := ratio(accent, paper)) < AA:
        problems.append(
            f"Accent on paper has a contrast of {found:.1f}; links and buttons need {AA}. "
            "Choose a darker accent."
        )
    return problems


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
