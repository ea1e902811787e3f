"""Customers and cards at Stripe: whom it keeps cards for, starting a card form, forgetting cards."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core import signing

from tirage.core.portions import delete_in_portions
from tirage.core.tries import begin_card_fields
from tirage.integrations.stripe.client import Refused, api, ask, is_live
from tirage.integrations.stripe.models import StripeCard, StripeCustomer, StripeEvent
from tirage.integrations.stripe.reading import name_at
from tirage.payments.protocol import GatewayRefused, GatewayTimeout

_SALT = "tirage.integrations.stripe.card_form"
#: For how long a card form that was opened may be sent.
FORM_LIFE = timedelta(hours=24)
#: How long what Stripe told us is kept, for looking into what happened.
EVENTS_KEPT = timedelta(days=90)


def sign_form(customer_reference: str) -> str:
    """Proof that this shop opened a card form for the customer."""
    return signing.TimestampSigner(salt=_SALT).sign(customer_reference)


def read_form(proof: str) -> str | None:
    """Whose card form it is; None when it isn't one of ours, or too old."""
    try:
        return signing.TimestampSigner(salt=_SALT).unsign(proof, max_age=FORM_LIFE)
    except signing.BadSignature:
        return None


def find_customer(customer_reference: str) -> StripeCustomer | None:
    """Whom Stripe keeps the customer's cards under, if it keeps any."""
    return StripeCustomer.objects.filter(customer_reference=customer_reference, is_live=is_live()).first()


def start_setup(*, customer_reference: str, network: str = "", now: datetime) -> str:
    """Begins to save a card; the secret with which the customer's browser goes on. Asks Stripe.

    With each secret thieves could test a stolen number, so it is counted as a new card.

    Raises Conflict ``too_many_tries``, GatewayRefused, GatewayTimeout."""
    begin_card_fields(customer_reference=customer_reference, network=network, now=now)
    customer = find_customer(customer_reference) or _make_customer(customer_reference, "", now)
    try:
        return _ask_for_setup(customer)
    except Refused as refused:
        if refused.code != "resource_missing":
            raise
    # Somebody deleted the customer in Stripe's own pages, and the cards with it.
    return _ask_for_setup(_make_customer(customer_reference, customer.stripe_id, now))


def _ask_for_setup(customer: StripeCustomer) -> str:
    made = ask(
        lambda: api().v1.setup_intents.create(
            {
                "customer": customer.stripe_id,
                "usage": "off_session",
                "allowed_payment_method_types": ["card"],
                "metadata": {"tirage_customer": customer.customer_reference},
            }
        )
    )
    return name_at(made, "client_secret", most=500)


def _make_customer(customer_reference: str, gone: str, now: datetime) -> StripeCustomer:
    """A customer at Stripe; the same for two forms at once. ``gone`` is the one that Stripe has no more."""
    key = f"tirage-customer-{customer_reference}{gone}"
    made = ask(
        lambda: api().v1.customers.create(
            {"metadata": {"tirage_customer": customer_reference}}, {"idempotency_key": key}
        )
    )
    stripe_id = name_at(made, "id", most=60)
    row = StripeCustomer(
        customer_reference=customer_reference, is_live=is_live(), stripe_id=stripe_id, made_at=now
    )
    if gone:
        StripeCustomer.objects.filter(stripe_id=gone).update(stripe_id=stripe_id)
    StripeCustomer.objects.bulk_create([row], ignore_conflicts=True)
    return StripeCustomer.objects.get(customer_reference=customer_reference, is_live=is_live())


def forget_card(card: StripeCard, now: datetime) -> bool:
    """Asks Stripe to forget a card that was removed here; False when it didn't answer."""
    try:
        ask(lambda: api().v1.payment_methods.detach(card.token))
    except GatewayRefused:
        pass  # It isn't there, or belongs to nobody: that is what was wanted.
    except GatewayTimeout:
        return False
    StripeCard.objects.filter(pk=card.pk).update(forgotten_at=now)
    return True


def forget_removed_cards(now: datetime) -> int:
    """Forgets at Stripe what it didn't answer about when it was removed here; how many cards.

    Stops at the first silence: Stripe is asked again in the next hour."""
    waiting = StripeCard.objects.filter(removed_at__isnull=False, forgotten_at__isnull=True)
    forgotten = 0
    for card in waiting.filter(customer__is_live=is_live()).order_by("removed_at")[:100]:
        if not forget_card(card, now):
            break
        forgotten += 1
    return forgotten


def forget_old_events(now: datetime) -> None:
    """Drops what Stripe told us long ago."""
    delete_in_portions(StripeEvent.objects.filter(handled_at__lt=now - EVENTS_KEPT))
