"""The form that gives money back, wherever it stands, and the words that follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from tirage.backoffice.frame.acting import MoneyField, choose, refusals_in
from tirage.backoffice.payments.words import how
from tirage.core.clock import read_clock
from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery
from tirage.payments.models import Payment
from tirage.payments.operations import is_gift, refund_payment, refund_to_credit, refunded_minor
from tirage.payments.states import CREDIT, OFFLINE, PaymentState
from tirage.staff.permissions import staff_actor

#: Where money goes back to: where it came from, or into the customer's store credit.
ORIGINAL, TO_CREDIT = "original", "credit"


class RefundForm(forms.Form):
    """Gives back some of the payment ``about``, of which ``left`` minor units are left."""

    payment = forms.CharField(required=False, widget=forms.HiddenInput)
    #: What was left when the person saw it: the same form sent again finds less and gives nothing back.
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    amount = MoneyField(label="Amount")
    to = forms.ChoiceField(label="Goes to", required=False)
    reason = forms.CharField(
        max_length=200, label="Reason", help_text="The activity and the payment keep it."
    )
    tell_customer = forms.BooleanField(required=False, label="Tell the customer by mail")

    def __init__(self, data: Mapping[str, Any] | None = None, *, about: Payment, left: int) -> None:
        initial = {"payment": about.reference, "seen": left, "tell_customer": not is_gift(about)}
        super().__init__(data, initial=initial, auto_id=f"%s_{about.reference}")
        self.about = about
        self.fields["amount"].label = f"Amount, at most {_say(left, about)}"
        if about.gateway == CREDIT:
            del self.fields["to"]
        else:
            to_credit = [] if is_gift(about) else [(TO_CREDIT, "Store credit")]
            choose(self, "to", [(ORIGINAL, _origin(about)), *to_credit])

    def clean_amount(self) -> int:
        amount: int = self.cleaned_data["amount"]
        if not amount:
            raise forms.ValidationError("Write an amount above nothing.")
        return amount

    def see_again(self) -> None:
        """What is left now has been seen, once the page with the refusal is."""
        left = self.about.amount_minor - refunded_minor(self.about.pk)
        self.data = {**self.data, "seen": left}


def _origin(payment: Payment) -> str:
    if is_gift(payment):
        return "Nobody: it was a gift"
    return "The customer, by hand" if payment.gateway == OFFLINE else f"{how(payment)}, where it came from"


def give_back(request: HttpRequest, form: RefundForm) -> bool:
    """Does what the form asks and says so; False when it was refused, with the words on the form."""
    if not form.is_valid():
        return False
    with refusals_in(form):
        say_refund(request, _refund(request, form))
        return True
    form.see_again()
    return False


def _refund(request: HttpRequest, form: RefundForm) -> Payment:
    payment, values = form.about, form.cleaned_data
    facts: dict[str, Any] = {
        "reason": values["reason"],
        "seen_left_minor": values["seen"],
        "mail": values["tell_customer"],
        "actor": staff_actor(request),
        "now": read_clock(),
    }
    if values.get("to") == TO_CREDIT:
        amount = Money(values["amount"], payment.currency)
        refund_id = refund_to_credit(payment_id=payment.pk, amount=amount, **facts)
        return Payment.objects.get(pk=refund_id)
    return refund_payment(payment_reference=payment.reference, amount_minor=values["amount"], **facts)


#: Where no bank was asked.
_WENT = {
    CREDIT: "You refunded {} to the customer’s store credit.",
    OFFLINE: "You recorded a refund of {}: hand the money over, or send it.",
}


def say_refund(request: HttpRequest, refund: Payment) -> None:
    """What became of a refund, on the next page."""
    amount = _say(refund.amount_minor, refund)
    if is_gift(refund):
        messages.success(request, f"You took back {amount} of the gift; nobody gets money for it.")
    elif refund.state == PaymentState.SETTLED:
        messages.success(request, _WENT.get(refund.gateway, "You refunded {} to the card.").format(amount))
    elif refund.state == PaymentState.DECLINED:
        messages.error(request, f"The bank refused the refund of {amount}: {refund.message}")
    else:
        messages.warning(request, f"The bank hasn't answered about {amount} yet. The worker asks it again.")


def _say(minor: int, payment: Payment) -> str:
    return say_money(Money(minor, payment.currency), current_winery().locale)
