"""Having wine held at a carrier's location: the nearest of the winery's list, or one that the customer types."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from tirage.changes.operations import edit_draft
from tirage.changes.queries import find_draft
from tirage.compliance.finding import counter_values, counters_near, with_counters
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.models import Address, Customer
from tirage.delivery.laws.asking import word_at_save
from tirage.delivery.locations.operations import HOLDERS, LocationValues, hold_for
from tirage.delivery.locations.queries import Near, holding_carriers, holding_ways, nearest_locations
from tirage.delivery.models import Location
from tirage.places import normalise_postal_code
from tirage.storefront.frame.holding import ACCOUNT, CHECKOUT
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context
from tirage.storefront.offer.aside import with_aside

#: What counters that a service told are signed for, and how long a page may stay open.
_SALT, _GOOD_FOR = "counter", timedelta(days=1)
#: How references of changes begin.
_CHANGE = "CHG-"


class HeldAtForm(forms.Form):
    """A location that isn't on the list. What is wrong with it is said by the delivery room, field by field."""

    carrier = forms.ChoiceField(label="Carrier", required=False)
    name = forms.CharField(
        label="What the place is called",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    # The carrier's address, not the customer's: nothing that a browser could fill in.
    line1 = forms.CharField(
        label="Street address", required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    city = forms.CharField(
        label="City", required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    state = forms.CharField(
        label="State", required=False, widget=forms.TextInput(attrs={"size": 6, "autocomplete": "off"})
    )
    postal_code = forms.CharField(
        label=gettext_lazy("ZIP"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    code = forms.CharField(
        label="The carrier’s number (optional)",
        required=False,
        help_text="Stands on the carrier’s page of the place.",
    )
    opening_hours = forms.CharField(label="Opening hours (optional)", required=False)

    def __init__(self, *args: object, carriers: set[str], **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        offered = {key: name for key, name in HOLDERS.items() if "" in carriers or key in carriers}
        field = self.fields["carrier"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(offered.items())

    def values(self) -> LocationValues:
        typed: dict[str, Any] = {
            name: (self.data.get(name) or "").replace("\u00a0", " ")[:300] for name in self.fields
        }
        return LocationValues(**typed, line2="")

    def refuse(self, refusal: DomainError) -> None:
        self.full_clean()
        for name, words in refusal.fields.items():
            self.add_error(name if name in self.fields else None, words)
        if not refusal.fields:
            self.add_error(None, refusal.message)


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def hold(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The locations nearest to an address or a ZIP; a POST is one that was typed."""
    now = read_clock()
    carriers = holding_carriers(now, customer_id=customer.pk)
    form = HeldAtForm(request.POST if request.method == "POST" else None, carriers=carriers)
    if request.method == "POST":
        try:
            told = _told(request)
            values = told or form.values()
            _refuse_other_carrier(carriers, values.carrier)
            typed = None if told else values
            saved = hold_for(
                customer=customer, typed=typed, told=told, actor=customer_actor(request), now=now
            )
            return _go_back(request, customer, saved, now)
        except DomainError as refusal:
            form.refuse(refusal)
    near = _near(request, customer)
    asked = normalise_postal_code("US", request.GET.get("zip", "")[:12])
    postal_code = asked or (near.postal_code if near else "")
    own = nearest_locations(postal_code=postal_code, state=near.state if near else "", carriers=carriers)
    street = near.line1 if near and near.postal_code[:5] == postal_code[:5] else ""
    counters = counters_near(postal_code=postal_code, street=street, carriers=carriers) if carriers else []
    context = page_context(
        request,
        form=form,
        is_offered=bool(carriers),
        found=[(one, "" if one.location.pk else _signed(one)) for one in with_counters(own, counters)],
        postal_code=postal_code,
        near=near.reference if near else "",
        back=_back(request),
        aside=request.GET.get("aside", "")[:20],
        query=_query(request),
        is_typed=form.is_bound,
    )
    status = 422 if form.errors else 200
    return render(request, "storefront/account/hold.html", context, status=status)


def _signed(near: Near) -> str:
    """A counter that isn't on the winery's list, so that it comes back as the carrier told it."""
    return signing.dumps(asdict(counter_values(near.location)), salt=_SALT, compress=True)


def _told(request: HttpRequest) -> LocationValues | None:
    """The counter that was chosen of those that a service told. Raises DomainError for what it didn't tell."""
    if "told" not in request.POST:
        return None
    try:
        return LocationValues(**signing.loads(request.POST["told"], salt=_SALT, max_age=_GOOD_FOR))
    except (signing.BadSignature, TypeError):
        words = "This list is too old. Choose the location again."
        raise DomainError("location_gone", words) from None


@customer_required(back="storefront:hold")
@require_POST
def hold_at(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Takes a location of the list."""
    location = Location.objects.filter(reference=reference, is_listed=True).first()
    if location is None:
        raise Http404("no such location")
    now = read_clock()
    try:
        _refuse_other_carrier(holding_carriers(now, customer_id=customer.pk), location.carrier)
        saved = hold_for(customer=customer, location=location, actor=customer_actor(request), now=now)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect(f"{reverse('storefront:hold')}?{_query(request)}")
    return _go_back(request, customer, saved, now)


def _refuse_other_carrier(carriers: set[str], carrier: str) -> None:
    if "" not in carriers and carrier not in carriers:
        words = "We don't send wine to locations of this carrier. Choose another."
        raise DomainError("location_invalid", words, {"carrier": words})


def _near(request: HttpRequest, customer: Customer) -> Address | None:
    """The address that was named, where it is the customer's; else their usual one."""
    own = customer.addresses.filter(removed_at__isnull=True)
    named = request.GET.get("near", "")[:40]
    return own.filter(reference=named).first() or own.filter(is_default=True).first()


def _back(request: HttpRequest) -> str:
    back = request.GET.get("back", "")[:20]
    return back if back in (CHECKOUT, ACCOUNT) or back.startswith(_CHANGE) else ACCOUNT


def _query(request: HttpRequest) -> str:
    """What the page was asked with, for the addresses of its forms."""
    kept = {"near": request.GET.get("near", "")[:40], "back": _back(request)}
    if aside := request.GET.get("aside", "")[:20]:
        kept["aside"] = aside
    return urlencode(kept)


def _go_back(request: HttpRequest, customer: Customer, saved: Address, now: datetime) -> HttpResponse:
    """To where the page was opened from, with the location chosen there."""
    if word := word_at_save(saved, now):
        messages.warning(request, word)
    back = _back(request)
    if back == CHECKOUT:
        url = f"{reverse('storefront:checkout')}?{urlencode({'address': saved.reference})}"
        return redirect(with_aside(url, request.GET.get("aside", "")[:20]))
    if back.startswith(_CHANGE):
        return _change(request, back, saved, now)
    messages.success(request, f"{saved.company} is among your addresses.")
    return redirect("storefront:addresses")


def _change(request: HttpRequest, draft_reference: str, saved: Address, now: datetime) -> HttpResponse:
    """Sends the order of a change there, by the first way that holds parcels at such a location."""
    actor = customer_actor(request)
    try:
        draft = find_draft(draft_reference, actor)
        edit_draft(
            draft_reference=draft.reference,
            address_reference=saved.reference,
            method_reference=way_to(saved, now),
            actor=actor,
            now=now,
        )
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("storefront:change", reference=draft_reference)


def way_to(saved: Address, now: datetime) -> str | None:
    """The customer's first way by which a location may be reached, by reference; None where there is none."""
    carriers = Location.objects.filter(reference=saved.location).values_list("carrier", flat=True)
    ways = holding_ways(now, customer_id=saved.customer_id).filter(carrier__in=["", *carriers])
    return ways.order_by("position", "pk").values_list("reference", flat=True).first()
