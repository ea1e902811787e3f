"""The hand-written statements that keep ``DailySales`` and ``Touched``."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tirage.core.sql import day_of, fetch_all, is_postgresql, run
from tirage.core.winery import current_winery
from tirage.orders.states import OrderState

#: Where somebody is counted: country, state and ZIP; all empty for nowhere.
PlaceKey = tuple[str, str, str]
NOWHERE: PlaceKey = ("", "", "")

_NOTE = """
    INSERT INTO insights_touched (customer_id, country, state, zip_code)
    SELECT c.id, coalesce(p.country, ''), coalesce(p.state, ''), coalesce(p.zip_code, '')
    FROM customers_customer c LEFT JOIN insights_placement p ON p.customer_id = c.id
"""
#: States of orders that were placed, whether they still stand or not.
PLACED_ONCE = str(
    tuple(state.value for state in (OrderState.PLACED, OrderState.SHIPPED, OrderState.CANCELLED))
)
_STANDS = "o.state IN ('placed', 'shipped')"


def note_customers(ids: Sequence[int]) -> None:
    if ids:
        run(f"{_NOTE} WHERE c.id {_among()}", [_list(ids)])


def note_customer_of(order_id: int) -> None:
    run(f"{_NOTE} WHERE c.id = (SELECT o.customer_id FROM orders_order o WHERE o.id = %s)", [order_id])


def hold_customers(ids: Sequence[int]) -> None:
    """Keeps these customers from being merged away; they may buy meanwhile. SQLite has one writer at a time."""
    if is_postgresql():
        fetch_all(
            "SELECT id FROM customers_customer WHERE id = ANY(%s::bigint[]) ORDER BY id FOR KEY SHARE",
            [list(ids)],
        )


def ledger(where: str = "1 = 1") -> str:
    """What ``DailySales`` says, from the orders themselves; ``%(zone)s`` is the winery's clock.

    ``where`` is about orders as ``o`` and, as ``p``, the placement of their customer.
    """
    return f"""
        SELECT {day_of("o.placed_at", "%(zone)s")} AS day, coalesce(p.country, '') AS country,
               coalesce(p.state, '') AS state, coalesce(p.zip_code, '') AS zip_code, o.group_id, o.channel,
               sum(CASE WHEN {_STANDS} THEN 1 ELSE 0 END) AS orders,
               sum(CASE WHEN {_STANDS} THEN o.bottle_count ELSE 0 END) AS bottles,
               CAST(sum(o.paid_minor + {_BACK}) AS bigint) AS gross_minor,
               CAST(sum({_BACK}) AS bigint) AS refunded_minor,
               CAST(sum(CASE WHEN {_STANDS} THEN o.wine_minor ELSE 0 END) AS bigint) AS net_minor,
               CAST(sum(CASE WHEN {_STANDS} THEN {_DELIVERY} ELSE 0 END) AS bigint) AS shipping_minor
        FROM orders_order o LEFT JOIN insights_placement p ON p.customer_id = o.customer_id
        WHERE o.state IN {PLACED_ONCE} AND {where}
        GROUP BY 1, 2, 3, 4, 5, 6"""


_BACK = """coalesce((SELECT sum(y.amount_minor) FROM payments_payment y
            WHERE y.order_id = o.id AND y.kind = 'refund' AND y.state = 'settled'), 0)"""
_DELIVERY = """coalesce((SELECT sum(g.amount_minor) FROM orders_ordercharge g
            WHERE g.order_id = o.id AND g.kind = 'shipping'), 0)"""
_COLUMNS = (
    "day, country, state, zip_code, group_id, channel, orders, bottles, gross_minor, refunded_minor, net_minor,"
    " shipping_minor"
)


def recount(places: Sequence[PlaceKey]) -> None:
    """Adds up anew what was ever sold at these places."""
    if not places:
        return
    facts = {"zone": current_winery().time_zone, **_asked_for(places)}
    asked = _asked()
    run(f"DELETE FROM insights_dailysales WHERE (country, state, zip_code) IN ({asked})", facts)
    where = f"""o.customer_id IN (SELECT q.customer_id FROM insights_placement q
        WHERE (q.country, q.state, q.zip_code) IN ({asked}))"""
    if NOWHERE in places:
        where = f"(p.id IS NULL OR {where})"
    run(f"INSERT INTO insights_dailysales ({_COLUMNS}) {ledger(where)}", facts)


def recount_everything() -> int:
    """The same of all places; how many rows there are."""
    run("DELETE FROM insights_dailysales")
    return run(
        f"INSERT INTO insights_dailysales ({_COLUMNS}) {ledger()}", {"zone": current_winery().time_zone}
    )


#: Everything was added up at least once, and isn't being added up anew.
_SETTLED = """EXISTS (SELECT 1 FROM insights_placingrun r WHERE r.state = 'finished')
    AND NOT EXISTS (SELECT 1 FROM insights_placingrun r WHERE r.state = 'running')"""
_FIGURES = ("orders", "bottles", "gross_minor", "refunded_minor", "net_minor", "shipping_minor")


def differing_days() -> str:
    """Days, places, groups and channels where the orders say something else, and by how much they say more.

    Not where customers were or are who wait to be looked after. ``%(zone)s`` is the winery's clock.
    """
    here = "day, country, state, zip_code, group_id, channel"
    kept = ", ".join(f"-{name}" for name in _FIGURES)
    sums = ", ".join(f"sum(u.{name}) AS {name}" for name in _FIGURES)
    differ = " OR ".join(f"sum(u.{name}) <> 0" for name in _FIGURES)
    return f"""SELECT u.day, u.country, u.state, u.zip_code, u.group_id, u.channel, {sums}
        FROM ({ledger()} UNION ALL SELECT {here}, {kept} FROM insights_dailysales) u
        WHERE {_SETTLED} AND (u.country, u.state, u.zip_code) NOT IN (
            SELECT t.country, t.state, t.zip_code FROM insights_touched t
            UNION SELECT p.country, p.state, p.zip_code FROM insights_touched t
            JOIN insights_placement p ON p.customer_id = t.customer_id)
        GROUP BY u.day, u.country, u.state, u.zip_code, u.group_id, u.channel HAVING {differ}"""


def unplaced_customers() -> str:
    """Customers whom nobody looked for and whom nobody is about to look for."""
    return f"""SELECT c.reference, c.signed_up_at FROM customers_customer c WHERE {_SETTLED}
        AND NOT EXISTS (SELECT 1 FROM insights_placement p WHERE p.customer_id = c.id)
        AND NOT EXISTS (SELECT 1 FROM insights_touched t WHERE t.customer_id = c.id)"""


def _asked_for(places: Sequence[PlaceKey]) -> dict[str, object]:
    if is_postgresql():
        countries, states, zips = (list(parts) for parts in zip(*places, strict=True))
        return {"countries": countries, "states": states, "zips": zips}
    return {"places": json.dumps([list(place) for place in places])}


def _asked() -> str:
    if is_postgresql():
        return "SELECT * FROM unnest(%(countries)s::text[], %(states)s::text[], %(zips)s::text[])"
    part = "json_extract(value, '$[{}]')"
    return f"SELECT {part.format(0)}, {part.format(1)}, {part.format(2)} FROM json_each(%(places)s)"


def _among() -> str:
    return "= ANY(%s::bigint[])" if is_postgresql() else "IN (SELECT value FROM json_each(%s))"


def _list(values: Sequence[object]) -> object:
    return list(values) if is_postgresql() else json.dumps(list(values))
