"""Pages for people who aren't signed in, whose address is the permission.

It can't be guessed, and no cookie gives or takes any right there. So a foreign page can't send their forms without
knowing the address, and they need no token against that; browsers would break it anyway, for a page that hides its
address hides its origin from its own forms too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from tirage.core.actors import Actor, ActorKind
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.parts.client import client_address
from tirage.parts.middleware import request_id
from tirage.payments.models import PaymentMethod
from tirage.payments.operations import save_card
from tirage.storefront.checkout.card_fields import allow_card_sources
from tirage.storefront.frame.identity import open_page

View = Callable[..., HttpResponse]


def page_by_link(view: View) -> View:
    """Opens a page to whoever has its address: kept by nobody, told to nobody, found by no search."""

    @csrf_exempt
    @open_page
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = allow_card_sources(view(request, *args, **kwargs))
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return cast(View, inner)


def by_link(request: HttpRequest, customer: Customer) -> Actor:
    """The customer, as far as a link can tell."""
    return Actor(ActorKind.CUSTOMER, customer.pk, f"{customer.name} (by a mailed link)", request_id(request))


def keep_card(
    request: HttpRequest, customer: Customer, *, make_default: bool = False, for_one_payment: bool = False
) -> PaymentMethod:
    """Saves the card of the form for the link's customer; one ``for_one_payment`` is kept if its box says so.

    Raises what ``save_card`` raises.
    """
    return save_card(
        customer=customer,
        details={name: str(value) for name, value in request.POST.items() if name.startswith("card_")},
        make_default=make_default,
        attempt_key=request.POST.get("key", "")[:32],
        for_one_payment=for_one_payment,
        keep=not for_one_payment or request.POST.get("keep_card") == "1",
        ip=client_address(request),
        actor=by_link(request, customer),
        now=read_clock(),
    )


def status_of(refused: DomainError) -> int:
    """How a refusal is answered."""
    return {"too_many_tries": 429}.get(refused.code, 422)
