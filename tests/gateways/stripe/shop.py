"""A shop with Stripe, and a Stripe in memory behind the real library."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
import stripe
from django.conf import LazySettings
from django.test import Client

from tests.gateways.stripe.fake import FakeStripe
from tirage.core.clock import read_clock
from tirage.integrations.stripe import client, people
from tirage.integrations.stripe.gateway import StripeGateway
from tirage.payments.gateways import gateway_for

WEBHOOK_SECRET = "whsec_the-tests-own"


@pytest.fixture
def stripe_settings(settings: LazySettings) -> Iterator[LazySettings]:
    """Stripe is the gateway, in its test mode."""
    import_module("tirage.config.urls")  # made once a process: other tests want it without Stripe
    settings.TIRAGE_GATEWAY = "stripe"
    settings.TIRAGE_STRIPE_SECRET_KEY = "sk_test_tirage"
    settings.TIRAGE_STRIPE_PUBLISHABLE_KEY = "pk_test_tirage"
    settings.TIRAGE_STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET
    settings.ROOT_URLCONF = "tests.gateways.stripe.urls"
    client._client.cache_clear()
    gateway_for.cache_clear()
    yield settings
    client._client.cache_clear()
    gateway_for.cache_clear()


@pytest.fixture
def fake(stripe_settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> FakeStripe:
    """What answers the library's calls."""
    made = FakeStripe()
    monkeypatch.setattr(client, "new_http_client", lambda: made)
    return made


def filled_form(fake: FakeStripe, customer_reference: str, behaviour: str = "succeeds") -> dict[str, str]:
    """What the card form of the customer sends after Stripe's fields took a card that behaves so."""
    secret = people.start_setup(customer_reference=customer_reference, now=read_clock())
    return {"card_setup": fake.fill_card(secret, behaviour)["id"]}


def question_of(action_url: str) -> dict[str, str]:
    """The facts that the page of a bank's question gives to its script; empty when it asks nothing (any more)."""
    page = Client().get(action_url).content.decode()
    return dict(re.findall(r'data-(key|secret|card|back)="([^"]*)"', page))


def new_card(fake: FakeStripe, behaviour: str = "succeeds", customer: str = "CUS-1") -> str:
    """The token of a saved card."""
    details = filled_form(fake, customer, behaviour)
    key = f"{customer}-{details['card_setup']}"
    return StripeGateway().save_card(customer_reference=customer, details=details, idempotency_key=key).token


_told = iter(range(1, 1_000_000))


def event_of(kind: str, about: dict[str, Any], event_id: str = "") -> str:
    """The body of an event, as Stripe posts it."""
    return json.dumps(
        {
            "id": event_id or f"evt_{next(_told)}",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": int(time.time()),
            "data": {"object": about},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
    )


def tell(
    body: str, *, secret: str = WEBHOOK_SECRET, at: int | None = None, signature: str | None = None
) -> Any:
    """Stripe posts an event; the shop's answer."""
    signed = stripe.WebhookSignature.generate_signature_header(body, secret, at)
    return Client().post(
        "/stripe/webhook/",
        body,
        content_type="application/json",
        headers={"Stripe-Signature": signed if signature is None else signature},
    )
