"""A customer's own data, as a file for who asks for it."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.customers.models import Customer
from tirage.moving.own_data import write_own_data
from tirage.staff.permissions import Permission, staff_actor, staff_required


@require_safe
@staff_required(Permission.EXPORT, Permission.SEE_CUSTOMERS)
def own_data_file(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Everything that is kept of the customer, as JSON; that it was made is recorded."""
    customer = get_object_or_404(Customer, reference=reference)
    with transaction.atomic():
        record_event(
            EventName.EXPORT_MADE,
            "customer",
            customer.pk,
            text=f"exported everything that is kept of {customer.name}",
            customer_id=customer.pk,
            actor=staff_actor(request),
            now=read_clock(),
        )
    response = StreamingHttpResponse(write_own_data(customer), content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{customer.reference}-own-data.json"'
    return response
