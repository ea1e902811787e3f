"""Who was in a group, and in which groups somebody was: since when, until when, by whom and why."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from tirage.customers.models import Customer, Group
from tirage.customers.queries import memberships_over_time
from tirage.staff.permissions import Permission, staff_required

PAGE = 50


def _page(request: HttpRequest, **who: Any) -> Page[Any]:
    return Paginator(memberships_over_time(**who), PAGE).get_page(request.GET.get("page"))


@require_safe
@staff_required(Permission.SEE_CUSTOMERS, Permission.SEE_GROUPS)
def group_history(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = get_object_or_404(Group, reference=reference)
    page = _page(request, group=found)
    people = Customer.objects.in_bulk({row["customer_id"] for row in page})
    return render(
        request,
        "backoffice/tiers/history.html",
        {
            "title": f"Who came and went: {found.name}",
            "what": "Customer",
            "crumbs": [
                ("Customers", reverse("backoffice:customers")),
                ("Groups", reverse("backoffice:groups")),
                (found.name, reverse("backoffice:group", args=[reference])),
                ("Who came and went", ""),
            ],
            "page": page,
            "rows": [
                (people[row["customer_id"]].name, _customer_url(people[row["customer_id"]]), row)
                for row in page
            ],
        },
    )


@require_safe
@staff_required(Permission.SEE_CUSTOMERS, Permission.SEE_GROUPS)
def customer_groups(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = get_object_or_404(Customer, reference=reference)
    page = _page(request, customer=found)
    groups = Group.objects.in_bulk({row["group_id"] for row in page})
    return render(
        request,
        "backoffice/tiers/history.html",
        {
            "title": f"Groups of {found.name}",
            "what": "Group",
            "crumbs": [
                ("Customers", reverse("backoffice:customers")),
                (found.name, _customer_url(found)),
                ("Groups", ""),
            ],
            "page": page,
            "rows": [
                (groups[row["group_id"]].name, _group_url(groups[row["group_id"]]), row) for row in page
            ],
        },
    )


def _customer_url(found: Customer) -> str:
    return reverse("backoffice:customer", args=[found.reference])


def _group_url(found: Group) -> str:
    return reverse("backoffice:group", args=[found.reference])
