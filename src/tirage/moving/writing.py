"""Orders of the history into the ledger, a portion at once: new ones, others in place of what was there; and out again.

The same tables as any order's; a portion is a handful of statements of many rows. Sums are worked out here and proven
by ``tirage doctor`` like all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tirage.core.sql import ids_parameter, is_among, run
from tirage.core.winery import current_winery
from tirage.moving.drafts import Draft, Paid, Part
from tirage.moving.models import MovedOrder
from tirage.moving.states import Outcome
from tirage.moving.wines import Wines
from tirage.orders.models import Order, OrderChange, OrderCharge, OrderLine
from tirage.orders.states import ChangeKind, Channel, ChargeKind, OrderState
from tirage.payments.models import Payment
from tirage.payments.states import HISTORY, PaymentKind, PaymentState

#: Who is said to have made an order's changes.
BY = "Former system"
#: The order's columns that come from a draft.
_COLUMNS = (
    *(
        "customer",
        "group",
        "state",
        "made_at",
        "placed_at",
        "shipped_at",
        "recipient",
        "company",
        "line1",
        "line2",
    ),
    *(
        "city",
        "ship_state",
        "postal_code",
        "country",
        "phone",
        "gift_note",
        "tracking",
        "owed_minor",
        "paid_minor",
    ),
    *("wine_minor", "bottle_count"),
)
_ENTRIES = ("orders_orderline", "orders_ordercharge", "orders_orderchange", "payments_payment")


@dataclass(slots=True)
class Ready:
    """A draft that the database knows all names of."""

    moved: MovedOrder
    draft: Draft
    customer_id: int
    group_id: int | None
    digest: str


def write_orders(ready: Sequence[Ready], wines: Wines, now: datetime) -> None:
    """Writes what is new and what differs; ``moved`` of each says what became of it. Inside the caller's transaction.

    Raises IntegrityError where a reference drawn for a row is taken: the portion may be tried again.
    """
    new = [one for one in ready if one.moved.order_id is None]
    changed = [one for one in ready if one.moved.order_id is not None]
    orders = [_order(one, wines, Order(channel=Channel.HISTORY.value)) for one in new]
    orders = Order.objects.bulk_create(orders)
    _clear([one.moved.order_id for one in changed if one.moved.order_id])
    present = Order.objects.in_bulk([one.moved.order_id for one in changed])
    again = [_order(one, wines, present[one.moved.order_id or 0]) for one in changed]
    if again:
        Order.objects.bulk_update(again, _COLUMNS)
    pairs = [*zip(new, orders, strict=True), *zip(changed, again, strict=True)]
    _write_changes(pairs, wines)
    _write_payments(pairs)
    for one, order in pairs:
        one.moved.outcome = (Outcome.CHANGED if one.moved.order_id else Outcome.NEW).value
        one.moved.order, one.moved.digest, one.moved.problem = order, one.digest, ""
        one.moved.total_minor, one.moved.refunded_minor = one.draft.total, one.draft.refunded
        one.moved.release = one.draft.release
        one.moved.came_in_at = one.moved.came_in_at or now


def take_out(moved: Sequence[MovedOrder]) -> None:
    """Takes orders of the history out of the ledger, with everything of theirs. Inside the caller's transaction."""
    ids = [one.order_id for one in moved if one.order_id is not None]
    for one in moved:
        one.order, one.digest, one.outcome, one.problem = None, "", Outcome.GONE.value, ""
    MovedOrder.objects.filter(pk__in=[one.pk for one in moved]).update(order=None, digest="")
    _clear(ids)
    Order.objects.filter(pk__in=ids, channel=Channel.HISTORY.value).delete()


def _clear(order_ids: Sequence[int]) -> None:
    for table in _ENTRIES if order_ids else ():
        statement = f"DELETE FROM {table} WHERE {is_among('order_id')}"  # noqa: S608  # fixed words
        run(statement, {"among": ids_parameter(order_ids)})


def _order(one: Ready, wines: Wines, order: Order) -> Order:
    draft = one.draft
    parts = [part for part in (draft.placing, draft.returned) if part is not None]
    to: dict[str, str] = draft.ship_to
    values: dict[str, Any] = {
        "customer_id": one.customer_id,
        "group_id": one.group_id,
        "state": (OrderState.CANCELLED if draft.is_cancelled else OrderState.SHIPPED).value,
        "currency": current_winery().currency,
        "made_at": datetime.fromisoformat(draft.placed_at),
        "placed_at": datetime.fromisoformat(draft.placed_at),
        "shipped_at": None if draft.is_cancelled else datetime.fromisoformat(draft.shipped_at),
        "recipient": to.get("recipient", "")[:160],
        "company": to.get("company", "")[:160],
        "line1": to.get("line_1", "")[:200],
        "line2": to.get("line_2", "")[:200],
        "city": to.get("city", "")[:120],
        "ship_state": to.get("state", "")[:60],
        "postal_code": to.get("postal_code", "")[:16],
        "country": to.get("country", "US"),
        "phone": to.get("phone", "")[:40],
        "gift_note": draft.gift_note,
        "tracking": draft.tracking,
        "owed_minor": sum(part.owed for part in parts),
        "paid_minor": sum(one.amount for one in draft.paid),
        "wine_minor": sum(_wine(part) for part in parts),
        "bottle_count": sum(_pieces(part, wines) for part in parts),
    }
    for name, value in values.items():
        setattr(order, name, value)
    return order


def _wine(part: Part) -> int:
    """Without delivery and tax, after discounts, as ``orders.statements`` counts it."""
    discounts = sum(one.amount for one in part.charges if one.kind is ChargeKind.DISCOUNT)
    return sum(line.amount for line in part.lines) + discounts


def _pieces(part: Part, wines: Wines) -> int:
    return sum(line.quantity * wines.known(line.bottle)[1] for line in part.lines)


def _write_changes(pairs: Iterable[tuple[Ready, Order]], wines: Wines) -> None:
    changes: list[tuple[OrderChange, Part]] = []
    for one, order in pairs:
        changes.append((_change(order, 1, ChangeKind.PLACING, one.draft.placing), one.draft.placing))
        if one.draft.returned is not None:
            kind = ChangeKind.CANCEL if one.draft.is_cancelled else ChangeKind.REFUND
            changes.append((_change(order, 2, kind, one.draft.returned), one.draft.returned))
    OrderChange.objects.bulk_create([change for change, _ in changes])
    OrderLine.objects.bulk_create([line for change, part in changes for line in _lines(change, part, wines)])
    OrderCharge.objects.bulk_create([charge for change, part in changes for charge in _charges(change, part)])


def _change(order: Order, number: int, kind: ChangeKind, part: Part) -> OrderChange:
    at = datetime.fromisoformat(part.at)
    return OrderChange(
        order=order, number=number, kind=kind.value, at=at, actor_label=BY, difference_minor=part.owed
    )


def _lines(change: OrderChange, part: Part, wines: Wines) -> list[OrderLine]:
    return [
        OrderLine(
            order_id=change.order_id,
            change=change,
            sku_id=wines.known(line.bottle)[0],
            quantity=line.quantity,
            unit_price_minor=line.unit_minor,
        )
        for line in part.lines
    ]


def _charges(change: OrderChange, part: Part) -> list[OrderCharge]:
    return [
        OrderCharge(
            order_id=change.order_id,
            change=change,
            kind=one.kind.value,
            amount_minor=one.amount,
            description=one.words[:160],
        )
        for one in part.charges
    ]


def _write_payments(pairs: Iterable[tuple[Ready, Order]]) -> None:
    """Charges first: a refund goes back to one of them."""
    charges: dict[int, list[Payment]] = {}
    for one, order in pairs:
        paid = [money for money in one.draft.paid if money.amount > 0]
        charges[order.pk] = [_payment(order, money, money.amount) for money in paid]
    Payment.objects.bulk_create([payment for found in charges.values() for payment in found])
    refunds = [
        refund
        for one, order in pairs
        for money in one.draft.paid
        if money.amount < 0
        for refund in _refunds(order, money, charges[order.pk])
    ]
    Payment.objects.bulk_create(refunds)


def _payment(order: Order, money: Paid, amount: int, parent: Payment | None = None) -> Payment:
    at = datetime.fromisoformat(money.at)
    payment = Payment(
        order=order,
        parent=parent,
        gateway=HISTORY,
        kind=(PaymentKind.REFUND if parent else PaymentKind.CHARGE).value,
        state=PaymentState.SETTLED.value,
        amount_minor=amount,
        currency=order.currency,
        note=money.words,
        actor_label=BY,
        made_at=at,
        settled_at=at,
    )
    payment.idempotency_key = payment.reference
    return payment


def _refunds(order: Order, money: Paid, charges: Sequence[Payment]) -> list[Payment]:
    """The refund, of as many charges as it takes; none gives back more than it brought."""
    found, missing = [], -money.amount
    for charge in charges:
        left = charge.amount_minor - getattr(charge, "went_back", 0)
        if (part := min(left, missing)) > 0:
            charge.went_back = part + getattr(charge, "went_back", 0)  # type: ignore[attr-defined]  # for this portion
            found.append(_payment(order, money, part, charge))
            missing -= part
    return found
