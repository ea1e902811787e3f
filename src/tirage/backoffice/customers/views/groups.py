"""Groups: who gets which offer, discount and shipping."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tirage.backoffice.customers.forms import GroupForm
from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.core.texts import say_names
from tirage.customers import operations
from tirage.customers.models import Group, Membership
from tirage.customers.queries import group_counts
from tirage.customers.states import GroupKind
from tirage.marketing.rules import nested_names
from tirage.parts.hands import found_again
from tirage.segments.naming import say_filter
from tirage.segments.rules import parse
from tirage.staff.permissions import Permission, staff_actor, staff_required

MEMBERS_SHOWN = 25


@require_GET
@staff_required(Permission.SEE_GROUPS)
def groups(request: HttpRequest) -> HttpResponseBase:
    found = list(group_counts())
    return render(
        request,
        "backoffice/customers/groups.html",
        {
            "mixed": nested_names(one.name for one in found if not one.is_test),
            "tables": [
                ("Allocation groups", [group for group in found if group.kind == GroupKind.ALLOCATION]),
                ("Standard groups", [group for group in found if group.kind == GroupKind.STANDARD]),
            ],
        },
    )


@require_GET
@staff_required(Permission.SEE_GROUPS)
def group(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = get_object_or_404(group_counts(), reference=reference)
    newest = Membership.objects.filter(group=found).select_related("customer").order_by("-since", "-id")
    return render(
        request,
        "backoffice/customers/group.html",
        {
            "crumbs": [*_crumbs(), (found.name, "")],
            "group": found,
            "memberships": list(newest[:MEMBERS_SHOWN]),
            "offers": list(found.offers.select_related("release").order_by("-opens_at", "-id")[:20]),
            "events": list(
                Event.objects.filter(
                    subject_kind="group", subject_id=found.pk, customer_id__isnull=True
                ).order_by("-id")[:20]
            ),
            "now": read_clock(),
            "criteria": say_filter(parse(found.criteria)) if found.criteria else "",
        },
    )


@require_http_methods(["GET", "POST"])
@staff_required(Permission.EDIT_GROUPS)
def edit_group(request: HttpRequest, reference: str = "") -> HttpResponseBase:
    """A new group, or the one of ``reference``."""
    found = found_again(Group.objects.all(), request.POST, reference=reference) if reference else None
    initial = GroupForm.values_of(found) if found else None
    form = GroupForm(request.POST or None, initial=initial, about=found)
    if form.is_valid():
        with refusals_in(form):
            saved = operations.save_group(
                group=found, **form.typed, shown=form.shown, actor=staff_actor(request), now=read_clock()
            )
            messages.success(request, f"You saved {saved.name}.")
            if words := _say_mixed(saved):
                messages.warning(request, words)
            return redirect("backoffice:group", saved.reference)
    title = f"Edit {found.name}" if found else "New group"
    return render(
        request,
        "backoffice/frame/form_page.html",
        {
            "title": title,
            "crumbs": [*_crumbs(), (title, "")],
            "form": form,
            "submit": "Save the group",
            "cancel_url": reverse("backoffice:group", args=[reference])
            if reference
            else reverse("backoffice:groups"),
        },
    )


def _say_mixed(saved: Group) -> str:
    """Which names are inside this one, or have it inside; empty for none."""
    names = Group.objects.filter(is_test=False).values_list("name", flat=True)
    pairs = [(inner, outer) for inner, outer in nested_names(names) if saved.name in (inner, outer)]
    if not pairs or saved.is_test:
        return ""
    said = say_names([f"“{inner}” is inside “{outer}”" for inner, outer in pairs])
    return f"{said}: a newsletter’s rule that asks for “contains” would mix them."


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def delete_group(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = get_object_or_404(Group, reference=reference)
    with refusals_said(request):
        operations.delete_group(group=found, actor=staff_actor(request), now=read_clock())
        messages.success(request, f"You deleted {found.name}.")
        return redirect("backoffice:groups")
    return redirect("backoffice:group", reference)


def _crumbs() -> list[tuple[str, str]]:
    return [("Customers", reverse("backoffice:customers")), ("Groups", reverse("backoffice:groups"))]
