"""Stripe's side doors: beginning a card form, the page where the customer confirms, and what Stripe tells us."""

from __future__ import annotations

from typing import Any

import stripe
import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from tirage.core.clock import read_clock
from tirage.core.errors import Conflict
from tirage.core.money import Money
from tirage.core.networks import network_of
from tirage.core.site import is_own_address
from tirage.integrations.stripe import judging, people
from tirage.integrations.stripe.client import api, ask_to_see
from tirage.integrations.stripe.gateway import StripeGateway
from tirage.integrations.stripe.inbox import Heard, hear_event, read_event
from tirage.integrations.stripe.models import StripeCall, StripeCard
from tirage.integrations.stripe.reading import Unreadable, name_at, name_or_none
from tirage.parts.client import client_address
from tirage.payments.protocol import GatewayRefused, GatewayTimeout, Outcome

_log = structlog.get_logger(__name__)
_OLD_FORM = "This page has been open for long. Load it again, then give your card."
_NO_ANSWER = "The card company doesn't answer just now. Nothing was charged; try again in a moment."


@csrf_exempt
@require_POST
@never_cache
def setup(request: HttpRequest) -> HttpResponse:
    """Begins to save a card and gives the browser the secret to go on with.

    The form's proof is the permission: it is signed and short-lived, and no cookie gives any right here."""
    customer_reference = people.read_form(request.POST.get("proof", ""))
    if customer_reference is None:
        return JsonResponse({"problem": _OLD_FORM}, status=403)
    try:
        secret = people.start_setup(
            customer_reference=customer_reference,
            network=network_of(client_address(request)),
            now=read_clock(),
        )
    except Conflict as refused:
        return JsonResponse({"problem": refused.message}, status=429)
    except (GatewayRefused, GatewayTimeout):
        return JsonResponse({"problem": _NO_ANSWER}, status=503)
    return JsonResponse({"client_secret": secret})


@require_safe
@never_cache
def confirm(request: HttpRequest, slug: str) -> HttpResponse:
    """Where the customer answers the bank, straight from the checkout or from a mail. The unguessable address is the
    permission; nothing is asked of the bank before the customer presses the button."""
    call = get_object_or_404(StripeCall.objects.exclude(stripe_id=""), slug=slug)
    page = {
        "amount": Money(call.amount_minor, call.currency),
        "card": StripeCard.objects.filter(token=call.card_token).first(),
        "back_url": call.return_url if is_own_address(call.return_url) else "/",
    }
    try:
        page |= _question(call)
    except GatewayTimeout:
        return render(request, "stripe/confirm.html", page | {"problem": _NO_ANSWER}, status=503)
    response = render(request, "stripe/confirm.html", page)
    if page["is_waiting"] and not page["bank_url"]:
        response._csp_update = StripeGateway.card_form_sources  # type: ignore[attr-defined]  # django-csp's own
    return response


def _question(call: StripeCall) -> dict[str, Any]:
    """What the bank's question needs, if it still waits for an answer."""
    intent: Any = ask_to_see(lambda: api().v1.payment_intents.retrieve(call.stripe_id))
    if judging.judge_payment(intent).outcome is not Outcome.NEEDS_CUSTOMER:
        return {"is_waiting": False}
    return {
        "is_waiting": True,
        "publishable_key": settings.TIRAGE_STRIPE_PUBLISHABLE_KEY,
        "client_secret": name_at(intent, "client_secret", most=500),
        "token": call.card_token,
        "bank_url": name_or_none(intent, "next_action", "redirect_to_url", "url", most=2000),
    }


@csrf_exempt
@require_POST
@never_cache
def webhook(request: HttpRequest) -> HttpResponse:
    """What Stripe tells us; believed when it is signed with our secret. Anything but 200 makes Stripe say it again.

    What is signed and no event is refused; an event whose object can't be read is put aside for the team."""
    signature, secret = request.headers.get("Stripe-Signature"), settings.TIRAGE_STRIPE_WEBHOOK_SECRET
    try:
        stripe.WebhookSignature.verify_header(
            request.body, signature, secret, stripe.Webhook.DEFAULT_TOLERANCE
        )
    except (stripe.SignatureVerificationError, ValueError):
        return _say("not signed by Stripe", 400)
    try:
        told = read_event(request.body)
    except Unreadable as problem:
        _log.error("stripe_event_is_none", problem=str(problem))
        return _say(f"no event: {problem}", 400)
    try:
        heard = hear_event(told, now=read_clock())
    except GatewayTimeout:
        _log.warning("stripe_event_waits", event_id=told.event_id, kind=told.kind)
        return _say("come again", 503)
    return _say(heard.value, 409 if heard is Heard.BUSY else 200)


def _say(words: str, status: int) -> HttpResponse:
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain")
