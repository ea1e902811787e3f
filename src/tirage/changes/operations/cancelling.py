"""Cancelling a whole order: bottles and money shown and chosen separately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tirage.changes.states import RefundTo
from tirage.core.actors import Actor
from tirage.core.money import Money
from tirage.orders.models import Order
from tirage.orders.queries import LineView
from tirage.payments.models import Payment


@dataclass(frozen=True, slots=True)
class CancelQuote:
    """What cancelling would do: bottles that could come back, money that could go back and where from.

    ``refused`` says in words why it can't be done now; empty when it can.
    """

    lines: tuple[LineView, ...]
    pieces: int
    #: Payments with what would go back of each, newest first.
    payments: tuple[tuple[Payment, Money], ...]
    to_give_back: Money
    #: Set aside at the bank and never taken: it is let go.
    authorised: Money
    refused: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    order: Order
    refunds: tuple[Payment, ...]


def quote_cancel(order: Order, now: datetime) -> CancelQuote:
    """What cancelling the order would do now."""
    raise NotImplementedError


def cancel_order(
    *,
    order_reference: str,
    restock: bool,
    refund_to: RefundTo | None,
    reason: str,
    words: str = "",
    mail: bool = False,
    actor: Actor,
    now: datetime,
) -> Cancelled:
    """Cancels a placed order; ``refund_to`` None keeps the money for now."""
    raise NotImplementedError
