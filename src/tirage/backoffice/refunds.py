"""The form that gives money back, wherever it stands, and the words that follow."""

from __future__ import annotations

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
from tirage.payments.operations import refund_payment
from tirage.payments.states import PaymentState


class RefundForm(forms.Form):
    payment = forms.CharField(max_length=20, widget=forms.HiddenInput)
    amount = MoneyField(label="Amount")
    reason = forms.CharField(
        max_length=200, label="Reason", help_text="The activity and the payment keep it."
    )


def give_back(request: HttpRequest, order: Order, form: RefundForm) -> bool:
    """Does what the form asks and says so; False when it was refused, with the words on the form."""
    if not form.is_valid():
        return False
    values = form.cleaned_data
    if not Payment.objects.filter(order=order, reference=values["payment"]).exists():
        form.add_error(None, "This payment is not of this order.")
        return False
    with refusals_in(form):
        refund = refund_payment(
            payment_reference=values["payment"],
            amount_minor=values["amount"],
            reason=values["reason"],
            actor=staff_actor(request),
            now=read_clock(),
        )
        say_refund(request, refund)
    return not form.errors


def say_refund(request: HttpRequest, refund: Payment) -> None:
    """What became of a refund, on the next page."""
    amount = say_money(Money(refund.amount_minor, refund.currency), current_winery().locale)
    if refund.state == PaymentState.SETTLED:
        messages.success(request, f"{amount} went back to the card.")
    elif refund.state == PaymentState.DECLINED:
        messages.error(request, f"The bank refused to give {amount} back: {refund.message}")
    else:
        messages.warning(
            request, f"The bank hasn't answered about {amount} yet. It is asked again by itself."
        )
