"""Recording that money for an order came by other roads than a gateway."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tirage.backoffice.frame.acting import MoneyField, choose, refusals_in
from tirage.backoffice.frame.links import order_url
from tirage.backoffice.payments.page import is_payable
from tirage.core.clock import read_clock
from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.payments.operations import take_offline_payment
from tirage.payments.states import OfflineKind
from tirage.staff.permissions import Permission, may, staff_actor, staff_required

_CAME: list[tuple[str, Any]] = [
    (OfflineKind.CHEQUE.value, gettext_lazy("A check")),
    (OfflineKind.TRANSFER.value, "A bank transfer"),
    (OfflineKind.CASH.value, "Cash"),
]
_GIFT = (OfflineKind.COMP.value, "Nothing: a gift of the house")


class OfflinePaymentForm(forms.Form):
    """``gives`` opens the gift of the house to those who may give away."""

    kind = forms.ChoiceField(label="What came", widget=forms.RadioSelect)
    amount = MoneyField(label="Amount")
    note = forms.CharField(
        label="Note",
        max_length=300,
        required=False,
        help_text=gettext_lazy("The check’s number, the transfer’s reference. A gift needs its reason here."),
    )
    #: The balance that was seen: the same form sent again finds another one and records nothing.
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, gives: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        choose(self, "kind", [*_CAME, *([_GIFT] if gives else [])])


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.RECORD_PAYMENTS)
def record_payment(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Says what is still to be paid, then writes down what came."""
    found = get_object_or_404(Order.objects.select_related("customer"), reference=reference)
    form = OfflinePaymentForm(
        request.POST or None,
        gives=may(request.user, Permission.GIVE_AWAY),
        initial={
            "kind": OfflineKind.CHEQUE.value,
            "amount": found.balance_minor,
            "seen": found.balance_minor,
        },
    )
    if form.is_valid():
        with refusals_in(form):
            _say(request, _take(request, found, form.cleaned_data))
            return redirect(order_url(found))
        found.refresh_from_db()
        form.data = {**form.data.dict(), "seen": found.balance_minor}  # type: ignore[attr-defined]  # as seen now
    return render(
        request,
        "backoffice/payments/offline/record_payment.html",
        {
            "title": "Record a payment",
            "crumbs": [
                ("Orders", reverse("backoffice:orders")),
                (found.reference, order_url(found)),
                ("Record a payment", ""),
            ],
            "order": found,
            "form": form,
            "submit": "Record the payment",
            "cancel_url": order_url(found),
            "possible": is_payable(found),
        },
        status=400 if form.errors else 200,
    )


def _take(request: HttpRequest, order: Order, values: dict[str, Any]) -> Payment:
    return take_offline_payment(
        order_reference=order.reference,
        amount_minor=values["amount"],
        offline_kind=OfflineKind(values["kind"]),
        note=values["note"],
        seen_balance_minor=values["seen"],
        actor=staff_actor(request),
        now=read_clock(),
    )


def _say(request: HttpRequest, payment: Payment) -> None:
    amount = say_money(Money(payment.amount_minor, payment.currency), current_winery().locale)
    gift = payment.offline_kind == OfflineKind.COMP
    messages.success(request, f"You recorded {amount} as {'a gift of the house' if gift else 'paid'}.")
