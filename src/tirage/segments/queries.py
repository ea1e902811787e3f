"""Asking the database who fits a filter, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.expressions import RawSQL

from tirage.core.errors import DomainError
from tirage.core.sql import is_postgresql
from tirage.customers.models import Customer
from tirage.segments.compiling import Definitions, compile_count, compile_ids, compile_why
from tirage.segments.compiling.scope import Sql
from tirage.segments.models import Segment
from tirage.segments.rules import Condition, Junction, Node, parse, refers_to

M = TypeVar("M", bound=Model)


def definitions_for(*nodes: Node) -> dict[str, Node]:
    """The definitions of all segments that these filters refer to, however far; one statement, or none."""
    if not any(refers_to(node) for node in nodes):
        return {}
    return {
        reference: parse(text) for reference, text in Segment.objects.values_list("reference", "definition")
    }


def find_ids(node: Node, now: datetime) -> list[int]:
    """Who fits, in no order. Raises DomainError ``circle``."""
    statement = compile_ids(node, definitions=definitions_for(node), now=now)
    return [row[0] for row in _rows(statement)]


def count_fitting(node: Node, now: datetime) -> int:
    """How many fit."""
    statement = compile_count(node, definitions=definitions_for(node), now=now)
    return int(_rows(statement)[0][0])


def having_ids(rows: QuerySet[M], ids: Sequence[int], field: str = "pk") -> QuerySet[M]:
    """The rows whose ``field`` is one of these ids."""
    return rows.filter(**{f"{field}__in": ids_as_rows(ids)})


def ids_as_rows(ids: Sequence[int]) -> RawSQL:
    """These ids, however many, as one parameter; for ``…__in``."""
    if is_postgresql():
        return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(list(ids))])


def fitting(node: Node, now: datetime) -> QuerySet[Customer]:
    """Who fits, as a queryset; they are found once, now."""
    return having_ids(Customer.objects.all(), find_ids(node, now))


@dataclass(frozen=True, slots=True)
class Reason:
    """A condition or bracket and whether it holds for somebody; of a bracket with its parts."""

    node: Node
    holds: bool
    parts: tuple[Reason, ...] = ()


def explain(node: Node, customer_id: int, now: datetime) -> Reason:
    """Whether somebody fits and why or why not, condition by condition; one statement besides the definitions."""
    return explain_each([node], customer_id, now)[0]


def explain_each(nodes: Sequence[Node], customer_id: int, now: datetime) -> list[Reason]:
    definitions = definitions_for(*nodes)
    found = []
    for node in nodes:
        statement, asked = compile_why(node, customer_id=customer_id, definitions=definitions, now=now)
        holds = dict(zip(asked, (bool(one) for one in _rows(statement)[0]), strict=True))
        found.append(reason_of(node, holds))
    return found


def reason_of(node: Node, holds: Mapping[Condition, bool]) -> Reason:
    """Whether a filter holds, from whether each of its conditions does."""
    if isinstance(node, Condition):
        return Reason(node, holds[node])
    parts = tuple(reason_of(part, holds) for part in node.parts)
    said = [part.holds for part in parts]
    if node.junction is Junction.ALL:
        return Reason(node, all(said), parts)
    return Reason(node, any(said) is (node.junction is Junction.ANY), parts)


def _rows(statement: Sql) -> list[Any]:
    if len(statement.text) > 200_000:
        raise DomainError("filter", "This filter is too long. Save parts of it as segments, and use those.")
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.values)
        return list(cursor.fetchall())


__all__ = [
    "Definitions",
    "Reason",
    "count_fitting",
    "definitions_for",
    "explain",
    "explain_each",
    "find_ids",
    "fitting",
    "having_ids",
    "ids_as_rows",
    "reason_of",
]
