"""From a winery's three colours to the two colour schemes, each readable by construction. No Django."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

from tirage.core.contrast import AA, mix, parse_hex, ratio, to_hex

#: Aimed a little above AA, because text also stands on slightly tinted surfaces.
_TEXT_AIM = 5.0
#: A button's ground against the paper: seen at once, without glare.
_FILL_AIM = 2.3


@dataclass(frozen=True, slots=True)
class Scheme:
    """The colours of one scheme as hex strings; everything else is mixed from them in CSS.

    ``accent`` is for words and lines on paper, ``fill`` with ``on_fill`` upon it for buttons.
    """

    paper: str
    raised: str
    ink: str
    muted: str
    accent: str
    fill: str
    on_fill: str


def light_scheme(paper: str, ink: str, accent: str) -> Scheme:
    """The winery's own colours; ``muted`` and ``on_fill`` are derived."""
    return _scheme(paper, mix("#ffffff", paper, 0.65), ink, accent, fill=accent)


def dark_scheme(paper: str, ink: str, accent: str) -> Scheme:
    """The same mood at night: paper from the ink's hue, ink from the paper's, a lighter accent."""
    night = _with_lightness(ink, 0.085, most_saturation=0.14)
    text = _with_lightness(paper, 0.92, most_saturation=0.30)
    return _scheme(night, mix("#ffffff", night, 0.045), text, accent, fill=_glowing(accent, night, text))


def _scheme(paper: str, raised: str, ink: str, accent: str, *, fill: str) -> Scheme:
    worst = mix(ink, paper, 0.07)
    return Scheme(
        paper=paper,
        raised=raised,
        ink=ink,
        muted=_quietest(ink, paper, worst),
        accent=_until_readable(accent, ink, worst),
        fill=fill,
        on_fill=max((paper, ink, "#ffffff", "#000000"), key=lambda colour: _preference(colour, fill)),
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


def _glowing(accent: str, night: str, text: str) -> str:
    """The accent lifted off the dark paper as far as light words on it allow: deep, not loud."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*parse_hex(accent))
    colour = accent
    for step in range(21):
        lifted = to_hex(colorsys.hls_to_rgb(hue, lightness + (0.6 - lightness) * step / 20, saturation * 0.9))
        if ratio(text, lifted) < _TEXT_AIM + 0.6 or ratio(colour, night) >= _FILL_AIM:
            break
        colour = lifted
    return colour


def _preference(colour: str, ground: str) -> float:
    """Paper and ink before pure white and black, as long as they can be read on ``ground``."""
    found = ratio(colour, ground)
    own = colour not in {"#ffffff", "#000000"}
    return found + 100 if own and found >= _TEXT_AIM else found


def _with_lightness(colour: str, lightness: float, *, most_saturation: float) -> str:
    hue, _, saturation = colorsys.rgb_to_hls(*parse_hex(colour))
    return to_hex(colorsys.hls_to_rgb(hue, lightness, min(saturation, most_saturation)))
