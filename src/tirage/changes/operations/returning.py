"""Giving money back for named wines, saying what becomes of the bottles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tirage.changes.rules import Bottles
from tirage.changes.states import RefundTo
from tirage.core.actors import Actor
from tirage.core.money import Money
from tirage.orders.models import Order
from tirage.payments.models import Payment


@dataclass(frozen=True, slots=True)
class LineRefund:
    """What giving back for named lines comes to; ``to_give_back`` is the money that moves."""

    wine: Money
    discount: Money
    tax: Money
    total: Money
    to_give_back: Money
    words: str
    refused: str


def quote_line_refund(*, order: Order, pieces: Mapping[str, int], bottles: Bottles) -> LineRefund:
    """What giving back for so many pieces of lines (by ``line_key``) would come to."""
    raise NotImplementedError


def refund_lines(
    *,
    order_reference: str,
    pieces: Mapping[str, int],
    bottles: Bottles,
    expected_minor: int,
    refund_to: RefundTo = RefundTo.ORIGINAL,
    reason: str,
    actor: Actor,
    now: datetime,
) -> tuple[Payment, ...]:
    """Gives money back for named pieces; the refunds' payment rows."""
    raise NotImplementedError
