"""Columns that a file says without having them: several in one, the first that is filled, an address in its parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from tirage.imports.layouts.addresses import PARTS, take_apart
from tirage.imports.layouts.items import lines_side_by_side
from tirage.imports.layouts.reading import Layout
from tirage.tables.cleaning import join_list
from tirage.tables.derived import Derived, Extra
from tirage.tables.headers import normalise_header

_EMAILS = re.compile(
    r"(primary|main|secondary|second|third|additional|other|alternate|alternative|alt|home|work|personal|business|"
    r"private)?e?mail(address|id)?[1-9]?(address|value)?"
)
_PHONES = re.compile(
    r"(primary|main|mobile|cell|home|work|business|office|day|daytime|evening|other|secondary|second|alternate|alt|"
    r"personal|companymain|car)?(tele)?(phone|cell|mobile)(number|no)?[1-9]?(number|value)?"
)
#: Between several of one kind in a cell; Google writes the first.
_SEVERAL = ":::"
_SIZES = frozenset("size format bottlesize bottleformat volume bottle bottlevolume packsize pack".split())
_PART_NAMES = ("street", "line 2", "city", "state", "ZIP", "country")
#: The plain headers of a town and a ZIP: with them an address isn't in one cell.
_TAKEN_APART = frozenset({"city", "town", "postal_code"})

#: Field to header of what was made.
Made = dict[str, str]


class Maker:
    """Makes the columns of one file. ``fields`` says which column every field would have without it."""

    def __init__(self, headers: Sequence[str], layout: Layout | None, fields: dict[str, str]) -> None:
        self._headers = headers
        self._keys = [normalise_header(header) for header in headers]
        self._layout = layout
        self._fields = fields
        self._derived: list[Derived] = []
        self.made: Made = {}

    def customers(self) -> Extra:
        self._join_emails()
        self._join_phones()
        self._best_address()
        self._take_apart()
        self._clean_labels()
        return self._extra()

    def orders(self) -> Extra:
        lines = None if "items" in self._fields else lines_side_by_side(self._headers)
        if lines is not None:
            self._derived.append(lines)
            self.made["items"] = lines.header
        return self._extra()

    def others(self) -> Extra:
        if places := self._of_layout("goods"):
            header = " or ".join(self._headers[place] for place in places)
            self._make(
                "goods", f"Kind of product: {header}", places, lambda texts: next(iter(_each(texts)), "")
            )
        self._find_size()
        return self._extra()

    def _extra(self) -> Extra:
        layout = self._layout
        if layout is None:
            return Extra(tuple(self._derived))
        return Extra(
            tuple(self._derived),
            key=self._place(layout.key) if layout.key else None,
            filled=self._places(layout.filled),
            needed=self._places(layout.needed),
            nothing=frozenset(layout.nothing),
        )

    def _join_emails(self) -> None:
        places = self._of_layout("email") or self._named(_EMAILS, self._fields.get("email"))
        if len(places) > 1:
            self._make("email", "All e-mail addresses", places, lambda texts: "; ".join(_each(texts)))

    def _join_phones(self) -> None:
        places = self._of_layout("phone") or self._named(_PHONES, self._fields.get("phone"))
        holds_several = self._layout is not None and "phone" in self._layout.joined
        if len(places) > 1 or (places and holds_several):
            self._make("phone", "First telephone", places, lambda texts: next(iter(_each(texts)), ""))
            self._make("other_phones", "Other telephones", places, lambda texts: ", ".join(_each(texts)[1:]))

    def _best_address(self) -> None:
        """The first of several addresses that is filled."""
        groups = [
            [self._place(header) for header in headers]
            for headers in (self._layout.addresses if self._layout else ())
        ]
        groups = [group for group in groups if group[0] is not None]
        if not groups or not (len(groups) > 1 or self._layout):
            return
        places = tuple(place for group in groups for place in group if place is not None)
        for part, name in zip(PARTS, _PART_NAMES, strict=True):
            index = PARTS.index(part)
            wanted = [[_at(places, place) for place in group] for group in groups]
            text = partial(_of_first_filled, wanted, index)
            self._make(part, f"Address: {name}", places, text)

    def _take_apart(self) -> None:
        whole = dict(self._layout.whole_addresses) if self._layout else {}
        for prefix in ("", "ship_"):
            header = whole.get(prefix) or self._fields.get(f"{prefix}line_1", "")
            has_parts = any(
                f"{prefix}{part}" in self._fields or f"{prefix}{part}" in self.made for part in _TAKEN_APART
            )
            places = self._every(header) if header else ()
            if not places or has_parts:
                continue
            for index, (part, name) in enumerate(zip(PARTS, _PART_NAMES, strict=True)):
                self._make(f"{prefix}{part}", f"{header}: {name}", places, partial(_part_of, index))

    def _clean_labels(self) -> None:
        marks = self._layout.own_labels if self._layout else ()
        if marks and (header := self._fields.get("tags")):
            self._make("tags", f"{header}, your own", self._places((header,)), partial(_labels, marks))

    def _find_size(self) -> None:
        if not self._layout or not self._layout.options:
            return
        name, value = self._layout.options
        names, values = self._every(name), self._every(value)
        if names and len(names) == len(values):
            self._make("format", "Size", (*names, *values), _size)

    def _make(
        self, field: str, header: str, places: tuple[int, ...], text: Callable[[Sequence[str]], str]
    ) -> None:
        self._derived.append(Derived(header, places, text))
        self.made[field] = header

    def _of_layout(self, field: str) -> tuple[int, ...]:
        headers = self._layout.joined.get(field, ()) if self._layout else ()
        return tuple(place for header in headers for place in self._every(header))

    def _named(self, pattern: re.Pattern[str], first: str | None) -> tuple[int, ...]:
        """Columns of that kind by name, that which the field has already before all others."""
        if first is None:
            return ()
        places = [place for place, key in enumerate(self._keys) if pattern.fullmatch(key)]
        chosen = self._headers.index(first)
        return (chosen, *(place for place in places if place != chosen)) if chosen in places else ()

    def _every(self, header: str) -> tuple[int, ...]:
        """The place of the header, or of all that it stands for with ``#``."""
        if "#" not in header:
            return self._places((header,))
        numbered = (self._place(header.replace("#", str(number))) for number in range(1, 10))
        return tuple(place for place in numbered if place is not None)

    def _places(self, headers: Iterable[str]) -> tuple[int, ...]:
        found = (self._place(header) for header in headers)
        return tuple(place for place in found if place is not None)

    def _place(self, header: str) -> int | None:
        """``A|B``: the first of them that is there."""
        keys = (normalise_header(one) for one in header.split("|"))
        return next((self._keys.index(key) for key in keys if key and key in self._keys), None)


def _each(texts: Iterable[str]) -> list[str]:
    """What stands in the cells, each once."""
    return list(
        dict.fromkeys(part.strip() for text in texts for part in text.split(_SEVERAL) if part.strip())
    )


def _at(places: tuple[int, ...], place: int | None) -> int | None:
    return None if place is None else places.index(place)


def _of_first_filled(groups: list[list[int | None]], part: int, texts: Sequence[str]) -> str:
    for group in groups:
        if any(texts[place].strip() for place in group if place is not None):
            wanted = group[part] if part < len(group) else None
            return texts[wanted] if wanted is not None else ""
    return ""


def _part_of(index: int, texts: Sequence[str]) -> str:
    filled = [text.strip() for text in texts if text.strip()]
    # Of several lines the first may be the person's own name.
    if len(filled) > 2 and not re.search(r"\d", filled[0]):
        filled = filled[1:]
    return take_apart("\n".join(filled))[index] if filled else ""


def _labels(marks: tuple[str, ...], texts: Sequence[str]) -> str:
    return join_list(label for label in _each(texts) if not label.startswith(marks))


def _size(texts: Sequence[str]) -> str:
    """The value of the option that is called a size; of a sole option without such a name, what isn't a title."""
    half = len(texts) // 2
    chosen = [
        (normalise_header(name), value.strip())
        for name, value in zip(texts[:half], texts[half:], strict=True)
        if value.strip() and value.strip() != "Default Title"
    ]
    return next((value for name, value in chosen if name in _SIZES), "")
