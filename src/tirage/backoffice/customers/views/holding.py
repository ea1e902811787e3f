"""A carrier's location that holds wine for a customer: chosen by the team, from the list or as it is typed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tirage.backoffice.customers.list import customer_url
from tirage.backoffice.customers.views.customers import customer_crumbs, found_customer
from tirage.backoffice.frame.acting import refusals_in
from tirage.compliance.finding import counter_values, counters_near, with_counters
from tirage.core.clock import read_clock
from tirage.customers.models import Address, Customer
from tirage.delivery.laws.asking import word_at_save
from tirage.delivery.locations.operations import HOLDERS, LocationValues, hold_for
from tirage.delivery.locations.queries import Near, holding_carriers, nearest_locations
from tirage.delivery.models import Location
from tirage.staff.permissions import Permission, staff_actor, staff_required


class HoldForm(forms.Form):
    """One of the list, or another as it is typed."""

    chosen = forms.ChoiceField(required=False, label="Near the customer", widget=forms.RadioSelect)
    carrier = forms.ChoiceField(required=False, label="Carrier", choices=list(HOLDERS.items()))
    name = forms.CharField(required=False, max_length=80, label="Name of the place")
    code = forms.CharField(required=False, max_length=40, label="The carrier’s number")
    line1 = forms.CharField(required=False, max_length=200, label="Street")
    city = forms.CharField(required=False, max_length=120, label="City")
    state = forms.CharField(required=False, max_length=60, label="State")
    postal_code = forms.CharField(required=False, max_length=16, label=gettext_lazy("ZIP or postal code"))
    opening_hours = forms.CharField(required=False, max_length=200, label="Opening hours")

    def __init__(self, *args: Any, found: list[Near], **options: Any) -> None:
        super().__init__(*args, **options)
        self.found = {_value(one.location): one.location for one in found}
        field = self.fields["chosen"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            *((_value(one.location), _say(one)) for one in found),
            ("", "Another, typed below"),
        ]
        if not found:
            field.widget = forms.HiddenInput()
        elif not self.is_bound:
            self.initial.setdefault("chosen", _value(found[0].location))

    @property
    def location(self) -> Location | None:
        return self.found.get(self.cleaned_data.get("chosen", ""))

    def typed(self) -> LocationValues:
        typed: dict[str, Any] = {name: self.cleaned_data.get(name) or "" for name in self.fields}
        del typed["chosen"]
        return LocationValues(**typed, line2="")


def _value(location: Location) -> str:
    """Its reference; of a counter that a service told where it is."""
    return location.reference if location.pk else " ".join((*counter_values(location).key, location.name))


def _say(near: Near) -> str:
    one = near.location
    parts = [one.name, near.carrier, near.distance, f"{one.line1}, {one.city}, {one.state} {one.postal_code}"]
    return " · ".join(part for part in [*parts, one.opening_hours] if part)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_CUSTOMERS)
def hold(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Puts a location into the customer's address book; orders may go there then like to any of their addresses."""
    customer, now = found_customer(reference), read_clock()
    found = _near(customer, holding_carriers(now, staff=True))
    form = HoldForm(request.POST or None, found=found)
    if form.is_valid():
        with refusals_in(form):
            chosen = form.location
            is_told = chosen is not None and chosen.pk is None
            saved = hold_for(
                customer=customer,
                location=None if is_told else chosen,
                typed=None if chosen else form.typed(),
                told=counter_values(chosen) if chosen and is_told else None,
                actor=staff_actor(request),
                now=now,
            )
            messages.success(request, f"{saved.company} is among {customer.name}’s addresses.")
            if word := word_at_save(saved, now):
                messages.warning(request, word)
            return redirect(customer_url(customer))
    context = {
        "title": "Held at a carrier’s location",
        "crumbs": customer_crumbs(customer, "Held at a carrier’s location"),
        "lead": "The parcel waits at a counter until an adult fetches it. Choose it as an order’s address.",
        "form": form,
        "submit": "Add it to the addresses",
        "cancel_url": customer_url(customer),
    }
    status = 400 if form.errors else 200
    return render(request, "backoffice/frame/form_page.html", context, status=status)


def _near(customer: Customer, carriers: set[str]) -> list[Near]:
    home: Address | None = customer.addresses.filter(is_default=True, removed_at__isnull=True).first()
    if home is None:
        return []
    own = nearest_locations(postal_code=home.postal_code, state=home.state, carriers=carriers)
    return with_counters(
        own, counters_near(postal_code=home.postal_code, street=home.line1, carriers=carriers)
    )
