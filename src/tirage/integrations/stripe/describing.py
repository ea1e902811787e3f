"""How Stripe is set up, in words for the team. Says whether a key is there, never what it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from tirage.core.winery import local_time
from tirage.integrations.stripe.client import is_live
from tirage.integrations.stripe.models import StripeCall, StripeEvent
from tirage.integrations.stripe.states import PAYING
from tirage.payments.protocol import GatewayFact

#: How long after a payment Stripe should have told us something.
SILENCE = timedelta(hours=1)
#: For how long the team is told of an event that was put aside.
REMEMBERED = timedelta(days=14)


def describe(now: datetime) -> Sequence[GatewayFact]:
    """A few statements about the last things heard, and the settings."""
    return list(_facts(now))


def _facts(now: datetime) -> Iterator[GatewayFact]:
    mode = "live: cards are charged" if is_live() else "test mode: no money moves"
    yield GatewayFact("Gateway", f"Stripe, {mode}")
    yield _key("Secret key", "TIRAGE_STRIPE_SECRET_KEY")
    yield _key("Publishable key", "TIRAGE_STRIPE_PUBLISHABLE_KEY")
    yield _key("Webhook secret", "TIRAGE_STRIPE_WEBHOOK_SECRET")
    yield GatewayFact("Webhook address", f"{settings.SITE_URL}{reverse('stripe:webhook')}")
    yield _last_heard(now)
    if waiting := StripeEvent.objects.filter(handled_at__isnull=True, heard_at__lt=now - SILENCE).count():
        problem = "Stripe tells them again for three days; the log says why they failed."
        yield GatewayFact("Not understood yet", str(waiting), problem)
    aside = StripeEvent.objects.filter(heard_at__gt=now - REMEMBERED).exclude(problem="").order_by("-id")
    if names := list(aside.values_list("event_id", "problem")[:5]):
        which = ", ".join(f"{name}: {why}" for name, why in names)
        problem = f"Look at them in Stripe ({which}) and see to what they say."
        yield GatewayFact("Events put aside, which can't be read", str(aside.count()), problem)


def _key(label: str, name: str) -> GatewayFact:
    if getattr(settings, name):
        return GatewayFact(label, "set")
    return GatewayFact(label, "missing", f"Set {name} and start Tirage again.")


def _last_heard(now: datetime) -> GatewayFact:
    heard_at = StripeEvent.objects.order_by("-heard_at").values_list("heard_at", flat=True).first()
    paid = StripeCall.objects.filter(kind__in=[kind.value for kind in PAYING], made_at__lt=now - SILENCE)
    paid_at = paid.order_by("-id").values_list("made_at", flat=True).first()
    is_silent = paid_at is not None and (heard_at is None or heard_at < paid_at)
    problem = "Nothing came since the last payment: look at the webhook in Stripe." if is_silent else ""
    words = f"{local_time(heard_at):%B %-d, %Y, %H:%M}" if heard_at else "nothing yet"
    return GatewayFact("Last heard from Stripe", words, problem)
