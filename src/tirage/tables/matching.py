"""Which column of a file is which field: by name and synonyms, then as the person decides.

mapping = match_columns(table.headers, CUSTOMER_FIELDS)
mapping.matched           # {"email": "E-mail Address", "last_name": "Surname"}
mapping.unmatched         # headers nobody claimed
mapping.missing           # names of required fields without a column
mapping = mapping.override({"first_name": "Given", "notes": None})
Mapping.from_json(mapping.to_json(), table.headers, CUSTOMER_FIELDS)
"""

import json
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from tirage.tables.errors import TableError
from tirage.tables.headers import header_keys, normalise_header

#: Each field's name, and all the headers that it goes by.
_Names: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]

__all__ = ["Field", "Mapping", "expected_headers", "match_columns", "normalise_header"]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing an import can take from a column."""

    name: str
    label: str
    """What people call it, in the mapping step and in messages."""
    required: bool = False
    synonyms: tuple[str, ...] = ()
    """Other headers, the surest first; spelling, case, spaces and punctuation don't matter."""
    parse: Callable[[str], Any] | None = None
    """From the text of the cell to the value; None when empty; raises CellError. Plain text without it."""
    decimals: int | None = None
    """Of a field of numbers, how many decimals make sense; its ``parse`` takes the file's decimal ``mark``."""
    ignored: bool = False
    """Known, and left out on purpose: figures that follow from orders."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """Fields to columns of one file. Immutable; `override` gives a new one."""

    headers: tuple[str, ...]
    fields: tuple[Field, ...]
    matched: dict[str, str]
    """Field name to header."""
    ambiguous: dict[str, tuple[str, ...]]
    """Field name to all headers that fit, the one taken first. For the mapping step to ask about."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of required fields without a column."""
        return tuple(field.name for field in self.fields if field.required and field.name not in self.matched)

    @property
    def ignored(self) -> tuple[str, ...]:
        """Headers recognised as something that isn't imported."""
        names = {field.name for field in self.fields if field.ignored}
        return tuple(header for name, header in self.matched.items() if name in names)

    @property
    def unmatched(self) -> tuple[str, ...]:
        """Headers that no field took, in the order of the file."""
        taken = set(self.matched.values())
        return tuple(header for header in self.headers if header not in taken)

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)

    def index(self, name: str) -> int | None:
        """Position of the field's column, None when it has none."""
        header = self.matched.get(name)
        return None if header is None else self.headers.index(header)

    def require_complete(self) -> None:
        """Raises TableError naming the required fields without a column."""
        if self.missing:
            labels = ", ".join(self.field(name).label for name in self.missing)
            raise TableError(
                f"No column was found for: {labels}. Choose one for each, or add it to the file."
            )

    def override(self, choices: AnyMapping[str, str | None]) -> "Mapping":
        """Choices of the mapping step: field name to header, or None to leave the field out.

        A header chosen for one field is taken from the field that had it by name. Raises TableError for a
        field or header that doesn't exist and for a header chosen twice.
        """
        self._refuse_unknown(choices)
        chosen = {name: header for name, header in choices.items() if header}
        _refuse_twice(chosen, self)
        kept = {
            name: header
            for name, header in self.matched.items()
            if name not in choices and header not in chosen.values()
        }
        left = {name: headers for name, headers in self.ambiguous.items() if name not in choices}
        return Mapping(self.headers, self.fields, {**kept, **chosen}, left)

    def _refuse_unknown(self, choices: AnyMapping[str, str | None]) -> None:
        names = {field.name for field in self.fields}
        for name, header in choices.items():
            if name not in names:
                raise TableError(f"There is no field “{name}” to choose a column for.")
            if header and header not in self.headers:
                raise TableError(f"The file has no column “{header}”. Choose the columns again.")

    def to_json(self) -> str:
        """The choices alone; the file and the fields are given again when they are read."""
        return json.dumps({"matched": self.matched}, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str, headers: Sequence[str], fields: Iterable[Field]) -> "Mapping":
        """Raises TableError when the text is no mapping or was made for a file with other columns."""
        try:
            matched = json.loads(text)["matched"]
            choices = {str(name): str(header) for name, header in matched.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TableError(
                "The saved choice of columns can't be read. Choose the columns again."
            ) from error
        return cls(tuple(headers), tuple(fields), {}, {}).override(choices)


def match_columns(headers: Sequence[str], fields: Iterable[Field]) -> Mapping:
    """Take for each field the header that fits it surest: its name or label, then its synonyms in order.

    A header serves one field: the one it fits surest, the first of the list among equals.
    """
    fields = tuple(fields)
    matched: dict[str, str] = {}
    taken: set[str] = set()
    offers = sorted(_offers(headers, fields), key=lambda offer: offer[:3])
    for _, _, _, name, header in offers:
        if name not in matched and header not in taken:
            matched[name] = header
            taken.add(header)
    return Mapping(tuple(headers), fields, _in_order(matched, fields), _ambiguous(matched, offers))


def expected_headers(fields: Iterable[Field]) -> frozenset[str]:
    """Every name that a column may have, normalised: by them a file's header row and sheet are found."""
    return frozenset(_known(_names(fields)))


def _offers(headers: Sequence[str], fields: tuple[Field, ...]) -> list[tuple[int, int, int, str, str]]:
    """(rank of the synonym, place of the field, place of the header, field name, header)."""
    known = _known(_names(fields))
    return [
        (rank + 1000 * inexact, place, position, name, header)
        for position, header in enumerate(headers)
        for inexact, key in enumerate(header_keys(header))
        for rank, place, name in known.get(key, ())
    ]


def _names(fields: Iterable[Field]) -> _Names:
    return tuple((field.name, (field.name, field.label, *field.synonyms)) for field in fields)


@lru_cache(maxsize=64)
def _known(names: _Names) -> dict[str, list[tuple[int, int, str]]]:
    """Normalised header -> (rank of the synonym, place of the field, field name). Asked several times for each file."""
    known: dict[str, list[tuple[int, int, str]]] = {}
    for place, (name, synonyms) in enumerate(names):
        for rank, key in enumerate(dict.fromkeys(map(normalise_header, synonyms))):
            known.setdefault(key, []).append((rank, place, name))
    return known


def _ambiguous(
    matched: dict[str, str], offers: list[tuple[int, int, int, str, str]]
) -> dict[str, tuple[str, ...]]:
    """Per field the headers that fit it and went to no other field, where there are several."""
    owner = {header: name for name, header in matched.items()}
    fitting: dict[str, dict[str, None]] = {}
    for *_, name, header in offers:
        if owner.get(header, name) == name:
            fitting.setdefault(name, {})[header] = None
    return {name: tuple(headers) for name, headers in fitting.items() if len(headers) > 1}


def _in_order(matched: dict[str, str], fields: tuple[Field, ...]) -> dict[str, str]:
    return {field.name: matched[field.name] for field in fields if field.name in matched}


def _refuse_twice(chosen: dict[str, str], mapping: Mapping) -> None:
    first: dict[str, str] = {}
    for name, header in chosen.items():
        if header in first:
            both = f"{mapping.field(first[header]).label} and {mapping.field(name).label}"
            raise TableError(f"The column “{header}” is chosen for {both}. Choose it for one of them.")
        first[header] = name
