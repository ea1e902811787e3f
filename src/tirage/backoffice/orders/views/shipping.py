"""Marking orders as shipped: one with its tracking number; many with preview, progress and result in words."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_said
from tirage.backoffice.frame.choosing import back_to_choice, say_if_list_changed, sent_choice
from tirage.backoffice.frame.links import order_url
from tirage.backoffice.frame.lists import chosen_rows
from tirage.backoffice.frame.mails import say_mailed
from tirage.backoffice.frame.runs import bar_or_page, say_run
from tirage.backoffice.orders.list import ORDERS
from tirage.backoffice.orders.page import delivery_kind, ship_words
from tirage.core.clock import read_clock
from tirage.core.money import Money, say_money
from tirage.core.runs import stands_still
from tirage.core.winery import current_winery
from tirage.fulfilment.models import ShipRun
from tirage.fulfilment.operations import (
    Shipped,
    draft_shipping,
    mark_ready,
    say_result,
    set_tracking,
    ship_order,
    start_shipping,
    stop_shipping,
)
from tirage.fulfilment.operations.shipping import MOST_TRACKING
from tirage.fulfilment.queries import bottles_of, preview_shipping, refused_rows, ship_progress
from tirage.fulfilment.states import ShipState
from tirage.orders.models import Order
from tirage.orders.operations import clear_attention
from tirage.orders.states import OrderState
from tirage.parts.wording import say_bottles
from tirage.payments.queries import authorised_minor
from tirage.staff.permissions import Permission, may, require, staff_actor, staff_required
from tirage.wishes.granting.queries import open_wishes_beside, with_open_wishes

#: Orders with open wishes that the preview names.
MOST_WISHING = 200


class ShipForm(forms.Form):
    """``unpaid`` asks for the reason why wine goes without its money."""

    tracking = forms.CharField(
        max_length=MOST_TRACKING,
        required=False,
        label="Tracking number",
        help_text="The customer's mail says it.",
    )
    way = forms.CharField(required=False, max_length=12, widget=forms.HiddenInput)
    tell_customer = forms.BooleanField(required=False, initial=True, label="Tell the customer by mail")
    unpaid_reason = forms.CharField(
        max_length=200,
        label="Why it goes without its money",
        help_text="The activity keeps it. The amount stays open on the order.",
    )

    def __init__(self, *args: Any, goes_by_carrier: bool, unpaid: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not goes_by_carrier:
            del self.fields["tracking"]
        if not unpaid:
            del self.fields["unpaid_reason"]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SHIP_ORDERS)
def ship(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Says what leaves and what is taken from cards, then does it."""
    found = get_object_or_404(Order.objects.select_related("customer", "method"), reference=reference)
    now = read_clock()
    authorised = authorised_minor(found.pk, now)
    missing = max(found.balance_minor - authorised, 0)
    allowed = not missing or may(request.user, Permission.SHIP_UNPAID)
    form = ShipForm(
        request.POST if request.method == "POST" else None,
        initial={"way": found.method.reference if found.method else ""},
        goes_by_carrier=delivery_kind(found).is_sent,
        unpaid=missing > 0,
    )
    if request.method == "POST" and missing:
        require(request, Permission.SHIP_UNPAID)
    if form.is_valid():
        with refusals_said(request):
            facts = {"actor": staff_actor(request), "now": now, **form.cleaned_data}
            facts["way"] = facts["way"] or None
            _say_shipped(request, ship_order(order_reference=reference, **facts))
            return redirect(order_url(found))
        # The page again, as things are now: the bank may have changed them.
        return redirect("backoffice:order_ship", reference)
    bottles = say_bottles(bottles_of(Order.objects.filter(pk=found.pk)), current_winery().locale)
    context = {
        "title": f"{ship_words(found)}: {found.reference}",
        "crumbs": [
            ("Orders", reverse("backoffice:orders")),
            (found.reference, order_url(found)),
            (ship_words(found), ""),
        ],
        "order": found,
        "form": form,
        "bottles": bottles,
        "taken": Money(max(min(found.balance_minor, authorised), 0), found.currency),
        "missing": Money(missing, found.currency),
        "wishes": open_wishes_beside(found),
        "possible": found.step == OrderState.PLACED,
        "allowed": allowed,
        "cancel_url": order_url(found),
        "submit": f"{ship_words(found)}: {bottles}",
    }
    return render(request, "backoffice/orders/ship.html", context, status=400 if form.errors else 200)


def _say_shipped(request: HttpRequest, shipped: Shipped) -> None:
    text = "You sent the order off; its bottles are out of the books."
    if shipped.order.is_test:
        text = "You marked the test order as shipped. No bottles left."
    elif shipped.taken:
        text += f" {say_money(shipped.taken, current_winery().locale)} came from the card."
    messages.success(request, text)


@require_POST
@staff_required(Permission.SHIP_ORDERS)
def ready(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Says that an order lies ready to be picked up, which its customer is mailed."""
    found = get_object_or_404(Order.objects.select_related("customer"), reference=reference)
    with refusals_said(request):
        mark_ready(order_reference=reference, actor=staff_actor(request), now=read_clock())
        say_mailed(request, f"It lies ready. {found.customer.email} is told where and until when.")
    return redirect("backoffice:order", reference)


@require_POST
@staff_required(Permission.SHIP_ORDERS)
def track(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Sets the tracking number of an order that has left."""
    get_object_or_404(Order, reference=reference)
    with refusals_said(request):
        set_tracking(
            order_reference=reference,
            tracking=request.POST.get("tracking", ""),
            shown=request.POST.get("shown"),
            actor=staff_actor(request),
            now=read_clock(),
        )
        messages.success(request, "You saved the tracking number. The customer sees it with the order.")
    return redirect("backoffice:order", reference)


@require_POST
@staff_required(Permission.EDIT_ORDERS)
def attended(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Takes the flag off an order: somebody has seen to it."""
    get_object_or_404(Order, reference=reference)
    with refusals_said(request):
        if clear_attention(order_reference=reference, actor=staff_actor(request), now=read_clock()):
            messages.success(request, "The order doesn't need anybody any more.")
    return redirect("backoffice:order", reference)


# Many at once


@require_POST
@staff_required(Permission.SHIP_ORDERS)
def choose(request: HttpRequest) -> HttpResponseBase:
    """Keeps the chosen orders as a draft and leads to its preview."""
    ids = list(chosen_rows(request, ORDERS).order_by("id").values_list("pk", flat=True))
    with refusals_said(request):
        run = draft_shipping(order_ids=ids, actor=staff_actor(request), now=read_clock())
        say_if_list_changed(request, sent_choice(request, ORDERS.name), len(ids))
        return redirect("backoffice:shipping", run.reference)
    return redirect(back_to_choice(request, ORDERS.name, "backoffice:orders"))


@require_safe
@staff_required(Permission.SHIP_ORDERS)
def shipping(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The preview of a draft, the progress of a run, the result of a finished one."""
    run = get_object_or_404(ShipRun, reference=reference)
    context: dict[str, Any] = {
        "run": run,
        "title": "Mark orders as shipped",
        "crumbs": [("Orders", reverse("backoffice:orders")), ("Mark as shipped", "")],
    }
    now = read_clock()
    if run.state == ShipState.DRAFT:
        preview = preview_shipping(run, now)
        context["preview"] = preview
        placed = Order.objects.filter(ship_rows__run=run, state=OrderState.PLACED.value)
        context["wishing"] = list(
            with_open_wishes(placed).select_related("customer").order_by("id")[:MOST_WISHING]
        )
        context["to_take"] = Money(preview.to_take_minor, current_winery().currency)
    elif run.state == ShipState.RUNNING:
        context |= {"bar": _bar(run), "late": stands_still(run.changed_at, now)}
    else:
        context["result"] = say_run(request, run, say_result(run))
        context["refused"] = list(refused_rows(run)[:200])
    return render(request, "backoffice/orders/shipping.html", context)


@require_POST
@staff_required(Permission.SHIP_ORDERS)
def run_shipping(request: HttpRequest, reference: str) -> HttpResponse:
    """Lets the worker begin, or go on."""
    run = get_object_or_404(ShipRun, reference=reference)
    start_shipping(
        run=run,
        tell_customers="tell_customers" in request.POST,
        actor=staff_actor(request),
        now=read_clock(),
    )
    return redirect("backoffice:shipping", reference)


@require_POST
@staff_required(Permission.SHIP_ORDERS)
def stop(request: HttpRequest, reference: str) -> HttpResponse:
    """Ends a run between two orders."""
    stop_shipping(run=get_object_or_404(ShipRun, reference=reference), now=read_clock())
    return redirect("backoffice:shipping", reference)


@require_safe
@staff_required(Permission.SHIP_ORDERS)
def progress(request: HttpRequest, reference: str) -> HttpResponse:
    """The bar alone; the whole page once nothing is under way any more."""
    run = get_object_or_404(ShipRun, reference=reference)
    bar = _bar(run) if run.state == ShipState.RUNNING else None
    return bar_or_page(request, bar, reverse("backoffice:shipping", args=[reference]))


def _bar(run: ShipRun) -> dict[str, Any]:
    """What ``parts/progress.html`` takes."""
    found = ship_progress(run)
    return {
        "name": "shipping",
        "label": "Marking orders as shipped" if found.done else "Waiting for its turn",
        "value": found.done or None,
        "max": found.total,
        "words": found.words,
        "url": reverse("backoffice:ship_progress", args=[run.reference]),
    }
