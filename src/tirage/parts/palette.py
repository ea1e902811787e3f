"""From a winery's three colours to the two colour schemes, each readable by construction. No Django."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

from tirage.parts.contrast import AA, mix, parse_hex, ratio, to_hex

#: Aimed a little above AA, because text also stands on slightly tinted surfaces.
_TEXT_AIM = 5.0


@dataclass(frozen=True, slots=True)
class Scheme:
    """The colours of one scheme as hex strings; everything else is mixed from them in CSS."""

    paper: str
    raised: str
    ink: str
    muted: str
    accent: str
    on_accent: str


def light_scheme(paper: str, ink: str, accent: str) -> Scheme:
    """The winery's own colours; ``muted`` and ``on_accent`` are derived."""
    return _scheme(paper, mix("#ffffff", paper, 0.65), ink, accent)


def dark_scheme(paper: str, ink: str, accent: str) -> Scheme:
    """The same mood at night: paper from the ink's hue, ink from the paper's, a lighter accent."""
    night = _with_lightness(ink, 0.085, most_saturation=0.14)
    text = _with_lightness(paper, 0.92, most_saturation=0.30)
    return _scheme(night, mix("#ffffff", night, 0.045), text, accent)


def _scheme(paper: str, raised: str, ink: str, accent: str) -> Scheme:
    worst = mix(ink, paper, 0.07)
    readable = _until_readable(accent, ink, worst)
    return Scheme(
        paper=paper,
        raised=raised,
        ink=ink,
        muted=_quietest(ink, paper, worst),
        accent=readable,
        on_accent=max((paper, ink, "#ffffff", "#000000"), key=lambda colour: _preference(colour, readable)),
    )


def _quietest(ink: str, paper: str, surface: str) -> str:
    """The ink thinned as far as it stays readable on the darkest tint of the paper."""
    for percent in range(62, 100, 2):
        colour = mix(ink, paper, percent / 100)
        if ratio(colour, surface) >= _TEXT_AIM:
            return colour
    return ink


def _until_readable(accent: str, ink: str, surface: str) -> str:
    """The accent, moved towards the ink's lightness in small steps until it can be read on ``surface``."""
    if ratio(accent, surface) >= AA:
        return accent
    hue, lightness, saturation = colorsys.rgb_to_hls(*parse_hex(accent))
    target = colorsys.rgb_to_hls(*parse_hex(ink))[1]
    for step in range(1, 41):
        moved = lightness + (target - lightness) * step / 40
        colour = to_hex(colorsys.hls_to_rgb(hue, moved, min(saturation, 0.62)))
        if ratio(colour, surface) >= _TEXT_AIM:
            return colour
    return ink


def _preference(colour: str, ground: str) -> float:
    """Paper and ink before pure white and black, as long as they can be read on ``ground``."""
    found = ratio(colour, ground)
    own = colour not in {"#ffffff", "#000000"}
    return found + 100 if own and found >= _TEXT_AIM else found


def _with_lightness(colour: str, lightness: float, *, most_saturation: float) -> str:
    hue, _, saturation = colorsys.rgb_to_hls(*parse_hex(colour))
    return to_hex(colorsys.hls_to_rgb(hue, lightness, min(saturation, most_saturation)))
