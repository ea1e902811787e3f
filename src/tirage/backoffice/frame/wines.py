"""Wines as people look for them: by words and formats, and as the choices of a filter, where a format is its own."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from tirage.backoffice.frame.filters import Source
from tirage.catalog.lwin import LENGTHS
from tirage.catalog.models import Sku, format_name
from tirage.tables.cleaning import parse_format
from tirage.tables.errors import CellError

_BETWEEN = "\t"


def _say(label: str) -> str:
    """``Estate Cabernet 2023, 1.5 l``."""
    name, millilitres, units = label.rsplit(_BETWEEN, 2)
    return f"{name}, {format_name(int(millilitres), int(units))}"


#: Every sku by name and format.
SKUS = Source(
    Sku.objects.all,
    value="code",
    label=Concat(
        "name",
        Value(_BETWEEN),
        Cast("millilitres", CharField()),
        Value(_BETWEEN),
        Cast("units", CharField()),
        output_field=CharField(),
    ),
    say=_say,
)


def skus_matching(rows: QuerySet[Sku], words: Sequence[str]) -> QuerySet[Sku]:
    """Those that have every word in their name, code or variety, as their LWIN or its beginning, or as their format:
    ``cabernet magnum``, ``1.5 l``."""
    at = 0
    while at < len(words):
        pair = " ".join(words[at : at + 2]) if at + 1 < len(words) else ""
        if pair and (size := _of_format(pair)) and not _of_format(words[at + 1]):
            rows, at = rows.filter(size), at + 2
            continue
        word = words[at]
        named = Q(name__icontains=word) | Q(code__icontains=word) | Q(vintage__wine__variety__icontains=word)
        if word.isascii() and word.isdigit() and len(word) in LENGTHS:
            # An LWIN of the wine finds its vintages and formats, too.
            named |= Q(lwin__startswith=word)
        size = _of_format(word)
        rows, at = rows.filter(named | size if size else named), at + 1
    return rows


def _of_format(text: str) -> Q | None:
    """Skus of the format that ``text`` names; None where it names none (a bare number is a year sooner)."""
    if not any(letter.isalpha() for letter in text):
        return None
    try:
        size = parse_format(text)
    except CellError:
        return None
    return Q(millilitres=size.millilitres, units=size.units) if size else None
