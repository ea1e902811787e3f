"""The waiting list, and one place in it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import MomentField, choose, first_problem, refusals_in, refusals_said
from tirage.backoffice.frame.lists import list_page
from tirage.backoffice.waiting.list import PLACES, place_url
from tirage.core.bulk import draft_run
from tirage.core.clock import read_clock
from tirage.customers.models import Group
from tirage.customers.operations import create_customer
from tirage.customers.queries import find_as_written
from tirage.customers.states import GroupKind
from tirage.joining.models import SignUp, WaitingPlace
from tirage.joining.queries import next_in_line, number_of
from tirage.joining.states import PLACE_STEPS, PlaceState
from tirage.joining.waiting import promote, put_back, put_in_line
from tirage.staff.permissions import Permission, staff_actor, staff_required

#: People that are invited in one go by their number.
MOST_NEXT = 5_000


class NextForm(forms.Form):
    count = forms.IntegerField(label="How many", min_value=1, max_value=MOST_NEXT, initial=20)


@require_safe
@staff_required(Permission.SEE_CUSTOMERS)
def waiting_list(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        PLACES,
        title="Waiting list",
        next_form=NextForm(),
        empty_text="People appear here who join the waiting list at the shop's door, or whom you put in line.",
    )


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def invite_next(request: HttpRequest) -> HttpResponse:
    """Those who wait longest, for preview."""
    form = NextForm(request.POST)
    if not form.is_valid():
        messages.error(request, first_problem(form))
        return redirect("backoffice:waiting_list")
    with refusals_said(request):
        keys = next_in_line(form.cleaned_data["count"])
        run = draft_run(kind="invite_from_line", keys=keys, actor=staff_actor(request), now=read_clock())
        return redirect("backoffice:inviting_line", run.reference)
    return redirect("backoffice:waiting_list")


class PlaceForm(forms.Form):
    """Somebody to put in line, known by the e-mail address or not yet."""

    email = forms.EmailField(max_length=254, label="E-mail")
    first_name = forms.CharField(
        max_length=80, required=False, label="First name", help_text="Of somebody who isn't on the list yet."
    )
    last_name = forms.CharField(max_length=80, required=False, label="Last name")
    since = MomentField(
        required=False,
        label="In line since",
        help_text="Empty means now. Who came earlier stands further in front.",
    )
    source = forms.CharField(
        max_length=60, required=False, label="Came by", help_text="Tasting room, a friend …"
    )
    note = forms.CharField(
        max_length=300, required=False, label="Note", widget=forms.Textarea(attrs={"rows": 2})
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_GROUPS)
def new_place(request: HttpRequest) -> HttpResponseBase:
    """Puts somebody in line; the customer is made where there is none of that address."""
    form = PlaceForm(request.POST or None, initial={"email": request.GET.get("email", "")})
    if form.is_valid():
        with refusals_in(form):
            made = _put_in_line(request, form.cleaned_data)
            messages.success(request, f"You put {made.customer.name} in line.")
            return redirect(place_url(made))
    context = {
        "title": "Put somebody in line",
        "crumbs": [*_crumbs(), ("New place", "")],
        "form": form,
        "submit": "Put in line",
        "cancel_url": reverse("backoffice:waiting_list"),
    }
    return render(request, "backoffice/frame/form_page.html", context, status=400 if form.errors else 200)


def _put_in_line(request: HttpRequest, typed: dict[str, Any]) -> WaitingPlace:
    actor, now = staff_actor(request), read_clock()
    customer = find_as_written(typed["email"]) or create_customer(
        email=typed["email"],
        first_name=typed["first_name"],
        last_name=typed["last_name"],
        source=typed["source"] or "staff",
        join_default_group=False,
        actor=actor,
        now=now,
    )
    about = {"since": typed["since"], "source": typed["source"], "note": typed["note"]}
    return put_in_line(customer=customer, **about, actor=actor, now=now)


class PromoteForm(forms.Form):
    group = forms.ChoiceField(label="Group")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = Group.objects.filter(kind=GroupKind.ALLOCATION.value).order_by("rank", "name")
        choose(self, "group", [(group.reference, group.name) for group in groups])


@require_safe
@staff_required(Permission.SEE_CUSTOMERS)
def place(request: HttpRequest, reference: str) -> HttpResponseBase:
    """One place: who, since when, what was signed, and what can be done with it."""
    found = _found(reference)
    state = PlaceState(found.state)
    context = {
        "place": found,
        "title": f"{found.customer.name} in line",
        "number": number_of(found) if state is PlaceState.WAITING else 0,
        "sign_up": SignUp.objects.filter(customer=found.customer, confirmed_at__isnull=False)
        .order_by("-pk")
        .first(),
        "promote_form": PromoteForm() if PlaceState.JOINED in PLACE_STEPS[state] else None,
        "may_go_back": PlaceState.WAITING in PLACE_STEPS[state],
        "crumbs": [*_crumbs(), (found.reference, "")],
    }
    return render(request, "backoffice/waiting/place.html", context)


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def place_promote(request: HttpRequest, reference: str) -> HttpResponse:
    """Into a group at once."""
    found, form = _found(reference), PromoteForm(request.POST)
    if not form.is_valid():
        messages.error(request, first_problem(form))
        return redirect(place_url(found))
    with refusals_said(request):
        group = form.cleaned_data["group"]
        made = promote(
            place_reference=reference, group_reference=group, actor=staff_actor(request), now=read_clock()
        )
        messages.success(request, f"You took {made.customer.name} into {made.group}.")
    return redirect(place_url(found))


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def place_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Back to where it stood."""
    found = _found(reference)
    with refusals_said(request):
        put_back(place_reference=reference, actor=staff_actor(request), now=read_clock())
        messages.success(request, f"You put {found.customer.name} back in line.")
    return redirect(place_url(found))


def _crumbs() -> list[tuple[str | SafeString, str]]:
    return [
        ("Customers", reverse("backoffice:customers")),
        ("Waiting list", reverse("backoffice:waiting_list")),
    ]


def _found(reference: str) -> WaitingPlace:
    return get_object_or_404(WaitingPlace.objects.select_related("customer", "group"), reference=reference)
