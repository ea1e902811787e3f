"""Writing a whole order: one statement on PostgreSQL, one per table on SQLite."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tirage.core.sql import fetch_all, fetch_one, is_postgresql, run, run_each
from tirage.orders.states import ChargeKind
from tirage.taxes.protocol import TaxLine
from tirage.taxes.rules import TaxPart, part_of


@dataclass(frozen=True, slots=True)
class NewLine:
    """Pieces of a sku at a price in minor units."""

    sku_id: int
    offer_item_id: int | None
    quantity: int
    unit_price_minor: int


@dataclass(frozen=True, slots=True)
class NewCharge:
    """An amount that is not wine.

    A discount may be for a line, the wine ``sku_id`` at ``unit_price_minor``, and for ``pieces`` of it: as many more of
    them are made cheaper by this entry or, negative, have gone with what they were given.
    """

    kind: str
    amount_minor: int
    description: str
    sku_id: int | None = None
    unit_price_minor: int | None = None
    pieces: int = 0
    #: Of a tax: what it is, what it is reckoned on, and what of it is in the price already.
    tax: TaxPart | None = None
    base_minor: int = 0
    included_minor: int = 0

    @property
    def counts(self) -> bool:
        return bool(self.amount_minor or self.base_minor or self.included_minor)

    @property
    def tax_columns(self) -> tuple[str, str, int, int, int, str]:
        """In the order of ``TAX_COLUMNS``."""
        part = self.tax or TaxPart("", "")
        return (
            part.kind,
            part.jurisdiction[:80],
            part.rate_ppm,
            self.base_minor,
            self.included_minor,
            part.source[:200],
        )


def tax_charges(lines: Iterable[TaxLine]) -> list[NewCharge]:
    """Taxes as they go on the ledger."""
    return [
        NewCharge(
            ChargeKind.TAX.value,
            0 if line.included else line.amount_minor,
            line.name,
            tax=part_of(line),
            base_minor=line.base_minor,
            included_minor=line.amount_minor if line.included else 0,
        )
        for line in lines
    ]


#: Columns of a charge that say what is taxed, where and by whom.
TAX_COLUMNS = "tax_kind, jurisdiction, rate_ppm, base_minor, included_minor, tax_source"

#: Columns of an order that its writer fills, in the order of the statements below.
ORDER_COLUMNS = (
    "reference",
    "customer_id",
    "release_id",
    "offer_id",
    "group_id",
    "state",
    "channel",
    "currency",
    "made_at",
    "placed_at",
    "method_id",
    "recipient",
    "company",
    "line1",
    "line2",
    "city",
    "ship_state",
    "postal_code",
    "country",
    "phone",
    "location",
    "gift_note",
    "terms",
    "attention",
    "owed_minor",
    "paid_minor",
)


def insert_order(
    values: Sequence[Any],
    *,
    kind: str,
    at: datetime,
    actor_label: str,
    lines: Sequence[NewLine],
    charges: Sequence[NewCharge],
) -> int | None:
    """Writes the order (``values`` in the order of ``ORDER_COLUMNS``), its first change, lines and charges; its id.

    None, with nothing written, when its reference is taken.
    """
    if is_postgresql():
        return _insert_at_once(values, kind, at, actor_label, lines, charges)
    order_id = _insert(f"orders_order ({', '.join(ORDER_COLUMNS)})", values, _UNLESS_TAKEN)
    if order_id is None:
        return None
    owed = values[ORDER_COLUMNS.index("owed_minor")]
    change_id = _insert(
        "orders_orderchange (order_id, number, kind, at, actor_label, reason, difference_minor, details)",
        [order_id, 1, kind, at, actor_label, "", owed, "{}"],
    )
    if change_id is None:
        raise RuntimeError("an insert always returns its row")
    insert_entries(order_id, change_id, lines, charges)
    return order_id


def insert_change(
    order_id: int,
    *,
    kind: str,
    at: datetime,
    actor_label: str,
    reason: str,
    difference_minor: int,
    details: Mapping[str, Sequence[str]],
) -> tuple[int, int]:
    """Adds a change to a locked order; its id, and its number, which is the next."""
    row = fetch_one(
        f"""
        INSERT INTO orders_orderchange (order_id, number, kind, at, actor_label, reason, difference_minor, details)
        SELECT %(order)s, count(*) + 1, %(kind)s, {_cast("at", "timestamptz")}, %(actor_label)s, %(reason)s,
               {_cast("difference", "bigint")}, {_cast("details", "jsonb")}
        FROM orders_orderchange WHERE order_id = %(order)s
        RETURNING id, number
        """,
        {
            "order": order_id,
            "kind": kind,
            "at": at,
            "actor_label": actor_label,
            "reason": reason,
            "difference": difference_minor,
            "details": json.dumps(details),
        },
    )
    if row is None:
        raise RuntimeError("an insert always returns its row")
    return int(row["id"]), int(row["number"])


def _cast(name: str, kind: str) -> str:
    return f"%({name})s::{kind}" if is_postgresql() else f"%({name})s"


def insert_entries(
    order_id: int, change_id: int, lines: Sequence[NewLine], charges: Sequence[NewCharge]
) -> None:
    """Adds a change's lines and charges to the ledger."""
    if lines:
        run_each(
            "INSERT INTO orders_orderline (order_id, change_id, sku_id, offer_item_id, quantity, unit_price_minor)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [
                (order_id, change_id, line.sku_id, line.offer_item_id, line.quantity, line.unit_price_minor)
                for line in lines
            ],
        )
    if charges:
        run_each(
            "INSERT INTO orders_ordercharge"
            f" (order_id, change_id, kind, amount_minor, description, sku_id, unit_price_minor, pieces, {TAX_COLUMNS})"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    order_id,
                    change_id,
                    charge.kind,
                    charge.amount_minor,
                    charge.description,
                    charge.sku_id,
                    charge.unit_price_minor,
                    None if charge.sku_id is None else charge.pieces,
                    *charge.tax_columns,
                )
                for charge in charges
            ],
        )


def overdrawn_lines(order_id: int) -> list[dict[str, Any]]:
    """Lines of an order, by wine and price, that were given back more than they come to; ``wine`` is what they cost."""
    return fetch_all(
        """
        SELECT x.sku_id, x.unit_price_minor, sum(x.wine) AS wine, sum(x.off) AS off FROM (
            SELECT sku_id, unit_price_minor, quantity * unit_price_minor AS wine, 0 AS off
            FROM orders_orderline WHERE order_id = %(order)s
            UNION ALL
            SELECT sku_id, unit_price_minor, 0, amount_minor FROM orders_ordercharge
            WHERE order_id = %(order)s AND sku_id IS NOT NULL) x
        GROUP BY x.sku_id, x.unit_price_minor HAVING sum(x.off) < 0 AND sum(x.wine) + sum(x.off) < 0
        """,
        {"order": order_id},
    )


_UNLESS_TAKEN = "ON CONFLICT (reference) DO NOTHING"


def _insert(into: str, values: Sequence[Any], conflict: str = "") -> int | None:
    marks = ", ".join(["%s"] * len(values))
    row = fetch_one(f"INSERT INTO {into} VALUES ({marks}) {conflict} RETURNING id", values)
    return int(row["id"]) if row else None


def _insert_at_once(
    values: Sequence[Any],
    kind: str,
    at: datetime,
    actor_label: str,
    lines: Sequence[NewLine],
    charges: Sequence[NewCharge],
) -> int | None:
    row = fetch_one(
        f"""
        WITH o AS (
            INSERT INTO orders_order ({", ".join(ORDER_COLUMNS)})
            VALUES ({", ".join(["%s"] * len(ORDER_COLUMNS))}) {_UNLESS_TAKEN} RETURNING id, owed_minor),
        c AS (
            INSERT INTO orders_orderchange
                (order_id, number, kind, at, actor_label, reason, difference_minor, details)
            SELECT id, 1, %s, %s, %s, '', owed_minor, '{{}}' FROM o RETURNING id, order_id),
        l AS (
            INSERT INTO orders_orderline (order_id, change_id, sku_id, offer_item_id, quantity, unit_price_minor)
            SELECT c.order_id, c.id, x.* FROM c, unnest(%s::bigint[], %s::bigint[], %s::int[], %s::bigint[]) AS x),
        g AS (
            INSERT INTO orders_ordercharge (order_id, change_id, kind, amount_minor, description, {TAX_COLUMNS})
            SELECT c.order_id, c.id, x.* FROM c, unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[],
                %s::int[], %s::bigint[], %s::bigint[], %s::text[]) AS x)
        SELECT id FROM o
        """,
        [
            *values,
            kind,
            at,
            actor_label,
            [line.sku_id for line in lines],
            [line.offer_item_id for line in lines],
            [line.quantity for line in lines],
            [line.unit_price_minor for line in lines],
            [charge.kind for charge in charges],
            [charge.amount_minor for charge in charges],
            [charge.description for charge in charges],
            *([charge.tax_columns[column] for charge in charges] for column in range(6)),
        ],
    )
    return int(row["id"]) if row else None


#: What the ledger says of an order: its wine after discounts, and its bottles.
_FIGURES = """
    wine_minor = (SELECT coalesce(sum(l.quantity * l.unit_price_minor), 0) FROM orders_orderline l
                  WHERE l.order_id = orders_order.id)
               + (SELECT coalesce(sum(g.amount_minor), 0) FROM orders_ordercharge g
                  WHERE g.order_id = orders_order.id AND g.kind = 'discount'),
    bottle_count = (SELECT coalesce(sum(CAST(l.quantity AS bigint) * k.units), 0) FROM orders_orderline l
               JOIN catalog_sku k ON k.id = l.sku_id WHERE l.order_id = orders_order.id)
"""


def recount_order(order_id: int, *, owed_minor: int = 0) -> None:
    """Makes an order's own figures agree with its ledger again, after a cancel or a change.

    With it what the change adds to what is owed (negative takes off).
    """
    run(
        f"UPDATE orders_order SET owed_minor = owed_minor + %s, {_FIGURES} WHERE id = %s",
        [owed_minor, order_id],
    )


def recount_orders(first: int, last: int) -> None:
    """As ``recount_order``, for orders that were written as a whole: those of these ids, both included."""
    run(f"UPDATE orders_order SET {_FIGURES} WHERE id BETWEEN %s AND %s", [first, last])


def place_paid(order_id: int, paid_minor: int, now: datetime) -> dict[str, Any] | None:
    """Places a pending order, or test order, with its first money; its facts, or None when it isn't pending."""
    return fetch_one(
        """
        UPDATE orders_order SET state = CASE state WHEN 'pending' THEN 'placed' ELSE 'test' END, placed_at = %(now)s,
            paid_minor = paid_minor + %(paid)s,
            """
        + _FIGURES
        + """
        WHERE id = %(order)s AND state IN ('pending', 'trying')
        RETURNING customer_id, reference, paid_minor, state,
            (SELECT r.kind FROM offers_release r WHERE r.id = release_id) AS release_kind
        """,
        {"order": order_id, "paid": paid_minor, "now": now},
    )


def add_paid(order_id: int, paid_minor: int) -> str:
    """Books money (negative for a refund) on an order in whatever state; why somebody should look at it, if so."""
    row = fetch_one(
        "UPDATE orders_order SET paid_minor = paid_minor + %s WHERE id = %s RETURNING attention",
        [paid_minor, order_id],
    )
    return str(row["attention"]) if row else ""


def count_order(customer_id: int, order_id: int, now: datetime) -> None:
    """Adds a placed order to its customer's figures: the wine after discounts, without delivery and tax."""
    run(
        """
        UPDATE customers_customer SET orders_count = orders_count + 1,
            lifetime_minor = lifetime_minor
                + (SELECT coalesce(sum(quantity * unit_price_minor), 0) FROM orders_orderline
                   WHERE order_id = %(order)s)
                + (SELECT coalesce(sum(amount_minor), 0) FROM orders_ordercharge
                   WHERE order_id = %(order)s AND kind = 'discount'),
            first_order_at = CASE WHEN first_order_at < %(now)s THEN first_order_at ELSE %(now)s END,
            last_order_at = CASE WHEN last_order_at > %(now)s THEN last_order_at ELSE %(now)s END
        WHERE id = %(customer)s
        """,
        {"customer": customer_id, "order": order_id, "now": now},
    )


def recount_customer(customer_id: int) -> None:
    """Makes a customer's figures agree with the ledger again, after a cancel or a change."""
    run(
        """
        UPDATE customers_customer SET
            orders_count = (SELECT count(*) FROM orders_order o
                            WHERE o.customer_id = customers_customer.id AND o.state IN ('placed', 'shipped')),
            lifetime_minor = (
                SELECT coalesce(sum(l.quantity * l.unit_price_minor), 0) FROM orders_orderline l
                JOIN orders_order o ON o.id = l.order_id
                WHERE o.customer_id = customers_customer.id AND o.state IN ('placed', 'shipped'))
              + (SELECT coalesce(sum(g.amount_minor), 0) FROM orders_ordercharge g
                JOIN orders_order o ON o.id = g.order_id
                WHERE o.customer_id = customers_customer.id AND o.state IN ('placed', 'shipped')
                  AND g.kind = 'discount'),
            first_order_at = (SELECT min(o.placed_at) FROM orders_order o
                              WHERE o.customer_id = customers_customer.id AND o.state IN ('placed', 'shipped')),
            last_order_at = (SELECT max(o.placed_at) FROM orders_order o
                             WHERE o.customer_id = customers_customer.id AND o.state IN ('placed', 'shipped'))
        WHERE id = %s
        """,
        [customer_id],
    )
