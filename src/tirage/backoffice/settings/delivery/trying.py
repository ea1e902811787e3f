"""Settings: what delivery would cost, and whether wine may go there: an address, wines and a day.

Says which rule prices it, step by step, and each law and limit that is asked, with its verdict.
"""

from __future__ import annotations

import functools
from datetime import date, datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tirage.backoffice.frame.acting import choose
from tirage.catalog.models import Sku
from tirage.checkout.volumes import Parcel, rooms_of
from tirage.core.clock import read_clock
from tirage.core.winery import current_winery, local_time, start_of_day
from tirage.customers.models import Customer
from tirage.delivery.judging import Asked, asked_laws, asked_limits
from tirage.delivery.laws.queries import laws_of, sent_wines
from tirage.delivery.limits.queries import PARTS
from tirage.delivery.models import Destination, Method
from tirage.delivery.operations import place_key
from tirage.delivery.queries import ANYWHERE, DeliveryQuote, quote_methods
from tirage.delivery.rates.explaining import explain
from tirage.delivery.reach import say_carriers, say_unreached, why_gone
from tirage.delivery.rules import Freight
from tirage.delivery.states import MethodKind
from tirage.parts.wording import say_day
from tirage.places import normalise_postal_code, special_kinds
from tirage.staff.permissions import Permission, staff_required
from tirage.taxes.rules import Bottles

#: Wines that can be tried together.
ROWS = 4


class TryForm(forms.Form):
    place = forms.ChoiceField(label="Goes to")
    line1 = forms.CharField(
        required=False,
        max_length=200,
        label="Street",
        help_text="Only to see whether carriers go there: PO boxes and military posts.",
    )
    city = forms.CharField(required=False, max_length=120, label="City")
    postal_code = forms.CharField(
        required=False,
        max_length=16,
        label=gettext_lazy("ZIP or postal code"),
        help_text=gettext_lazy("For local taxes, and laws that close single ZIPs."),
    )
    customer = forms.CharField(
        required=False,
        max_length=12,
        label="The customer’s number",
        help_text="Such as CUS-7K2M9Q: what they had before counts against limits. Empty for somebody new.",
    )
    day = forms.DateField(
        label="Ordered on", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    has_free_shipping = forms.BooleanField(required=False, label="The customer’s group has free shipping")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.places = {place_key(place): place for place in Destination.objects.order_by("name")}
        choose(self, "place", [(key, place.name) for key, place in self.places.items()])
        skus = [(sku.code, str(sku)) for sku in Sku.objects.filter(is_active=True).order_by("name", "code")]
        for row in range(ROWS):
            self.fields[f"wine_{row}"] = forms.ChoiceField(
                required=row == 0, label=f"Wine {row + 1}", choices=[("", "None"), *skus]
            )
            self.fields[f"pieces_{row}"] = forms.IntegerField(
                required=False, min_value=0, max_value=1000, initial=6, label=f"Pieces of wine {row + 1}"
            )

    def clean_postal_code(self) -> str:
        """As addresses keep it; ZIP+4 however it is written."""
        place = self.places.get(self.cleaned_data.get("place", ""))
        return normalise_postal_code(place.country if place else "US", self.cleaned_data["postal_code"])

    def clean_customer(self) -> Customer | None:
        """Whose it is; None where it is left out. No e-mail, which would stand in the address of the answer."""
        reference = self.cleaned_data["customer"].strip().upper()
        found = Customer.objects.filter(reference=reference).first() if reference else None
        if reference and found is None:
            raise forms.ValidationError("No customer has this number. It stands at the top of their page.")
        return found

    def wines(self) -> list[tuple[Sku, int]]:
        """What was chosen, with how many pieces."""
        chosen = [
            (self.cleaned_data[f"wine_{row}"], self.cleaned_data[f"pieces_{row}"] or 0) for row in range(ROWS)
        ]
        skus = {sku.code: sku for sku in Sku.objects.filter(code__in=[code for code, _ in chosen])}
        return [(skus[code], pieces) for code, pieces in chosen if code in skus and pieces]


@require_safe
@staff_required(Permission.SEE_SETTINGS)
def try_rates(request: HttpRequest) -> HttpResponseBase:
    """Every method with its price and how it came about; those that don’t go there with the reason."""
    today = local_time(read_clock()).date()
    is_asked = "place" in request.GET
    form = TryForm(request.GET if is_asked else None, initial={"day": today})
    context: dict[str, Any] = {
        "title": "Try it",
        "crumbs": [("Delivery", reverse("backoffice:delivery")), ("Try it", "")],
        "form": form,
    }
    if is_asked and form.is_valid():
        context |= _tried(form)
    status = 400 if is_asked and form.errors else 200
    return render(request, "backoffice/settings/delivery/try.html", context, status=status)


def _tried(form: TryForm) -> dict[str, Any]:
    values, wines = form.cleaned_data, form.wines()
    place: Destination = form.places[values["place"]]
    freight = Freight(
        sum(sku.equivalents_milli * pieces for sku, pieces in wines),
        sum(sku.price_minor * pieces for sku, pieces in wines),
        sum(sku.grams * pieces for sku, pieces in wines),
        tuple(Bottles(pieces, sku.price_minor * pieces, sku.units, sku.millilitres) for sku, pieces in wines),
    )
    asks: Any = functools.partial(
        quote_methods,
        country=place.country,
        state=place.state,
        freight=freight,
        free_shipping=values["has_free_shipping"],
        special=special_kinds(
            country=place.country,
            line1=values["line1"],
            city=values["city"],
            state=place.state,
            postal_code=values["postal_code"],
        ),
        staff=True,
        city=values["city"],
        postal_code=values["postal_code"],
        customer_id=values["customer"].pk if values["customer"] else 0,
        now=start_of_day(values["day"]),
    )
    # To the door, and to any carrier's location in the same place.
    quotes = asks() + [one for one in asks(location=ANYWHERE) if one.kind is MethodKind.HOLD]
    asked = _asked(form, place, wines)
    return {
        "wines": wines,
        "place": place,
        "day": _say(values["day"]),
        "ways": [_way(quote, freight) for quote in quotes if not quote.refuses],
        "gone": _gone(quotes, place, start_of_day(values["day"])),
        "asked": asked,
        "is_against": any(one.is_against for one in asked),
    }


def _asked(form: TryForm, place: Destination, wines: list[tuple[Sku, int]]) -> list[Asked]:
    """Each law and limit of the place that is asked about the wines, in order, with its verdict."""
    values = form.cleaned_data
    customer: Customer | None = values["customer"]
    address = {part: values.get(part, "") for part in PARTS}
    parcel = Parcel(
        customer.pk if customer else 0,
        sum(sku.millilitres * sku.units * pieces for sku, pieces in wines),
        address | {"country": place.country, "state": place.state},
        start_of_day(values["day"]),
    )
    laws = laws_of(parcel.place)
    sent = sent_wines([sku.pk for sku, _ in wines], laws)
    found = asked_laws(
        laws, list(sent.values()), place=place.name, postal_code=values["postal_code"], day=values["day"]
    )
    return found + asked_limits(rooms_of(parcel), parcel.millilitres)


def _way(quote: DeliveryQuote, freight: Freight) -> dict[str, Any]:
    winery = current_winery()
    told = explain(
        quote.tariff,
        freight,
        is_free=quote.is_free,
        tax=quote.tax,
        currency=winery.currency,
        locale=winery.locale,
    )
    return {"quote": quote, "told": told}


def _gone(quotes: list[DeliveryQuote], place: Destination, now: datetime) -> list[str]:
    """Why the other methods that are offered don’t go there."""
    leading = {quote.reference for quote in quotes if not quote.refuses}
    refusing = [say_carriers([quote.name], quote.refuses, asks=False) for quote in quotes if quote.refuses]
    if not place.is_open:
        return [say_unreached(place.country, place.state)]
    known = leading | {quote.reference for quote in quotes}
    others = Method.objects.filter(is_active=True).exclude(reference__in=known).order_by("position", "name")
    return refusing + [
        why_gone(one.reference, quotes, country=place.country, state=place.state, now=now) for one in others
    ]


def _say(day: date) -> str:
    winery = current_winery()
    return say_day(start_of_day(day), winery.time_zone, winery.locale, width="long")
