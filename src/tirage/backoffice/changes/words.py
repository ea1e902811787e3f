"""How changes are said to the team: their state, what they do, why they wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from tirage.backoffice.frame.cells import money_cell, state_cell
from tirage.backoffice.payments.words import how
from tirage.changes.models import ChangeDraft
from tirage.changes.operations.steps import NEEDS_CUSTOMER, PAY_LINK
from tirage.changes.states import DraftState, Maker
from tirage.core.money import Money
from tirage.payments.models import Payment
from tirage.payments.rules import say_decline
from tirage.payments.states import CREDIT, OfflineKind, PaymentKind

STATES: dict[str, str] = {
    DraftState.OPEN: "Being prepared",
    DraftState.PAYING: "Being paid",
    DraftState.WAITING: "Waits for money",
    DraftState.APPLIED: "Made",
    DraftState.DROPPED: "Let go",
    DraftState.LAPSED: "Time was over",
}
_TONES: dict[str, str] = {
    DraftState.OPEN: "active",
    DraftState.PAYING: "pending",
    DraftState.WAITING: "unknown",
    DraftState.APPLIED: "settled",
    DraftState.DROPPED: "voided",
    DraftState.LAPSED: "voided",
}
_ENDED = (DraftState.APPLIED, DraftState.DROPPED, DraftState.LAPSED)


def draft_state(draft: ChangeDraft) -> SafeString:
    """A dot and the state in words."""
    return state_cell(_TONES[draft.state], STATES[draft.state])


def is_ended(draft: ChangeDraft) -> bool:
    return draft.state in _ENDED


def maker_words(draft: ChangeDraft) -> str:
    """``Ana Alvarez (customer)``."""
    return f"{draft.actor_label} (customer)" if draft.maker == Maker.CUSTOMER else draft.actor_label


def waits_for(draft: ChangeDraft) -> str:
    """Why it waits, in a few words; nothing while it doesn't."""
    if draft.state == DraftState.PAYING:
        return "The bank hasn’t answered yet"
    if draft.state != DraftState.WAITING:
        return ""
    if draft.waiting_code == PAY_LINK:
        return "The customer has a pay link"
    if draft.waiting_code == NEEDS_CUSTOMER:
        return "The bank wants the customer to confirm"
    return say_decline(draft.waiting_code, draft.waiting_for)


def can_retry(draft: ChangeDraft) -> bool:
    """Whether its own card can simply be asked again: not while a link or the bank waits for the customer."""
    elsewhere = draft.waiting_code in (PAY_LINK, NEEDS_CUSTOMER)
    return draft.state == DraftState.WAITING and draft.payment_method_id is not None and not elsewhere


def does(draft: ChangeDraft, methods: Mapping[str, str]) -> str:
    """What a change does, from its lines (with skus) and charges; ``methods`` names ways of delivery by reference."""
    lines = list(draft.lines.all())
    said = [
        f"{line.quantity:+d} × {line.sku.name}".replace("-", "−", 1)
        for line in sorted(lines, key=lambda line: line.quantity < 0)
    ]
    said += [charge.reason for charge in draft.charges.all()]
    said += _delivery_words(draft.delivery, methods)
    words = "; ".join(said) or "nothing yet"
    return words[:1].upper() + words[1:]


def _delivery_words(delivery: Mapping[str, Any], methods: Mapping[str, str]) -> list[str]:
    said = []
    if "ship_to" in delivery:
        place = delivery["ship_to"]
        said.append(f"to {', '.join(part for part in (place['city'], place['state']) if part)}")
    if "method" in delivery:
        said.append(methods.get(delivery["method"], "another way of delivery"))
    if "requested_ship_on" in delivery:
        said.append(f"ship on {delivery['requested_ship_on'] or 'no set day'}")
    if "gift_note" in delivery:
        said.append("gift note")
    return said


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a page says of a draft that waits."""

    title: str
    text: str
    tone: str = "warning"


def waiting_words(draft: ChangeDraft, customer: str) -> Waiting | None:
    """What a draft waits for and what can be done; None for one that doesn't wait."""
    amount = money_cell(Money(draft.confirmed_minor or 0, draft.order.currency))
    new = draft.is_new_order
    stays = "Nothing is ordered yet" if new else "The order is as it was"
    happens, made = ("is placed", "order") if new else ("changes", "change")
    if draft.state == DraftState.PAYING:
        return Waiting(
            "The bank hasn’t answered yet.",
            f"Whether {amount} were paid is found out by itself. {stays}, and the bottles stay held.",
        )
    if draft.state != DraftState.WAITING:
        return None
    if draft.waiting_code == PAY_LINK:
        return Waiting(
            f"{customer} has a link to pay {amount}.",
            f"It went to {draft.order.customer.email}. The order {happens} by itself once it is paid.",
            "info",
        )
    if draft.waiting_code == NEEDS_CUSTOMER:
        return Waiting(
            f"The bank wants {customer} to confirm {amount}.",
            f"{stays}. A mail leads the customer to the bank; the {made} is made once it is confirmed.",
        )
    return Waiting(
        f"{say_decline(draft.waiting_code, draft.waiting_for)}.",
        f"{stays}. Try the card again, choose another way to settle, or let the {made} go.",
        "problem",
    )


def paid_words(payment: Payment) -> str:
    """``$190.00 charged to Visa 4242``: how a change's money came."""
    amount = money_cell(Money(payment.amount_minor, payment.currency))
    if payment.gateway == CREDIT:
        return f"{amount} taken from store credit"
    if payment.offline_kind == OfflineKind.COMP:
        return f"{amount} are a gift of the house"
    if payment.offline_kind:
        return f"{amount} recorded as paid ({how(payment).lower()})"
    aside = payment.kind == PaymentKind.AUTHORISE
    return f"{amount} {'set aside on' if aside else 'charged to'} {how(payment)}"
