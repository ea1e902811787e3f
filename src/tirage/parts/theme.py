"""The winery's stylesheet: its three colours and its typefaces as custom properties."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from django.templatetags.static import static

from tirage.core.palette import Scheme, dark_scheme, light_scheme
from tirage.parts.typefaces import PAIRS, Face, Fallback, pair_for

LAYERS = "@layer reset, tokens, base, parts, pages;"
_FONTS = "tirage/fonts/"


class Themed(Protocol):
    """What a winery's look is read from."""

    paper: str
    ink: str
    accent: str
    typeface: str
    version: int


def theme_stylesheet(winery: Themed) -> str:
    """CSS text: faces of the chosen pair, colours of both schemes. ValueError for a colour that is none."""
    light = light_scheme(winery.paper, winery.ink, winery.accent)
    dark = dark_scheme(winery.paper, winery.ink, winery.accent)
    pair = pair_for(winery.typeface)
    return "\n".join(
        [
            LAYERS,
            *_faces("Tirage Display", pair.display, pair.display_fallback),
            *_faces("Tirage Sans", pair.sans, pair.sans_fallback),
            "@layer tokens { :root {",
            *_colours(light, dark),
            f"--display-scale: {pair.display_scale}; --sans-scale: {pair.sans_scale};",
            "} }",
            "",
        ]
    )


def samples_stylesheet() -> str:
    """Every pair under names of its own, for the page where one is chosen: ``.sample-garamond .sample-display``."""
    rules = []
    for key, pair in PAIRS.items():
        rules += [*_faces(f"{key} display", pair.display, pair.display_fallback)]
        rules += [*_faces(f"{key} sans", pair.sans, pair.sans_fallback)]
        for part, scale in (("display", pair.display_scale), ("sans", pair.sans_scale)):
            rules.append(
                f'.sample-{key} .sample-{part} {{ font-family: "{key} {part}", "{key} {part} Fallback";'
                f" font-size: calc(var(--sample-{part}) * {scale}); }}"
            )
    return "\n".join([LAYERS, *rules, ""])


def _faces(family: str, faces: tuple[Face, ...], fallback: Fallback) -> Iterator[str]:
    for face in faces:
        span = f" unicode-range: {face.span};" if face.span else ""
        yield (
            f'@font-face {{ font-family: "{family}"; font-style: {face.style}; font-weight: {face.weight};'
            f' font-display: swap; src: url("{static(_FONTS + face.file)}") format("woff2");{span} }}'
        )
    sources = ", ".join(f'local("{name}")' for name in fallback.local)
    yield (
        f'@font-face {{ font-family: "{family} Fallback"; src: {sources};'
        f" size-adjust: {fallback.size_adjust}; ascent-override: {fallback.ascent};"
        f" descent-override: {fallback.descent}; line-gap-override: 0%; }}"
    )


def _colours(light: Scheme, dark: Scheme) -> Iterator[str]:
    for name in ("paper", "raised", "ink", "muted", "accent", "fill", "on_fill"):
        yield f"--{name.replace('_', '-')}: light-dark({getattr(light, name)}, {getattr(dark, name)});"
