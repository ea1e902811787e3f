"""The layouts as their files say them, and the one that a file's headers are of."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tirage.imports.states import ImportKind
from tirage.tables.headers import normalise_header


@dataclass(frozen=True, slots=True)
class Layout:
    """How one system writes one kind of list. Headers are as it writes them; case and punctuation don't count.

    A ``#`` in a header stands for 1, 2, 3 …: every such column of the file; ``A|B`` for whichever is there.
    """

    name: str
    kind: ImportKind
    #: Columns that only this system has together.
    told_by: tuple[str, ...]
    #: Header to field; "" leaves a column out that would be taken for something else by its name.
    columns: dict[str, str] = field(default_factory=dict)
    #: Field to headers that all belong to it: e-mail addresses, telephones.
    joined: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: Addresses, the best first: the first that is filled counts. Headers in the order of ``making.PARTS``.
    addresses: tuple[tuple[str, ...], ...] = ()
    #: Columns with a whole address in each cell: "" or "ship_" to header.
    whole_addresses: dict[str, str] = field(default_factory=dict)
    #: Pairs of name and value of what somebody chooses when buying; the size among them is the format.
    options: tuple[str, str] | tuple[()] = ()
    #: Rows with one text here belong together; empty cells of the others are as in the row above.
    key: str = ""
    filled: tuple[str, ...] = ()
    #: A row with none of these is no record.
    needed: tuple[str, ...] = ()
    #: What this system writes for nothing.
    nothing: tuple[str, ...] = ()
    #: Marks that its labels begin with and that no person gave.
    own_labels: tuple[str, ...] = ()


@cache
def layouts() -> tuple[Layout, ...]:
    """All that are known, in the order of their files' names."""
    found = []
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        found += [_layout(said["name"], one) for one in said["layout"]]
    return tuple(found)


def _layout(name: str, said: dict[str, Any]) -> Layout:
    left_out = dict.fromkeys(said.get("left_out", ()), "")
    return Layout(
        name=name,
        kind=ImportKind(said["kind"]),
        told_by=tuple(said["told_by"]),
        columns={**said.get("columns", {}), **left_out},
        joined={one: tuple(headers) for one, headers in said.get("joined", {}).items()},
        addresses=tuple(tuple(headers) for headers in said.get("addresses", ())),
        whole_addresses=said.get("whole_addresses", {}),
        options=tuple(said.get("options", ())),
        key=said.get("key", ""),
        filled=tuple(said.get("filled", ())),
        needed=tuple(said.get("needed", ())),
        nothing=tuple(said.get("nothing", ())),
        own_labels=tuple(said.get("own_labels", ())),
    )


def recognise(kind: ImportKind, headers: Sequence[str]) -> Layout | None:
    """The layout that most of the headers tell of; None when no system's are all there."""
    present = {normalise_header(header) for header in headers}
    fitting = [
        one
        for one in layouts()
        if one.kind == kind and all(normalise_header(header) in present for header in one.told_by)
    ]
    return max(fitting, key=lambda one: len(one.told_by), default=None)


@cache
def known_headers(kind: ImportKind) -> frozenset[str]:
    """Normalised names of all columns that some system has in such a list."""
    return frozenset(
        normalise_header(header)
        for one in layouts()
        if one.kind == kind
        for header in (*one.told_by, *one.columns)
    )
