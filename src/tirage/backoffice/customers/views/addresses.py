"""A customer's addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from tirage.backoffice.customers.forms import AddressForm
from tirage.backoffice.customers.list import customer_url
from tirage.backoffice.customers.views.customers import customer_crumbs, found_customer
from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers import operations
from tirage.delivery.laws.asking import word_at_save
from tirage.parts.addressing import changes_country
from tirage.parts.doubting import MEANT, meant_changes, question_about, sure_mark
from tirage.parts.hands import found_again
from tirage.parts.twins import MERGED, pairs_of, sent_pair
from tirage.parts.undo import say_undoable
from tirage.staff.permissions import Permission, staff_actor, staff_required


@contextmanager
def asked_about(form: AddressForm, values: Mapping[str, Any]) -> Iterator[None]:
    """Lets the form ask what was meant where the operation refuses."""
    try:
        yield
    except DomainError as refusal:
        form.question = question_about(values, refusal)
        raise


@require_http_methods(["GET", "POST"])
@staff_required(Permission.EDIT_CUSTOMERS)
def edit_address(request: HttpRequest, reference: str, address: str = "") -> HttpResponseBase:
    """A new address, or the one of ``address``."""
    customer = found_customer(reference)
    found = (
        found_again(customer.addresses.filter(removed_at__isnull=True), request.POST, reference=address)
        if address
        else None
    )
    initial = (
        operations.address_values(found) if found else {"recipient": customer.name, "phone": customer.phone}
    )
    redrawn = changes_country(request)
    form = AddressForm(request.POST or None, initial=initial, about=found, path=request.path, redrawn=redrawn)
    if not redrawn and form.is_valid():
        answer = request.POST.get(MEANT, "")
        values = dict(form.cleaned_data) | meant_changes(answer)
        with refusals_in(form), asked_about(form, values):
            saved = operations.save_address(
                customer=customer,
                address_reference=address or None,
                make_default=values.pop("make_default"),
                values=values,
                shown=form.shown,
                sure=sure_mark(answer),
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You saved {saved.one_line}.")
            if word := word_at_save(saved, read_clock()):
                messages.warning(request, word)
            return redirect(customer_url(customer))
    return render(
        request,
        "backoffice/customers/address.html",
        {
            "title": "Edit the address" if found else "New address",
            "crumbs": customer_crumbs(customer, "Address"),
            "form": form,
            "submit": "Save the address",
            "cancel_url": customer_url(customer),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_CUSTOMERS)
def same_addresses(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The customer's addresses that look like one: which spelling stays is chosen, and what that means is said."""
    customer = found_customer(reference)
    if request.method == "POST":
        stays, goes = sent_pair(request.POST)
        with refusals_said(request):
            operations.merge_addresses(
                customer=customer,
                stays_reference=stays,
                goes_reference=goes,
                actor=staff_actor(request),
                now=read_clock(),
            )
            say_undoable(request, MERGED, reverse("backoffice:restore_address", args=[reference, goes]))
            return redirect(customer_url(customer))
        return redirect(request.path)
    context = {
        "title": "Addresses that look the same",
        "crumbs": customer_crumbs(customer, "Addresses that look the same"),
        "pairs": pairs_of(customer),
    }
    return render(request, "backoffice/customers/same_addresses.html", context)


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def remove_address(request: HttpRequest, reference: str, address: str) -> HttpResponseBase:
    customer = found_customer(reference)
    get_object_or_404(customer.addresses, reference=address)
    with refusals_said(request):
        operations.remove_address(
            customer=customer, address_reference=address, actor=staff_actor(request), now=read_clock()
        )
        say_undoable(
            request,
            "You took the address off the list. Orders keep theirs.",
            reverse("backoffice:restore_address", args=[reference, address]),
        )
    return redirect(customer_url(customer))


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def restore_address(request: HttpRequest, reference: str, address: str) -> HttpResponseBase:
    """Undoes a removal."""
    customer = found_customer(reference)
    get_object_or_404(customer.addresses, reference=address)
    with refusals_said(request):
        operations.restore_address(
            customer=customer, address_reference=address, actor=staff_actor(request), now=read_clock()
        )
        messages.success(request, "You put the address back on the list.")
    return redirect(customer_url(customer))
