"""The one way from a filter to the database: a statement that finds the ids of the customers who fit.

Each condition, and each segment that is referred to, becomes a set of ids, worked out once however often it is named;
brackets are unions, intersections and differences of sets. So a filter takes about as long as its conditions together,
whatever its brackets. Values are parameters, never text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tirage.core.errors import DomainError
from tirage.segments.compiling import buying, offered, people, taking
from tirage.segments.compiling.scope import Scope, Sql, joined
from tirage.segments.rules import Bracket, Condition, Junction, Node, conditions

#: The definitions of segments by reference.
Definitions = Mapping[str, Node]

COMPILERS = people.COMPILERS | buying.COMPILERS | taking.COMPILERS | offered.COMPILERS


class Compiler:
    """Compiles filters into one statement. ``definitions`` holds every segment that they may refer to."""

    def __init__(self, *, definitions: Definitions, now: datetime, only: int | None = None) -> None:
        self._scope = Scope(now, only)
        self._definitions = definitions
        self._sets: dict[Condition, str] = {}
        self._written: list[Sql] = []
        self._inside: list[str] = []

    def ids(self, node: Node) -> Sql:
        """A SELECT of ``id``; it stands on sets that ``with_sets`` puts before the statement."""
        if isinstance(node, Condition):
            return Sql(f"SELECT id FROM {self._set(node)}")
        if node.junction is Junction.ANY:
            return joined([self._part(part) for part in node.parts], "UNION")
        if node.junction is Junction.NONE:
            return joined([self._everybody(), *(self._part(part) for part in node.parts)], "EXCEPT")
        return self._all_of(node)

    def with_sets(self, statement: Sql) -> Sql:
        if not self._written:
            return statement
        return Sql("WITH") + joined(self._written, ",") + statement

    def _all_of(self, node: Bracket) -> Sql:
        """What has to be true, then without what must not be."""
        without = [
            part for part in node.parts if isinstance(part, Bracket) and part.junction is Junction.NONE
        ]
        needed = [self._part(part) for part in node.parts if part not in without] or [self._everybody()]
        taken = [self._part(inner) for part in without for inner in part.parts]
        found = Sql("SELECT id FROM (") + joined(needed, "INTERSECT") + Sql(") q")
        return joined([found, *taken], "EXCEPT")

    def _part(self, node: Node) -> Sql:
        return Sql("SELECT id FROM (") + self.ids(node) + Sql(") q")

    def _everybody(self) -> Sql:
        return people.customers(self._scope, Sql("1 = 1"))

    def _set(self, found: Condition) -> str:
        """The name of the condition's set."""
        if found not in self._sets:
            statement = (
                self._segment(found.text("segment"))
                if found.word == "segment"
                else COMPILERS[found.word](found, self._scope)
            )
            name = f"s{len(self._sets)}"
            self._sets[found] = name
            # Some conditions find a customer once for each card, wish or order.
            self._written.append(
                Sql(f"{name}(id) AS MATERIALIZED (SELECT DISTINCT z.id FROM (") + statement + Sql(") z)")
            )
        return self._sets[found]

    def _segment(self, reference: str) -> Sql:
        if reference in self._inside:
            raise DomainError(
                "circle",
                "These segments refer to one another in a circle. Change the definition of one of them.",
            )
        definition = self._definitions.get(reference)
        if definition is None:
            return people.customers(self._scope, Sql("1 = 0"))
        self._inside.append(reference)
        statement = self.ids(definition)
        self._inside.pop()
        return statement


def compile_ids(node: Node, *, definitions: Definitions, now: datetime) -> Sql:
    """The statement that finds everybody who fits, as ``id``; raises DomainError ``circle``."""
    compiler = Compiler(definitions=definitions, now=now)
    return compiler.with_sets(compiler.ids(node))


def compile_count(node: Node, *, definitions: Definitions, now: datetime) -> Sql:
    """The statement that counts them, as ``count``."""
    compiler = Compiler(definitions=definitions, now=now)
    ids = compiler.ids(node)
    return compiler.with_sets(Sql("SELECT count(*) AS count FROM (") + ids + Sql(") q"))


def compile_why(
    node: Node, *, customer_id: int, definitions: Definitions, now: datetime
) -> tuple[Sql, list[Condition]]:
    """The statement that says of one customer which conditions hold, as ``c0``, ``c1``, …; and the conditions."""
    compiler = Compiler(definitions=definitions, now=now, only=customer_id)
    asked = list(dict.fromkeys(conditions(node)))
    holds = [
        Sql("EXISTS (SELECT 1 FROM (")
        + compiler.ids(one)
        + Sql(f") q WHERE q.id = %s) AS c{at}", (customer_id,))
        for at, one in enumerate(asked)
    ]
    return compiler.with_sets(Sql("SELECT") + joined(holds, ",")), asked
