"""The gateway's fields for a new card, and what a page with them may load besides our own."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponse
from django.template.loader import get_template
from django.utils.safestring import SafeString

from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.parts.faults import Fault
from tirage.payments.gateways import current_gateway, gateway_for, gateway_key
from tirage.storefront.frame.kept import kept

#: What of a card may be shown again after a refusal; its number and code never are.
_SHOWN_AGAIN = ("card_expiry", "card_name")


def card_fields(
    customer: Customer,
    refusal: DomainError | None,
    typed: Mapping[str, str] | None = None,
    *,
    test: bool = False,
) -> SafeString:
    """The fields, to be put into a form of ours, with what is wrong and what may be shown again of ``typed``.

    ``test``: those of test orders, whatever the shop's own gateway is.
    """
    gateway = gateway_for(gateway_key(test=test))
    facts = dict(gateway.card_form(customer_reference=customer.reference))
    again = {name: typed[name][:100] for name in _SHOWN_AGAIN if typed and typed.get(name)}
    if not facts and not again and refusal is None:
        return kept(gateway.card_form_template)
    wrong = {"card_errors": (refusal.message,), "card_wrong": _control(refusal)} if refusal else {}
    return SafeString(
        get_template(gateway.card_form_template).render({**facts, "card_typed": again, **wrong})
    )


def card_faults(refusal: DomainError | None) -> list[Fault]:
    """What is wrong with a new card, for the summary of the page."""
    return [Fault(refusal.message, _control(refusal), "New card")] if refusal else []


def _control(refusal: DomainError) -> str:
    return next((name for name in refusal.fields if name.startswith("card_")), "card_number")


def allow_card_sources(response: HttpResponse) -> HttpResponse:
    """Opens a page's content policy for exactly what the gateway's fields need; most gateways need nothing."""
    if sources := current_gateway().card_form_sources:
        response._csp_update = sources  # type: ignore[attr-defined]  # read by django-csp
    return response
