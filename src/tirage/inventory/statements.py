"""The hand-written statements behind holds: the contended rows of a release day.

Written out because each saves milliseconds of Python per customer at 9:00 (docs/performance.md has the figures).
Callers hold a transaction; rows are always locked by primary key.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tirage.core.sql import fetch_all, for_update, is_postgresql, moment_out, run, run_each

#: The end of holds that are being let go; it is never stored.
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LockedCounters:
    """A stock row's counters, read under its lock; nothing else may decide on availability."""

    stock_id: int
    on_hand: int
    sold: int
    held: int
    #: What lots sold en primeur will bring.
    expected: int = 0

    @property
    def free(self) -> int:
        return self.on_hand + self.expected - self.sold - self.held


def lock_counters(stock_ids: Sequence[int]) -> dict[int, LockedCounters]:
    """Locks the rows in primary key order and reads them."""
    if not stock_ids:
        return {}
    rows = fetch_all(
        f"SELECT id, on_hand, sold, held, expected FROM inventory_stock WHERE id IN ({_marks(stock_ids)}) ORDER BY id"
        + for_update(),
        list(stock_ids),
    )
    return {row["id"]: _counters(row) for row in rows}


def free_now(stock_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """Pieces that are free, or would be once lapsed holds are tidied away; no lock, so nobody may sell by it."""
    if not stock_ids:
        return {}
    rows = fetch_all(
        "SELECT s.id, CAST(s.on_hand AS bigint) + s.expected - s.sold - s.held"
        " + coalesce((SELECT sum(h.quantity) FROM inventory_hold h"
        " WHERE h.stock_id = s.id AND h.expires_at <= %s), 0) AS free"
        f" FROM inventory_stock s WHERE s.id IN ({_marks(stock_ids)})",
        [now, *stock_ids],
    )
    return {row["id"]: int(row["free"]) for row in rows}


def lock_counters_by_sku(sku_ids: Collection[int]) -> dict[int, LockedCounters]:
    """The same by sku id; skus without a stock row are left out."""
    if not sku_ids:
        return {}
    rows = fetch_all(
        f"SELECT id, sku_id, on_hand, sold, held, expected FROM inventory_stock WHERE sku_id IN ({_marks(sku_ids)})"
        " ORDER BY id" + for_update(),
        list(sku_ids),
    )
    return {row["sku_id"]: _counters(row) for row in rows}


def _counters(row: dict[str, Any]) -> LockedCounters:
    return LockedCounters(row["id"], row["on_hand"], row["sold"], row["held"], row["expected"])


def holds_of(holder: str, stock_ids: Sequence[int]) -> dict[int, int]:
    """What the holder has of these stocks, lapsed or not, in pieces."""
    if not stock_ids:
        return {}
    rows = fetch_all(
        f"SELECT stock_id, quantity FROM inventory_hold WHERE holder = %s AND stock_id IN ({_marks(stock_ids)})",
        [holder, *stock_ids],
    )
    return {row["stock_id"]: row["quantity"] for row in rows}


def holds_with_ends(holder: str, stock_ids: Sequence[int]) -> dict[int, tuple[int, datetime | None]]:
    """The same with when each ends."""
    if not stock_ids:
        return {}
    rows = fetch_all(
        "SELECT stock_id, quantity, expires_at FROM inventory_hold"
        f" WHERE holder = %s AND stock_id IN ({_marks(stock_ids)})",
        [holder, *stock_ids],
    )
    return {row["stock_id"]: (row["quantity"], moment_out(row["expires_at"])) for row in rows}


def write_holds(holder: str, before_after: Mapping[int, tuple[int, int]], expires_at: datetime) -> None:
    """Makes the holder's holds what ``before_after`` (stock id to pieces before, after) says, counters included."""
    kept = {id: after for id, (_, after) in before_after.items() if after}
    gone = [id for id, (before, after) in before_after.items() if before and not after]
    if gone:
        run(
            f"DELETE FROM inventory_hold WHERE holder = %s AND stock_id IN ({_marks(gone)})",
            [holder, *gone],
        )
    if kept and not gone and is_postgresql():
        _write_at_once(holder, before_after, expires_at)
        return
    if kept:
        rows = [
            value for id, quantity in sorted(kept.items()) for value in (id, holder, quantity, expires_at)
        ]
        run(
            "INSERT INTO inventory_hold (stock_id, holder, quantity, expires_at) VALUES "
            + ", ".join(["(%s, %s, %s, %s)"] * len(kept))
            + " ON CONFLICT (holder, stock_id) DO UPDATE"
            " SET quantity = excluded.quantity, expires_at = excluded.expires_at",
            rows,
        )
    shift({id: (after - before, 0) for id, (before, after) in before_after.items()})


def _write_at_once(holder: str, before_after: Mapping[int, tuple[int, int]], expires_at: datetime) -> None:
    """Holds and counters of locked stocks in one statement."""
    rows = [(id, before, after) for id, (before, after) in sorted(before_after.items()) if after]
    run(
        """
        WITH c AS (
            SELECT * FROM unnest(%(ids)s::bigint[], %(before)s::int[], %(after)s::int[]) AS u(id, before, after)),
        h AS (
            INSERT INTO inventory_hold (stock_id, holder, quantity, expires_at)
            SELECT c.id, %(holder)s, c.after, %(expires_at)s FROM c
            ON CONFLICT (holder, stock_id) DO UPDATE
            SET quantity = excluded.quantity, expires_at = excluded.expires_at)
        UPDATE inventory_stock s SET held = s.held + c.after - c.before FROM c
        WHERE s.id = c.id AND c.after <> c.before
        """,
        {
            "ids": [row[0] for row in rows],
            "before": [row[1] for row in rows],
            "after": [row[2] for row in rows],
            "holder": holder,
            "expires_at": expires_at,
        },
    )


def drop_holds(holder: str, stock_ids: Sequence[int]) -> None:
    """Lets the holder's holds on locked stocks go."""
    had = holds_of(holder, stock_ids)
    write_holds(holder, {id: (quantity, 0) for id, quantity in had.items()}, _NEVER)


def drop_lapsed(stock_id: int, keep_holder: str, now: datetime) -> int:
    """Deletes the lapsed holds of one locked stock, but for one holder's; how many rows."""
    rows = fetch_all(
        "DELETE FROM inventory_hold WHERE stock_id = %s AND expires_at <= %s AND holder <> %s RETURNING quantity",
        [stock_id, now, keep_holder],
    )
    if rows:
        shift({stock_id: (-sum(row["quantity"] for row in rows), 0)})
    return len(rows)


def turn_holds_into_sold(holder: str, quantities: Mapping[int, int]) -> bool:
    """Deletes the holder's holds and moves their pieces from held to sold; False when they aren't ``quantities``."""
    if is_postgresql():
        return _turn_at_once(holder, quantities)
    had = holds_of(holder, sorted(quantities))
    if had != dict(quantities):
        return False
    run(
        f"DELETE FROM inventory_hold WHERE holder = %s AND stock_id IN ({_marks(sorted(had))})",
        [holder, *sorted(had)],
    )
    shift({id: (-quantity, quantity) for id, quantity in had.items()})
    return True


def _turn_at_once(holder: str, quantities: Mapping[int, int]) -> bool:
    """The same as one statement: lock in order, delete, count. The caller rolls back when too few rows changed."""
    ids = sorted(quantities)
    changed = run(
        """
        WITH wanted AS (SELECT unnest(%(ids)s::bigint[]) AS id, unnest(%(quantities)s::int[]) AS quantity),
        locked AS MATERIALIZED (
            SELECT id FROM inventory_stock WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id FOR UPDATE),
        gone AS (
            DELETE FROM inventory_hold h USING wanted w, locked l
            WHERE h.holder = %(holder)s AND h.stock_id = w.id AND h.quantity = w.quantity AND l.id = w.id
            RETURNING h.stock_id, h.quantity)
        UPDATE inventory_stock s SET held = s.held - g.quantity, sold = s.sold + g.quantity
        FROM gone g WHERE s.id = g.stock_id
        """,
        {"holder": holder, "ids": ids, "quantities": [quantities[id] for id in ids]},
    )
    return changed == len(ids)


def shift(changes: Mapping[int, tuple[int, int]]) -> None:
    """Adds (held, sold) to the counters of locked stocks; the last statement before the commit."""
    rows = [(held, sold, id) for id, (held, sold) in sorted(changes.items()) if held or sold]
    if not rows:
        return
    if is_postgresql() and len(rows) > 1:
        run(
            """
            UPDATE inventory_stock s SET held = s.held + c.held, sold = s.sold + c.sold
            FROM unnest(%s::int[], %s::int[], %s::bigint[]) AS c(held, sold, id) WHERE s.id = c.id
            """,
            [list(column) for column in zip(*rows, strict=True)],
        )
        return
    run_each("UPDATE inventory_stock SET held = held + %s, sold = sold + %s WHERE id = %s", rows)


def ship(quantities: Mapping[int, int]) -> None:
    """Takes promised pieces of locked stocks out of the cellar."""
    rows = [(pieces, pieces, id) for id, pieces in sorted(quantities.items())]
    run_each("UPDATE inventory_stock SET on_hand = on_hand - %s, sold = sold - %s WHERE id = %s", rows)


def _marks(values: Collection[object]) -> str:
    return ", ".join(["%s"] * len(values))
