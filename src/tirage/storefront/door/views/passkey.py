"""Coming in by a passkey."""

from __future__ import annotations

import math

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.waits import TooSoon, say_wait
from tirage.customers.passkeys import ask_who, sign_in_with_passkey
from tirage.parts.client import client_address
from tirage.storefront.door.views.sign_in import come_in, show_ask
from tirage.storefront.frame import identity
from tirage.storefront.frame.identity import customer_actor, open_page, safe_next
from tirage.storefront.frame.questions import asked_here, put_question


@open_page
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Puts a question to the browser, and lets in whose key has signed it."""
    if request.method != "POST":
        return put_question(request, ask_who(), now=read_clock())
    next_path = safe_next(request, request.POST.get("next", ""))
    try:
        signed_in = sign_in_with_passkey(
            answer=request.POST.get("passkey", ""),
            asked=asked_here(request),
            device=identity.remembered_device(request),
            ip=client_address(request),
            actor=customer_actor(request),
            now=read_clock(),
        )
    except TooSoon as refusal:
        words = f"Too many tries that didn’t work. Try again in {say_wait(refusal.wait)}, or sign in by mail."
        response = show_ask(request, next_path=next_path, problem=words, status=429)
        response["Retry-After"] = str(math.ceil(refusal.wait.total_seconds()))
        return response
    except DomainError as refusal:
        return show_ask(request, next_path=next_path, problem=refusal.message, status=422)
    return come_in(request, signed_in, next_path)
