"""Making a draft part of its order, in the transaction that agrees on its money."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext

from tirage.changes.models import ChangeDraft
from tirage.changes.operations.steps import (
    adds_pieces,
    advance_draft,
    hold_added,
    maker_of,
    refuse_unchangeable,
)
from tirage.changes.queries import quote_draft
from tirage.changes.reckoning import new_charge
from tirage.changes.rules import ChangeQuote
from tirage.changes.states import DraftState, Maker
from tirage.changes.wording import say_change
from tirage.core.errors import Conflict
from tirage.core.events import EventName
from tirage.core.money import Money
from tirage.core.reactions import react
from tirage.orders.models import OrderChange
from tirage.orders.operations import NewDelivery, apply_change
from tirage.orders.statements import NewLine
from tirage.orders.states import ChangeKind
from tirage.orders.taking import place_begun
from tirage.payments.models import Payment
from tirage.payments.states import CREDIT, OFFLINE, OFFLINE_WORDS, OfflineKind, PaymentKind


def apply_draft(
    draft: ChangeDraft, quote: ChangeQuote, paid_words: str, now: datetime, **columns: Any
) -> OrderChange:
    """Enters a locked draft as a change of its locked order, in its maker's name; the change.

    What it adds was held in this transaction; ``columns`` are kept with the draft. Locks stock, customer. Records
    ``order.changed``, reacts with ``change.applied``. What was put together for a customer places its order instead:
    records ``order.placed``, reacts with ``order.taken`` and ``order.placed``. Raises Conflict ``hold_lost``.
    """
    order, is_new = draft.order, draft.is_new_order
    details = {} if is_new else {field.name: [field.before, field.after] for field in quote.fields}
    if draft.override_reason:
        details["override"] = ["", draft.override_reason]
    if is_new:
        place_begun(order=order, of_offer=any(line.offer_item_id for line in quote.new_lines), now=now)
    change = apply_change(
        order=order,
        kind=_kind_of(draft, is_new=is_new),
        lines=[
            NewLine(line.sku_id, line.offer_item_id, line.quantity, line.unit_price_minor)
            for line in quote.new_lines
        ],
        charges=list(map(new_charge, quote.new_charges)),
        delivery=_delivery(draft, quote),
        terms=quote.terms,
        details=details,
        holder=draft.reference,
        reason=draft.reason,
        text=say_change(quote, paid_words, draft.override_reason, is_new=is_new),
        event=EventName.ORDER_PLACED if is_new else EventName.ORDER_CHANGED,
        actor=maker_of(draft),
        now=now,
    )
    columns |= {"change_id": change.pk, "closed_at": now, "waiting_code": "", "waiting_for": ""}
    advance_draft(draft, DraftState.APPLIED, **columns)
    facts = {"order_id": order.pk, "change_id": change.pk, "customer_id": order.customer_id}
    react("order.taken" if is_new else "change.applied", **facts, draft_id=draft.pk, now=now)
    if is_new:
        react("order.placed", order_id=order.pk, customer_id=order.customer_id, now=now)
    return change


def _kind_of(draft: ChangeDraft, *, is_new: bool) -> ChangeKind:
    if is_new:
        return ChangeKind.PLACING
    moved = list(draft.lines.values_list("sku_id", "quantity")) if draft.maker == Maker.SYSTEM else []
    # What takes bottles off, too, puts others in their place.
    is_grant = adds_pieces(moved) and all(pieces > 0 for _, pieces in moved)
    return ChangeKind.GRANT if is_grant else ChangeKind.CHANGE


def hold_lost() -> Conflict:
    return Conflict(
        "hold_lost", "Some of the bottles that this change adds are gone. Look at it and take what is left."
    )


def _delivery(draft: ChangeDraft, quote: ChangeQuote) -> NewDelivery | None:
    """The order's columns as they will be; None when nothing of them changes."""
    if not draft.delivery:
        return None
    order, kept = draft.order, draft.delivery
    day = kept.get("requested_ship_on")
    return NewDelivery(
        quote.method_id,
        quote.ship_to,
        (date.fromisoformat(day) if day else None)
        if "requested_ship_on" in kept
        else order.requested_ship_on,
        kept.get("gift_note", order.gift_note),
    )


def apply_paid(draft: ChangeDraft, payment: Payment, now: datetime) -> None:
    """Applies a locked draft whose payment has just been booked. Raises Conflict when it isn't what was agreed."""
    refuse_unchangeable(draft.order)
    quote = quote_draft(draft, now)
    if quote.moved_on:
        raise Conflict("order_moved_on", f"The order had changed meanwhile: {' '.join(quote.moved_on)}.")
    pays_all = quote.difference.minor == payment.amount_minor
    if not pays_all and quote.uncovered.minor + quote.difference.minor != 0:
        raise Conflict("price_changed", "What it costs had changed meanwhile.")
    if quote.blocking:
        raise Conflict("not_confirmable", " ".join(problem.text for problem in quote.blocking))
    if hold_added(draft, until=None, now=now):
        raise hold_lost()
    apply_draft(draft, quote, say_paid(payment), now)


def say_paid(payment: Payment) -> str:
    """``$190.00 charged to Visa 4242``."""
    amount = Money(payment.amount_minor, payment.currency)
    if payment.gateway == CREDIT:
        return f"{amount} paid from store credit"
    if payment.gateway == OFFLINE:
        return (
            f"{amount} paid by {gettext(OFFLINE_WORDS[OfflineKind(payment.offline_kind)]).removeprefix('a ')}"
        )
    card = payment.payment_method.label if payment.payment_method else "a card"
    verb = "set aside on" if payment.kind == PaymentKind.AUTHORISE else "charged to"
    return f"{amount} {verb} {card}"
