"""A card that its signed-in customer has typed into a form of ours."""

from __future__ import annotations

from django.http import HttpRequest

from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.parts.client import client_address
from tirage.payments.models import PaymentMethod
from tirage.payments.operations import save_card
from tirage.storefront.frame.identity import customer_actor


def save_typed(request: HttpRequest, customer: Customer, *, make_default: bool) -> PaymentMethod:
    """Saves it at the gateway, with what of authentication its bank asks for; its number never stays with us.

    Raises what ``save_card`` raises.
    """
    return save_card(
        customer=customer,
        details={name: str(value) for name, value in request.POST.items() if name.startswith("card_")},
        make_default=make_default,
        attempt_key=request.POST.get("key", "")[:32],
        ip=client_address(request),
        actor=customer_actor(request),
        now=read_clock(),
    )


def status_of(refused_code: str) -> int:
    """How a refused card is answered."""
    return 429 if refused_code == "too_many_tries" else 422
