"""Bottles that are set aside for a customer: how many are bought, or that they may go."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tirage.checkout.models import Cart
from tirage.checkout.operations.setting_aside import choose_set_aside, let_set_aside_go
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.storefront.frame.forms import BOTTLES, read_quantities
from tirage.storefront.frame.identity import customer_actor, customer_required
from tirage.storefront.offer.aside import with_aside
from tirage.storefront.offer.black_box import record_press
from tirage.storefront.offer.page import show_set_aside


@customer_required(adult=True)
@require_http_methods(["GET", "HEAD", "POST"])
def set_aside(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """What is set aside, until when, and how many of it are wanted; to the checkout, or letting them go."""
    if not Cart.objects.filter(customer=customer, reference=reference, kept_until__isnull=False).exists():
        raise Http404("nothing of this customer is set aside under this reference")
    if request.method != "POST":
        return show_set_aside(request, customer, reference)
    pressed, ends = read_clock(), request.POST.get("act") == "let_go"
    name = "let_go" if ends else "choose_aside"
    try:
        if ends:
            let_set_aside_go(
                customer=customer,
                cart_reference=reference,
                actor=customer_actor(request),
                now=read_clock(),
            )
            record_press(request, customer, name, at=pressed)
            messages.info(request, "Thank you for telling us. Somebody else can have the bottles now.")
            return redirect("storefront:wishes")
        choose_set_aside(
            customer=customer,
            cart_reference=reference,
            quantities=read_quantities(request.POST, BOTTLES),
            now=read_clock(),
        )
    except DomainError as refusal:
        record_press(request, customer, name, refusal=refusal.message, at=pressed)
        return show_set_aside(request, customer, reference, refusal=refusal, status=422)
    record_press(request, customer, name, at=pressed)
    return redirect(with_aside(reverse("storefront:checkout"), reference))
