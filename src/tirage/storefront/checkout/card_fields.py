"""The gateway's fields for a new card, and what a page with them may load besides our own."""

from __future__ import annotations

from django.http import HttpResponse
from django.template.loader import get_template
from django.utils.safestring import SafeString

from tirage.customers.models import Customer
from tirage.payments.gateways import current_gateway
from tirage.storefront.frame.kept import kept


def card_fields(customer: Customer, problem: str) -> SafeString:
    """The fields, to be put into a form of ours; what was typed before is never filled in again."""
    gateway = current_gateway()
    errors = (problem,) if problem else ()
    facts = gateway.card_form(customer_reference=customer.reference)
    if not facts:
        return kept(gateway.card_form_template, card_errors=errors)
    return SafeString(get_template(gateway.card_form_template).render({**facts, "card_errors": errors}))


def allow_card_sources(response: HttpResponse) -> HttpResponse:
    """Opens a page's content policy for exactly what the gateway's fields need; most gateways need nothing."""
    if sources := current_gateway().card_form_sources:
        response._csp_update = sources  # type: ignore[attr-defined]  # read by django-csp
    return response
