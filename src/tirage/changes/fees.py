"""What taking bottles back costs, by the terms that an order was placed by.

In the days to withdraw nothing. Later a part of the price of the wine that goes, and what is given back may be store
credit only. The terms stand on the order from the moment in which they were agreed to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from tirage.core.money import Money, rate_of, say_money
from tirage.core.winery import current_winery, local_time
from tirage.orders.models import Order, OrderCharge
from tirage.orders.states import ChargeKind


@dataclass(frozen=True, slots=True)
class Leaving:
    """What is asked of who gives bottles back now: ``fee_bp`` of their price; the rest as credit only."""

    fee_bp: int = 0
    to_credit: bool = False

    @property
    def is_free(self) -> bool:
        return not self.fee_bp and not self.to_credit


FREE = Leaving()


def may_withdraw(order: Order, now: datetime) -> bool:
    """Whether the order can still be withdrawn from in full; the last day counts to its end."""
    return order.withdraw_until is not None and local_time(now).date() <= order.withdraw_until


def leaving(order: Order, now: datetime) -> Leaving:
    if may_withdraw(order, now):
        return FREE
    return Leaving(order.cancel_fee_bp, order.cancels_to_credit)


def fee_on(wine_minor: int, fee_bp: int) -> int:
    """Of wine after discounts, rounded once, half up."""
    return rate_of(max(wine_minor, 0), fee_bp * 100)


def say_fee(wine: Money, fee_bp: int) -> str:
    """``Cancellation fee, 10 % of $240.00``: how it stands on the ledger."""
    return f"Cancellation fee, {fee_bp / 100:g} % of {say_money(wine, current_winery().locale)}"


def fee_of_all(order: Order, now: datetime, *, waived: bool) -> int:
    """What cancelling the whole order costs, in minor units: never more than was paid for it.

    Fees for bottles that went before stay with us: what is waived is the one for what is left. One statement where the
    terms have a fee, none elsewhere.
    """
    if not order.cancel_fee_bp:
        return 0
    charged = OrderCharge.objects.filter(order=order, kind=ChargeKind.CANCELLING.value)
    before = charged.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    now_due = 0 if waived else fee_on(order.wine_minor, leaving(order, now).fee_bp)
    return min(int(before) + now_due, order.paid_minor)
