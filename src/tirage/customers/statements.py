"""Hand-written statements of bulk moves, on both engines: tens of thousands of customers, few statements a portion."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from tirage.core.sql import fetch_all, fetch_one, for_update, is_postgresql, moment_in, run
from tirage.customers.models import MoveRun
from tirage.customers.states import GroupKind, MoveKind, MoveOutcome

#: A customer's groups as they are kept with a row: ``[[group id, since], …]``, in the order of joining.
_GROUPS = {
    True: """coalesce((SELECT jsonb_agg(jsonb_build_array(m.group_id,
        to_char(m.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) ORDER BY m.id)
        FROM customers_membership m WHERE m.customer_id = {customer}), '[]'::jsonb)""",
    False: """(SELECT coalesce(json_group_array(json_array(o.group_id, o.since || '+00:00')), '[]') FROM
        (SELECT m.group_id, m.since FROM customers_membership m WHERE m.customer_id = {customer} ORDER BY m.id) o)""",
}
#: Their ids alone, as one text, so that customers of the same groups are counted together.
_COMBINATION = {
    True: """coalesce((SELECT string_agg(m.group_id::text, ',' ORDER BY m.group_id)
        FROM customers_membership m WHERE m.customer_id = {customer}), '')""",
    False: """coalesce((SELECT group_concat(o.group_id, ',') FROM (SELECT m.group_id FROM customers_membership m
        WHERE m.customer_id = {customer} ORDER BY m.group_id) o), '')""",
}
_IDS = {
    True: "unnest(%s::bigint[]) WITH ORDINALITY AS chosen (value, place)",
    False: "(SELECT value, key AS place FROM json_each(%s)) AS chosen",
}
_EMPTY = {True: "'[]'::jsonb", False: "'[]'"}
_PORTION = "run_id = %s AND id BETWEEN %s AND %s"


def _groups() -> str:
    return _GROUPS[is_postgresql()].format(customer="customers_moverow.customer_id")


def _ids(customer_ids: Sequence[int]) -> object:
    return list(customer_ids) if is_postgresql() else json.dumps(list(customer_ids))


def insert_rows(move: MoveRun, customer_ids: Sequence[int]) -> None:
    """A waiting row for each customer, in this order."""
    empty, ids = _EMPTY[is_postgresql()], _IDS[is_postgresql()]
    run(
        f"""INSERT INTO customers_moverow (run_id, customer_id, outcome, "before", "after")
        SELECT %s, value, 'waiting', {empty}, {empty} FROM {ids} ORDER BY place""",  # fixed words
        [move.pk, _ids(customer_ids)],
    )


def combinations_of_run(move: MoveRun) -> list[tuple[tuple[int, ...], int]]:
    """The groups that the run's customers are in together, and how many are in just these."""
    combination = _COMBINATION[is_postgresql()].format(customer="customers_moverow.customer_id")
    rows = fetch_all(
        f"""SELECT combination, count(*) AS customers FROM
        (SELECT {combination} AS combination FROM customers_moverow WHERE run_id = %s) AS each_one
        GROUP BY combination""",  # fixed words
        [move.pk],
    )
    return [
        (tuple(int(pk) for pk in row["combination"].split(",") if pk), int(row["customers"])) for row in rows
    ]


def next_portion(move: MoveRun, outcome: MoveOutcome, limit: int) -> tuple[int, int, int] | None:
    """First and last id of the next rows in that state, and how many they are; None when there are none."""
    row = fetch_one(
        """SELECT min(id) AS first, max(id) AS last, count(*) AS rows FROM (SELECT id FROM customers_moverow
        WHERE run_id = %s AND outcome = %s ORDER BY id LIMIT %s) AS portion""",
        [move.pk, outcome.value, limit],
    )
    return (row["first"], row["last"], row["rows"]) if row and row["rows"] else None


def lock_customers(move: MoveRun, first: int, last: int) -> None:
    """Locks the customers of the portion, in the order of all locks."""
    fetch_all(
        f"""SELECT id FROM customers_customer WHERE id IN
        (SELECT customer_id FROM customers_moverow WHERE {_PORTION}) ORDER BY id{for_update()}""",  # fixed words
        [move.pk, first, last],
    )


def decide_portion(move: MoveRun, first: int, last: int) -> None:
    """Writes the groups of before, and for each waiting row what is to become of it."""
    inside = "EXISTS (SELECT 1 FROM customers_membership m WHERE m.customer_id = {c} AND m.group_id = %s)"
    others = "EXISTS (SELECT 1 FROM customers_membership m WHERE m.customer_id = {c} AND m.group_id <> %s)"
    tier = others.replace("<> %s", f"<> %s AND m.kind = '{GroupKind.ALLOCATION.value}'")
    group = move.group_id
    if move.kind == MoveKind.MOVE:
        cases, parameters = f"WHEN {inside} AND NOT {others} THEN 'unchanged'", [group, group]
    elif move.group.kind == GroupKind.ALLOCATION:
        cases, parameters = f"WHEN {inside} THEN 'unchanged' WHEN {tier} THEN 'refused'", [group, group]
    else:
        cases, parameters = f"WHEN {inside} THEN 'unchanged'", [group]
    decided = f"CASE {cases} ELSE 'done' END".format(c="customers_moverow.customer_id")
    groups = _groups()
    run(
        f"""UPDATE customers_moverow SET "before" = {groups}, "after" = {groups}, outcome = {decided}
        WHERE {_PORTION} AND outcome = 'waiting'""",  # fixed words
        [*parameters, move.pk, first, last],
    )


def move_portion(move: MoveRun, first: int, last: int, now: datetime) -> None:
    """Changes the groups of the rows that are decided, and writes the groups of after."""
    moving = f"SELECT customer_id FROM customers_moverow WHERE {_PORTION} AND outcome = 'done'"
    place = [move.pk, first, last]
    moment = "%s::timestamptz" if is_postgresql() else "%s"
    if move.kind == MoveKind.MOVE:
        # Who was in which group until when is kept, as ``Membership.objects.end`` keeps it.
        run(
            f"""INSERT INTO customers_pastmembership (customer_id, group_id, since, until)
            SELECT m.customer_id, m.group_id, m.since, {moment} FROM customers_membership m
            WHERE m.group_id <> %s AND m.customer_id IN ({moving})""",  # fixed words
            [moment_in(now), move.group_id, *place],
        )
        run(
            f"DELETE FROM customers_membership WHERE group_id <> %s AND customer_id IN ({moving})",
            [move.group_id, *place],
        )
    run(
        f"""INSERT INTO customers_membership (customer_id, group_id, kind, since)
        SELECT moving.customer_id, %s, %s, {moment} FROM ({moving}) AS moving
        WHERE NOT EXISTS (SELECT 1 FROM customers_membership m
        WHERE m.customer_id = moving.customer_id AND m.group_id = %s)""",  # fixed words
        [move.group_id, move.group.kind, moment_in(now), *place, move.group_id],
    )
    run(
        f"""UPDATE customers_moverow SET "after" = {_groups()} WHERE {_PORTION} AND outcome = 'done'""",
        place,
    )
