"""Two accounts of one person: found, compared, made one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.customers.list import customer_url
from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.frame.people import best_first, people_matching
from tirage.backoffice.merging.forms import MergeForm
from tirage.backoffice.merging.page import side_by_side
from tirage.core.clock import read_clock
from tirage.customers.models import Customer, FormerCustomer
from tirage.merging.facts import find_obstacle, look_at
from tirage.merging.operations import let_sign_in_no_more, merge_customers
from tirage.merging.suggesting import find_likely_pairs
from tirage.staff.permissions import Permission, staff_actor, staff_required

#: Customers that a search shows.
FOUND = 20


@require_safe
@staff_required(Permission.EDIT_CUSTOMERS, Permission.EDIT_GROUPS)
def duplicates(request: HttpRequest) -> HttpResponseBase:
    """Who is likely on the list twice."""
    crumbs = [("Customers", reverse("backoffice:customers")), ("Likely duplicates", "")]
    context = {"title": "Likely duplicates", "crumbs": crumbs, "pairs": find_likely_pairs()}
    return render(request, "backoffice/merging/duplicates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_CUSTOMERS, Permission.EDIT_GROUPS)
def merge(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Both side by side, once ``with`` names the account that ends; before that, looking for it."""
    stays = get_object_or_404(Customer, reference=reference)
    asked = request.POST.get("other", "") if request.method == "POST" else request.GET.get("with", "")
    ends = Customer.objects.filter(reference=asked).exclude(pk=stays.pk).first()
    if ends is None:
        return _search(request, stays)
    both = look_at(stays, ends)
    form = MergeForm(request.POST if request.method == "POST" else None, both=both)
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            merged = merge_customers(
                stays=stays,
                ends=ends,
                chosen=form.chosen,
                also_signs_in=form.cleaned_data["also_signs_in"],
                digest=form.cleaned_data["seen"],
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You merged {ends.name} ({ends.reference}) into {merged.name}.")
            return redirect(customer_url(merged))
    if form.is_bound:
        # What is shown now is what the next press is about.
        form.data = {**request.POST.dict(), "seen": both.digest}
    context = {
        "title": f"Merge into {stays.name}",
        "crumbs": _crumbs(stays),
        "stays": stays,
        "ends": ends,
        "form": form,
        "rows": side_by_side(both),
        "obstacle": find_obstacle(stays, ends),
    }
    return render(request, "backoffice/merging/merge.html", context, status=400 if form.is_bound else 200)


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def end_alias(request: HttpRequest, reference: str, former: str) -> HttpResponseBase:
    """The mailbox of a merged account signs in no more."""
    found = get_object_or_404(Customer, reference=reference)
    one = get_object_or_404(FormerCustomer, customer=found, reference=former)
    if email := let_sign_in_no_more(former=one, actor=staff_actor(request), now=read_clock()):
        messages.success(
            request, f"You ended signing in with {email}. Whoever came in by it has to sign in again."
        )
    return redirect(customer_url(found))


def _crumbs(stays: Customer) -> list[tuple[str, str]]:
    return [("Customers", reverse("backoffice:customers")), (stays.name, customer_url(stays)), ("Merge", "")]


def _search(request: HttpRequest, stays: Customer) -> HttpResponseBase:
    words = request.GET.get("q", "").strip()
    if request.method == "POST":
        messages.error(request, "Choose the other account first: it may have been merged meanwhile.")
    found = best_first(words, people_matching(words).exclude(pk=stays.pk))[:FOUND] if words else []
    context = {
        "title": f"Merge into {stays.name}",
        "crumbs": _crumbs(stays),
        "stays": stays,
        "words": words,
        "found": found,
        "likely": [
            (pair.ends if pair.stays.pk == stays.pk else pair.stays, pair.reasons)
            for pair in find_likely_pairs()
            if stays.pk in (pair.stays.pk, pair.ends.pk)
        ],
    }
    return render(
        request, "backoffice/merging/search.html", context, status=400 if request.method == "POST" else 200
    )
