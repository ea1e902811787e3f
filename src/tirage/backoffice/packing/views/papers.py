"""What is printed for a batch."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_said
from tirage.backoffice.frame.runs import bar_or_page
from tirage.backoffice.packing.page import printing_bar
from tirage.backoffice.packing.printing import start_printing
from tirage.core.clock import read_clock
from tirage.fulfilment.models import Batch, BatchPaper
from tirage.staff.permissions import Permission, staff_actor, staff_required


@require_POST
@staff_required(Permission.SHIP_ORDERS)
def print_batch(request: HttpRequest, reference: str) -> HttpResponse:
    """Has the worker make the papers."""
    found = get_object_or_404(Batch, reference=reference)
    with refusals_said(request):
        start_printing(batch=found, actor=staff_actor(request), now=read_clock())
    return redirect("backoffice:batch", reference)


@require_safe
@staff_required(Permission.SHIP_ORDERS)
def progress(request: HttpRequest, reference: str) -> HttpResponse:
    """The bar alone; the whole page once everything is printed."""
    found = get_object_or_404(Batch, reference=reference)
    return bar_or_page(request, printing_bar(found), reverse("backoffice:batch", args=[reference]))


@require_safe
@staff_required(Permission.SHIP_ORDERS)
def paper(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    """One file (``slips-2``), shown in the browser to be printed."""
    kind, _, part = name.rpartition("-")
    papers = BatchPaper.objects.filter(batch__reference=reference, kind=kind)
    found = get_object_or_404(papers, part=int(part) if part.isascii() and part.isdigit() else 0)
    response = HttpResponse(bytes(found.pdf), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{reference}-{name}.pdf"'
    return response
