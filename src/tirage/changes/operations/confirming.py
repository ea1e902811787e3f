"""Settling a draft's difference, then applying it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tirage.changes.rules import OfflineMoney
from tirage.changes.states import RefundTo, SettleBy
from tirage.core.actors import Actor
from tirage.payments.models import PaymentMethod


@dataclass(frozen=True, slots=True)
class Confirmed:
    """How a confirmation went: ``applied``, ``declined``, ``needs_customer`` (follow ``action_url``), ``unknown``
    or ``link`` (waits for the customer at ``link_reference``)."""

    status: str
    draft_reference: str
    order_reference: str
    payment_reference: str = ""
    message: str = ""
    action_url: str = ""
    link_reference: str = ""


def confirm_draft(
    *,
    draft_reference: str,
    expected_difference_minor: int,
    expected_settlement_minor: int,
    settle_by: SettleBy = SettleBy.CARD,
    payment_method: PaymentMethod | None = None,
    refund_to: RefundTo = RefundTo.ORIGINAL,
    offline: OfflineMoney | None = None,
    actor: Actor,
    now: datetime,
) -> Confirmed:
    """Settles the difference that was seen, then applies the draft."""
    raise NotImplementedError


def pay_draft(
    *,
    draft_reference: str,
    payment_method: PaymentMethod,
    return_url: str | None = None,
    actor: Actor,
    now: datetime,
) -> Confirmed:
    """Pays a waiting draft by a card; ``return_url`` is where the bank sends a customer back to who isn't signed in."""
    raise NotImplementedError


def retry_draft(
    *,
    draft_reference: str,
    payment_method: PaymentMethod | None = None,
    return_url: str | None = None,
    actor: Actor,
    now: datetime,
) -> Confirmed:
    """Tries a waiting draft's card again, or another."""
    raise NotImplementedError


def finish_change_payment(*, payment_reference: str, actor: Actor, now: datetime) -> Confirmed:
    """Back from the bank's page, or looking again at an unknown outcome."""
    raise NotImplementedError


def give_up_change_payment(*, payment_reference: str, actor: Actor, now: datetime) -> Confirmed:
    """Leaves the bank's page for another card."""
    raise NotImplementedError
