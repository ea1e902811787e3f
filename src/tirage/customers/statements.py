"""Hand-written statements of bulk moves, on both engines: tens of thousands of customers, few statements a portion."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tirage.core.sql import fetch_all, fetch_one, for_update, is_postgresql, moment_in, run
from tirage.customers.models import MOST_WORDS, MoveRun
from tirage.customers.states import GroupKind, MoveKind, MoveOutcome, MoveSource

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


def insert_targets(move: MoveRun, rows: Sequence[tuple[int, int | None, int | None]]) -> None:
    """A waiting row for each customer with target and present allocation group, in this order."""
    empty = _EMPTY[is_postgresql()]
    if is_postgresql():
        chosen = (
            "SELECT c, t, o FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) WITH ORDINALITY"
            " AS chosen (c, t, o, place) ORDER BY place"
        )
        columns: list[object] = [[row[at] for row in rows] for at in range(3)]
    else:
        chosen = (
            "SELECT json_extract(value, '$[0]') AS c, json_extract(value, '$[1]') AS t,"
            " json_extract(value, '$[2]') AS o FROM json_each(%s) ORDER BY key"
        )
        columns = [json.dumps(list(rows))]
    run(
        f"""INSERT INTO customers_moverow (run_id, customer_id, outcome, "before", "after", target_id, origin_id)
        SELECT %s, c, 'waiting', {empty}, {empty}, t, o FROM ({chosen}) AS rows_of_it""",  # fixed words
        [move.pk, *columns],
    )


@dataclass(frozen=True, slots=True)
class Combination:
    """``customers`` of a run who are in just these groups, go to ``target`` and were in ``origin``."""

    groups: tuple[int, ...]
    target: int | None
    origin: int | None
    pinned: bool
    customers: int


def combinations_of_run(move: MoveRun) -> list[Combination]:
    """The groups that the run's customers are in together and where they go, and how many do just that."""
    combination = _COMBINATION[is_postgresql()].format(customer="customers_moverow.customer_id")
    rows = fetch_all(
        f"""SELECT combination, target, origin_id, pinned, count(*) AS customers FROM
        (SELECT {combination} AS combination, {_target(move)} AS target, origin_id, {_PINNED} AS pinned
        FROM customers_moverow WHERE run_id = %s) AS each_one
        GROUP BY combination, target, origin_id, pinned""",  # fixed words
        [move.pk],
    )
    return [
        Combination(
            tuple(int(pk) for pk in row["combination"].split(",") if pk),
            row["target"],
            row["origin_id"],
            bool(row["pinned"]),
            int(row["customers"]),
        )
        for row in rows
    ]


_PINNED = "EXISTS (SELECT 1 FROM customers_tierpin p WHERE p.customer_id = customers_moverow.customer_id)"


def _target(move: MoveRun) -> str:
    """Where a row's customer goes: to the run's group, or to its own."""
    return "customers_moverow.target_id" if move.group_id is None else f"{int(move.group_id)}"


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
    groups, decided = _groups(), " ".join(_cases(move))
    run(
        f"""UPDATE customers_moverow SET "before" = {groups}, "after" = {groups},
        outcome = CASE {decided} ELSE 'done' END
        WHERE {_PORTION} AND outcome = 'waiting'""",  # fixed words
        [move.pk, first, last],
    )


def _cases(move: MoveRun) -> list[str]:
    """When a customer isn't moved, and what that is called; the first that is true counts."""
    target = _target(move)
    mine = "SELECT 1 FROM customers_membership m WHERE m.customer_id = customers_moverow.customer_id"
    inside = f"EXISTS ({mine} AND m.group_id = {target})"
    others = f"EXISTS ({mine} AND m.group_id <> {target})"
    if move.kind == MoveKind.MOVE:
        return [f"WHEN {inside} AND NOT {others} THEN 'unchanged'"]
    if move.kind == MoveKind.LEAVE:
        return [f"WHEN NOT {inside} THEN 'unchanged'"]
    if move.kind == MoveKind.ADD:
        tier = f"EXISTS ({mine} AND m.group_id <> {target} AND m.kind = '{_ALLOCATION}')"
        kind = f"(SELECT g.kind FROM customers_group g WHERE g.id = {target})"
        refused = f"WHEN {kind} = '{_ALLOCATION}' AND {tier} THEN 'refused'"
        return [f"WHEN {inside} THEN 'unchanged'", refused]
    present = f"coalesce(({mine.replace('SELECT 1', 'SELECT m.group_id')} AND m.kind = '{_ALLOCATION}'), 0)"
    cases = [f"WHEN {present} = coalesce({target}, 0) THEN 'unchanged'"]
    if move.source == MoveSource.TIERING:
        cases.append(f"WHEN {_PINNED} THEN 'pinned'")
        cases.append(f"WHEN {present} <> coalesce(customers_moverow.origin_id, 0) THEN 'overtaken'")
    return cases


def move_portion(move: MoveRun, first: int, last: int, by: str, now: datetime) -> None:
    """Changes the groups of the rows that are decided, and writes the groups of after; ``by``: who moves them."""
    moving = f"FROM customers_moverow WHERE {_PORTION} AND outcome = 'done'"
    place = [move.pk, first, last]
    moment, text = ("%s::timestamptz", "%s::text") if is_postgresql() else ("%s", "%s")
    said = [by[:MOST_WORDS], move.why[:MOST_WORDS]]
    pairs = f"(SELECT customers_moverow.customer_id, {_target(move)} AS target {moving}) AS moving"
    gone = _GONE[MoveKind(move.kind)]
    if gone:
        # Who was in which group until when is kept, as ``Membership.objects.end`` keeps it.
        run(
            f"""INSERT INTO customers_pastmembership
            (customer_id, group_id, since, until, joined_by, joined_why, left_by, left_why)
            SELECT m.customer_id, m.group_id, m.since, {moment}, m.joined_by, m.joined_why, {text}, {text}
            FROM customers_membership m JOIN {pairs} ON moving.customer_id = m.customer_id
            WHERE {gone}""",  # fixed words
            [moment_in(now), *said, *place],
        )
        run(
            f"""DELETE FROM customers_membership WHERE id IN (SELECT m.id FROM customers_membership m
            JOIN {pairs} ON moving.customer_id = m.customer_id WHERE {gone})""",  # fixed words
            place,
        )
    if move.kind != MoveKind.LEAVE:
        run(
            f"""INSERT INTO customers_membership (customer_id, group_id, kind, since, joined_by, joined_why)
            SELECT moving.customer_id, g.id, g.kind, {moment}, {text}, {text} FROM {pairs}
            JOIN customers_group g ON g.id = moving.target WHERE NOT EXISTS (SELECT 1 FROM customers_membership m
            WHERE m.customer_id = moving.customer_id AND m.group_id = g.id)""",  # fixed words
            [moment_in(now), *said, *place],
        )
    run(
        f"""UPDATE customers_moverow SET "after" = {_groups()} WHERE {_PORTION} AND outcome = 'done'""",
        place,
    )


_ALLOCATION = GroupKind.ALLOCATION.value
#: Which memberships ``m`` end for a customer who goes to ``moving.target``.
_GONE = {
    MoveKind.ADD: "",
    MoveKind.MOVE: "m.group_id <> moving.target",
    MoveKind.LEAVE: "m.group_id = moving.target",
    MoveKind.TIER: f"m.kind = '{_ALLOCATION}' AND m.group_id <> coalesce(moving.target, 0)",
}
