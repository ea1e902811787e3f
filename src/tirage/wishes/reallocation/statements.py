"""The hand-written statements of unused bottles: who may take what in a release, and what they did with it.

One common part says it for each customer and wine; what stands after it adds that up. The ORM would need one statement
for each column and wine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tirage.core.sql import fetch_all, fetch_one, ids_parameter, is_among, is_postgresql

# Each customer counts once: in the group that they are in, or else the one that they left last. Not who joined it when
# the offer was over, and not who was suspended all the while. Test groups are offered nothing that anybody could take.
# What was bought counts over the whole release, as limits do; what is kept are live carts and what order changes are
# about to add, not what is set aside for wishes.
_PEOPLE_OF = """
WITH shown AS (
    SELECT o.id, o.group_id,
           CASE WHEN o.is_active AND o.closes_at > %(now)s THEN 1 ELSE 0 END AS goes_on,
           CASE WHEN o.activated_at > o.opens_at THEN o.activated_at ELSE o.opens_at END AS begins,
           CASE WHEN o.closes_at > %(now)s AND o.is_active THEN %(now)s
                WHEN o.deactivated_at < o.closes_at THEN o.deactivated_at ELSE o.closes_at END AS ends
    FROM offers_offer o WHERE o.release_id = %(release)s AND (o.is_active OR o.deactivated_at > o.opens_at)
), present AS (
    SELECT s.id AS offer_id, m.customer_id, s.goes_on, s.begins, s.ends
    FROM shown s JOIN customers_membership m ON m.group_id = s.group_id AND m.since <= s.ends
), past AS (
    SELECT s.id AS offer_id, p.customer_id, 0 AS goes_on, s.begins, s.ends,
           row_number() OVER (PARTITION BY p.customer_id ORDER BY p.until DESC, p.id DESC) AS nth
    FROM shown s
    JOIN customers_pastmembership p ON p.group_id = s.group_id AND p.since < s.ends AND p.until > s.begins
    WHERE NOT EXISTS (SELECT 1 FROM present q WHERE q.customer_id = p.customer_id)
), people AS {materialized} (
    SELECT q.offer_id, q.customer_id, CASE WHEN c.status = 'active' THEN q.goes_on ELSE 0 END AS goes_on
    FROM (SELECT offer_id, customer_id, goes_on, begins, ends FROM present
          UNION ALL
          SELECT offer_id, customer_id, goes_on, begins, ends FROM past WHERE nth = 1) q
    JOIN customers_customer c ON c.id = q.customer_id
    WHERE NOT (c.status = 'suspended' AND (c.suspended_at IS NULL OR c.suspended_at <= q.begins))
      AND NOT EXISTS (SELECT 1 FROM customers_pastsuspension z
                      WHERE z.customer_id = q.customer_id AND z.since <= q.begins AND z.until >= q.ends)
      AND {among}
)"""
_EACH = (
    _PEOPLE_OF
    + """, items AS (
    SELECT i.id, i.offer_id, i.sku_id, i.purchase_maximum AS most, CASE WHEN s.is_active THEN 1 ELSE 0 END AS goes_on
    FROM shown o JOIN offers_offeritem i ON i.offer_id = o.id JOIN catalog_sku s ON s.id = i.sku_id
    JOIN customers_group g ON g.id = o.group_id
    WHERE NOT g.is_test AND {of_items}
), used AS (
    SELECT u.customer_id, u.sku_id, CAST(sum(u.bought) AS bigint) AS bought, CAST(sum(u.kept) AS bigint) AS kept
    FROM (
        SELECT o.customer_id, x.sku_id, x.quantity AS bought, 0 AS kept
        FROM orders_order o JOIN orders_orderline x ON x.order_id = o.id
        WHERE o.release_id = %(release)s AND o.state IN ('pending', 'placed', 'shipped')
        UNION ALL
        SELECT k.customer_id, st.sku_id, 0, h.quantity
        FROM checkout_cart k
        JOIN inventory_hold h ON h.holder = k.reference AND h.expires_at > %(now)s
        JOIN inventory_stock st ON st.id = h.stock_id
        WHERE k.release_id = %(release)s AND k.kept_until IS NULL
        UNION ALL
        SELECT d.customer_id, d.sku_id, 0, d.pieces
        FROM (SELECT o.customer_id, x.sku_id, sum(x.quantity) AS pieces
              FROM orders_order o
              JOIN changes_changedraft q ON q.order_id = o.id
                  AND (q.state = 'paying' OR (q.state IN ('open', 'waiting') AND q.expires_at > %(now)s))
              JOIN changes_changedraftline x ON x.draft_id = q.id
              WHERE o.release_id = %(release)s AND o.state <> 'test'
              GROUP BY q.id, o.customer_id, x.sku_id HAVING sum(x.quantity) > 0) d
    ) u
    GROUP BY u.customer_id, u.sku_id
), own AS (
    SELECT p.customer_id, i.sku_id, a.purchase_maximum AS most
    FROM items i JOIN offers_customallowance a ON a.offer_item_id = i.id
    JOIN people p ON p.customer_id = a.customer_id AND p.offer_id = i.offer_id
), counted AS (
    SELECT p.offer_id, p.customer_id, p.goes_on, i.sku_id, i.most, coalesce(w.most, i.most) AS entitled,
           u.bought, u.kept
    FROM used u JOIN people p ON p.customer_id = u.customer_id
    JOIN items i ON i.offer_id = p.offer_id AND i.sku_id = u.sku_id
    LEFT JOIN own w ON w.customer_id = u.customer_id AND w.sku_id = u.sku_id
    UNION ALL
    SELECT p.offer_id, p.customer_id, p.goes_on, i.sku_id, i.most, w.most, 0, 0
    FROM own w JOIN people p ON p.customer_id = w.customer_id
    JOIN items i ON i.offer_id = p.offer_id AND i.sku_id = w.sku_id
    WHERE NOT EXISTS (SELECT 1 FROM used u WHERE u.customer_id = w.customer_id AND u.sku_id = w.sku_id)
), touched AS (
    SELECT c.offer_id, c.customer_id, c.goes_on, c.sku_id, c.most, c.entitled, c.bought,
           CASE WHEN c.bought < c.entitled THEN c.bought ELSE c.entitled END AS taken,
           CASE WHEN c.bought > c.entitled THEN c.bought - c.entitled ELSE 0 END AS beyond,
           CASE WHEN c.bought >= c.entitled THEN 0
                WHEN c.bought + c.kept > c.entitled THEN c.entitled - c.bought ELSE c.kept END AS held,
           CASE WHEN c.bought + c.kept >= c.entitled THEN 0 ELSE c.entitled - c.bought - c.kept END AS unused
    FROM counted c
)
"""
)

# Whoever neither bought, holds nor has limits of their own is counted by the group's maximum alone; the others by
# how far they are from it.
_BY_ITEM = """
, crowds AS (
    SELECT p.offer_id, p.goes_on, count(*) AS people FROM people p GROUP BY p.offer_id, p.goes_on
), moved AS (
    SELECT t.offer_id, t.goes_on, t.sku_id, sum(t.entitled - t.most) AS entitled, sum(t.taken) AS taken,
           sum(t.beyond) AS beyond, sum(t.held) AS held, sum(t.unused - t.most) AS unused,
           sum(CASE WHEN t.unused > 0 THEN 1 ELSE 0 END - CASE WHEN t.most > 0 THEN 1 ELSE 0 END) AS people_left
    FROM touched t GROUP BY t.offer_id, t.goes_on, t.sku_id
)
SELECT i.offer_id, i.sku_id, w.goes_on * i.goes_on AS goes_on, w.people,
       w.people * i.most + coalesce(m.entitled, 0) AS entitled, coalesce(m.taken, 0) AS taken,
       coalesce(m.beyond, 0) AS beyond, coalesce(m.held, 0) AS held,
       w.people * i.most + coalesce(m.unused, 0) AS unused,
       CASE WHEN i.most > 0 THEN w.people ELSE 0 END + coalesce(m.people_left, 0) AS people_left
FROM items i JOIN crowds w ON w.offer_id = i.offer_id
LEFT JOIN moved m ON m.offer_id = i.offer_id AND m.sku_id = i.sku_id AND m.goes_on = w.goes_on
"""

_FOUND = """
, whole AS (
    SELECT i.offer_id, sum(i.most) AS most, max(i.goes_on) AS goes_on FROM items i GROUP BY i.offer_id
), moved AS (
    SELECT t.customer_id, sum(t.entitled - t.most) AS entitled, sum(t.bought) AS bought, sum(t.taken) AS taken,
           sum(t.beyond) AS beyond, sum(t.held) AS held, sum(t.unused - t.most) AS unused
    FROM touched t GROUP BY t.customer_id
), found AS (
    SELECT p.customer_id, p.offer_id, p.goes_on * w.goes_on AS goes_on, w.most + coalesce(m.entitled, 0) AS entitled,
           coalesce(m.taken, 0) AS taken, coalesce(m.beyond, 0) AS beyond, coalesce(m.held, 0) AS held,
           w.most + coalesce(m.unused, 0) AS unused
    FROM people p JOIN whole w ON w.offer_id = p.offer_id LEFT JOIN moved m ON m.customer_id = p.customer_id
    WHERE w.most + coalesce(m.unused, 0) >= %(at_least)s {narrowed}
)
"""
_LIST = """
SELECT c.reference, c.first_name, c.last_name, c.email, f.customer_id, f.offer_id, f.goes_on, f.entitled, f.taken,
       f.beyond, f.held, f.unused
FROM found f JOIN customers_customer c ON c.id = f.customer_id
ORDER BY f.unused DESC, c.last_name, c.first_name, c.id
"""
_COUNT = """
SELECT count(*) AS people, coalesce(sum(unused), 0) AS unused, coalesce(sum(entitled), 0) AS entitled,
       coalesce(sum(taken), 0) AS taken, coalesce(sum(held), 0) AS held FROM found
"""


def _each(of_items: str = "1 = 1", *, narrows: bool = False) -> str:
    return _EACH.format(of_items=of_items, materialized=_materialized(), among=_among(narrows))


def _among(narrows: bool) -> str:
    return is_among("q.customer_id") if narrows else "1 = 1"


def _materialized() -> str:
    # PostgreSQL would look each customer up anew for each wine.
    return "MATERIALIZED" if is_postgresql() else ""


def offered_people(*, narrows: bool = False) -> str:
    """The beginning of a statement: ``people`` (offer_id, customer_id, goes_on) are those whom the release
    ``%(release)s`` was offered to until ``%(now)s``, each once; ``narrows``: of those in ``%(among)s``.
    """
    return _PEOPLE_OF.format(materialized=_materialized(), among=_among(narrows))


def unused_by_item(
    release_id: int, now: datetime, *, among: Sequence[int] | None = None
) -> list[dict[str, Any]]:
    """Pieces by offer, sku, and whether they can still be taken (``goes_on``): two rows an item at most.

    ``among``: only of these customers.
    """
    parameters: dict[str, Any] = {"release": release_id, "now": now}
    if among is not None:
        parameters["among"] = ids_parameter(among)
    return fetch_all(_each(narrows=among is not None) + _BY_ITEM, parameters)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which of a release's people are asked for. ``goes_on`` None: certain and open ones; ``bought`` None: whether
    or not they took anything of what is asked for. ``words`` are folded, as ``Customer.search_text`` is.
    """

    sku_id: int | None = None
    offer_id: int | None = None
    goes_on: bool | None = None
    bought: bool | None = None
    at_least: int = 1
    #: Who took everything that they may, instead of who has something left.
    took_all: bool = False
    words: Sequence[str] = ()

    def written(self, release_id: int, now: datetime) -> tuple[str, dict[str, Any]]:
        """The statement that finds them, without its end, and its parameters."""
        parameters: dict[str, Any] = {
            "release": release_id,
            "now": now,
            "at_least": 0 if self.took_all else self.at_least,
        }
        of_items = "1 = 1"
        if self.sku_id is not None:
            of_items = "i.sku_id = %(sku)s"
            parameters["sku"] = self.sku_id
        conditions = []
        if self.offer_id is not None:
            conditions.append("p.offer_id = %(offer)s")
            parameters["offer"] = self.offer_id
        if self.goes_on is not None:
            conditions.append(f"p.goes_on * w.goes_on = {1 if self.goes_on else 0}")
        if self.bought is not None:
            conditions.append(f"coalesce(m.bought, 0) {'>' if self.bought else '='} 0")
        if self.took_all:
            conditions.append("w.most + coalesce(m.unused, 0) = 0 AND coalesce(m.bought, 0) > 0")
        for number, word in enumerate(self.words):
            conditions.append(
                "p.customer_id IN (SELECT id FROM customers_customer"
                f" WHERE search_text LIKE %(word{number})s ESCAPE '!')"
            )
            parameters[f"word{number}"] = f"%{_escaped(word)}%"
        narrowed = "".join(f" AND {condition}" for condition in conditions)
        return _each(of_items) + _FOUND.format(narrowed=narrowed), parameters


def _escaped(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def unused_people(
    release_id: int, narrowed: Narrowed, now: datetime, *, start: int = 0, most: int | None = None
) -> list[dict[str, Any]]:
    """Who has something left, most first, with the sums over the wines asked for; ``most`` None is all of them."""
    found, parameters = narrowed.written(release_id, now)
    page = "" if most is None else " LIMIT %(most)s OFFSET %(start)s"
    if most is not None:
        parameters |= {"most": most, "start": start}
    return fetch_all(found + _LIST + page, parameters)


def count_people(release_id: int, narrowed: Narrowed, now: datetime) -> dict[str, Any]:
    """How many they are, and what they come to."""
    found, parameters = narrowed.written(release_id, now)
    row = fetch_one(found + _COUNT, parameters)
    if row is None:
        raise RuntimeError("a count always returns its row")
    return row


def second_offers_of(release_id: int, now: datetime) -> list[dict[str, Any]]:
    """For each wine of each live second offer of the release: ``pieces`` that it was made of, ``bought`` and ``used``
    (bought or in a live cart) in its offers, and whether it ``goes_on``: one of them isn't over, drafts included.
    """
    return fetch_all(
        """
        WITH live AS (
            SELECT r.id, m.offer_id FROM wishes_reallocation r
            JOIN wishes_reallocation_offers m ON m.reallocation_id = r.id
            WHERE r.release_id = %(release)s AND r.undone_at IS NULL AND r.kind = 'second_offer'
        ), used AS (
            SELECT u.id, u.sku_id, sum(u.pieces) AS used, sum(u.bought) AS bought
            FROM (
                SELECT live.id, x.sku_id, x.quantity AS pieces, x.quantity AS bought
                FROM live JOIN orders_order o ON o.offer_id = live.offer_id
                    AND o.state IN ('pending', 'placed', 'shipped')
                JOIN orders_orderline x ON x.order_id = o.id
                UNION ALL
                SELECT live.id, i.sku_id, h.quantity, 0
                FROM live JOIN offers_offeritem i ON i.offer_id = live.offer_id
                JOIN checkout_cartline cl ON cl.offer_item_id = i.id
                JOIN checkout_cart k ON k.id = cl.cart_id
                JOIN inventory_stock st ON st.sku_id = i.sku_id
                JOIN inventory_hold h ON h.holder = k.reference AND h.stock_id = st.id AND h.expires_at > %(now)s
            ) u
            GROUP BY u.id, u.sku_id
        )
        SELECT l.sku_id, l.pieces, coalesce(u.used, 0) AS used, coalesce(u.bought, 0) AS bought,
               CASE WHEN EXISTS (SELECT 1 FROM live JOIN offers_offer o ON o.id = live.offer_id
                                 WHERE live.id = l.reallocation_id AND o.closes_at > %(now)s
                                   AND (o.is_active OR o.deactivated_at IS NULL))
                    THEN 1 ELSE 0 END AS goes_on
        FROM wishes_reallocationline l LEFT JOIN used u ON u.id = l.reallocation_id AND u.sku_id = l.sku_id
        WHERE l.reallocation_id IN (SELECT id FROM live)
        """,
        {"release": release_id, "now": now},
    )


def gifts_waiting(sku_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """Pieces by sku that customers were given as allowances of their own in offers that aren't over, and that they
    have neither bought nor in a live cart."""
    if not sku_ids:
        return {}
    names = {f"sku{number}": sku_id for number, sku_id in enumerate(sku_ids)}
    marks = ", ".join(f"%({name})s" for name in names)
    rows = fetch_all(
        f"""
        WITH given AS (
            SELECT g.customer_id, o.release_id, i.sku_id, sum(g.pieces) AS pieces,
                   max(coalesce(a.purchase_maximum, i.purchase_maximum)) AS entitled
            FROM wishes_gift g
            JOIN offers_offeritem i ON i.id = g.offer_item_id
            JOIN offers_offer o ON o.id = i.offer_id
            LEFT JOIN offers_customallowance a ON a.offer_item_id = i.id AND a.customer_id = g.customer_id
            WHERE g.taken_back_at IS NULL AND o.is_active AND o.closes_at > %(now)s AND i.sku_id IN ({marks})
            GROUP BY g.customer_id, o.release_id, i.sku_id
        ), used AS (
            SELECT u.customer_id, u.release_id, u.sku_id, sum(u.pieces) AS pieces
            FROM (
                SELECT n.customer_id, n.release_id, n.sku_id, x.quantity AS pieces
                FROM given n JOIN orders_order o ON o.customer_id = n.customer_id AND o.release_id = n.release_id
                    AND o.state IN ('pending', 'placed', 'shipped')
                JOIN orders_orderline x ON x.order_id = o.id AND x.sku_id = n.sku_id
                UNION ALL
                SELECT n.customer_id, n.release_id, n.sku_id, h.quantity
                FROM given n JOIN checkout_cart k ON k.customer_id = n.customer_id AND k.release_id = n.release_id
                JOIN inventory_stock st ON st.sku_id = n.sku_id
                JOIN inventory_hold h ON h.holder = k.reference AND h.stock_id = st.id AND h.expires_at > %(now)s
            ) u
            GROUP BY u.customer_id, u.release_id, u.sku_id
        )
        SELECT q.sku_id,
               sum(CASE WHEN q.free >= q.pieces THEN q.pieces WHEN q.free > 0 THEN q.free ELSE 0 END) AS pieces
        FROM (SELECT g.sku_id, g.pieces, g.entitled - coalesce(u.pieces, 0) AS free
              FROM given g LEFT JOIN used u ON u.customer_id = g.customer_id AND u.release_id = g.release_id
                  AND u.sku_id = g.sku_id) q
        GROUP BY q.sku_id
        """,
        {**names, "now": now},
    )
    return {row["sku_id"]: int(row["pieces"]) for row in rows}


def used_by(customer_id: int, release_id: int, sku_id: int, now: datetime) -> int:
    """Pieces of a wine that a customer has bought in a release, holds in a cart, or is about to add to an order."""
    row = fetch_one(
        _each("i.sku_id = %(sku)s")
        + "SELECT coalesce(sum(bought + kept), 0) AS pieces FROM used"
        + " WHERE customer_id = %(customer)s AND sku_id = %(sku)s",
        {"release": release_id, "now": now, "sku": sku_id, "customer": customer_id},
    )
    return int(row["pieces"]) if row else 0
