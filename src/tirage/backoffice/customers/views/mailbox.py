"""A mailbox that was set aside, taken back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from tirage.backoffice.customers.list import customer_url
from tirage.backoffice.frame.acting import refusals_said
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.notifications.mailboxes import take_mailbox_back
from tirage.staff.permissions import Permission, staff_actor, staff_required


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def take_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Mail goes to the customer's address again."""
    found = get_object_or_404(Customer, reference=reference)
    with refusals_said(request):
        take_mailbox_back(customer=found, actor=staff_actor(request), now=read_clock())
        messages.success(request, f"You took {found.email} back: mail goes there again.")
    return redirect(customer_url(found))
