"""The typeface pairs that a winery may choose: a display serif and a sans each, shipped with the package."""

from __future__ import annotations

from dataclasses import dataclass

#: What the further files of a face cover, fetched only by pages that need them: the letters of Western Europe, and
#: those of the rest of Latin Extended-A. The first file has what English is written with.
WEST = (
    "U+A1-AF,U+B1-B6,U+B8-BC,U+BE-D6,U+D8-FF,U+152-153,U+160-161,U+178,U+17D-17E,U+2C6,U+2DA,U+2DC,"
    "U+201A,U+201E,U+2039,U+203A,U+20AC,U+2116,U+2122"
)
EXTENDED = "U+100-151,U+154-15F,U+162-177,U+179-17C,U+218-21B,U+1E9E"


@dataclass(frozen=True, slots=True)
class Face:
    """One font file; ``weight`` is a CSS weight or range.

    A face with a ``span`` (the characters it is fetched for) has the weight and style of the face it adds to, else
    browsers take it instead of that one.
    """

    file: str
    weight: str = "400"
    style: str = "normal"
    span: str = ""


@dataclass(frozen=True, slots=True)
class Fallback:
    """A local face scaled to the metrics of ours, so that swapping moves nothing."""

    local: tuple[str, ...]
    size_adjust: str
    ascent: str
    descent: str


@dataclass(frozen=True, slots=True)
class Pair:
    """``label`` is for the settings form; ``preload`` names the files that the first screen needs."""

    label: str
    display: tuple[Face, ...]
    display_fallback: Fallback
    sans: tuple[Face, ...]
    sans_fallback: Fallback
    preload: tuple[str, ...]
    #: Display faces differ in how large they look at one size; the scale is multiplied by this.
    display_scale: str = "1"
    sans_scale: str = "1"


_SERIF = ("Times New Roman", "Liberation Serif", "Tinos")
_SANS = ("Arial", "Liberation Sans", "Helvetica Neue", "Roboto")

_FIGTREE = (
    Face("figtree.woff2", "400 700"),
    Face("figtree-west.woff2", "400 700", span=WEST),
    Face("figtree-ext.woff2", "400 700", span=EXTENDED),
)
_FIGTREE_FALLBACK = Fallback(_SANS, "100.5%", "94.5%", "24.9%")


def _serif(name: str) -> tuple[Face, ...]:
    return (
        Face(f"{name}-regular.woff2"),
        Face(f"{name}-regular-west.woff2", span=WEST),
        Face(f"{name}-regular-ext.woff2", span=EXTENDED),
        Face(f"{name}-italic.woff2", style="italic"),
        Face(f"{name}-italic-west.woff2", style="italic", span=WEST),
    )


PAIRS: dict[str, Pair] = {
    "garamond": Pair(
        label="EB Garamond and Figtree: classical, warm",
        display=_serif("eb-garamond"),
        display_fallback=Fallback(_SERIF, "94.4%", "106.7%", "31.6%"),
        sans=_FIGTREE,
        sans_fallback=_FIGTREE_FALLBACK,
        preload=("eb-garamond-regular.woff2", "figtree.woff2"),
    ),
    "cormorant": Pair(
        label="Cormorant Garamond and Figtree: tall, fine, festive",
        display=_serif("cormorant-garamond"),
        display_fallback=Fallback(_SERIF, "97%", "95.3%", "29.6%"),
        sans=_FIGTREE,
        sans_fallback=_FIGTREE_FALLBACK,
        preload=("cormorant-garamond-regular.woff2", "figtree.woff2"),
        display_scale="1.08",
    ),
    "spectral": Pair(
        label="Spectral and Alegreya Sans: modern, hand-drawn",
        display=_serif("spectral"),
        display_fallback=Fallback(_SERIF, "109.1%", "97%", "42.4%"),
        sans=(
            Face("alegreya-sans-regular.woff2"),
            Face("alegreya-sans-bold.woff2", "700"),
            Face("alegreya-sans-regular-west.woff2", span=WEST),
            Face("alegreya-sans-bold-west.woff2", "700", span=WEST),
            Face("alegreya-sans-regular-ext.woff2", span=EXTENDED),
            Face("alegreya-sans-regular-ext.woff2", "700", span=EXTENDED),
        ),
        sans_fallback=Fallback(_SANS, "85.9%", "104.8%", "34.9%"),
        preload=("spectral-regular.woff2", "alegreya-sans-regular.woff2"),
        display_scale="0.93",
        sans_scale="1.08",
    ),
}
DEFAULT_PAIR = "garamond"


def pair_for(key: str) -> Pair:
    """The pair of that key; the default one for a key that no longer exists."""
    return PAIRS.get(key, PAIRS[DEFAULT_PAIR])


def typeface_choices() -> list[tuple[str, str]]:
    """Keys and labels for a form field."""
    return [(key, pair.label) for key, pair in PAIRS.items()]
