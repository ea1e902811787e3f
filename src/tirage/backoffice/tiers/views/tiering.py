"""The tiering: criteria in the order of ranks, who isn't where they belong and why, and the move that mends it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.backoffice.frame.who import with_filter
from tirage.backoffice.tiers.matrix import belongs, belongs_then, matrix_of, verdicts_of
from tirage.core.bounds import FIRST_DAY
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.winery import local_time
from tirage.customers.models import Customer, Group, MoveRun, TierPin
from tirage.customers.states import GroupKind, MoveSource, MoveState
from tirage.parts.hands import EditForm, found_again
from tirage.segments.naming import Things, missing_things, say_filter, voice_of
from tirage.segments.rules import Node, parse, say_condition
from tirage.staff.permissions import Permission, staff_actor, staff_required
from tirage.tiers.comparing import compare_as_of
from tirage.tiers.criteria import save_criteria
from tirage.tiers.placing import draft_tiering, people_of_cell, place_everybody, reasons_for

PAGE = 25
_YEAR = timedelta(days=365)
#: Tierings that the page leads to.
PAST = 5


class CriteriaForm(EditForm):
    criteria = forms.CharField(
        label="Filter, as text",
        max_length=4_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text="As the builder writes it. Empty: nobody belongs here by criteria.",
    )
    internal_description = forms.CharField(
        label="In words",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For the team. Customers never see it.",
    )
    rank = forms.IntegerField(label="Rank", min_value=0, max_value=32_767, help_text="1 is asked first.")
    keeps_members = forms.BooleanField(
        label="Tiering moves nobody out of this group",
        required=False,
        help_text="For groups that are kept by hand. To keep single customers where they are, pin them.",
    )

    @staticmethod
    def values_of(group: Group) -> dict[str, Any]:
        names = ("criteria", "internal_description", "rank", "keeps_members")
        return {name: getattr(group, name) for name in names}

    def propose(self, name: str, value: str) -> None:
        """Shows a value to be saved; what the form carries stays what stands."""
        stands = self.carried
        self.initial = {**stands.values, name: value}


@require_safe
@staff_required(Permission.SEE_GROUPS)
def tiering(request: HttpRequest) -> HttpResponseBase:
    things, now = Things(), read_clock()
    found = place_everybody(now)
    runs = MoveRun.objects.filter(source=MoveSource.TIERING.value, total__gt=0).exclude(
        state=MoveState.DRAFT.value
    )
    return render(
        request,
        "backoffice/tiers/tiering.html",
        {
            "tiers": [
                (
                    tier.group,
                    say_filter(tier.node, things) if tier.node else "",
                    missing_things(tier.node, things) if tier.node else [],
                )
                for tier in found.tiers
            ],
            "matrix": matrix_of(found),
            "moving": found.moving(with_leaving=False),
            "with_leaving": found.moving(with_leaving=True),
            "kept": found.pinned,
            "pins": TierPin.objects.count(),
            "runs": list(runs.order_by("-made_at", "-pk")[:PAST]),
        },
    )


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def draft(request: HttpRequest) -> HttpResponse:
    """Keeps who would move as a bulk move, and leads to its preview."""
    with refusals_said(request):
        run = draft_tiering(
            with_leaving=request.POST.get("leaving") == "1", actor=staff_actor(request), now=read_clock()
        )
        return redirect("backoffice:move", run.reference)
    return redirect("backoffice:tiering")


@require_safe
@staff_required(Permission.SEE_GROUPS, Permission.SEE_CUSTOMERS)
def people(request: HttpRequest) -> HttpResponseBase:
    """The customers of one cell of the matrix, with why they belong there and why not where they are."""
    origin, target = (
        Group.objects.filter(kind=GroupKind.ALLOCATION.value, reference=request.GET.get(name, "")).first()
        for name in ("from", "to")
    )
    asked = request.GET.get("page", "")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 1
    first = max(number - 1, 0) * PAGE
    placed, total = people_of_cell(
        origin.pk if origin else None, target.pk if target else None, read_clock(), first=first, count=PAGE
    )
    things = Things()
    shown = [(one, verdicts_of(one.reasons, [target, origin], things)) for one in placed]
    said = {"from": origin.reference if origin else "", "to": target.reference if target else ""}
    title = belongs(origin, target)
    return render(
        request,
        "backoffice/tiers/people.html",
        {
            "title": title,
            "crumbs": [*_crumbs(), (title, "")],
            "people": shown,
            "total": total,
            "page": Paginator(range(total), PAGE).get_page(number),
            "query": urlencode(said),
        },
    )


class CompareForm(forms.Form):
    on = forms.DateField(label="On the day", widget=forms.DateInput(attrs={"type": "date"}))


@require_safe
@staff_required(Permission.SEE_GROUPS, Permission.SEE_CUSTOMERS)
def compare(request: HttpRequest) -> HttpResponseBase:
    """Had these criteria held on an earlier day: people and money in other groups."""
    now = read_clock()
    today = local_time(now).date()
    form = CompareForm(request.GET if "on" in request.GET else None, initial={"on": today - _YEAR})
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        day = form.cleaned_data["on"]
        if not FIRST_DAY < day < today:
            form.add_error("on", "Choose a day before today.")
        else:
            things, found = Things(), compare_as_of(day, now)
            context |= {
                "day": day,
                "found": found,
                "rows": [(belongs_then(one.origin, one.target), one) for one in found.moved],
                "as_of_now": [say_condition(one, voice_of(things)) for one in found.as_of_now],
            }
    return render(
        request, "backoffice/tiers/compare.html", {"crumbs": [*_crumbs(), ("Compare", "")], **context}
    )


@require_http_methods(["GET", "POST"])
@staff_required(Permission.EDIT_GROUPS)
def criteria(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Who belongs in a group; a filter of the builder's address stands in the form instead of what is saved."""
    groups = Group.objects.filter(kind=GroupKind.ALLOCATION.value)
    found = found_again(groups, request.POST, reference=reference)
    form = CriteriaForm(request.POST or None, initial=CriteriaForm.values_of(found), about=found)
    proposed = request.GET.get("filter", "")
    if proposed and not form.is_bound:
        form.propose("criteria", proposed)
    if form.is_valid():
        with refusals_in(form):
            save_criteria(
                group=found, **form.typed, shown=form.shown, actor=staff_actor(request), now=read_clock()
            )
            messages.success(request, f"You saved the criteria of {found.name}.")
            return redirect("backoffice:tiering")
    text = str(form["criteria"].value() or "")
    node, problem = _read(text)
    return render(
        request,
        "backoffice/tiers/criteria.html",
        {
            "title": f"Criteria of {found.name}",
            "crumbs": [*_crumbs(), (f"Criteria of {found.name}", "")],
            "form": form,
            "submit": "Save the criteria",
            "said": say_filter(node) if node else "",
            "problem": problem if not form.is_bound else "",
            "build_url": f"{with_filter(reverse('backoffice:build_filter'), text)}&{urlencode({'back': request.path})}",
            "cancel_url": reverse("backoffice:tiering"),
        },
    )


@require_safe
@staff_required(Permission.SEE_GROUPS, Permission.SEE_CUSTOMERS)
def customer_tier(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Where the criteria put somebody: each group in its order, with why or why not."""
    found = get_object_or_404(Customer, reference=reference)
    tiers, reasons = reasons_for(found, read_clock())
    groups = [tier.group for tier in tiers if tier.node is not None]
    return render(
        request,
        "backoffice/tiers/customer.html",
        {
            "customer": found,
            "crumbs": [
                ("Customers", reverse("backoffice:customers")),
                (found.name, reverse("backoffice:customer", args=[reference])),
                ("Tiering", ""),
            ],
            "verdicts": verdicts_of(reasons, list(groups), Things()),
            "belongs": next((group for group in groups if reasons[group.pk].holds), None),
            "present": Group.objects.filter(
                memberships__customer=found, memberships__kind=GroupKind.ALLOCATION.value
            ).first(),
            "pin": TierPin.objects.filter(customer=found).first(),
        },
    )


def _read(text: str) -> tuple[Node | None, str]:
    """The filter of a form, or None and why it can't be read."""
    try:
        return (parse(text), "") if text else (None, "")
    except DomainError as refused:
        return None, refused.message


def _crumbs() -> list[tuple[str, str]]:
    return [("Customers", reverse("backoffice:customers")), ("Tiering", reverse("backoffice:tiering"))]
