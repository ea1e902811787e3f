"""The wines of an offer as finished pieces of its page: the strip of labels, and each wine with its formats.

A group's rows are mostly the same, so they are mostly kept; while a wine sells, only "7 left" becomes "6 left".
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from operator import attrgetter

from django.urls import reverse
from django.utils.safestring import SafeString

from tirage.storefront.frame.kept import kept
from tirage.storefront.offer.wines import WineRow

#: What formats of one wine have in common; label and note are shown once.
_FACTS = attrgetter("name", "year", "place", "note", "label_url")


def wines_of(rows: Sequence[WineRow]) -> SafeString:
    """The wines as list items; formats that follow each other are one wine."""
    wines = [tuple(formats) for _, formats in groupby(rows, key=_FACTS)]
    return SafeString("".join(_wine(formats, is_below=n > 1) for n, formats in enumerate(wines)))


def strip_of(rows: Sequence[WineRow]) -> SafeString:
    """The labels side by side, each leading to its wine; empty where none has one."""
    firsts = [next(formats) for _, formats in groupby(rows, key=_FACTS)]
    labels = tuple(
        (row.id, f"{row.name} {row.year}".strip(), row.label_url) for row in firsts if row.label_url
    )
    return kept("storefront/offer/strip.html", labels=labels) if labels else SafeString("")


@lru_cache(maxsize=4096)
def _wine(formats: tuple[WineRow, ...], *, is_below: bool) -> SafeString:
    first = formats[0]
    return kept(
        "storefront/offer/wine.html",
        id=first.id,
        name=first.name,
        year=first.year,
        place=first.place,
        note=first.note,
        label_url=first.label_url,
        is_below=is_below,
        is_quiet=all(row.is_quiet for row in formats),
        formats=SafeString("".join(_format(row) for row in formats)),
    )


@lru_cache(maxsize=4096)
def _format(row: WineRow) -> SafeString:
    return kept(
        "storefront/offer/wine_format.html",
        row=row,
        stepper=_stepper(row) if row.maximum else "",
        wish=_wish(row) if row.wish_maximum else "",
    )


def _stepper(row: WineRow) -> SafeString:
    return kept(
        "storefront/offer/wine_stepper.html",
        id=row.id,
        title=row.title,
        quantity=row.quantity,
        maximum=row.maximum,
        multiple=row.multiple,
        limit=row.limit,
        price_minor=row.price_minor,
        units=row.units,
        least=row.least,
        problem=row.problem,
        step_url=_step_url(),
    )


def _wish(row: WineRow) -> SafeString:
    return kept(
        "storefront/offer/wine_wish.html",
        id=row.id,
        title=row.title,
        wished=row.wished,
        wish_shown=row.wish_shown,
        wish_maximum=row.wish_maximum,
        wish_words=row.wish_words,
        problem=row.wish_problem,
        facts=row.wish_facts,
        agreement=row.wish_agreement,
        is_agreed=row.is_agreed,
        later=row.wish_later,
        step_url=_step_url(),
    )


@lru_cache(maxsize=1)
def _step_url() -> str:
    """Where a stepper's button sends the form from a browser whose scripts aren't there."""
    return reverse("storefront:cart")
