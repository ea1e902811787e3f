"""An address in the order in which its country writes it: for receipts, mails, labels and lists."""

from __future__ import annotations

import re

from tirage.places.formats import format_of

_PIECES = re.compile(r"%([A-Z])")
#: A name that the form itself prints: ``SINGAPORE``, ``JERSEY``.
_NAME = re.compile(r"[^\W\d_]{4}")


def address_lines(
    *,
    recipient: str = "",
    company: str = "",
    line1: str,
    line2: str = "",
    city: str = "",
    state: str = "",
    postal_code: str = "",
    country: str,
    home: str = "US",
) -> list[str]:
    """One line of the envelope each, empty ones left out; the country last, in capitals, unless it is ``home``.

    A part that the country's own form has no place for (a city in Singapore) isn't lost: it follows the street.
    """
    form = format_of(country)
    parts = {
        "N": [recipient],
        "O": [company],
        "A": [line1, line2],
        "C": [city],
        "S": [state],
        "Z": [postal_code],
    }
    if not form.has("C") and city and city.casefold() not in " ".join(form.lines).casefold():
        parts["A"].append(city)
    if not form.has("S") and state:
        parts["C"] = [", ".join(part for part in (city, state) if part)]
    found = [line for template in form.lines for line in _filled(template, parts)]
    name = form.name or country.upper()
    return found if country == home or name in found else [*found, name]


def _filled(template: str, parts: dict[str, list[str]]) -> list[str]:
    """The lines of one line of the form: a street of two lines is two. What stands between two parts joins them alone,
    what stands before the first (``CH-``) belongs to it, and a town's printed name stands by itself.
    """
    pieces = _PIECES.split(template)
    text, lines, joint = pieces[0] if _NAME.search(pieces[0]) else "", [], ""
    first = "" if text else pieces[0]
    for letter, after in zip(pieces[1::2], pieces[2::2], strict=True):
        written = [part.strip() for part in parts.get(letter, []) if part.strip()]
        if written:
            text += (joint if text else first) + written[0]
            for more in written[1:]:
                lines.append(text)
                text = more
            joint, first = after, ""
        else:
            first = "" if first.strip() else first
            joint = joint if text and joint.strip() else after
    return [line for line in (line.strip() for line in (*lines, text)) if line]
