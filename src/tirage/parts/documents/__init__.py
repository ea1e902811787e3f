"""Documents as PDF, in the winery's look: typeset by Typst from templates that are shipped with the package.

What somebody wrote reaches a template as data, never as markup, so nothing that a name says is ever carried out. A
template reads no file but its own and those that are laid beside it; nothing is fetched from anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from tirage.core.locks import refuse_inside_transaction
from tirage.core.winery import current_winery
from tirage.parts.documents.codes import qr_svg
from tirage.parts.typefaces import pair_for

HERE = Path(__file__).parent
#: The families of each pair as the files in ``fonts`` call them: display, sans.
FAMILIES = {
    "garamond": ("EB Garamond", "Figtree"),
    "cormorant": ("Cormorant Garamond", "Figtree"),
    "spectral": ("Spectral", "Alegreya Sans"),
}
#: What people write that paper can't show: it would end or turn round the line.
_UNSEEN = dict.fromkeys([*range(32), 127, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF], " ")


def typeset(template: str, facts: Mapping[str, Any], *, title: str, now: datetime) -> bytes:
    """The PDF of ``template`` (the name of a ``.typ`` file beside this) with ``facts``: texts, numbers, lists of such.

    Tagged for screen readers, with ``title`` and the day of ``now`` in its properties. Takes some 40 ms of a core the
    first time in a process, some 10 ms later; no transaction may be open.
    """
    refuse_inside_transaction()
    from typst import TypstError

    house, told = _house(), clean({**facts, "title": title})
    try:
        return _compiled(template, house, told, now)
    except TypstError:
        # Letters that none of our typefaces has (the machine's own may), or a drawing that only browsers read.
        for plainer in (house, {**house, "logo": ""}):
            with suppress(TypstError):
                return _compiled(template, plainer, told, now, leniently=True)
        raise


def _compiled(
    template: str,
    house: Mapping[str, Any],
    facts: Mapping[str, Any],
    now: datetime,
    *,
    leniently: bool = False,
) -> bytes:
    import typst

    made = typst.compile(
        str(HERE / f"{template}.typ"),
        root=str(HERE),
        font_paths=typefaces(with_the_machine_s=leniently),
        sys_inputs={"house": json.dumps(house), "facts": json.dumps(facts)},
        pdf_standards=[] if leniently else ["ua-1"],
        timestamp=now.replace(microsecond=0),
    )
    if not isinstance(made, bytes):
        raise TypeError("a PDF is one file")
    return made


@cache
def typefaces(*, with_the_machine_s: bool) -> Any:
    """Read once in a process."""
    import typst

    return typst.Fonts(include_system_fonts=with_the_machine_s, font_paths=[str(HERE / "fonts")])


def _house() -> Any:
    """The winery on its paper: who it is, its logo, its ink, its typefaces."""
    winery = current_winery()
    key = winery.typeface if winery.typeface in FAMILIES else "garamond"
    display, sans = FAMILIES[key]
    return clean(
        {
            "name": winery.name,
            "legal_name": winery.legal_name or winery.name,
            "address": winery.postal_address,
            "email": winery.support_email,
            "phone": winery.support_phone,
            "logo": winery.logo_svg,
            "ink": winery.ink,
            "accent": winery.accent,
            "display": display,
            "sans": sans,
            "display_scale": float(pair_for(key).display_scale),
            "paper_size": "us-letter" if winery.locale.endswith(("_US", "_CA", "_MX")) else "a4",
        }
    )


def clean(value: Any) -> Any:
    """Texts, in whatever they stand, without the marks that paper can't show."""
    if isinstance(value, str):
        return value.translate(_UNSEEN)
    if isinstance(value, Mapping):
        return {key: clean(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [clean(one) for one in value]
    return value


__all__ = ["FAMILIES", "HERE", "clean", "qr_svg", "typefaces", "typeset"]
