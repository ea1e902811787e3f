"""Settings: which compliance service is asked, for what, and from where the winery ships."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.backoffice.settings.tabs import settings_page
from tirage.compliance.models import ComplianceCheck
from tirage.compliance.services import current_service, current_setup, service_named
from tirage.compliance.setup import greet_service, save_setup
from tirage.core.clock import read_clock
from tirage.orders.models import Order
from tirage.parts.hands import EditForm
from tirage.places.states import STATES
from tirage.staff.permissions import Permission, require, staff_actor, staff_required


class ComplianceForm(EditForm):
    checks_orders = forms.BooleanField(
        label="Orders are checked before they ship",
        required=False,
        help_text="Orders that go to an address in the United States. What the service doesn’t let ship, or doesn’t "
        "answer about, waits under Orders, Compliance.",
    )
    asks_tax = forms.BooleanField(
        label="Its tax is asked for at the checkout",
        required=False,
        help_text="Instead of your own tables, for what is sent to an address in the United States. Where it doesn’t "
        "answer in time, an order is taxed by your tables and waits in compliance until the two were compared.",
    )
    finds_places = forms.BooleanField(
        label="It is asked for carriers’ counters",
        required=False,
        help_text="When somebody looks for a place that holds their wine, besides your own list of locations. Where it "
        "doesn’t answer in time, your list is shown alone. Sovos ShipCompliant knows those of FedEx and UPS.",
    )
    line1 = forms.CharField(
        label="Wine ships from",
        max_length=200,
        required=False,
        help_text="The street of your winery or warehouse. Tax and some states’ rules depend on it.",
    )
    city = forms.CharField(label="Town", max_length=120, required=False)
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "Choose"), *((code, one.name) for code, one in STATES.items())],
    )
    postal_code = forms.CharField(label="ZIP code", max_length=10, required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_SETTINGS)
def compliance_settings(request: HttpRequest) -> HttpResponseBase:
    """Whether a service is connected, and what it is asked for."""
    now = current_setup()
    initial = {name: getattr(now, name) for name in ComplianceForm.base_fields}
    form = ComplianceForm(request.POST or None, initial=initial, about=now)
    if request.method == "POST":
        require(request, Permission.EDIT_SETTINGS)
        if form.is_valid():
            with refusals_in(form):
                save_setup(values=form.typed, shown=form.shown, actor=staff_actor(request), now=read_clock())
                messages.success(request, "You saved the settings.")
                return redirect("backoffice:compliance_settings")
    service, named = current_service(), service_named(settings.TIRAGE_COMPLIANCE_SERVICE)
    return settings_page(
        request,
        "backoffice:compliance_settings",
        "Compliance",
        form,
        "Save the settings",
        template="backoffice/settings/compliance.html",
        service=service.name if service else "",
        lacks=list(named.lacks) if named and not service else [],
        waiting=Order.objects.filter(awaits_compliance=True).count(),
        to_tell=ComplianceCheck.objects.exclude(duty="").count(),
    )


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def try_compliance(request: HttpRequest) -> HttpResponseBase:
    """Asks the service whether the key is good."""
    with refusals_said(request):
        messages.success(request, f"The key is good: it opens {greet_service()}.")
    return redirect("backoffice:compliance_settings")
