"""The winery's icons, for tabs and home screens: drawn from its logo, or its initial where that makes no square."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from functools import lru_cache

from tirage.core.models import Winery
from tirage.core.palette import light_scheme
from tirage.parts.documents import FAMILIES, HERE, clean, typefaces
from tirage.parts.typefaces import pair_for

#: Points of a side: a tab, a telephone's home screen, and what a manifest asks for.
SIZES = (32, 180, 192, 512)
#: A logo wider than this, by its height, or the other way round, is unreadable in a square.
_WIDEST = 1.7
_BOX = re.compile(r"""viewBox\s*=\s*["']\s*[-\d.eE]+[\s,]+[-\d.eE]+[\s,]+([\d.eE]+)[\s,]+([\d.eE]+)""")


def icon_png(winery: Winery, size: int) -> bytes:
    """A square PNG of ``size`` (one of SIZES) points. Drawn once a process for each look: some 20 ms of a core."""
    key = winery.typeface if winery.typeface in FAMILIES else "garamond"
    light = light_scheme(winery.paper, winery.ink, winery.accent)
    # In a tab nobody can read more than a letter.
    logo = winery.logo_svg if size > SIZES[0] and is_square(winery.logo_svg) else ""
    ground, on_ground = (light.paper, light.ink) if logo else (light.fill, light.on_fill)
    return _drawn(size, logo, _initial(winery.name), key, ground, on_ground)


def is_square(drawing: str) -> bool:
    """Whether a logo is about as wide as high; False for none, and for one that doesn't say."""
    found = _BOX.search(drawing[:4096])
    try:
        wide, high = (float(side) for side in found.groups()) if found else (0.0, 0.0)
    except ValueError:
        return False
    return min(wide, high) > 0 and max(wide, high) / min(wide, high) <= _WIDEST


def _initial(name: str) -> str:
    return next((letter.upper()[:1] for letter in clean(name) if letter.isalnum()), "")


@lru_cache(maxsize=16)
def _drawn(size: int, logo: str, initial: str, key: str, ground: str, on_ground: str) -> bytes:
    from typst import TypstError

    facts = {"initial": initial, "display": FAMILIES[key][0], "ground": ground, "on_ground": on_ground}
    facts["display_scale"] = float(pair_for(key).display_scale)  # type: ignore[assignment]
    # A drawing that only browsers read is left out.
    for drawing in (logo, ""):
        with suppress(TypstError):
            return _compiled(size, {**facts, "logo": drawing})
    raise ValueError("no icon")


def _compiled(size: int, facts: dict[str, object]) -> bytes:
    import typst

    made = typst.compile(
        str(HERE / "icon.typ"),
        root=str(HERE),
        font_paths=typefaces(with_the_machine_s=True),
        sys_inputs={"facts": json.dumps(facts)},
        format="png",
        ppi=float(size),
    )
    if not isinstance(made, bytes):
        raise TypeError("an icon is one file")
    return made
