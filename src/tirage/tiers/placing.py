"""Tiering: which allocation group each customer belongs in by the groups' criteria, and who isn't there.

The groups are asked in the order of their ranks, and the first whose criteria fit is a customer's group. One statement,
however many customers. Test groups take no part; a group that keeps its members, and customers who are pinned, lose
nobody by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import connection

from tirage.core.actors import Actor
from tirage.customers.models import Customer, Group, MoveRun
from tirage.customers.operations import draft_targets
from tirage.customers.states import GroupKind, MoveSource
from tirage.segments.compiling import Compiler
from tirage.segments.compiling.scope import Sql, among, joined
from tirage.segments.queries import Definitions, Reason, definitions_for, having_ids, reason_of
from tirage.segments.rules import Condition, Node, conditions, parse


@dataclass(frozen=True, slots=True)
class Tier:
    """An allocation group in the order of the tiering; ``node``: its criteria, None for one without."""

    group: Group
    node: Node | None

    @property
    def keeps(self) -> bool:
        return self.group.keeps_members or self.group.is_test


@dataclass(frozen=True, slots=True)
class Cell:
    """``count`` customers who are in ``origin`` and belong in ``target``; None is no allocation group.

    ``pinned``: they are kept where they are, by their pin or by their group.
    """

    origin: int | None
    target: int | None
    pinned: bool
    count: int


@dataclass(frozen=True)
class Tiering:
    """Everybody by where they are and where they belong."""

    tiers: Sequence[Tier]
    cells: Sequence[Cell]

    @cached_property
    def groups(self) -> Mapping[int, Group]:
        return {tier.group.pk: tier.group for tier in self.tiers}

    def moving(self, *, with_leaving: bool) -> int:
        """How many would move; ``with_leaving``: those who fit no group leave theirs."""
        return sum(
            cell.count
            for cell in self.cells
            if moves(cell.origin, cell.target, with_leaving) and not cell.pinned
        )

    @property
    def pinned(self) -> int:
        """How many stay where they don't belong, by a pin or in a group that keeps its members."""
        return sum(cell.count for cell in self.cells if cell.pinned and cell.origin != cell.target)


def tiers_in_order() -> list[Tier]:
    """The allocation groups by rank with their criteria, test groups last."""
    groups = Group.objects.filter(kind=GroupKind.ALLOCATION.value).order_by("is_test", "rank", "name", "pk")
    return [
        Tier(group, parse(group.criteria) if group.criteria and not group.is_test else None)
        for group in groups
    ]


def moves(origin: int | None, target: int | None, with_leaving: bool) -> bool:
    """Whether somebody of ``origin`` is moved; ``with_leaving``: also out of every group."""
    return origin != target and (with_leaving or target is not None)


_NOW_IN = Sql("SELECT customer_id, group_id FROM customers_membership WHERE kind = 'allocation'")


def placed_statement(
    tiers: Sequence[Tier], definitions: Definitions, now: datetime, *, inside: Sql = _NOW_IN
) -> tuple[Compiler, Sql]:
    """Everybody with ``origin``, ``target`` and whether they are kept, as a statement on the compiler's sets.

    ``inside``: customers and the allocation groups that they are in.
    """
    compiler = Compiler(definitions=definitions, now=now)
    fits = [
        Sql(f"SELECT id, {place} AS place FROM (") + compiler.ids(tier.node) + Sql(f") f{place}")
        for place, tier in enumerate(tiers)
        if tier.node is not None
    ] or [Sql("SELECT c.id, 0 AS place FROM customers_customer c WHERE 1 = 0")]
    # Ids come from the database, places from their order: no text of anybody's is written into the statement.
    cases = " ".join(f"WHEN {place} THEN {tier.group.pk}" for place, tier in enumerate(tiers))
    keeping = ", ".join(str(tier.group.pk) for tier in tiers if tier.keeps) or "0"
    # Who fits none belongs in a group without criteria, if in one.
    plain = ", ".join(str(tier.group.pk) for tier in tiers if tier.node is None) or "0"
    target = (
        f"coalesce(CASE b.place {cases or 'WHEN -1 THEN NULL'} END,"
        f" CASE WHEN m.group_id IN ({plain}) THEN m.group_id END)"
    )
    first = Sql("SELECT id, min(place) AS place FROM (") + joined(fits, "UNION ALL") + Sql(") a GROUP BY id")
    return compiler, (
        Sql(
            f"SELECT c.id AS id, m.group_id AS origin, {target} AS target,"
            f" (p.id IS NOT NULL OR coalesce(m.group_id, -1) IN ({keeping})) AS kept"
            " FROM customers_customer c LEFT JOIN ("
        )
        + first
        + Sql(") b ON b.id = c.id LEFT JOIN (")
        + inside
        + Sql(") m ON m.customer_id = c.id LEFT JOIN customers_tierpin p ON p.customer_id = c.id")
    )


def rows_of(statement: Sql) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.values)
        return list(cursor.fetchall())


def _definitions(tiers: Sequence[Tier]) -> Definitions:
    return definitions_for(*(tier.node for tier in tiers if tier.node is not None))


def place_everybody(now: datetime, tiers: Sequence[Tier] | None = None) -> Tiering:
    """The matrix of all customers by where they are and where they belong; one statement and the criteria's."""
    found = tiers_in_order() if tiers is None else list(tiers)
    compiler, placed = placed_statement(found, _definitions(found), now)
    counted = Sql("SELECT origin, target, kept, count(*) FROM (") + placed
    counted += Sql(") q GROUP BY origin, target, kept")
    rows = rows_of(compiler.with_sets(counted))
    return Tiering(found, [Cell(origin, target, bool(kept), count) for origin, target, kept, count in rows])


def misplaced(
    now: datetime, *, with_leaving: bool, tiers: Sequence[Tier] | None = None
) -> list[tuple[int, int | None, int | None]]:
    """Who would move: customer, group to go to, group of now; by id."""
    found = tiers_in_order() if tiers is None else list(tiers)
    compiler, placed = placed_statement(found, _definitions(found), now)
    statement = Sql("SELECT id, target, origin FROM (") + placed
    statement += Sql(") q WHERE NOT kept AND coalesce(origin, 0) <> coalesce(target, 0) ORDER BY id")
    return [
        (pk, target, origin)
        for pk, target, origin in rows_of(compiler.with_sets(statement))
        if moves(origin, target, with_leaving)
    ]


def draft_tiering(*, with_leaving: bool = False, actor: Actor, now: datetime) -> MoveRun:
    """Keeps everybody who isn't where the criteria say as a bulk move for preview; nobody moves yet.

    ``with_leaving``: who fits no group is taken out of theirs. Raises DomainError ``nobody_chosen``.
    """
    rows = misplaced(now, with_leaving=with_leaving)
    return draft_targets(rows=rows, source=MoveSource.TIERING, actor=actor, now=now)


@dataclass(frozen=True, slots=True)
class Placed:
    """A customer of a cell, with whether and why each group's criteria fit, by the group's id."""

    customer: Customer
    pinned: bool
    reasons: Mapping[int, Reason]


def people_of_cell(
    origin: int | None, target: int | None, now: datetime, *, first: int, count: int
) -> tuple[list[Placed], int]:
    """The customers of a cell from the ``first`` on, by name, with the reasons; and how many there are in all.

    Three statements, however many.
    """
    tiers = tiers_in_order()
    compiler, placed = placed_statement(tiers, _definitions(tiers), now)
    where = Sql(") q WHERE coalesce(origin, 0) = %s AND coalesce(target, 0) = %s", (origin or 0, target or 0))
    kept = dict(rows_of(compiler.with_sets(Sql("SELECT id, kept FROM (") + placed + where)))
    order = ("last_name", "first_name", "pk")
    people = list(having_ids(Customer.objects.all(), list(kept)).order_by(*order)[first : first + count])
    reasons = _reasons(tiers, [person.pk for person in people], now)
    return [Placed(person, bool(kept[person.pk]), reasons[person.pk]) for person in people], len(kept)


def reasons_for(customer: Customer, now: datetime) -> tuple[list[Tier], Mapping[int, Reason]]:
    """The tiers, and whether and why the criteria of each fit somebody."""
    tiers = tiers_in_order()
    return tiers, _reasons(tiers, [customer.pk], now)[customer.pk]


def _reasons(tiers: Sequence[Tier], ids: Sequence[int], now: datetime) -> dict[int, dict[int, Reason]]:
    """For each customer, by group, whether and why its criteria fit; one statement for all."""
    compiler = Compiler(definitions=_definitions(tiers), now=now, only=ids[0] if len(ids) == 1 else None)
    asked = list(dict.fromkeys(one for tier in tiers if tier.node for one in conditions(tier.node)))
    if not ids or not asked:
        return {pk: {} for pk in ids}
    columns = [Sql("SELECT c.id")]
    columns += [
        Sql("CASE WHEN c.id IN (SELECT id FROM (") + compiler.ids(one) + Sql(") q) THEN 1 ELSE 0 END")
        for one in asked
    ]
    statement = joined(columns, ",") + Sql("FROM customers_customer c WHERE")
    statement += among("c.id", list(ids), kind="bigint")
    found: dict[int, dict[int, Reason]] = {}
    for pk, *holds in rows_of(compiler.with_sets(statement)):
        known: dict[Condition, bool] = dict(zip(asked, map(bool, holds), strict=True))
        found[pk] = {tier.group.pk: reason_of(tier.node, known) for tier in tiers if tier.node is not None}
    return found
