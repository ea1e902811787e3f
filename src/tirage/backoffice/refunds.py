"""The form that gives money back, wherever it stands, and the words that follow."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from tirage.backoffice.acting import MoneyField, refusals_in
from tirage.backoffice.permissions import staff_actor
from tirage.core.clock import read_clock
from tirage.core.money import Money
from tirage.core.winery import current_winery
from tirage.orders.models import Order
from tirage.parts.wording import say_money
from tirage.payments.models import Payment
from tirage.payments.operations import refund_payment, refund_to_credit
from tirage.payments.states import CREDIT, OFFLINE, PaymentState

#: Where money goes back to: where it came from, or into the customer's store credit.
ORIGINAL, TO_CREDIT = "original", "credit"


class RefundForm(forms.Form):
    payment = forms.CharField(max_length=20, widget=forms.HiddenInput)
    amount = MoneyField(label="Amount")
    to = forms.ChoiceField(
        label="Goes to",
        choices=[(ORIGINAL, "Where it came from"), (TO_CREDIT, "Store credit")],
        required=False,
    )
    reason = forms.CharField(
        max_length=200, label="Reason", help_text="The activity and the payment keep it."
    )


def give_back(request: HttpRequest, order: Order, form: RefundForm) -> bool:
    """Does what the form asks and says so; False when it was refused, with the words on the form."""
    if not form.is_valid():
        return False
    payment = Payment.objects.filter(order=order, reference=form.cleaned_data["payment"]).first()
    if payment is None:
        form.add_error(None, "This payment is not of this order.")
        return False
    with refusals_in(form):
        say_refund(request, _refund(request, payment, form.cleaned_data))
    return not form.errors


def _refund(request: HttpRequest, payment: Payment, values: dict[str, Any]) -> Payment:
    facts: dict[str, Any] = {
        "reason": values["reason"],
        "actor": staff_actor(request),
        "now": read_clock(),
    }
    if values["to"] == TO_CREDIT:
        amount = Money(values["amount"], payment.currency)
        refund_id = refund_to_credit(payment_id=payment.pk, amount=amount, **facts)
        return Payment.objects.get(pk=refund_id)
    return refund_payment(payment_reference=payment.reference, amount_minor=values["amount"], **facts)


#: Where no bank was asked.
_WENT = {
    CREDIT: "{} are in the customer’s store credit now.",
    OFFLINE: "{} are written down as given back: hand them over, or send them.",
}


def say_refund(request: HttpRequest, refund: Payment) -> None:
    """What became of a refund, on the next page."""
    amount = say_money(Money(refund.amount_minor, refund.currency), current_winery().locale)
    if refund.state == PaymentState.SETTLED:
        messages.success(request, _WENT.get(refund.gateway, "{} went back to the card.").format(amount))
    elif refund.state == PaymentState.DECLINED:
        messages.error(request, f"The bank refused to give {amount} back: {refund.message}")
    else:
        messages.warning(
            request, f"The bank hasn't answered about {amount} yet. It is asked again by itself."
        )
