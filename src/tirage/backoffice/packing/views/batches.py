"""The board and the batches: chosen, previewed, frozen, handed over or dissolved."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.frame.acting import first_problem, refusals_said
from tirage.backoffice.frame.choosing import back_to_choice, say_if_list_changed, sent_choice
from tirage.backoffice.frame.lists import chosen_rows, list_page
from tirage.backoffice.frame.runs import bar_or_page
from tirage.backoffice.orders.list import ORDERS
from tirage.backoffice.orders.page import order_tabs
from tirage.backoffice.packing.board import board
from tirage.backoffice.packing.list import BATCHES
from tirage.backoffice.packing.page import batch_words, freezing_bar
from tirage.core.clock import read_clock
from tirage.fulfilment.models import Batch, ChangeAsked
from tirage.fulfilment.operations import hand_over
from tirage.fulfilment.packing.choosing import MOST_NAME, draft_batch
from tirage.fulfilment.packing.freezing import dissolve_batch, start_freezing
from tirage.fulfilment.states import AskState, BatchState
from tirage.staff.permissions import Permission, staff_actor, staff_required

#: Open requests that the board names.
MOST_ASKED = 50


class BatchForm(forms.Form):
    """What a batch is called, and whom it leaves out."""

    name = forms.CharField(max_length=MOST_NAME, label="Name")
    leaves_on = forms.DateField(
        required=False,
        label="Leaves on",
        help_text="Orders that their customers want later are left out. Empty takes them all.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    waits_for_wishes = forms.BooleanField(
        required=False, label="Leave out orders with open wishes beside them"
    )


@require_safe
@staff_required(Permission.SHIP_ORDERS)
def packing(request: HttpRequest) -> HttpResponseBase:
    asked = ChangeAsked.objects.filter(state=AskState.OPEN.value).select_related("order__customer")
    return list_page(
        request,
        BATCHES,
        title="Packing",
        tabs=order_tabs(request, "backoffice:packing"),
        board=board(read_clock()),
        asked=list(asked.order_by("asked_at")[:MOST_ASKED]),
        empty_text="Choose orders in their list and press Pack: they become a batch.",
    )


@require_POST
@staff_required(Permission.SHIP_ORDERS)
def choose(request: HttpRequest) -> HttpResponseBase:
    """Keeps the chosen orders as a batch and leads to its preview."""
    ids = list(chosen_rows(request, ORDERS).order_by("id").values_list("pk", flat=True))
    with refusals_said(request):
        made = draft_batch(order_ids=ids, actor=staff_actor(request), now=read_clock())
        say_if_list_changed(request, sent_choice(request, ORDERS.name), len(ids))
        return redirect("backoffice:batch", made.reference)
    return redirect(back_to_choice(request, ORDERS.name, "backoffice:orders"))


@require_safe
@staff_required(Permission.SHIP_ORDERS)
def batch(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The preview of a draft with what is asked for, the progress of one that freezes, papers and orders of the rest.

    What a draft is called and whom it leaves out stands in the address, and is kept once it is frozen.
    """
    found, now = _found(reference), read_clock()
    form = BatchForm(request.GET if "name" in request.GET else _settings(found))
    if form.is_valid() and found.state == BatchState.DRAFT:
        for name, value in form.cleaned_data.items():
            setattr(found, name, value)
    context: dict[str, Any] = {
        "batch": found,
        "title": found.name,
        "crumbs": [("Packing", reverse("backoffice:packing")), (found.name, "")],
        "form": form,
        **batch_words(found, now),
    }
    return render(request, "backoffice/packing/batch.html", context, status=400 if form.errors else 200)


def _settings(found: Batch) -> dict[str, Any]:
    return {"name": found.name, "leaves_on": found.leaves_on, "waits_for_wishes": found.waits_for_wishes}


def _found(reference: str) -> Batch:
    return get_object_or_404(Batch, reference=reference)


@require_POST
@staff_required(Permission.SHIP_ORDERS)
def freeze(request: HttpRequest, reference: str) -> HttpResponse:
    found, form = _found(reference), BatchForm(request.POST)
    if not form.is_valid():
        messages.error(request, first_problem(form))
        return redirect("backoffice:batch", reference)
    with refusals_said(request):
        start_freezing(batch=found, actor=staff_actor(request), now=read_clock(), **form.cleaned_data)
    return redirect("backoffice:batch", reference)


@require_safe
@staff_required(Permission.SHIP_ORDERS)
def progress(request: HttpRequest, reference: str) -> HttpResponse:
    """The bar alone; the whole page once nothing is under way any more."""
    found = _found(reference)
    bar = freezing_bar(found) if found.state == BatchState.FREEZING else None
    return bar_or_page(request, bar, reverse("backoffice:batch", args=[reference]))


@require_POST
@staff_required(Permission.SHIP_ORDERS)
def dissolve(request: HttpRequest, reference: str) -> HttpResponse:
    """Lets every order of the batch go free."""
    with refusals_said(request):
        dissolve_batch(batch=_found(reference), actor=staff_actor(request), now=read_clock())
        messages.success(request, "You dissolved the batch. Its orders are free again.")
    return redirect("backoffice:batch", reference)


@require_POST
@staff_required(Permission.SHIP_ORDERS)
def leave(request: HttpRequest, reference: str) -> HttpResponse:
    """Lets the worker ship what is packed."""
    with refusals_said(request):
        hand_over(
            batch=_found(reference),
            tell_customers="tell_customers" in request.POST,
            actor=staff_actor(request),
            now=read_clock(),
        )
    return redirect("backoffice:batch", reference)
