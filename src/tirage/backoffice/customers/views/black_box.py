"""The black box: what the shop showed a customer at a minute, what they pressed, and what was left for everybody."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_time
from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from tirage.backoffice.frame.acting import MomentField
from tirage.checkout.recorded import COUNTING, Press, around, last_recorded, minute_of
from tirage.checkout.recording import KEPT
from tirage.core.clock import read_clock
from tirage.core.winery import current_winery, local_time
from tirage.customers.models import Customer
from tirage.customers.queries import find_as_written
from tirage.offers.models import Release
from tirage.offers.rules import OfferStatus
from tirage.staff.permissions import Permission, staff_required

BUTTONS = {
    "hold": "Take these bottles",
    "all": "Take the full allocation",
    "usual": "Take what we suggest",
    "retake": "Take them again",
    "split": "Take what may go now, keep the rest",
    "fewer": "Take only what may go",
    "empty": "Empty the cart",
    "wish": "Keep the wishes",
    "add": "Add to the order",
    "add_all": "Add the full allocation to the order",
    "add_cart": "Add the cart to the order",
    "tell_me": "Tell me when bottles come back",
    "place": "Place the order",
    "change_wish": "Change a wish",
    "withdraw": "Withdraw a wish",
    "choose_aside": "Buy what is set aside",
    "let_go": "Let go of what is set aside",
}
PAGES = {
    OfferStatus.OPEN: "the offer",
    OfferStatus.NOT_YET: "that the offer hasn’t opened yet",
    OfferStatus.CLOSED: "that the offer has closed",
    OfferStatus.NONE: "that there is no offer",
}


OTHER_PAGES = {
    "checkout": "the checkout",
    "set_aside": "the bottles that were set aside for them",
    "wishes": "all their wishes",
}


class MinuteForm(forms.Form):
    """Which customer, and which minute; without one the last that something happened in."""

    customer = forms.CharField(
        label="Customer", max_length=254, help_text="E-mail address or reference.", required=False
    )
    at = MomentField(
        label="Minute", required=False, help_text="Empty for the last that anything happened in."
    )

    def clean_customer(self) -> Customer | None:
        text = self.cleaned_data["customer"].strip()
        if not text:
            return None
        found = find_as_written(text)
        if found is None:
            raise forms.ValidationError("No customer has this e-mail address or reference.")
        return found


@require_safe
@staff_required(Permission.SEE_CUSTOMERS, Permission.SEE_OFFERS)
def black_box(request: HttpRequest) -> HttpResponseBase:
    """A customer and a minute; ``release`` says which release's last minute is meant where none is named."""
    form = MinuteForm(request.GET)
    is_asked = form.is_valid()
    release = Release.objects.filter(
        reference=request.GET.get("release", "")[:40].replace("\x00", "")
    ).first()
    customer = form.cleaned_data["customer"] if is_asked else None
    context: dict[str, Any] = {
        "title": "Black box",
        "crumbs": _crumbs(customer, release),
        "form": MinuteForm(request.GET) if form.errors else MinuteForm(initial=_initial(request, customer)),
        "customer": customer,
        "release": release,
        "kept_days": KEPT.days,
    }
    if form.errors:
        context["form"] = form
    if customer is not None:
        at = form.cleaned_data["at"] or last_recorded(customer, release=release) or read_clock()
        context |= _minute(customer, release, at.replace(second=0, microsecond=0))
    return render(request, "backoffice/customers/black_box.html", context, status=400 if form.errors else 200)


def _initial(request: HttpRequest, customer: Customer | None) -> dict[str, Any]:
    return {"customer": customer.email if customer else "", "at": request.GET.get("at", "")[:40]}


def _minute(customer: Customer, release: Release | None, minute: datetime) -> dict[str, Any]:
    told = minute_of(customer, minute)
    before, after = around(customer, minute)
    end = minute + timedelta(minutes=1)
    page = told.page
    return {
        "minute": minute,
        "page": page,
        "page_words": _page_words(page.name, page.status) if page else "",
        "counts": bool(page and page.name in COUNTING),
        "was_held": bool(page and page.held_until and page.held_until > minute),
        "has_lapsed": bool(page and page.held_until and page.held_until <= minute),
        "is_earlier": bool(page and page.at < minute),
        "shown_at": _exact(page.at) if page else "",
        "presses": [
            (_button(press), press, minute <= press.at < end, _exact(press.at)) for press in told.presses
        ],
        "stock": [(one, _exact(one.at)) for one in told.stock],
        "before_url": _url(customer, release, before) if before else "",
        "after_url": _url(customer, release, after) if after else "",
    }


def _exact(at: datetime) -> str:
    """``9:02:14 AM`` on the winery's clock."""
    said = format_time(local_time(at), "medium", locale=current_winery().locale)
    return str(said).replace("\u202f", " ")


def _page_words(name: str, status: str) -> str:
    return OTHER_PAGES.get(name) or PAGES[OfferStatus(status)]


def _button(press: Press) -> str:
    return BUTTONS.get(press.name, press.name)


def _url(customer: Customer, release: Release | None, at: datetime) -> str:
    asked = {"customer": customer.reference, "at": f"{local_time(at):%Y-%m-%dT%H:%M}"}
    if release:
        asked["release"] = release.reference
    return f"?{urlencode(asked)}"


def _crumbs(customer: Customer | None, release: Release | None) -> list[tuple[str, str]]:
    if release is not None:
        report = reverse("backoffice:release_report", args=[release.reference])
        return [(release.name, report), ("Black box", "")]
    customers = [("Customers", reverse("backoffice:customers"))]
    if customer is not None:
        customers.append((customer.name, reverse("backoffice:customer", args=[customer.reference])))
    return [*customers, ("Black box", "")]
