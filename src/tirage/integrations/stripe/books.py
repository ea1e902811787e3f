"""Our own record of what Stripe was asked: written before the call, so that a lost answer can be looked for.

A key is for one call. The same arguments again find the first answer here, for as long as the row exists: Stripe's
own memory of keys ends after a day, and then the same key would be a new charge.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.urls import reverse

from tirage.integrations.stripe import judging
from tirage.integrations.stripe.judging import Judgement
from tirage.integrations.stripe.models import StripeCall, StripeCard
from tirage.integrations.stripe.reading import name_at
from tirage.integrations.stripe.states import PAYING, CallKind
from tirage.payments.protocol import (
    GatewayRefused,
    GatewayResult,
    Listed,
    ListedState,
    Outcome,
    SavedCard,
    customer_words,
)

_ARGUMENTS = (
    "kind",
    "customer_reference",
    "card_token",
    "amount_minor",
    "currency",
    "description",
    "return_url",
    "about",
)


def open_call(*, key: str, kind: CallKind, now: datetime, **arguments: Any) -> StripeCall:
    """The call with this key, written now or found. Raises GatewayRefused when the key was for another one."""
    if not 1 <= len(key) <= 120:
        raise GatewayRefused("an idempotency key has 1 to 120 characters")
    slug = secrets.token_urlsafe(32) if kind in PAYING else None
    asked = StripeCall(idempotency_key=key, kind=kind.value, slug=slug, made_at=now, **arguments)
    StripeCall.objects.bulk_create([asked], ignore_conflicts=True)
    call = StripeCall.objects.get(idempotency_key=key)
    if any(getattr(call, name) != getattr(asked, name) for name in _ARGUMENTS):
        raise GatewayRefused("this key was used with other arguments")
    return call


def adopt(line: Listed, *, now: datetime) -> None:
    """Writes a payment of Stripe's list that these books lack as if they had asked for it, once."""
    kind = CallKind.AUTHORISE if line.state is ListedState.SET_ASIDE else CallKind.CHARGE
    key = line.idempotency_key or line.gateway_reference
    if StripeCall.objects.filter(idempotency_key=key).exists():
        key = f"found-{line.gateway_reference}"
    call = StripeCall(
        idempotency_key=key,
        kind=kind.value,
        card_token=line.token,
        amount_minor=line.amount.minor,
        currency=line.amount.currency,
        description=line.description,
        stripe_id=line.gateway_reference,
        slug=secrets.token_urlsafe(32),
        outcome=Outcome.SETTLED.value,
        made_at=now,
    )
    StripeCall.objects.bulk_create([call], ignore_conflicts=True)


def payment_call(stripe_id: str) -> StripeCall | None:
    """The charge or authorisation that made this payment at Stripe."""
    kinds = [kind.value for kind in PAYING]
    return StripeCall.objects.filter(stripe_id=stripe_id, kind__in=kinds).first() if stripe_id else None


def keep_stripe_id(call: StripeCall, stripe_id: str) -> None:
    """Writes what Stripe made for the call, unless somebody was faster; ``call`` then has the one that counts."""
    StripeCall.objects.filter(pk=call.pk, stripe_id="").update(stripe_id=stripe_id)
    call.refresh_from_db(fields=["stripe_id"])


def keep_answer(call: StripeCall, judged: Judgement, **more: Any) -> GatewayResult:
    """Writes the first answer, unless somebody was faster; the first answer, whoever wrote it."""
    if judged.outcome is None:
        raise ValueError("only an answer can be kept")
    answer = {"outcome": judged.outcome.value, "decline_code": judged.code, "expires_at": judged.expires_at}
    StripeCall.objects.filter(pk=call.pk, outcome="").update(**answer, **more)
    call.refresh_from_db()
    return first_answer(call)


def keep_closed(call: StripeCall, code: str) -> None:
    """Remembers why we closed a payment, for Stripe only says that it was."""
    StripeCall.objects.filter(pk=call.pk).update(closed_code=code)


def first_answer(call: StripeCall) -> GatewayResult:
    """What the first call was told."""
    judged = Judgement(Outcome(call.outcome), call.decline_code, call.expires_at)
    return result_of(call, judged)


def result_of(call: StripeCall, judged: Judgement) -> GatewayResult:
    """A judgement about a call in the protocol's words."""
    if judged.outcome is None:
        raise ValueError("nothing to tell yet")
    waits = judged.outcome is Outcome.NEEDS_CUSTOMER
    return GatewayResult(
        outcome=judged.outcome,
        gateway_reference=call.stripe_id,
        decline_code=judged.code,
        message=customer_words(judged.code) if judged.code else "",
        action_url=reverse("stripe:confirm", args=[call.slug]) if waits else "",
        expires_at=judged.expires_at,
    )


def live_card(token: str, *, is_live: bool) -> StripeCard | None:
    """A saved card that may be charged with the present key."""
    cards = StripeCard.objects.select_related("customer").filter(token=token, removed_at__isnull=True)
    return cards.filter(customer__is_live=is_live).first()


def saved_card(card: StripeCard) -> SavedCard:
    """A card as the protocol gives it."""
    return SavedCard(card.token, card.brand, card.last4, card.exp_month, card.exp_year)


def write_card(found: Any, customer_id: int, now: datetime) -> StripeCard:
    """Keeps what a person recognises a card by; the row, written now or before."""
    token, facts = name_at(found, "id"), judging.card_facts(found)
    card = StripeCard(token=token, customer_id=customer_id, saved_at=now, **asdict(facts))
    StripeCard.objects.bulk_create([card], ignore_conflicts=True)
    return StripeCard.objects.get(token=token)


def renew_card(token: str, facts: dict[str, Any]) -> None:
    """Keeps a card's new number or expiry."""
    StripeCard.objects.filter(token=token).update(**facts)


def drop_card(token: str, now: datetime) -> None:
    """Notes that Stripe has a card no more."""
    cards = StripeCard.objects.filter(token=token)
    cards.filter(removed_at__isnull=True).update(removed_at=now)
    cards.filter(forgotten_at__isnull=True).update(forgotten_at=now)
