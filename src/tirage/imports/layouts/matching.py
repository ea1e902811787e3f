"""A table laid out: with the columns that it says without having them, each matched to its field."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from typing import Protocol

from tirage.imports.layouts.making import Made, Maker
from tirage.imports.layouts.reading import Layout, known_headers, recognise
from tirage.imports.states import ImportKind
from tirage.tables.derived import Extra
from tirage.tables.headers import normalise_header
from tirage.tables.matching import Field, Mapping, expected_headers, match_columns
from tirage.tables.reading import Table


def lay_out(table: Table, kind: ImportKind, fields: Sequence[Field]) -> Table:
    """The table with its derived columns behind its own."""
    extra, _, _ = _plan(table.headers, kind, fields)
    return table.with_columns(extra) if extra != Extra() else table


class Named(Protocol):
    """Whatever has a file's columns: the table, or what was kept of it."""

    @property
    def headers(self) -> tuple[str, ...]: ...
    @property
    def own_headers(self) -> tuple[str, ...]: ...


def match(table: Named, kind: ImportKind, fields: Sequence[Field]) -> Mapping:
    """Which column of a table that is laid out is which."""
    own = table.own_headers
    _, made, matched = _plan(own, kind, fields)
    if len(table.headers) > len(own):
        matched = {**matched, **made}
    ambiguous = match_columns(own, fields).ambiguous
    doubtful = {name: found for name, found in ambiguous.items() if name not in made}
    return Mapping(table.headers, tuple(fields), _ordered(matched, fields), doubtful)


def layout_name(headers: Sequence[str], kind: ImportKind) -> str:
    """The system whose file it is; empty when none is known by these headers."""
    layout = recognise(kind, headers)
    return layout.name if layout else ""


def expected(kind: ImportKind, fields: Sequence[Field]) -> frozenset[str]:
    """Every name that a column of such a list may have, normalised."""
    return expected_headers(fields) | known_headers(kind)


def _plan(headers: Sequence[str], kind: ImportKind, fields: Sequence[Field]) -> tuple[Extra, Made, Made]:
    """What is derived, the fields of that, and the fields of the file's own columns."""
    layout = recognise(kind, headers)
    matched = _own_columns(headers, layout, fields)
    maker = Maker(headers, layout, matched)
    makes = {ImportKind.CUSTOMERS: maker.customers, ImportKind.ORDERS: maker.orders}
    extra = makes.get(kind, maker.others)()
    known = {field.name for field in fields}
    return extra, {name: header for name, header in maker.made.items() if name in known}, matched


def _own_columns(headers: Sequence[str], layout: Layout | None, fields: Sequence[Field]) -> dict[str, str]:
    """What the layout says, the rest by name; of a field for which it names several columns the first that is there."""
    if layout is None:
        return dict(match_columns(headers, fields).matched)
    place = {normalise_header(header): header for header in reversed(headers)}
    said: dict[str, str] = {}
    taken: set[str] = set()
    for header, field in layout.columns.items():
        own = place.get(normalise_header(header))
        if own is None:
            continue
        taken.add(own)
        if field:
            said.setdefault(field, own)
    rest = [header for header in headers if header not in taken]
    return {**_without(match_columns(rest, fields).matched, said), **said}


def _without(matched: AnyMapping[str, str], said: AnyMapping[str, str]) -> dict[str, str]:
    return {name: header for name, header in matched.items() if name not in said}


def _ordered(matched: AnyMapping[str, str], fields: Sequence[Field]) -> dict[str, str]:
    return {field.name: matched[field.name] for field in fields if field.name in matched}
