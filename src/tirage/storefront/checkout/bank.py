"""The ways to a bank that wants to see its customer, and back to our own pages."""

from __future__ import annotations

from django.conf import settings

from tirage.payments.gateways import gateway_for
from tirage.payments.models import Payment
from tirage.payments.protocol import GatewayTimeout


def bank_page(payment: Payment) -> str:
    """Where the bank waits for the customer; empty when it can't be asked just now."""
    try:
        return gateway_for(payment.gateway).fetch(gateway_reference=payment.gateway_reference).action_url
    except GatewayTimeout:
        return ""


def is_ours(url: str) -> bool:
    """Only our own pages may be gone to straight from a form: the content policy stops forms leading elsewhere."""
    return (url.startswith("/") and not url.startswith("//")) or url.startswith(f"{settings.SITE_URL}/")
