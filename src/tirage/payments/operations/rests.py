"""Rests that are less than a card can be charged: paid from store credit, let go, or left for the next payment.

No card pays them, so nobody is asked to try another one.
"""

from __future__ import annotations

from datetime import datetime

from tirage.core.actors import Actor
from tirage.core.money import Money
from tirage.core.states import SmallRests
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.orders.operations import waive_rest
from tirage.payments.gateways import current_gateway
from tirage.payments.operations.credit import spend_credit


def least_minor(currency: str) -> int:
    """The least that a card can be charged at once by the gateway in use, in minor units."""
    return current_gateway().least(currency=currency)


def is_too_small(amount: Money) -> bool:
    """Whether there is something to pay and no card can be charged it."""
    return 0 < amount.minor < least_minor(amount.currency)


def rests_are_waived() -> bool:
    """Whether the winery lets such rests go, rather than keep them for the next payment."""
    return current_winery().small_rests == SmallRests.WAIVE


def say_too_small(amount: Money) -> str:
    """``$0.30 is less than a card can be charged at once ($0.50)``, without a full stop."""
    least = Money(least_minor(amount.currency), amount.currency)
    return f"{amount} is less than a card can be charged at once ({least})"


def settle_rest(*, order: Order, due_minor: int, actor: Actor, now: datetime) -> str:
    """Settles what an order owes where no card can be charged it; what was done in words, empty when it isn't so small.

    By store credit where there is enough, else as the winery's rule says: waived, or kept. Inside the caller's
    transaction, with the order locked; locks the customer.
    """
    rest = Money(due_minor, order.currency)
    if not is_too_small(rest):
        return ""
    said = say_too_small(rest)
    credit = Customer.objects.values_list("credit_minor", flat=True).get(pk=order.customer_id)
    if credit >= due_minor and not order.is_test:
        spend_credit(order_id=order.pk, customer_id=order.customer_id, amount=rest, actor=actor, now=now)
        return f"{said}. It was paid from the store credit, so nothing is left to pay."
    if rests_are_waived():
        waive_rest(order=order, amount_minor=due_minor, actor=actor, now=now)
        return f"{said}. It was let go, so nothing is left to pay."
    return f"{said}. It stays open on the order and is paid with its next payment."
