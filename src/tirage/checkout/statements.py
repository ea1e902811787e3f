"""The hand-written statements of a release day's pages, two for the offer and two for the checkout.

The ORM would build several hundred objects for the same page; docs/performance.md has the comparison.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from tirage.core.sql import fetch_all, fetch_one, for_update, is_postgresql, run
from tirage.inventory.rules import firm_from

# The offer that counts for a customer: open before upcoming before closed; the one that ends, begins or ended next.
_OFFER = """
SELECT o.id, o.reference, o.release_id, r.name AS release_name, o.group_id, o.is_active, o.opens_at, o.closes_at,
       o.title, o.message, o.confirmation_message, o.bottles_minimum, o.bottles_maximum, o.spend_minimum_minor,
       r.wish_kind, r.wish_after_maximum, r.wishes_decided_on, r.wish_rule, r.shown_early, c.status AS customer_status,
       cm.plan, cm.deposit_bp, cm.instalments, cm.terms_digest,
       (SELECT t.is_test FROM customers_group t WHERE t.id = o.group_id) AS is_test,
       (SELECT max(g.discount_bp) FROM customers_membership m JOIN customers_group g ON g.id = m.group_id
        WHERE m.customer_id = c.id) AS discount_bp,
       (SELECT max(CASE WHEN g.free_shipping THEN 1 ELSE 0 END)
        FROM customers_membership m JOIN customers_group g ON g.id = m.group_id
        WHERE m.customer_id = c.id) AS free_shipping,
       (SELECT max(x.kept_until) FROM checkout_cart x
        WHERE x.customer_id = c.id AND x.kept_until > %(now)s) AS aside_until,
       (SELECT y.id FROM checkout_offerlook y WHERE y.offer_id = o.id AND y.customer_id = c.id) AS look_id,
       (SELECT z.id FROM checkout_openingplan z
        WHERE z.offer_id = o.id AND z.customer_id = c.id AND z.used_at IS NULL) AS plan_id,
       EXISTS (SELECT 1 FROM customers_address a
               JOIN delivery_destination d ON d.country = a.country AND d.state IN (a.state, '')
               WHERE a.customer_id = c.id AND a.is_default AND a.removed_at IS NULL
                 AND (EXISTS (SELECT 1 FROM delivery_volumelimit v WHERE v.destination_id = d.id)
                      OR EXISTS (SELECT 1 FROM delivery_law w WHERE w.destination_id = d.id))) AS is_limited,
       k.id AS cart_id, k.reference AS cart_reference, k.expires_at, k.attempt, k.kept_until, k.is_split,
       p.reference AS pending_order_reference
FROM customers_customer c
{offer}
JOIN offers_release r ON r.id = o.release_id
LEFT JOIN offers_campaign cm ON cm.release_id = r.id
LEFT JOIN orders_order p ON p.id = k.pending_order_id
WHERE c.id = %(customer)s
ORDER BY CASE WHEN o.opens_at <= %(now)s AND o.closes_at > %(now)s THEN 0 WHEN o.opens_at > %(now)s THEN 1 ELSE 2 END,
         CASE WHEN o.closes_at > %(now)s THEN o.closes_at END, o.closes_at DESC
LIMIT 1
"""
_OWN_CART = """
LEFT JOIN checkout_cart k ON k.customer_id = c.id AND k.release_id = o.release_id AND k.kept_until IS NULL"""
_OF_THE_GROUP = """JOIN offers_offer o ON o.is_active AND o.group_id = (
    SELECT m.group_id FROM customers_membership m WHERE m.customer_id = c.id AND m.kind = 'allocation')"""
_OF_THE_RELEASE = " AND o.release_id = %(release)s"
_NAMED = "JOIN offers_offer o ON o.id = %(offer)s"
_SET_ASIDE = """
JOIN checkout_cart k ON k.customer_id = c.id AND k.reference = %(cart)s AND k.kept_until IS NOT NULL
JOIN offers_offer o ON o.id = k.offer_id"""

_ITEMS = """
SELECT i.id, i.purchase_minimum, i.purchase_maximum, i.wish_maximum, i.default_quantity, i.multiple,
       i.price_minor AS offer_price_minor, s.id AS sku_id, s.code, s.name, s.millilitres, s.units, s.price_minor,
       v.year, v.note, s.lwin, w.variety, w.appellation, l.digest,
       st.id AS stock_id, CAST(st.on_hand AS bigint) + st.expected AS supply, st.sold, st.held,
       a.purchase_minimum AS own_minimum, a.purchase_maximum AS own_maximum, a.wish_maximum AS own_wish_maximum,
       a.told,
       cl.quantity AS in_cart, h.quantity AS own_hold, h.expires_at AS own_hold_expires_at, ws.asked AS wished,
       b.bought, dr.drafted, rq.asked_at, cl.kept, cl.price_minor AS kept_price_minor,
       (SELECT sum(e.quantity) FROM inventory_hold e
        WHERE e.stock_id = st.id AND e.expires_at <= %(now)s AND e.holder <> %(holder)s) AS lapsed,
       (SELECT min(e.expires_at) FROM inventory_hold e
        WHERE e.stock_id = st.id AND e.expires_at > %(now)s AND e.expires_at < %(firm)s
            AND e.holder <> %(holder)s) AS back_at
FROM offers_offeritem i
JOIN catalog_sku s ON s.id = i.sku_id
JOIN catalog_vintage v ON v.id = s.vintage_id
JOIN catalog_wine w ON w.id = v.wine_id
JOIN inventory_stock st ON st.sku_id = s.id
LEFT JOIN catalog_label l ON l.id = v.label_id
LEFT JOIN offers_customallowance a ON a.offer_item_id = i.id AND a.customer_id = %(customer)s
LEFT JOIN checkout_cartline cl ON cl.offer_item_id = i.id AND cl.cart_id = %(cart)s
LEFT JOIN inventory_hold h ON h.stock_id = st.id AND h.holder = %(holder)s
LEFT JOIN (SELECT x.sku_id, sum(x.quantity) AS bought FROM orders_order o
           JOIN orders_orderline x ON x.order_id = o.id
           JOIN orders_orderchange xc ON xc.id = x.change_id AND xc.kind <> 'transfer'
           WHERE o.customer_id = %(customer)s AND o.release_id = %(release)s
             AND {bought} GROUP BY x.sku_id) b ON b.sku_id = s.id
LEFT JOIN (SELECT q.sku_id, sum(q.pieces) AS drafted
           FROM (SELECT x.sku_id, sum(x.quantity) AS pieces FROM orders_order o
                 JOIN changes_changedraft d ON d.order_id = o.id AND d.id <> %(besides_draft)s
                     AND (d.state = 'paying' OR (d.state IN ('open', 'waiting') AND d.expires_at > %(now)s))
                 JOIN changes_changedraftline x ON x.draft_id = d.id
                 WHERE o.customer_id = %(customer)s AND o.release_id = %(release)s AND {changing}
                 GROUP BY d.id, x.sku_id HAVING sum(x.quantity) > 0 {aside}) q
           GROUP BY q.sku_id) dr ON dr.sku_id = s.id
LEFT JOIN checkout_restockrequest rq ON rq.customer_id = %(customer)s AND rq.release_id = %(release)s
    AND rq.sku_id = s.id AND rq.told_at IS NULL
LEFT JOIN wishes_wish ws ON ws.offer_item_id = i.id AND ws.customer_id = %(customer)s AND ws.state = {wished}
WHERE {which}
ORDER BY i.position, i.id
"""
# Besides, where something is set aside for the customer: what of it was split off their own cart.
_SPLIT = """
                 UNION ALL SELECT i2.sku_id, sum(l2.kept) FROM checkout_cart k2
                 JOIN checkout_cartline l2 ON l2.cart_id = k2.id JOIN offers_offeritem i2 ON i2.id = l2.offer_item_id
                 WHERE k2.customer_id = %(customer)s AND k2.release_id = %(release)s AND k2.is_split
                   AND k2.kept_until > %(now)s AND k2.pending_order_id IS NULL GROUP BY i2.sku_id"""
_OFFERED = "i.offer_id = %(offer)s AND s.is_active"
_KEPT = "cl.kept > 0"
# What counts against the allowance: within an offer to a test group what was tried there, else what is real.
_REAL = {
    "bought": "o.state IN ('pending', 'placed', 'shipped')",
    "changing": "o.state IN ('draft', 'placed')",
    "wished": "'open'",
}
_TRIED = {
    "bought": "o.state IN ('trying', 'test', 'test_sent') AND o.removed_at IS NULL",
    "changing": "o.state = 'test' AND o.removed_at IS NULL",
    "wished": "'test'",
}


def formats_of(sku_ids: Sequence[int], today: date) -> list[dict[str, Any]]:
    """The lots of these skus that are sold in several formats, with all their formats, while the format may still be
    chosen: counters of each lot and its stock, by ``family``. Not of one that is being cut."""
    marks = ", ".join(["%s"] * len(sku_ids))
    return fetch_all(
        f"""
        SELECT coalesce(l.of_id, l.id) AS family, l.sku_id, k.millilitres * k.units AS size, l.expected, l.committed,
               l.arrived, CAST(s.on_hand AS bigint) + s.expected - s.sold - s.held AS free
        FROM futures_lot l JOIN catalog_sku k ON k.id = l.sku_id JOIN inventory_stock s ON s.sku_id = l.sku_id
        WHERE coalesce(l.of_id, l.id) IN (SELECT coalesce(x.of_id, x.id) FROM futures_lot x WHERE x.sku_id IN ({marks}))
          AND EXISTS (SELECT 1 FROM futures_lot f WHERE f.of_id = coalesce(l.of_id, l.id))
          AND NOT EXISTS (SELECT 1 FROM futures_cut t JOIN futures_lot c ON c.id = t.lot_id
                          WHERE coalesce(c.of_id, c.id) = coalesce(l.of_id, l.id)
                            AND t.state IN ('planned', 'running'))
          AND l.stage = 'elevage' AND (l.bottling_on IS NULL OR l.bottling_on > %s)
        ORDER BY l.id
        """,
        [*sku_ids, today],
    )


def offer_of_customer(customer_id: int, now: datetime) -> dict[str, Any] | None:
    """The offer that counts for a customer now, with the customer's cart of its release."""
    return fetch_one(_OFFER.format(offer=_OF_THE_GROUP + _OWN_CART), {"customer": customer_id, "now": now})


def offer_by_id(customer_id: int, offer_id: int, now: datetime) -> dict[str, Any] | None:
    """A named offer as this customer would see it, whatever its group, window and state."""
    facts = {"customer": customer_id, "offer": offer_id, "now": now}
    return fetch_one(_OFFER.format(offer=_NAMED + _OWN_CART), facts)


def offer_of_release(customer_id: int, release_id: int, now: datetime) -> dict[str, Any] | None:
    """The active offer of a release to the customer's own group, whatever its window."""
    facts = {"customer": customer_id, "release": release_id, "now": now}
    return fetch_one(_OFFER.format(offer=_OF_THE_GROUP + _OF_THE_RELEASE + _OWN_CART), facts)


def set_aside(customer_id: int, cart_reference: str, now: datetime) -> dict[str, Any] | None:
    """The offer of bottles that were set aside for a customer, with the cart that they are in."""
    facts = {"customer": customer_id, "cart": cart_reference, "now": now}
    return fetch_one(_OFFER.format(offer=_SET_ASIDE), facts)


def items_of_offer(
    *,
    customer_id: int,
    offer_id: int,
    release_id: int,
    cart_id: int | None,
    holder: str,
    besides_draft: int = 0,
    only_kept: bool = False,
    is_test: bool = False,
    has_aside: bool = False,
    now: datetime,
) -> list[dict[str, Any]]:
    """All wines of an offer with stock, limits, cart, wish, what was bought and what order changes are about to add.

    With ``only_kept`` those that are set aside in the cart, of whatever offer. ``is_test``: of a test group's offer.
    ``has_aside``: something is set aside for the customer; what of it was split off counts against the allowance.
    """
    return fetch_all(
        _ITEMS.format(
            which=_KEPT if only_kept else _OFFERED,
            aside=_SPLIT if has_aside and not only_kept else "",
            **(_TRIED if is_test else _REAL),
        ),
        {
            "customer": customer_id,
            "offer": offer_id,
            "release": release_id,
            "cart": cart_id or 0,
            "holder": holder,
            "besides_draft": besides_draft,
            "now": now,
            "firm": firm_from(now),
        },
    )


def at_bank(sku_ids: Sequence[int], *, besides_customer: int) -> dict[int, int]:
    """Pieces by sku in others' orders that are being paid for: declined or given up, they come back."""
    rows = fetch_all(
        f"""
        SELECT x.sku_id, sum(x.quantity) AS pieces FROM orders_order o JOIN orders_orderline x ON x.order_id = o.id
        WHERE o.state = 'pending' AND o.customer_id <> %s AND x.sku_id IN ({", ".join(["%s"] * len(sku_ids))})
        GROUP BY x.sku_id
        """,
        [besides_customer, *sku_ids],
    )
    return {row["sku_id"]: int(row["pieces"]) for row in rows}


def requests_to_try(now: datetime, most: int) -> list[dict[str, Any]]:
    """Who waits to be told of a wine of which something is free and which an open offer has for them.

    Those that wait longest for a try come first, so that none that can't be answered is in the way of another.
    """
    return fetch_all(
        """
        SELECT q.id, q.customer_id, q.release_id, q.sku_id FROM checkout_restockrequest q
        JOIN customers_customer c ON c.id = q.customer_id AND c.status = 'active'
        JOIN customers_membership m ON m.customer_id = q.customer_id AND m.kind = 'allocation'
        JOIN offers_offer o ON o.release_id = q.release_id AND o.group_id = m.group_id AND o.is_active
            AND o.opens_at <= %(now)s AND o.closes_at > %(now)s
        JOIN offers_offeritem i ON i.offer_id = o.id AND i.sku_id = q.sku_id
        JOIN inventory_stock st ON st.sku_id = q.sku_id
        WHERE q.told_at IS NULL AND CAST(st.on_hand AS bigint) + st.expected - st.sold - st.held + coalesce(
            (SELECT sum(e.quantity) FROM inventory_hold e
             WHERE e.stock_id = st.id AND e.expires_at <= %(now)s), 0) >= i.multiple
        ORDER BY q.looked_at NULLS FIRST, q.id LIMIT %(most)s
        """,
        {"now": now, "most": most},
    )


def open_cart(
    *, customer_id: int, release_id: int, reference: str, expires_at: datetime, now: datetime
) -> dict[str, Any]:
    """Makes or finds the customer's cart, locks it, and starts its time if it isn't running. One statement."""
    row = fetch_one(
        """
        INSERT INTO checkout_cart AS k (reference, customer_id, release_id, expires_at, attempt, changed_at)
        VALUES (%(reference)s, %(customer)s, %(release)s, %(expires_at)s, 1, %(now)s)
        ON CONFLICT (customer_id, release_id) WHERE kept_until IS NULL DO UPDATE
        SET changed_at = excluded.changed_at,
            expires_at = CASE WHEN k.expires_at > excluded.changed_at THEN k.expires_at ELSE excluded.expires_at END
        RETURNING id, reference, expires_at, attempt, pending_order_id
        """,
        {
            "reference": reference,
            "customer": customer_id,
            "release": release_id,
            "expires_at": expires_at,
            "now": now,
        },
    )
    if row is None:
        raise RuntimeError("an upsert always returns its row")
    return row


_CART = "SELECT id, reference, expires_at, attempt, pending_order_id FROM checkout_cart"


def lock_cart(customer_id: int, release_id: int) -> dict[str, Any] | None:
    """Locks the customer's cart of a release; None when there is none."""
    return fetch_one(
        f"{_CART} WHERE customer_id = %s AND release_id = %s AND kept_until IS NULL" + for_update(),
        [customer_id, release_id],
    )


def lock_set_aside(customer_id: int, cart_reference: str) -> dict[str, Any] | None:
    """Locks a cart of bottles that were set aside for the customer; None when there is none of that reference."""
    return fetch_one(
        f"{_CART} WHERE customer_id = %s AND reference = %s AND kept_until IS NOT NULL" + for_update(),
        [customer_id, cart_reference],
    )


def write_lines(cart_id: int, quantities: Mapping[int, int]) -> None:
    """Makes the cart's lines what ``quantities`` (offer item id to pieces) says; other lines stay."""
    kept = {id: quantity for id, quantity in sorted(quantities.items()) if quantity}
    gone = [id for id, quantity in quantities.items() if not quantity]
    if gone:
        marks = ", ".join(["%s"] * len(gone))
        run(
            f"DELETE FROM checkout_cartline WHERE cart_id = %s AND offer_item_id IN ({marks})",
            [cart_id, *gone],
        )
    if kept:
        run(
            "INSERT INTO checkout_cartline (cart_id, offer_item_id, quantity) VALUES "
            + ", ".join(["(%s, %s, %s)"] * len(kept))
            + " ON CONFLICT (cart_id, offer_item_id) DO UPDATE SET quantity = excluded.quantity",
            [value for id, quantity in kept.items() for value in (cart_id, id, quantity)],
        )


def parties(
    *, customer_id: int, address_reference: str, card_reference: str, gateway: str
) -> dict[str, Any] | None:
    """The customer with the address and card they name, if those are theirs and not removed. One statement."""
    return fetch_one(
        """
        SELECT c.adult_confirmed_at, c.birth_date, c.status, c.first_name, c.last_name, c.credit_minor,
               a.id AS address_id, a.recipient, a.company, a.line1, a.line2, a.city, a.state, a.postal_code,
               a.country, a.phone, a.location, a.birth_date AS recipient_born,
               pm.id AS card_id, pm.token, pm.brand, pm.last4
        FROM customers_customer c
        LEFT JOIN customers_address a
          ON a.customer_id = c.id AND a.reference = %(address)s AND a.removed_at IS NULL
        LEFT JOIN payments_paymentmethod pm
          ON pm.customer_id = c.id AND pm.reference = %(card)s AND pm.removed_at IS NULL AND pm.gateway = %(gateway)s
        WHERE c.id = %(customer)s
        """,
        {"customer": customer_id, "address": address_reference, "card": card_reference, "gateway": gateway},
    )


def wait_for_order(cart_id: int, order_id: int, now: datetime) -> None:
    """Keeps the cart as it is until its order is paid or abandoned."""
    run(
        "UPDATE checkout_cart SET pending_order_id = %s, changed_at = %s WHERE id = %s",
        [order_id, now, cart_id],
    )


def clear_cart(order_id: int, now: datetime) -> dict[str, Any] | None:
    """Empties the cart whose order was placed and counts its attempt; one statement on PostgreSQL.

    The cart's ``id``, ``reference`` and ``kept_until``; None where it was cleared before.
    """
    lines = "DELETE FROM checkout_cartline WHERE cart_id = (SELECT id FROM checkout_cart WHERE pending_order_id = %s)"
    cart = (
        "UPDATE checkout_cart SET pending_order_id = NULL, expires_at = NULL, attempt = attempt + 1, changed_at = %s"
        " WHERE pending_order_id = %s RETURNING id, reference, kept_until"
    )
    if is_postgresql():
        return fetch_one(f"WITH gone AS ({lines}) {cart}", [order_id, now, order_id])
    run(lines, [order_id])
    return fetch_one(cart, [now, order_id])


def note_look(customer_id: int, offer_id: int, now: datetime) -> None:
    """Keeps when a customer first saw an offer."""
    run(
        "INSERT INTO checkout_offerlook (offer_id, customer_id, first_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (offer_id, customer_id) DO NOTHING",
        [offer_id, customer_id, now],
    )


def insert_recordings(rows: Sequence[Sequence[Any]]) -> int:
    """Rows of the black box (customer, offer, moment, kind, name, JSON), all in one statement; how many."""
    return run(
        "INSERT INTO checkout_recording (customer_id, offer_id, at, kind, name, data) VALUES "
        + ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(rows)),
        [value for row in rows for value in row],
    )
