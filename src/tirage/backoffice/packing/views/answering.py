"""A change that a customer asked for while the order was packed: recalled, done or declined."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.frame.links import order_url
from tirage.backoffice.frame.mails import say_mailed
from tirage.core.clock import read_clock
from tirage.fulfilment.models import ChangeAsked
from tirage.fulfilment.packing.asking import MOST_WORDS, answer_change
from tirage.fulfilment.states import AskState
from tirage.staff.permissions import Permission, staff_actor, staff_required

RECALL = "recall"
ANSWERS = (
    (RECALL, "Recall the order, so that the customer can change it"),
    (AskState.DONE.value, "It is done"),
    (AskState.DECLINED.value, "It can’t be done"),
)


class AnswerForm(forms.Form):
    how = forms.ChoiceField(choices=ANSWERS, label="What becomes of it")
    answer = forms.CharField(
        required=False,
        max_length=MOST_WORDS,
        label="A few words to the customer",
        help_text="They stand in the mail. Needed where it can’t be done.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SHIP_ORDERS)
def answer(request: HttpRequest, reference: str) -> HttpResponseBase:
    asked = get_object_or_404(ChangeAsked.objects.select_related("order__customer"), reference=reference)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        how = form.cleaned_data["how"]
        with refusals_in(form):
            answer_change(
                asked=asked,
                state=AskState.DONE if how == RECALL else AskState(how),
                answer=form.cleaned_data["answer"],
                recall=how == RECALL,
                actor=staff_actor(request),
                now=read_clock(),
            )
            say_mailed(request, f"You answered {asked.order.customer.name}, who is told by mail.")
            return redirect(order_url(asked.order))
        asked.refresh_from_db()
    context = {
        "title": f"A change of {asked.order.reference}",
        "crumbs": [
            ("Packing", reverse("backoffice:packing")),
            (asked.order.reference, order_url(asked.order)),
            ("A change", ""),
        ],
        "asked": asked,
        "form": form,
        "submit": "Answer",
        "cancel_url": reverse("backoffice:packing"),
    }
    status = 400 if form.errors else 200
    return render(request, "backoffice/packing/answer.html", context, status=status)
