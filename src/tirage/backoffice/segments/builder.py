"""A filter as rows of a form: one a condition, brackets as rows within rows. No script is needed to build one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tirage.core.errors import DomainError
from tirage.segments.naming import Things
from tirage.segments.rules import (
    KINDS,
    MOST_CONDITIONS,
    MOST_DEPTH,
    Bracket,
    Condition,
    Field,
    Junction,
    Kind,
    Node,
    Takes,
    condition_of,
    home_name,
    refuse,
    write_value,
)

_NAME = re.compile(r"(kind|join)-(0(?:-[0-9]{1,2}){0,7})")
_ACT = re.compile(r"(add|bracket|drop)-(0(?:-[0-9]{1,2}){0,7})")
JUNCTIONS = (
    (Junction.ALL.value, "All of these are true"),
    (Junction.ANY.value, "Any of these is true"),
    (Junction.NONE.value, "None of these is true"),
)
FIRST_KIND = "spent"


@dataclass(frozen=True, slots=True)
class Input:
    """A value of a condition as its row asks for it."""

    name: str
    field: Field
    value: str
    choices: list[tuple[str, str]]
    wrong: str

    @property
    def type(self) -> str:
        return {Takes.DAY: "date", Takes.COUNT: "number"}.get(self.field.takes, "text")

    @property
    def is_choice(self) -> bool:
        return self.field.takes in (Takes.CHOICE, Takes.THING)

    @property
    def unit(self) -> str:
        return "%" if self.field.takes is Takes.PERCENT else ""

    @property
    def example(self) -> str:
        return {Takes.SPAN: "24 months", Takes.ZIP: "94110", Takes.AMOUNT: "5000"}.get(self.field.takes, "")


@dataclass
class Row:
    """A condition, or a bracket with its ``parts``; ``path`` is its place, ``0-2-1``."""

    path: str
    word: str = ""
    junction: str = ""
    negated: bool = False
    #: Just added, so that it is where one goes on typing.
    fresh: bool = False
    typed: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    parts: list[Row] = field(default_factory=list)
    things: Things = field(default_factory=Things)

    @property
    def is_bracket(self) -> bool:
        return bool(self.junction)

    @property
    def is_root(self) -> bool:
        return self.path == "0"

    @property
    def depth(self) -> int:
        return self.path.count("-")

    @property
    def may_nest(self) -> bool:
        return self.depth + 2 < MOST_DEPTH

    @property
    def kind(self) -> Kind:
        return KINDS[self.word]

    @property
    def problems(self) -> list[str]:
        return list(dict.fromkeys(self.wrong.values()))

    @property
    def number(self) -> str:
        """Its place as people count: ``1``, ``2.1``."""
        return ".".join(str(int(one) + 1) for one in self.path.split("-")[1:])

    def inputs(self) -> list[Input]:
        return [
            Input(
                f"v-{self.path}-{one.key}",
                one,
                self.typed.get(one.key, ""),
                self._choices(one),
                self.wrong.get(one.key, ""),
            )
            for one in self.kind.fields
        ]

    def _choices(self, one: Field) -> list[tuple[str, str]]:
        if one.takes is Takes.THING:
            found = self.things.choices(one.key)
            value = self.typed.get(one.key, "")
            # What isn't there any more stays chosen until somebody chooses another.
            if not value or value in dict(found):
                return found
            called = home_name(value) if one.key == "area" else ""
            return [*found, (value, called or f"{value} (gone)")]
        return list(one.choices)

    def kinds(self) -> list[tuple[str, list[Kind]]]:
        """The kinds of conditions by chapter."""
        found: dict[str, list[Kind]] = {}
        for kind in KINDS.values():
            found.setdefault(kind.chapter, []).append(kind)
        return list(found.items())

    def walk(self) -> Iterator[Row]:
        yield self
        for part in self.parts:
            yield from part.walk()


def empty_row(things: Things) -> Row:
    return Row("0", junction=Junction.ALL.value, parts=[Row("0-0", FIRST_KIND, things=things)], things=things)


def rows_of(node: Node, things: Things) -> Row:
    """The form of a filter."""
    root = node
    if isinstance(node, Condition) or (node.junction is Junction.NONE and len(node.parts) == 1):
        root = Bracket(Junction.ALL, (node,))
    return _row(root, "0", things)


def _row(node: Node, path: str, things: Things) -> Row:
    if isinstance(node, Condition):
        typed = {key: write_value(value) for key, value in node.values}
        return Row(path, node.word, typed=typed, things=things)
    inner = node.parts[0] if len(node.parts) == 1 and node.junction is Junction.NONE else None
    if isinstance(inner, Condition):
        row = _row(inner, path, things)
        row.negated = True
        return row
    parts = [_row(part, f"{path}-{at}", things) for at, part in enumerate(node.parts)]
    return Row(path, junction=node.junction.value, parts=parts, things=things)


def read_rows(data: Mapping[str, Any], things: Things) -> Row:
    """The rows that a form sent, with what its button asked for done: a row or bracket more, or one less."""
    rows: dict[str, Row] = {}
    for name in data:
        found = _NAME.fullmatch(name)
        if found and len(rows) < 3 * MOST_CONDITIONS:
            rows[found[2]] = _sent(found[1], found[2], data, things)
    root = rows.get("0")
    if root is None or not root.is_bracket:
        return empty_row(things)
    for path in sorted(rows, key=lambda one: [int(part) for part in one.split("-")]):
        above = rows.get(path.rpartition("-")[0])
        if above is not None and above.is_bracket:
            above.parts.append(rows[path])
    _act(root, str(data.get("do", "")), things)
    _renumber(root, "0")
    return root


def _sent(what: str, path: str, data: Mapping[str, Any], things: Things) -> Row:
    value = str(data.get(f"{what}-{path}", ""))
    if what == "join":
        junction = value if value in tuple(Junction) else Junction.ALL.value
        return Row(path, junction=junction, things=things)
    word = value if value in KINDS else FIRST_KIND
    typed = {one.key: str(data.get(f"v-{path}-{one.key}", ""))[:200] for one in KINDS[word].fields}
    return Row(path, word, negated=data.get(f"not-{path}") == "1", typed=typed, things=things)


def _act(root: Row, asked: str, things: Things) -> None:
    found = _ACT.fullmatch(asked)
    if not found:
        return
    act, path = found[1], found[2]
    for row in list(root.walk()):
        if act == "drop":
            row.parts = [part for part in row.parts if part.path != path]
        elif row.path == path and row.is_bracket:
            fresh = Row(f"{path}-99", FIRST_KIND, fresh=True, things=things)
            if act == "bracket" and row.may_nest:
                inside = [fresh, Row(f"{path}-98", FIRST_KIND, things=things)]
                fresh = Row(f"{path}-99", junction=Junction.ANY.value, parts=inside, things=things)
            row.parts.append(fresh)


def _renumber(row: Row, path: str) -> None:
    row.path = path
    for at, part in enumerate(row.parts):
        _renumber(part, f"{path}-{at}")


def node_of(root: Row) -> tuple[Node | None, str]:
    """The filter that the rows make, or None and what to do about it; rows that are wrong know why."""
    if not root.parts:
        return None, "Add a condition: without one every customer is meant."
    node = _node(root)
    if node is None:
        return None, "Fill in what is missing, and the count stands here."
    if isinstance(node, Bracket) and node.junction is Junction.ALL and len(node.parts) == 1:
        node = node.parts[0]
    try:
        refuse(node)
    except DomainError as refused:
        return None, refused.message
    return node, ""


def _node(row: Row) -> Node | None:
    if not row.is_bracket:
        try:
            found: Node = condition_of(row.word, row.typed)
        except DomainError as refused:
            row.wrong = refused.fields
            return None
        return Bracket(Junction.NONE, (found,)) if row.negated else found
    parts = [_node(part) for part in row.parts]
    whole = [part for part in parts if part is not None]
    if len(whole) < len(parts):
        return None
    return Bracket(Junction(row.junction), tuple(whole))
