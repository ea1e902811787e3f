"""``tirage doctor``: proves on live data that stock, orders, payments and figures agree.

Each check is one statement that returns the rows where its sentence is not true. On PostgreSQL all of them see the
same moment (one repeatable-read transaction), so sales may go on meanwhile.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from tirage.core.clock import read_clock
from tirage.core.sql import fetch_all, is_postgresql, moved, run
from tirage.payments.gateways import current_gateway
from tirage.reports.entries import ENTRIES, OWED

#: Rows shown of one broken promise; the number of all is always said.
SHOWN = 20
#: How long a payment or a pending order may be open before it counts as forgotten.
FORGOTTEN = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Check:
    """A promise and the statement that finds the rows breaking it; ``%(late)s`` is the time of the forgotten.

    ``%(zone)s`` is the winery's clock. A statement that each engine spells its own way is written when it is asked.
    """

    name: str
    promise: str
    statement: str | Callable[[], str]

    @property
    def written(self) -> str:
        return self.statement if isinstance(self.statement, str) else self.statement()


@dataclass(frozen=True, slots=True)
class Finding:
    check: Check
    rows: list[dict[str, Any]]


def _reminded_after_buying() -> str:
    """A reminder that is looked at while its customer presses the button may go out: minutes are nobody's fault."""
    return f"""SELECT c.reference, r.kind, o.reference AS bought, o.placed_at, r.at AS queued, m.sent_at
        FROM notifications_reminder r
        JOIN notifications_sentmail m ON m.id = r.mail_id AND m.sent_at IS NOT NULL
        JOIN customers_customer c ON c.id = r.customer_id
        JOIN orders_order o ON o.customer_id = r.customer_id AND o.release_id = r.release_id
            AND o.state IN ('placed', 'shipped')
        WHERE o.placed_at < {moved("m.sent_at", "-0.1")}"""


def _reminders_overdue() -> str:
    """Whom the schedule would have queued hours ago. Who or what changed since then isn't judged."""
    return f"""SELECT l.name AS release, p.kind, count(DISTINCT c.id) AS customers, min(c.reference) AS first
        FROM notifications_reminderplan p JOIN offers_release l ON l.id = p.release_id
        JOIN offers_offer f ON f.release_id = p.release_id AND f.is_active
            AND f.activated_at <= %(late)s AND f.opens_at <= %(late)s AND f.closes_at > %(now)s
        JOIN customers_group g ON g.id = f.group_id AND NOT g.is_test
        JOIN customers_membership s ON s.group_id = g.id AND s.since <= %(late)s
        JOIN customers_customer c ON c.id = s.customer_id AND c.status = 'active'
            AND c.marketing_consent_at <= %(late)s
        WHERE p.is_on AND CASE p.kind WHEN 'not_yet' THEN {moved("f.opens_at", "p.hours")} <= %(late)s
            WHEN 'last_day' THEN {moved("f.closes_at", "-p.hours")} <= %(late)s ELSE 1 = 0 END
        AND NOT EXISTS (SELECT 1 FROM core_event e WHERE e.name = 'reminders.set' AND e.subject_kind = 'release'
                        AND e.subject_id = p.release_id AND e.at > %(late)s)
        AND NOT EXISTS (SELECT 1 FROM orders_order o WHERE o.customer_id = c.id AND o.release_id = p.release_id
                        AND o.placed_at IS NOT NULL
                        AND o.state NOT IN ('trying', 'test', 'test_sent', 'test_off', 'test_void'))
        AND NOT EXISTS (SELECT 1 FROM notifications_reminder r WHERE r.customer_id = c.id
                        AND r.release_id = p.release_id
                        AND (r.kind = p.kind OR {moved("r.at", "20")} > %(late)s))
        AND NOT EXISTS (SELECT 1 FROM checkout_cart k WHERE k.customer_id = c.id AND k.release_id = p.release_id
                        AND (k.changed_at > %(late)s OR k.expires_at > %(late)s OR k.pending_order_id IS NOT NULL))
        AND NOT EXISTS (SELECT 1 FROM notifications_sentmail b WHERE b.customer_id = c.id AND b.refused_by <> '')
        GROUP BY p.id, l.name, p.kind"""


def _differing_days() -> str:
    from tirage.insights.rollups import differing_days

    return differing_days()


def _unplaced_customers() -> str:
    from tirage.insights.rollups import unplaced_customers

    return unplaced_customers()


_STOCK = "JOIN catalog_sku k ON k.id = s.sku_id"
CHECKS = (
    Check(
        "batches_hold_their_orders",
        "An order that is packed stands so in its frozen batch, and the other way round.",
        """SELECT o.reference, o.packed_in, b.reference AS batch FROM orders_order o
        LEFT JOIN fulfilment_packrow r ON r.order_id = o.id AND r.state = 'packed'
        LEFT JOIN fulfilment_batch b ON b.id = r.batch_id
        WHERE (o.packed_in <> '' OR r.id IS NOT NULL) AND o.packed_in <> coalesce(b.reference, '-')
        AND NOT (o.state = 'shipped' AND b.state = 'leaving')
        UNION ALL SELECT o.reference, o.packed_in, b.state FROM orders_order o
        JOIN fulfilment_batch b ON b.reference = o.packed_in
        WHERE o.packed_in <> '' AND b.state NOT IN ('freezing', 'frozen', 'leaving')""",
    ),
    Check(
        "unjudged_orders_wait",
        "An order that neither a compliance service nor a person lets ship waits in compliance.",
        """SELECT o.reference, c.number, c.state FROM compliance_compliancecheck c
        JOIN orders_order o ON o.id = c.order_id
        WHERE c.state IN ('waiting', 'unanswered', 'refused') AND o.state = 'placed' AND NOT o.awaits_compliance""",
    ),
    Check(
        "stock_on_hand",
        "What a wine has on hand is the sum of its movements.",
        f"""SELECT k.code, s.on_hand, coalesce(sum(m.quantity), 0) AS moved FROM inventory_stock s {_STOCK}
        LEFT JOIN inventory_movement m ON m.stock_id = s.id GROUP BY s.id, k.code, s.on_hand
        HAVING s.on_hand <> coalesce(sum(m.quantity), 0)""",
    ),
    Check(
        "stock_sold",
        "What a wine has sold is what orders not yet shipped promise.",
        f"""SELECT k.code, s.sold, coalesce(sum(l.quantity), 0) AS promised FROM inventory_stock s {_STOCK}
        LEFT JOIN (SELECT l.sku_id, l.quantity FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
                   WHERE o.state IN ('pending', 'placed')) l ON l.sku_id = s.sku_id
        GROUP BY s.id, k.code, s.sold HAVING s.sold <> coalesce(sum(l.quantity), 0)""",
    ),
    Check(
        "stock_held",
        "What a wine counts as held is the sum of its holds.",
        f"""SELECT k.code, s.held, coalesce(sum(h.quantity), 0) AS holds FROM inventory_stock s {_STOCK}
        LEFT JOIN inventory_hold h ON h.stock_id = s.id GROUP BY s.id, k.code, s.held
        HAVING s.held <> coalesce(sum(h.quantity), 0)""",
    ),
    Check(
        "stock_never_oversold",
        "No wine is promised or held beyond what is on hand and what its lots will bring.",
        f"""SELECT k.code, s.on_hand, s.expected, s.sold, s.held FROM inventory_stock s {_STOCK}
        WHERE s.sold < 0 OR s.held < 0 OR s.sold + s.held > s.on_hand + s.expected""",
    ),
    Check(
        "stock_expected",
        "What a wine counts as expected is what its lots will still bring.",
        f"""SELECT k.code, s.expected, coalesce(sum(l.expected - l.arrived), 0) AS lots FROM inventory_stock s {_STOCK}
        LEFT JOIN futures_lot l ON l.sku_id = s.sku_id
        GROUP BY s.id, k.code, s.expected HAVING s.expected <> coalesce(sum(l.expected - l.arrived), 0)""",
    ),
    Check(
        "lots_committed",
        "What a lot counts as sold is what orders have of it, and no more than it will bring.",
        """SELECT l.reference, l.committed, l.expected, coalesce(sum(c.pieces), 0) AS pieces FROM futures_lot l
        LEFT JOIN futures_commitment c ON c.lot_id = l.id GROUP BY l.id, l.reference, l.committed, l.expected
        HAVING l.committed <> coalesce(sum(c.pieces), 0) OR l.committed > l.expected""",
    ),
    Check(
        "futures_have_their_lots",
        "Every bottle that was bought en primeur is of a lot.",
        """SELECT o.reference, l.sku_id, l.quantity, coalesce(sum(c.pieces), 0) AS pieces FROM orders_order o
        JOIN offers_release r ON r.id = o.release_id AND r.kind = 'en_primeur'
        JOIN orders_orderline l ON l.order_id = o.id LEFT JOIN futures_commitment c ON c.line_id = l.id
        WHERE o.state IN ('placed', 'shipped', 'cancelled') GROUP BY o.reference, l.id, l.sku_id, l.quantity
        HAVING l.quantity <> coalesce(sum(c.pieces), 0)""",
    ),
    Check(
        "cuts_took_what_they_said",
        "What a cut took off an order is in the order's ledger, and no more than was said before.",
        """SELECT t.reference, o.reference AS of_order, n.loses, coalesce(-sum(c.pieces), 0) AS pieces
        FROM futures_cutline n JOIN futures_cut t ON t.id = n.cut_id JOIN orders_order o ON o.id = n.order_id
        LEFT JOIN orders_orderline l ON l.change_id = n.change_id
        LEFT JOIN futures_commitment c ON c.line_id = l.id AND c.lot_id = t.lot_id
        WHERE n.change_id IS NOT NULL GROUP BY n.id, t.reference, o.reference, n.loses
        HAVING coalesce(-sum(c.pieces), 0) NOT BETWEEN 1 AND n.loses""",
    ),
    Check(
        "transfers_moved_what_they_said",
        "What one customer gave another is off the one's order and on the other's, with what was paid for it.",
        """SELECT t.reference, t.pieces, t.amount_minor FROM futures_transfer t WHERE t.state = 'approved' AND (
        coalesce((SELECT -sum(c.pieces) FROM futures_commitment c JOIN orders_orderline l ON l.id = c.line_id
            JOIN orders_orderchange h ON h.id = l.change_id WHERE l.order_id = t.order_id AND c.lot_id = t.lot_id
            AND h.kind = 'transfer' AND h.reason = 'Transfer between customers (' || t.reference || ')'), 0) <> t.pieces
        OR coalesce((SELECT sum(c.pieces) FROM futures_commitment c JOIN orders_orderline l ON l.id = c.line_id
            JOIN orders_orderchange h ON h.id = l.change_id WHERE l.order_id = t.made_id AND c.lot_id = t.lot_id
            AND h.kind = 'transfer' AND h.reason = 'Transfer between customers (' || t.reference || ')'), 0) <> t.pieces
        OR coalesce((SELECT sum(p.amount_minor) FROM payments_payment p WHERE p.order_id = t.order_id
            AND p.kind = 'refund' AND p.note = 'transfer ' || t.reference AND p.state = 'settled'), 0) <> t.amount_minor
        OR coalesce((SELECT sum(p.amount_minor) FROM payments_payment p WHERE p.order_id = t.made_id
            AND p.kind = 'charge' AND p.note = 'transfer ' || t.reference AND p.state = 'settled'), 0)
            <> t.amount_minor)""",
    ),
    Check(
        "formats_changed_what_they_said",
        "What became another format is off the one lot and on the other in one change of its order, as much wine.",
        """SELECT f.reference, f.pieces_off, f.pieces_on FROM futures_formatchange f
        JOIN futures_lot a ON a.id = f.source_id JOIN catalog_sku x ON x.id = a.sku_id
        JOIN futures_lot b ON b.id = f.target_id JOIN catalog_sku y ON y.id = b.sku_id
        WHERE f.change_id IS NULL
        OR CAST(f.pieces_off AS bigint) * x.millilitres * x.units
            <> CAST(f.pieces_on AS bigint) * y.millilitres * y.units
        OR coalesce((SELECT -sum(c.pieces) FROM futures_commitment c JOIN orders_orderline l ON l.id = c.line_id
            WHERE l.change_id = f.change_id AND c.lot_id = f.source_id), 0) <> f.pieces_off
        OR coalesce((SELECT sum(c.pieces) FROM futures_commitment c JOIN orders_orderline l ON l.id = c.line_id
            WHERE l.change_id = f.change_id AND c.lot_id = f.target_id), 0) <> f.pieces_on""",
    ),
    Check(
        "portfolios_have_their_pieces",
        "No portfolio has wine that its customer's order hasn't.",
        """SELECT o.reference, t.lot_id, sum(t.pieces) AS in_portfolios, coalesce(max(c.pieces), 0) AS pieces
        FROM futures_portfoliopart t JOIN orders_order o ON o.id = t.order_id
        JOIN futures_portfolio p ON p.id = t.portfolio_id
        LEFT JOIN (SELECT l.order_id, c.lot_id, sum(c.pieces) AS pieces FROM futures_commitment c
            JOIN orders_orderline l ON l.id = c.line_id GROUP BY l.order_id, c.lot_id) c
            ON c.order_id = t.order_id AND c.lot_id = t.lot_id
        GROUP BY o.id, o.reference, t.lot_id
        HAVING sum(t.pieces) > coalesce(max(c.pieces), 0)
            OR sum(CASE WHEN p.customer_id <> o.customer_id THEN 1 ELSE 0 END) > 0""",
    ),
    Check(
        "finished_cuts_have_nothing_open",
        "A cut that is finished has no order that waits for its turn or its answer.",
        """SELECT t.reference, count(*) AS orders FROM futures_cut t JOIN futures_cutline n ON n.cut_id = t.id
        WHERE t.state = 'finished' AND n.outcome IN ('waiting', 'proposed') GROUP BY t.reference""",
    ),
    Check(
        "plans_agree_with_the_ledger",
        "What isn't due yet of an order is its instalments to come, and never more than it owes.",
        """SELECT o.reference, o.later_minor, o.owed_minor - o.paid_minor AS balance, coalesce(i.to_come, 0) AS to_come
        FROM orders_order o LEFT JOIN (SELECT order_id, sum(amount_minor) AS to_come FROM futures_instalment
            WHERE called_at IS NULL GROUP BY order_id) i ON i.order_id = o.id
        WHERE (o.later_minor <> 0 OR i.order_id IS NOT NULL) AND o.state IN ('placed', 'shipped', 'cancelled')
        AND (o.later_minor <> coalesce(i.to_come, 0)
             OR o.later_minor > 0 AND o.later_minor > o.owed_minor - o.paid_minor)""",
    ),
    Check(
        "storage_is_on_its_order",
        "Storage that an order was charged is that of its months; of what is being agreed to, none yet.",
        """SELECT o.reference, coalesce(c.minor, 0) AS charged, coalesce(m.minor, 0) AS months FROM orders_order o
        LEFT JOIN (SELECT order_id, sum(amount_minor) AS minor FROM orders_ordercharge WHERE kind = 'storage'
            GROUP BY order_id) c ON c.order_id = o.id
        LEFT JOIN (SELECT order_id, sum(amount_minor) AS minor FROM futures_storagemonth WHERE draft NOT IN
            (SELECT draft FROM futures_settlement WHERE state = 'agreed') GROUP BY order_id) m ON m.order_id = o.id
        WHERE o.state IN ('placed', 'shipped') AND coalesce(c.minor, 0) <> coalesce(m.minor, 0)""",
    ),
    Check(
        "settlements_have_their_change",
        "What is settled was agreed to by a change that was made, what is being paid by one that still may be.",
        """SELECT s.reference, s.state, d.state AS change FROM futures_settlement s
        LEFT JOIN changes_changedraft d ON d.reference = s.draft
        WHERE s.state = 'settled' AND coalesce(d.state, '') <> 'applied'
        OR s.state = 'agreed' AND s.agreed_at < %(late)s
            AND coalesce(d.state, '') NOT IN ('open', 'paying', 'waiting')""",
    ),
    Check(
        "holds_have_carts",
        "Every hold belongs to a cart, a change of an order, a policy that keeps bottles back, or who is offered them.",
        """SELECT h.id, h.holder, h.quantity FROM inventory_hold h
        LEFT JOIN checkout_cart c ON c.reference = h.holder
        LEFT JOIN wishes_policy p ON p.reference = h.holder AND p.state NOT IN ('draft', 'waiting', 'undone')
        LEFT JOIN changes_changedraft d ON d.reference = h.holder
        LEFT JOIN futures_cutline n ON n.reference = h.holder AND n.outcome = 'proposed'
        WHERE c.id IS NULL AND d.id IS NULL AND p.id IS NULL AND n.id IS NULL""",
    ),
    Check(
        "proposals_hold_their_bottles",
        "What a customer may have instead of wine that falls short is held until they have answered.",
        """SELECT n.reference, n.offered, coalesce(h.quantity, 0) AS held FROM futures_cutline n
        JOIN futures_cut t ON t.id = n.cut_id LEFT JOIN inventory_stock s ON s.sku_id = t.substitute_id
        LEFT JOIN inventory_hold h ON h.holder = n.reference AND h.stock_id = s.id
        WHERE n.outcome = 'proposed' AND coalesce(h.quantity, 0) <> n.offered""",
    ),
    Check(
        "closed_changes_hold_nothing",
        "A change that was made, let go or has lapsed holds no bottles.",
        """SELECT d.reference, d.state, h.quantity FROM changes_changedraft d
        JOIN inventory_hold h ON h.holder = d.reference WHERE d.state IN ('applied', 'dropped', 'lapsed')""",
    ),
    Check(
        "paying_changes_hold_what_they_add",
        "While a change is being paid, the bottles that it adds are held for it.",
        """SELECT d.reference, n.sku_id, n.pieces AS adds, coalesce(h.quantity, 0) AS held FROM changes_changedraft d
        JOIN (SELECT draft_id, sku_id, sum(quantity) AS pieces FROM changes_changedraftline
              GROUP BY draft_id, sku_id HAVING sum(quantity) > 0) n ON n.draft_id = d.id
        JOIN inventory_stock s ON s.sku_id = n.sku_id
        LEFT JOIN inventory_hold h ON h.stock_id = s.id AND h.holder = d.reference
        WHERE d.state = 'paying' AND coalesce(h.quantity, 0) <> n.pieces
            AND NOT EXISTS (SELECT 1 FROM orders_order o WHERE o.id = d.order_id AND o.state = 'test')""",
    ),
    Check(
        "paying_changes_have_their_payment",
        "Every change that is being paid has its payment under way.",
        """SELECT d.reference, d.confirmed_minor FROM changes_changedraft d WHERE d.state = 'paying' AND NOT EXISTS (
            SELECT 1 FROM payments_payment p WHERE p.purpose = d.reference AND p.order_id = d.order_id
            AND p.state IN ('pending', 'unknown', 'needs_customer'))""",
    ),
    Check(
        "made_changes_are_on_their_order",
        "A draft that was made is one change of its own order.",
        """SELECT d.reference, d.state, c.order_id AS change_of, d.order_id FROM changes_changedraft d
        LEFT JOIN orders_orderchange c ON c.id = d.change_id
        WHERE d.state = 'applied'
        AND (c.id IS NULL OR c.order_id <> d.order_id OR c.kind NOT IN ('change', 'grant', 'placing'))""",
    ),
    Check(
        "wishes_under_way_are_in_runs",
        "What a wish is being granted is what grant runs have under way for it.",
        """SELECT w.reference, w.granting, coalesce(sum(l.given), 0) AS under_way FROM wishes_wish w
        LEFT JOIN wishes_grantline l ON l.wish_id = w.id AND l.outcome IN ('granting', 'collecting', 'offered')
        GROUP BY w.id, w.reference, w.granting HAVING w.granting <> coalesce(sum(l.given), 0)""",
    ),
    Check(
        "what_is_set_aside_is_in_runs",
        "Bottles are set aside in a cart exactly while a grant run says so, their customer split them off, or the team "
        "waits for the customer's word en primeur.",
        """SELECT c.reference, c.kept_until FROM checkout_cart c WHERE c.kept_until IS NOT NULL AND NOT c.is_split AND
        (SELECT coalesce(sum(k.kept), 0) FROM checkout_cartline k WHERE k.cart_id = c.id) <>
        (SELECT coalesce(sum(l.given), 0) FROM wishes_grantline l WHERE l.cart_id = c.id AND l.outcome = 'offered')
        AND NOT (EXISTS (SELECT 1 FROM offers_release r WHERE r.id = c.release_id AND r.kind = 'en_primeur')
                 AND NOT EXISTS (SELECT 1 FROM wishes_grantline l WHERE l.cart_id = c.id))""",
    ),
    Check(
        "granted_wishes_are_in_runs",
        "No run says that it granted more of a wish than the wish has.",
        """SELECT w.reference, w.granted, sum(l.given) AS by_runs FROM wishes_wish w
        JOIN wishes_grantline l ON l.wish_id = w.id AND l.outcome = 'granted'
        GROUP BY w.id, w.reference, w.granted HAVING w.granted < sum(l.given)""",
    ),
    Check(
        "money_for_changes_is_used_or_back",
        "Money that came for a change has made it, or went back; never more than was agreed on is kept.",
        """SELECT p.purpose, d.state, d.confirmed_minor, sum(p.amount_minor - coalesce(r.back, 0)) AS kept
        FROM payments_payment p LEFT JOIN changes_changedraft d ON d.reference = p.purpose
        LEFT JOIN (SELECT parent_id, sum(amount_minor) AS back FROM payments_payment
                   WHERE kind = 'refund' AND state IN ('pending', 'unknown', 'settled') GROUP BY parent_id) r
            ON r.parent_id = p.id
        WHERE p.purpose <> '' AND p.kind = 'charge' AND p.state = 'settled'
        GROUP BY p.purpose, d.id, d.state, d.confirmed_minor
        HAVING (d.id IS NULL OR d.state <> 'applied') AND sum(p.amount_minor - coalesce(r.back, 0)) <> 0
            OR sum(p.amount_minor - coalesce(r.back, 0))
               > CASE WHEN d.confirmed_minor > 0 THEN d.confirmed_minor ELSE 0 END""",
    ),
    Check(
        "changes_are_recorded",
        "Every change of an order is in its activity.",
        """SELECT o.reference, count(c.id) AS changes, e.told FROM orders_order o
        JOIN orders_orderchange c ON c.order_id = o.id AND c.kind = 'change'
        LEFT JOIN (SELECT subject_id, count(*) AS told FROM core_event
                   WHERE subject_kind = 'order' AND name = 'order.changed' GROUP BY subject_id) e
            ON e.subject_id = o.id
        GROUP BY o.id, o.reference, e.told HAVING count(c.id) > coalesce(e.told, 0)""",
    ),
    Check(
        "order_owed",
        "What an order owes is the sum of its lines and charges.",
        """SELECT o.reference, o.owed_minor, coalesce(l.sum, 0) + coalesce(g.sum, 0) AS ledger FROM orders_order o
        LEFT JOIN (SELECT order_id, sum(quantity * unit_price_minor) AS sum FROM orders_orderline
                   GROUP BY order_id) l ON l.order_id = o.id
        LEFT JOIN (SELECT order_id, sum(amount_minor) AS sum FROM orders_ordercharge
                   GROUP BY order_id) g ON g.order_id = o.id
        WHERE o.owed_minor <> coalesce(l.sum, 0) + coalesce(g.sum, 0)""",
    ),
    Check(
        "order_paid",
        "What an order has been paid is its settled payments less its settled refunds.",
        """SELECT o.reference, o.paid_minor, coalesce(p.sum, 0) AS ledger FROM orders_order o
        LEFT JOIN (SELECT order_id, sum(CASE kind WHEN 'refund' THEN -amount_minor WHEN 'authorise' THEN 0
                                        ELSE amount_minor END) AS sum
                   FROM payments_payment WHERE state = 'settled' GROUP BY order_id) p ON p.order_id = o.id
        WHERE o.paid_minor <> coalesce(p.sum, 0)""",
    ),
    Check(
        "payments_by_day",
        "What came in and went back on all days together, gifts included, is what orders have been paid.",
        """SELECT d.moved, o.paid FROM (
            SELECT coalesce(sum(CASE WHEN kind IN ('charge', 'capture') THEN amount_minor
                                     WHEN kind = 'refund' THEN -amount_minor ELSE 0 END), 0) AS moved
            FROM payments_payment WHERE state = 'settled' AND settled_at IS NOT NULL AND gateway <> 'trial') d
        CROSS JOIN (SELECT coalesce(sum(paid_minor), 0) AS paid FROM orders_order
                    WHERE state NOT IN ('trying', 'test', 'test_sent', 'test_off', 'test_void')) o
        WHERE d.moved <> o.paid""",
    ),
    Check(
        "order_changes",
        "An order's changes, numbered from its placing on, add up to what it owes.",
        """SELECT o.reference, o.owed_minor, coalesce(sum(c.difference_minor), 0) AS changes, count(c.id) AS count,
               coalesce(max(c.number), 0) AS last FROM orders_order o
        LEFT JOIN orders_orderchange c ON c.order_id = o.id
        WHERE o.state <> 'draft' AND (o.state <> 'abandoned' OR o.channel NOT IN ('telephone', 'winery'))
        GROUP BY o.id, o.reference, o.owed_minor
        HAVING o.owed_minor <> coalesce(sum(c.difference_minor), 0) OR count(c.id) = 0
            OR count(c.id) <> max(c.number) OR min(CASE WHEN c.number = 1 THEN c.kind END) <> 'placing'""",
    ),
    Check(
        "orders_put_together_are_drafts",
        "An order that staff put together has one live draft, and nothing on it before it is placed.",
        """SELECT o.reference, o.state, count(d.id) AS drafts FROM orders_order o
        LEFT JOIN changes_changedraft d ON d.order_id = o.id AND d.state IN ('open', 'paying', 'waiting')
        WHERE o.state = 'draft' GROUP BY o.id, o.reference, o.state HAVING count(d.id) <> 1
            OR EXISTS (SELECT 1 FROM orders_orderchange c WHERE c.order_id = o.id)""",
    ),
    Check(
        "change_differences",
        "The difference of an order change is the sum of its own lines and charges.",
        """SELECT o.reference, c.number, c.difference_minor, coalesce(l.sum, 0) + coalesce(g.sum, 0) AS entries
        FROM orders_orderchange c JOIN orders_order o ON o.id = c.order_id
        LEFT JOIN (SELECT change_id, sum(quantity * unit_price_minor) AS sum FROM orders_orderline
                   GROUP BY change_id) l ON l.change_id = c.id
        LEFT JOIN (SELECT change_id, sum(amount_minor) AS sum FROM orders_ordercharge
                   GROUP BY change_id) g ON g.change_id = c.id
        WHERE c.difference_minor <> coalesce(l.sum, 0) + coalesce(g.sum, 0)""",
    ),
    Check(
        "order_lines_not_negative",
        "No order has fewer than no bottles of a wine at a price.",
        """SELECT o.reference, k.code, l.unit_price_minor, sum(l.quantity) AS pieces FROM orders_orderline l
        JOIN orders_order o ON o.id = l.order_id JOIN catalog_sku k ON k.id = l.sku_id
        GROUP BY o.id, o.reference, k.code, l.unit_price_minor HAVING sum(l.quantity) < 0""",
    ),
    Check(
        "lines_give_back_once",
        "No line of an order was refunded more than was paid for it, the group's discount counted.",
        """SELECT o.reference, k.code, x.unit_price_minor, sum(x.wine) AS wine, sum(x.off) AS off FROM (
            SELECT order_id, sku_id, unit_price_minor, quantity * unit_price_minor AS wine, 0 AS off
            FROM orders_orderline
            UNION ALL
            SELECT order_id, sku_id, unit_price_minor, 0, amount_minor FROM orders_ordercharge
            WHERE sku_id IS NOT NULL) x
        JOIN orders_order o ON o.id = x.order_id JOIN catalog_sku k ON k.id = x.sku_id
        GROUP BY o.id, o.reference, o.terms, k.code, x.unit_price_minor
        HAVING sum(x.off) > 0 OR (sum(x.off) < 0 AND (sum(x.wine) + sum(x.off) < 0
            OR sum(x.wine) - sum(x.wine) * CAST(coalesce(o.terms ->> 'discount_bp', '0') AS integer) / 10000
               + sum(x.off) < -1))""",
    ),
    Check(
        "cancelled_orders_owe_nothing",
        "An order that was called off has no bottles left and owes nothing but the fee that its terms ask for.",
        """SELECT o.reference, o.owed_minor, coalesce(sum(l.quantity), 0) AS pieces FROM orders_order o
        LEFT JOIN orders_orderline l ON l.order_id = o.id WHERE o.state = 'cancelled'
        GROUP BY o.id, o.reference, o.owed_minor HAVING coalesce(sum(l.quantity), 0) <> 0
        OR o.owed_minor <> (SELECT coalesce(sum(c.amount_minor), 0) FROM orders_ordercharge c
            WHERE c.order_id = o.id AND c.kind = 'cancelling')""",
    ),
    Check(
        "abandoned_orders_keep_no_money",
        "No abandoned order keeps money that is not on its way back.",
        """SELECT o.reference, o.paid_minor FROM orders_order o WHERE o.state = 'abandoned' AND o.paid_minor <> 0
        AND o.made_at < %(late)s""",
    ),
    Check(
        "used_pay_links_were_paid",
        "Every pay link that counts as paid has its money.",
        """SELECT l.reference, l.amount_minor FROM payments_paylink l WHERE l.used_at IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM payments_payment p WHERE p.order_id = l.order_id AND p.state = 'settled'
            AND p.kind <> 'refund' AND p.settled_at >= l.made_at)""",
    ),
    Check(
        "money_to_collect_is_owed",
        "Nothing is collected that nobody owes any more.",
        """SELECT c.reference, c.purpose, o.balance_minor FROM payments_collection c
        JOIN orders_order o ON o.id = c.order_id
        LEFT JOIN changes_changedraft d ON d.reference = c.purpose AND d.state IN ('open', 'paying', 'waiting')
        WHERE c.state = 'open' AND c.opened_at < %(late)s AND CASE WHEN c.purpose = ''
            THEN o.balance_minor <= o.later_minor OR o.state NOT IN ('placed', 'shipped') ELSE d.id IS NULL END""",
    ),
    Check(
        "pending_orders_are_being_paid",
        "Every pending order has its cart and a payment under way.",
        """SELECT o.reference, o.made_at FROM orders_order o WHERE o.state = 'pending' AND (
            NOT EXISTS (SELECT 1 FROM checkout_cart c WHERE c.pending_order_id = o.id)
            OR NOT EXISTS (SELECT 1 FROM payments_payment p WHERE p.order_id = o.id
                           AND p.state IN ('pending', 'unknown', 'needs_customer')))""",
    ),
    Check(
        "carts_wait_for_pending_orders_only",
        "No cart waits for an order that is no longer pending.",
        """SELECT c.reference, o.reference AS order_reference, o.state FROM checkout_cart c
        JOIN orders_order o ON o.id = c.pending_order_id WHERE o.state NOT IN ('pending', 'trying')""",
    ),
    Check(
        "payments_are_not_forgotten",
        "No payment stays open for hours: is the worker running?",
        """SELECT p.reference, p.state, p.made_at FROM payments_payment p
        WHERE p.state IN ('pending', 'unknown', 'needs_customer') AND p.made_at < %(late)s""",
    ),
    Check(
        "refunds_within_payments",
        "No payment is refunded beyond its amount.",
        """SELECT p.reference, p.amount_minor, sum(r.amount_minor) AS refunds FROM payments_payment p
        JOIN payments_payment r ON r.parent_id = p.id AND r.kind = 'refund'
            AND r.state IN ('pending', 'unknown', 'needs_customer', 'settled')
        GROUP BY p.id, p.reference, p.amount_minor HAVING sum(r.amount_minor) > p.amount_minor""",
    ),
    Check(
        "captures_within_authorisations",
        "What is taken was set aside before, no more than that, and ends it.",
        """SELECT c.reference, c.amount_minor, a.kind, a.amount_minor AS set_aside FROM payments_payment c
        JOIN payments_payment a ON a.id = c.parent_id WHERE c.kind = 'capture'
        AND (a.kind <> 'authorise' OR a.state <> 'settled' OR a.order_id <> c.order_id
             OR c.amount_minor > a.amount_minor OR (c.state = 'settled' AND a.released_at IS NULL))""",
    ),
    Check(
        "authorisations_are_let_go",
        "Nothing stays set aside for hours for an order that has ended.",
        """SELECT p.reference, o.reference AS order_reference, o.state FROM payments_payment p
        JOIN orders_order o ON o.id = p.order_id WHERE p.kind = 'authorise' AND p.state = 'settled'
        AND p.released_at IS NULL AND o.state IN ('shipped', 'cancelled', 'abandoned')
        AND NOT EXISTS (SELECT 1 FROM core_event e WHERE e.subject_kind = 'order' AND e.subject_id = o.id
                        AND e.at >= %(late)s)""",
    ),
    Check(
        "authorisations_are_renewed",
        "Nothing that is set aside lapses unnoticed while its order waits: is the worker running?",
        """SELECT p.reference, o.reference AS order_reference, p.expires_at FROM payments_payment p
        JOIN orders_order o ON o.id = p.order_id WHERE p.kind = 'authorise' AND p.state = 'settled'
        AND p.released_at IS NULL AND p.expires_at < %(late)s AND o.state = 'placed' AND o.balance_minor > 0
        AND NOT EXISTS (SELECT 1 FROM payments_payment r WHERE r.parent_id = p.id)""",
    ),
    Check(
        "credit_balances",
        "A customer's store credit is the sum of its entries, and never below nought.",
        """SELECT c.reference, c.credit_minor, coalesce(sum(e.amount_minor), 0) AS entries FROM customers_customer c
        LEFT JOIN payments_creditentry e ON e.customer_id = c.id GROUP BY c.id, c.reference, c.credit_minor
        HAVING c.credit_minor <> coalesce(sum(e.amount_minor), 0) OR c.credit_minor < 0""",
    ),
    Check(
        "credit_entries_run_on",
        "Each entry of store credit goes on from the balance before it, in the winery's currency.",
        """SELECT c.reference, e.at, e.amount_minor, e.balance_minor, e.before, e.currency FROM (
            SELECT x.*, coalesce(lag(x.balance_minor) OVER (PARTITION BY x.customer_id ORDER BY x.id), 0) AS before
            FROM payments_creditentry x) e
        JOIN customers_customer c ON c.id = e.customer_id CROSS JOIN core_winery w
        WHERE e.balance_minor <> e.before + e.amount_minor OR e.balance_minor < 0 OR e.currency <> w.currency""",
    ),
    Check(
        "credit_payments_have_their_entry",
        "Store credit moves with its payment: spent as much as was paid, back as much as was refunded.",
        """SELECT p.reference, p.kind, p.state, p.amount_minor, e.amount_minor AS entry FROM payments_payment p
        JOIN orders_order o ON o.id = p.order_id LEFT JOIN payments_creditentry e ON e.payment_id = p.id
        WHERE (p.gateway = 'credit') <> (e.id IS NOT NULL) OR (p.gateway = 'credit' AND (
            p.state <> 'settled' OR e.customer_id <> o.customer_id
            OR e.amount_minor <> CASE p.kind WHEN 'refund' THEN p.amount_minor ELSE -p.amount_minor END))""",
    ),
    Check(
        "payments_in_the_orders_currency",
        "Orders, their payments and the winery use one currency.",
        """SELECT o.reference, o.currency, w.currency AS winery, p.currency AS payment FROM orders_order o
        CROSS JOIN core_winery w LEFT JOIN payments_payment p ON p.order_id = o.id AND p.currency <> o.currency
        WHERE o.currency <> w.currency OR p.id IS NOT NULL""",
    ),
    Check(
        "months_add_up_to_the_ledger",
        "What the month-end counts of a shipped order over all time is what the order owes.",
        f"""SELECT o.reference, o.owed_minor, coalesce(r.total, 0) AS counted FROM orders_order o
        LEFT JOIN (SELECT e.order_id, sum({OWED}) AS total FROM ({ENTRIES}) e GROUP BY e.order_id) r
            ON r.order_id = o.id
        WHERE o.state = 'shipped' AND o.owed_minor <> coalesce(r.total, 0)""",
    ),
    Check(
        "taxes_are_those_of_their_base",
        "A tax of an order is its rate of what it was reckoned on, but for the rounding of its lines.",
        """SELECT o.reference, t.jurisdiction, t.rate_ppm, t.base, t.amount FROM orders_order o JOIN (
            SELECT g.order_id, g.jurisdiction, g.rate_ppm, sum(g.base_minor) AS base,
                   sum(g.amount_minor + g.included_minor) AS amount FROM orders_ordercharge g
            WHERE g.rate_ppm > 0 GROUP BY g.order_id, g.jurisdiction, g.tax_kind, g.rate_ppm) t ON t.order_id = o.id
        WHERE abs(t.amount * 1000000 - t.base * t.rate_ppm) > 1000000 * (2 + (
            SELECT count(*) FROM orders_orderline l WHERE l.order_id = o.id))""",
    ),
    Check(
        "customer_figures",
        "A customer's figures are those of the placed and shipped orders.",
        """SELECT c.reference, c.orders_count, c.lifetime_minor, c.first_order_at, c.last_order_at,
               coalesce(o.count, 0) AS orders, coalesce(o.wine, 0) AS wine FROM customers_customer c
        LEFT JOIN (
            SELECT o.customer_id, count(*) AS count, min(o.placed_at) AS first, max(o.placed_at) AS last,
                   sum(coalesce(l.sum, 0) + coalesce(g.sum, 0)) AS wine FROM orders_order o
            LEFT JOIN (SELECT order_id, sum(quantity * unit_price_minor) AS sum FROM orders_orderline
                       GROUP BY order_id) l ON l.order_id = o.id
            LEFT JOIN (SELECT order_id, sum(amount_minor) AS sum FROM orders_ordercharge
                       WHERE kind = 'discount' GROUP BY order_id) g ON g.order_id = o.id
            WHERE o.state IN ('placed', 'shipped') GROUP BY o.customer_id) o ON o.customer_id = c.id
        WHERE c.orders_count <> coalesce(o.count, 0) OR c.lifetime_minor <> coalesce(o.wine, 0)
            OR (c.first_order_at IS NULL) <> (o.first IS NULL) OR c.first_order_at <> o.first
            OR c.last_order_at <> o.last""",
    ),
    Check(
        "order_figures",
        "An order's own figures are those of its ledger: its wine after discounts, and its bottles.",
        """SELECT o.reference, o.wine_minor, o.bottle_count, coalesce(l.wine, 0) + coalesce(g.sum, 0) AS wine,
               coalesce(l.bottles, 0) AS ledger_bottles FROM orders_order o
        LEFT JOIN (SELECT l.order_id, sum(l.quantity * l.unit_price_minor) AS wine,
                          sum(CAST(l.quantity AS bigint) * k.units) AS bottles
                   FROM orders_orderline l JOIN catalog_sku k ON k.id = l.sku_id GROUP BY l.order_id) l
            ON l.order_id = o.id
        LEFT JOIN (SELECT order_id, sum(amount_minor) AS sum FROM orders_ordercharge
                   WHERE kind = 'discount' GROUP BY order_id) g ON g.order_id = o.id
        WHERE o.state IN ('placed', 'shipped', 'cancelled')
            AND (o.wine_minor <> coalesce(l.wine, 0) + coalesce(g.sum, 0)
                OR o.bottle_count <> coalesce(l.bottles, 0))""",
    ),
    Check(
        "one_allocation_group",
        "A membership is of its group's kind, and nobody is in two allocation groups.",
        """SELECT m.id, m.customer_id, m.kind, g.kind AS group_kind FROM customers_membership m
        JOIN customers_group g ON g.id = m.group_id
        WHERE m.kind <> g.kind OR (g.kind = 'allocation' AND EXISTS (
            SELECT 1 FROM customers_membership x JOIN customers_group y ON y.id = x.group_id
            WHERE x.customer_id = m.customer_id AND x.id <> m.id AND y.kind = 'allocation'))""",
    ),
    Check(
        "limits_never_overlap",
        "Of two volume limits of one place, period and kind of buyer only one is in force on a day.",
        """SELECT v.reference, o.reference AS other, v.period, v.subject FROM delivery_volumelimit v
        JOIN delivery_volumelimit o ON o.destination_id = v.destination_id AND o.period = v.period
            AND o.subject = v.subject AND o.id > v.id
        WHERE (v.last_day IS NULL OR v.last_day >= o.first_day) AND (o.last_day IS NULL OR o.last_day >= v.first_day)
        """,
    ),
    Check(
        "test_orders_move_nothing",
        "Test orders are paid with test cards, and nothing else is; their changes hold no bottles.",
        """SELECT o.reference, o.state, p.reference AS payment, p.gateway FROM payments_payment p
        JOIN orders_order o ON o.id = p.order_id WHERE (p.gateway = 'trial') <>
            (o.state IN ('trying', 'test', 'test_sent', 'test_off', 'test_void'))
        UNION ALL
        SELECT o.reference, o.state, h.holder, 'holds bottles' FROM inventory_hold h
        JOIN changes_changedraft d ON d.reference = h.holder JOIN orders_order o ON o.id = d.order_id
        WHERE o.state IN ('trying', 'test', 'test_sent', 'test_off', 'test_void')""",
    ),
    Check(
        "placed_orders_are_recorded",
        "Every order that was placed has its placing in the activity.",
        """SELECT o.reference, o.state FROM orders_order o WHERE o.state IN ('placed', 'shipped', 'cancelled')
        AND o.channel <> 'history'
        AND NOT EXISTS (SELECT 1 FROM core_event e WHERE e.subject_kind = 'order' AND e.subject_id = o.id
                        AND e.name = 'order.placed')""",
    ),
    Check(
        "shipped_orders_are_recorded",
        "Every order that was shipped has its shipping in the activity.",
        """SELECT o.reference, o.shipped_at FROM orders_order o WHERE o.state = 'shipped'
        AND o.channel <> 'history'
        AND NOT EXISTS (SELECT 1 FROM core_event e WHERE e.subject_kind = 'order' AND e.subject_id = o.id
                        AND e.name = 'order.shipped')""",
    ),
    Check(
        "fees_belong_to_memberships",
        "Every fee is of one membership, and nobody is a member whose fee is still to be paid.",
        """SELECT o.reference, o.balance_minor, m.reference AS member, m.state FROM orders_order o
        LEFT JOIN clubs_clubmember m ON m.fee_id = o.id WHERE o.state = 'booked'
        AND (m.id IS NULL OR (m.state <> 'paying' AND o.balance_minor > 0)
             OR (m.state = 'paying' AND o.made_at < %(late)s AND NOT EXISTS (
                 SELECT 1 FROM payments_payment p WHERE p.order_id = o.id
                 AND p.state IN ('pending', 'unknown', 'needs_customer'))))""",
    ),
    Check(
        "wishes_within_their_grants",
        "No wish is granted beyond what was asked, and a granted one names its order.",
        """SELECT w.reference, w.asked, w.granted, w.state FROM wishes_wish w WHERE w.granted > w.asked
        OR (w.state = 'granted' AND w.granted = 0) OR (w.granted > 0 AND w.order_id IS NULL)""",
    ),
    Check(
        "reminders_stop_on_purchase",
        "Nobody was reminded of a release in which they had bought.",
        _reminded_after_buying,
    ),
    Check(
        "reminders_go_out",
        "No reminder is due for hours and not on its way: is the worker running?",
        _reminders_overdue,
    ),
    Check(
        "daily_sales_add_up",
        "What was sold where, day by day, is what the orders say, to the cent.",
        _differing_days,
    ),
    Check(
        "everybody_is_placed",
        "Every customer was looked for on the map, or is about to be.",
        _unplaced_customers,
    ),
)


def examine(now: datetime) -> Iterator[Finding]:
    """Runs every check on one moment of the data; yields each with its offending rows, none when it holds."""
    # As ``run_doctor``: models, which are loaded by now.
    from tirage.core.winery import current_winery

    facts = {"now": now, "late": now - FORGOTTEN, "zone": current_winery().time_zone}
    with transaction.atomic():
        if is_postgresql() and not transaction.get_connection().savepoint_ids:
            run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for check in CHECKS:
            yield Finding(check, fetch_all(check.written, facts))


def run_checks(now: datetime) -> list[Finding]:
    """The checks whose promise is broken."""
    return [finding for finding in examine(now) if finding.rows]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="print broken promises only")


def run_doctor(options: argparse.Namespace) -> int:
    """Prints each promise and the rows that break it, what is wrong with how the gateway is set up, and what is late.

    0 when all promises hold and no finding of the gateway's list is open, 1 otherwise."""
    # Models, which are loaded by now; when the command's arguments were read they weren't.
    from tirage.health.queries import late_parts
    from tirage.payments.operations import last_comparison, open_findings

    broken = 0
    for finding in examine(read_clock()):
        broken += bool(finding.rows)
        if finding.rows or not options.quiet:
            print(f"{'BROKEN' if finding.rows else 'holds '}  {finding.check.promise}")
        for row in finding.rows[:SHOWN]:
            print("        " + ", ".join(f"{name} {value}" for name, value in row.items()))
        if len(finding.rows) > SHOWN:
            print(f"        and {len(finding.rows) - SHOWN} more")
    for fact in current_gateway().describe(now=read_clock()):
        if fact.problem:
            print(f"look    {fact.label}: {fact.value}. {fact.problem}")
    waiting = open_findings()
    if waiting:
        print(
            f"look    Open findings of the gateway's list: {waiting}. See to them in Payments, To look into."
        )
    elif last_comparison() is None:
        print("look    Never compared with the gateway's list. Run tirage reconcile, or the worker.")
    for part in late_parts(read_clock()):
        print(f"look    {part.title}: {part.words}. {part.detail}".rstrip())
    print(f"{len(CHECKS) - broken} of {len(CHECKS)} promises hold.")
    return 1 if broken or waiting else 0
