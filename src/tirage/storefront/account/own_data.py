"""What is kept of the customer: as a file, and the wish that it be erased."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.customers.models import Customer
from tirage.leaving.erasing.asking import ask_erasing
from tirage.leaving.models import ErasureAsk
from tirage.moving.own_data import write_own_data
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context


@customer_required(back="storefront:own_data")
@require_http_methods(["GET", "HEAD", "POST"])
def own_data(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The file, and how the wish to be erased stands; sending with ``sure`` asks for it."""
    missing = request.method == "POST" and not request.POST.get("sure")
    if request.method == "POST" and not missing:
        ask_erasing(customer=customer, actor=customer_actor(request), now=read_clock())
        messages.success(request, "We have your wish and answer it here.")
        return redirect("storefront:own_data")
    asked = ErasureAsk.objects.filter(customer=customer).order_by("-pk").first()
    context = page_context(request, asked=asked, missing=missing)
    return render(request, "storefront/account/own_data.html", context, status=422 if missing else 200)


@customer_required(back="storefront:own_data")
@require_safe
def own_data_file(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """Everything as JSON, piece by piece, to who is signed in and nobody else; that it was taken is recorded."""
    with transaction.atomic():
        record_event(
            EventName.EXPORT_MADE,
            "customer",
            customer.pk,
            text="took everything that is kept as a file",
            customer_id=customer.pk,
            actor=customer_actor(request),
            now=read_clock(),
        )
    headers = {"Content-Disposition": 'attachment; filename="own-data.json"', "Cache-Control": "no-store"}
    content = write_own_data(customer)
    return StreamingHttpResponse(content, content_type="application/json; charset=utf-8", headers=headers)
