"""Giving chosen customers bottles that others left, as allowances of their own (``frame/bulk.py``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from tirage.backoffice.customers.list import CUSTOMERS, customer_url
from tirage.backoffice.frame.acting import choose, refusals_in
from tirage.backoffice.frame.bulk import MOST_SHOWN, BulkPages
from tirage.core.bulk import BulkFigures, start_run
from tirage.core.clock import read_clock
from tirage.core.models import BulkRun
from tirage.core.states import BulkState
from tirage.core.texts import say_count
from tirage.customers.models import Customer
from tirage.offers.models import OfferItem
from tirage.staff.permissions import Permission, staff_actor
from tirage.wishes.reallocation.giving import GIVE, giveable_items, plan_giving, start_giving

MOST = 9_999


class GiveForm(forms.Form):
    """Which wine, how many pieces each, and what the mail says."""

    wine = forms.ChoiceField(label="Wine", help_text="Of an offer that is open or still to come.")
    pieces = forms.IntegerField(
        label="Pieces for each",
        min_value=1,
        max_value=MOST,
        initial=1,
        help_text="On top of what they may take already.",
    )
    tells = forms.BooleanField(label="Mail them about it", required=False, initial=True)
    words = forms.CharField(
        label="A word from you",
        required=False,
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Stands in the mail. It may stay empty.",
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        items = giveable_items(read_clock())
        self._items = {f"{item.offer.release.reference}.{item.sku.code}": item for item in items}
        names = [(key, f"{item.sku} ({item.offer.release.name})") for key, item in self._items.items()]
        choose(self, "wine", names or [("", "No offer is open")])

    @property
    def item(self) -> OfferItem:
        """An item of the wine that was chosen, its release and sku loaded."""
        return self._items[self.cleaned_data["wine"]]


class Giving(BulkPages):
    """Raises what each may take of one wine, as long as there are bottles."""

    kind = GIVE
    name = "giving"
    choose_at = ("customers/giving", "customers_giving")
    runs_at = "customers/giving"
    permission = Permission.EDIT_OFFERS
    rows = CUSTOMERS
    back = "backoffice:customers"
    title = "Give bottles"
    label = "Giving bottles"
    left_title = "Who got nothing"
    template = "backoffice/customers/giving.html"
    form = GiveForm

    def page(self, request: HttpRequest, reference: str) -> HttpResponseBase:
        """The preview; with a wine in the address, of what giving it would come to."""
        run = self._found(reference)
        asks = run.state == BulkState.DRAFT and "wine" in request.GET
        return self._page(request, run, GiveForm(request.GET if asks else None))

    def run(self, request: HttpRequest, reference: str) -> HttpResponseBase:
        """Lets the worker begin, or go on."""
        run, now = self._found(reference), read_clock()
        if run.state != BulkState.DRAFT:
            start_run(run=run, values={}, actor=staff_actor(request), now=now)
            return redirect(self._url(run))
        form = GiveForm(request.POST)
        if form.is_valid():
            with refusals_in(form):
                values = form.cleaned_data
                start_giving(
                    run=run,
                    release=form.item.offer.release,
                    sku=form.item.sku,
                    pieces=values["pieces"],
                    tells=values["tells"],
                    words=values["words"],
                    actor=staff_actor(request),
                    now=now,
                )
                return redirect(self._url(run))
        return self._page(request, run, form, status=400)

    def preview_with(self, run: BulkRun, form: forms.Form) -> Mapping[str, Any]:
        customers = list(
            Customer.objects.filter(reference__in=run.rows.values("key")).order_by(
                "last_name", "first_name", "id"
            )
        )
        context: dict[str, Any] = {"count": len(customers), "plan": None}
        if isinstance(form, GiveForm) and form.is_bound and not form.errors:
            plan = plan_giving(
                customers=customers,
                release=form.item.offer.release,
                sku=form.item.sku,
                pieces=form.cleaned_data["pieces"],
                now=read_clock(),
            )
            # Who gets nothing first: that is what somebody should look at.
            shown = sorted(plan.receivers, key=lambda one: not one.refusal)[:MOST_SHOWN]
            refused = sum(bool(one.refusal) for one in plan.receivers)
            context |= {"plan": plan, "shown": shown, "refused": refused}
        return context

    def say(self, figures: BulkFigures) -> str:
        words = f"gave bottles to {say_count(figures.done, 'customer', 'customers')}."
        if figures.refused:
            words += f" {figures.refused:,} got nothing."
        return words

    def told(self, keys: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        return {
            one.reference: (one.name, customer_url(one))
            for one in Customer.objects.filter(reference__in=keys)
        }

    def crumbs(self) -> list[tuple[str, str]]:
        return [("Customers", reverse(self.back)), (self.title, "")]


GIVING = Giving()
