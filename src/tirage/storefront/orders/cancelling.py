"""A customer cancels an order: what the page says goes back, where to, and why it may not be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from tirage.catalog.rules import full_title
from tirage.changes.fees import may_withdraw
from tirage.changes.operations import CancelQuote
from tirage.changes.operations.steps import TOO_LATE
from tirage.changes.states import RefundTo
from tirage.changes.window import is_over
from tirage.core.money import say_money
from tirage.core.texts import say_names
from tirage.core.winery import current_winery
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.models import Payment
from tirage.payments.operations import is_gift
from tirage.payments.states import CREDIT, OFFLINE, OfflineKind
from tirage.storefront.offer.wines import label_url
from tirage.storefront.orders.changing.under_way import PACKING, order_change_words

_WHY_NOT: dict[OrderState, Any] = {
    OrderState.PENDING: "This order is being paid right now. You can cancel it once it is placed.",
    OrderState.SHIPPED: gettext_lazy("This order has left us, so it can’t be canceled any more."),
    OrderState.CANCELLED: gettext_lazy("This order is canceled."),
    OrderState.BOOKED: "This is a fee, without bottles. Please ask us.",
    OrderState.ABANDONED: "This order was never placed.",
}
_PAYING = gettext_lazy(
    "A change of this order waits for your bank’s answer. Until then it can’t be canceled."
)
#: How money came that no card moved, after ``Paid``.
_CAME_BY: dict[str, Any] = {
    OfflineKind.CHEQUE.value: gettext_lazy("by check"),
    OfflineKind.TRANSFER.value: "by bank transfer",
    OfflineKind.CASH.value: "in cash",
    OfflineKind.COMP.value: "by a gift of ours",
    OfflineKind.MOVED.value: "by who gave it to you",
}


class WordsForm(forms.Form):
    """What the customer would like to say; nobody has to."""

    words = forms.CharField(
        label="Would you like to tell us why? (optional)",
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="%s")


def why_not_cancel(order: Order, quote: CancelQuote, now: datetime) -> str:
    """Why the order (with its release) can't be cancelled now, as its customer reads it; empty when it can."""
    if not quote.refused:
        return TOO_LATE if is_over(order.release, now) and not may_withdraw(order, now) else ""
    return PACKING if order.packed_in else str(_WHY_NOT.get(order.step, _PAYING))


def cancel_words(order: Order, quote: CancelQuote, chosen: RefundTo, now: datetime) -> dict[str, Any]:
    """The context of the page; three statements at most."""
    locale = current_winery().locale
    payments = [payment for payment, _ in quote.payments]
    by_hand = any(payment.gateway == OFFLINE for payment in payments)
    return {
        "order": order,
        "quote": quote,
        "wines": [
            {
                "name": full_title(line.name, line.format_name),
                "quantity": line.quantity,
                "label_url": label_url(line.label_digest),
            }
            for line in quote.lines
        ],
        "paid": [(_came(payment), say_money(amount, locale)) for payment, amount in quote.payments],
        "back": say_money(quote.to_give_back, locale) if quote.to_give_back else "",
        "aside": say_money(quote.authorised, locale) if quote.authorised else "",
        "has_gift": any(is_gift(payment) for payment in payments),
        "by_hand": by_hand,
        "fee": say_money(quote.fee, locale) if quote.fee else "",
        "withdraw_until": order.withdraw_until if may_withdraw(order, now) else None,
        "credit_only": quote.credit_only,
        "can_choose": not order.is_test
        and not quote.credit_only
        and any(payment.gateway != CREDIT for payment in payments),
        "goes_to": _goes_to(payments),
        "to_credit": by_hand or quote.credit_only or (not order.is_test and chosen is RefundTo.CREDIT),
        "drops_change": bool(order_change_words(order, now)["drafts"]),
        "act": _act(quote, locale),
    }


def _came(payment: Payment) -> str:
    if payment.gateway == CREDIT:
        return "Paid from store credit"
    return f"Paid {_CAME_BY.get(payment.offline_kind) or f'with {_card(payment)}'}"


def _goes_to(payments: Sequence[Payment]) -> str:
    """``To Visa ending in 4242 and your store credit``."""
    places = ["your store credit" if one.gateway == CREDIT else _card(one) for one in payments]
    return f"To {say_names(list(dict.fromkeys(places)))}" if places else ""


def _card(payment: Payment) -> str:
    card = payment.payment_method
    return card.long_label if card else "your card"


def _act(quote: CancelQuote, locale: str) -> str:
    """What the button says; it names the money."""
    if quote.to_give_back:
        return f"Cancel my order, {say_money(quote.to_give_back, locale)} back"
    if quote.authorised:
        return f"Cancel my order, {say_money(quote.authorised, locale)} let go"
    return "Cancel my order"
