"""Stripe behind the protocol.

A payment is made at Stripe in two steps. Making it moves nothing, and its name is written down before it is
confirmed; Stripe takes the money of one payment at most once, however often it is confirmed. So a lost answer is
found by looking at the payment itself, which needs neither Stripe's search (minutes behind) nor its memory of
idempotency keys (a day long).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from tirage.core.clock import read_clock
from tirage.core.money import Money
from tirage.core.site import is_own_address
from tirage.core.winery import current_winery
from tirage.integrations.stripe import books, judging, listing, people, taking_over
from tirage.integrations.stripe.client import Declined, Refused, api, ask, ask_to_see, is_live
from tirage.integrations.stripe.describing import describe
from tirage.integrations.stripe.judging import Judgement
from tirage.integrations.stripe.models import StripeCall, StripeCard
from tirage.integrations.stripe.reading import id_at, look, name_at, note_at, rows_of
from tirage.integrations.stripe.states import PAYING, CallKind
from tirage.payments.protocol import (
    CardRefused,
    GatewayFact,
    GatewayRefused,
    GatewayResult,
    GatewayTimeout,
    Listed,
    ListedKind,
    ListedPage,
    Outcome,
    SavedCard,
    customer_words,
    usual_least,
)

_SETUP = re.compile(r"seti_[A-Za-z0-9_]{1,100}")
_NO_SETUP = (
    "Your card did not reach us. Allow JavaScript for this page, load it again and give the card once more."
)
_SETTLED = Judgement(Outcome.SETTLED)


class StripeGateway:
    """Implements ``tirage.payments.protocol.Gateway``. docs/stripe.md says how it is set up."""

    key = "stripe"
    card_form_template = "stripe/card_form.html"
    #: By Stripe's guide to content policies, for cards and their banks' questions.
    card_form_sources: Mapping[str, Sequence[str]] = {
        "script-src": ("https://js.stripe.com", "https://*.js.stripe.com"),
        "frame-src": ("https://js.stripe.com", "https://*.js.stripe.com", "https://hooks.stripe.com"),
        "connect-src": ("https://api.stripe.com",),
    }

    def card_form(self, *, customer_reference: str) -> Mapping[str, str]:
        """See the protocol."""
        return {
            "publishable_key": settings.TIRAGE_STRIPE_PUBLISHABLE_KEY,
            "setup_url": reverse("stripe:setup"),
            "proof": people.sign_form(customer_reference),
            "currency": current_winery().currency.lower(),
        }

    def least(self, *, currency: str) -> int:
        """See the protocol."""
        return usual_least(currency)

    def describe(self, *, now: datetime) -> Sequence[GatewayFact]:
        """See the protocol."""
        return describe(now)

    def save_card(
        self, *, customer_reference: str, details: Mapping[str, str], idempotency_key: str
    ) -> SavedCard:
        """See the protocol. The browser gave the card to Stripe; ``card_setup`` names where it is."""
        setup = details.get("card_setup", "")
        if not _SETUP.fullmatch(setup):
            raise CardRefused("no_setup", _NO_SETUP)
        now = read_clock()
        call = books.open_call(
            key=idempotency_key,
            kind=CallKind.SAVE_CARD,
            customer_reference=customer_reference,
            about=setup,
            now=now,
        )
        card = StripeCard.objects.filter(token=call.stripe_id).first() if call.outcome else None
        card = card or self._read_setup(call, now)
        if card.removed_at:
            raise CardRefused("removed", "This card was removed meanwhile. Add it once more.")
        return books.saved_card(card)

    def _read_setup(self, call: StripeCall, now: datetime) -> StripeCard:
        setup = ask(lambda: api().v1.setup_intents.retrieve(call.about, {"expand": ["payment_method"]}))
        customer = people.find_customer(call.customer_reference)
        if customer is None or id_at(setup, "customer") != customer.stripe_id:
            raise CardRefused("no_setup", _NO_SETUP)
        if name_at(setup, "status") != "succeeded":
            code = judging.our_code(judging.error_code(look(setup, "last_setup_error")))
            raise CardRefused(code, customer_words(code))
        card = books.write_card(_expanded(look(setup, "payment_method")), customer.pk, now)
        books.keep_answer(call, _SETTLED, stripe_id=card.token)
        return card

    def take_over(self, *, customer_reference: str, former_customer: str, token: str) -> SavedCard:
        """See the protocol."""
        return books.saved_card(
            taking_over.take_over(customer_reference, former_customer, token, read_clock())
        )

    def let_go(self, *, token: str) -> None:
        """See the protocol."""
        StripeCard.objects.filter(token=token).delete()

    def remove_card(self, *, token: str) -> None:
        """See the protocol. When Stripe doesn't answer it is asked again within the hour."""
        now = read_clock()
        card = StripeCard.objects.filter(token=token, removed_at__isnull=True).first()
        if card and StripeCard.objects.filter(pk=card.pk, removed_at__isnull=True).update(removed_at=now):
            people.forget_card(card, now)

    def charge(
        self, *, token: str, amount: Money, idempotency_key: str, description: str, return_url: str
    ) -> GatewayResult:
        """See the protocol."""
        return self._pay(CallKind.CHARGE, token, amount, idempotency_key, description, return_url)

    def authorise(
        self, *, token: str, amount: Money, idempotency_key: str, description: str, return_url: str
    ) -> GatewayResult:
        """See the protocol."""
        return self._pay(CallKind.AUTHORISE, token, amount, idempotency_key, description, return_url)

    def _pay(
        self, kind: CallKind, token: str, amount: Money, key: str, description: str, return_url: str
    ) -> GatewayResult:
        _check_amount(amount)
        if return_url and not is_own_address(return_url):
            raise GatewayRefused("the return address is not one of this shop")
        card = books.live_card(token, is_live=is_live())
        if card is None:
            raise GatewayRefused("no such card")
        call = books.open_call(
            key=key,
            kind=kind,
            card_token=token,
            amount_minor=amount.minor,
            currency=amount.currency,
            description=description[:300],
            return_url=return_url,
            now=read_clock(),
        )
        if call.outcome:
            return books.first_answer(call)
        if not call.stripe_id:
            books.keep_stripe_id(call, _make_payment(call, card))
        return books.keep_answer(call, _confirm(call))

    def capture(self, *, gateway_reference: str, amount: Money, idempotency_key: str) -> GatewayResult:
        """See the protocol."""
        _check_amount(amount)
        paid = _known_payment(gateway_reference, amount)
        if paid.kind != CallKind.AUTHORISE or amount.minor > paid.amount_minor:
            raise GatewayRefused("only what is set aside can be captured, and not beyond its amount")
        call = books.open_call(
            key=idempotency_key,
            kind=CallKind.CAPTURE,
            about=gateway_reference,
            amount_minor=amount.minor,
            currency=amount.currency,
            now=read_clock(),
        )
        return books.first_answer(call) if call.outcome else _keep(call, _capture(call))

    def void(self, *, gateway_reference: str, idempotency_key: str) -> GatewayResult:
        """See the protocol."""
        _known_payment(gateway_reference)
        call = books.open_call(
            key=idempotency_key, kind=CallKind.VOID, about=gateway_reference, now=read_clock()
        )
        return books.first_answer(call) if call.outcome else _keep(call, _cancel(call.about))

    def refund(self, *, gateway_reference: str, amount: Money, idempotency_key: str) -> GatewayResult:
        """See the protocol. The result's reference is the refund's own."""
        _check_amount(amount)
        _known_payment(gateway_reference, amount)
        now = read_clock()
        call = books.open_call(
            key=idempotency_key,
            kind=CallKind.REFUND,
            about=gateway_reference,
            amount_minor=amount.minor,
            currency=amount.currency,
            now=now,
        )
        if call.outcome:
            return books.first_answer(call)
        # Asked before, without an answer, and maybe so long ago that Stripe has forgotten the key: look first.
        found = _find_refund(call) if call.made_at != now else None
        return found or _ask_for_refund(call)

    def find(self, *, idempotency_key: str) -> GatewayResult | None:
        """See the protocol: the present state; under the key of any call but ``save_card``."""
        call = StripeCall.objects.filter(idempotency_key=idempotency_key).first()
        if call is None or call.kind == CallKind.SAVE_CARD:
            return None
        if CallKind(call.kind) in PAYING:
            return _present(call) if call.stripe_id else None
        if call.outcome:
            return books.first_answer(call)
        return _find_refund(call) if call.kind == CallKind.REFUND else _find_movement(call)

    def fetch(self, *, gateway_reference: str) -> GatewayResult:
        """See the protocol; GatewayRefused when there is no such payment."""
        present = _present(_known_payment(gateway_reference))
        if present is None:
            raise GatewayTimeout("Stripe has not been asked for this money yet")
        return present

    def list_page(self, *, since: datetime, until: datetime, cursor: str = "") -> ListedPage:
        """See the protocol."""
        return listing.list_page(since, until, cursor)

    def look_up(self, *, gateway_reference: str) -> Listed | None:
        """See the protocol."""
        return listing.look_up(gateway_reference)

    def adopt(self, *, gateway_reference: str) -> None:
        """See the protocol."""
        if books.payment_call(gateway_reference) is None:
            line = listing.look_up(gateway_reference)
            if line is None or line.kind is not ListedKind.CHARGE:
                raise GatewayRefused("no such charge")
            books.adopt(line, now=read_clock())


def _check_amount(amount: Money) -> None:
    if amount.minor <= 0:
        raise GatewayRefused("an amount is more than nothing")


def _known_payment(stripe_id: str, amount: Money | None = None) -> StripeCall:
    paid = books.payment_call(stripe_id)
    if paid is None:
        raise GatewayRefused("no such charge")
    if amount is not None and amount.currency != paid.currency:
        raise GatewayRefused(f"this charge was made in {paid.currency}")
    return paid


def _expanded(found: Any) -> Any:
    if isinstance(found, str):
        return ask(lambda: api().v1.payment_methods.retrieve(found))
    return found


def _look_at(stripe_id: str) -> Any:
    return ask_to_see(lambda: api().v1.payment_intents.retrieve(stripe_id, {"expand": ["latest_charge"]}))


def _make_payment(call: StripeCall, card: StripeCard) -> str:
    """Step one: a payment that asks nobody for money yet. Our key goes with it, so that a webhook can name it."""
    made = ask(
        lambda: api().v1.payment_intents.create(
            {
                "amount": call.amount_minor,
                "currency": call.currency.lower(),
                "customer": card.customer.stripe_id,
                "payment_method": card.token,
                "allowed_payment_method_types": ["card"],
                "capture_method": "manual" if call.kind == CallKind.AUTHORISE else "automatic",
                "description": call.description,
                "metadata": {"tirage_key": call.idempotency_key},
            },
            {"idempotency_key": call.idempotency_key},
        )
    )
    return name_at(made, "id")


def _confirm(call: StripeCall) -> Judgement:
    """Step two: asks the bank. Off session, because nobody can answer the bank while this call waits."""
    try:
        intent: Any = ask(
            lambda: api().v1.payment_intents.confirm(
                call.stripe_id,
                {"payment_method": call.card_token, "off_session": True, "expand": ["latest_charge"]},
                {"idempotency_key": f"{call.idempotency_key}-confirm"},
            )
        )
    except Declined as declined:
        return judging.judge_decline(declined.code)
    except Refused:
        # Confirmed before, by a call whose answer was lost? Then the payment itself knows.
        intent = _look_at(call.stripe_id)
        if judging.judge_payment(intent).outcome is None:
            raise
    judged = judging.judge_payment(intent)
    if judged.outcome is None:
        raise GatewayTimeout("Stripe took the payment and asked nobody")
    return judged


def _present(call: StripeCall) -> GatewayResult | None:
    """What has become of a charge or authorisation; None while the bank was never asked.

    A customer who failed to confirm could try again with the page still open, after the shop had moved on. So the
    payment is closed at Stripe before it is called declined."""
    intent = _look_at(call.stripe_id)
    judged = judging.judge_payment(intent)
    if judged.outcome is None:
        return None
    was_declined = call.outcome == Outcome.DECLINED
    if name_at(intent, "status") == "canceled":
        code = call.closed_code or (call.decline_code if was_declined else "") or judged.code
        judged = Judgement(Outcome.DECLINED, code)
    elif judged.outcome is Outcome.DECLINED and not was_declined:
        judged = _close(call, judged)
    return books.result_of(call, judged)


def _close(call: StripeCall, declined: Judgement) -> Judgement:
    if _cancel(call.stripe_id).outcome is Outcome.DECLINED:
        return judging.judge_payment(_look_at(call.stripe_id))
    books.keep_closed(call, declined.code)
    return declined


def _cancel(stripe_id: str) -> Judgement:
    """Lets a payment go: SETTLED when it is gone, DECLINED when its money has moved.

    Without a key of ours: it can be said twice, and a refusal of a minute ago must not be repeated to us."""
    try:
        ask(lambda: api().v1.payment_intents.cancel(stripe_id))
    except Refused:
        status = name_at(_look_at(stripe_id), "status")
        if status == "succeeded":
            return Judgement(Outcome.DECLINED, "already_settled")
        if status != "canceled":
            raise GatewayTimeout("Stripe doesn't let it go just now") from None
    return _SETTLED


def _capture(call: StripeCall) -> Judgement:
    """Takes the money. Our key is noted on the payment, so that a lost answer is found and a rival's isn't ours."""
    key = call.idempotency_key
    try:
        ask(
            lambda: api().v1.payment_intents.capture(
                call.about,
                {"amount_to_capture": call.amount_minor, "metadata": {"tirage_capture": key}},
                {"idempotency_key": key},
            )
        )
    except Declined as declined:
        return Judgement(Outcome.DECLINED, judging.our_code(declined.code))
    except Refused as refused:
        if refused.code == "charge_expired_for_capture":
            return Judgement(Outcome.DECLINED, "authorization_expired")
        intent = _look_at(call.about)
        judged = judging.judge_payment(intent)
        if judged.code == "authorization_expired":
            return judged
        if note_at(intent, "tirage_capture") != key:
            raise
    return _SETTLED


def _find_movement(call: StripeCall) -> GatewayResult | None:
    """A capture or void whose answer was lost."""
    intent = _look_at(call.about)
    status = name_at(intent, "status")
    if call.kind == CallKind.VOID:
        return _keep(call, _SETTLED) if status == "canceled" else None
    is_ours = note_at(intent, "tirage_capture") == call.idempotency_key
    return _keep(call, _SETTLED) if is_ours and status == "succeeded" else None


def _keep(call: StripeCall, judged: Judgement) -> GatewayResult:
    return books.keep_answer(call, judged, stripe_id=call.about)


def _about(call: StripeCall) -> Any:
    """What a refund is about, as Stripe asks for it; what was adopted may be a bare charge."""
    return {"charge" if call.about.startswith("ch_") else "payment_intent": call.about}


def _ask_for_refund(call: StripeCall) -> GatewayResult:
    asked: Any = {**_about(call), "amount": call.amount_minor}
    asked["metadata"] = {"tirage_key": call.idempotency_key}
    refund = ask(lambda: api().v1.refunds.create(asked, {"idempotency_key": call.idempotency_key}))
    return _keep_refund(call, refund)


def _find_refund(call: StripeCall) -> GatewayResult | None:
    """A refund whose answer was lost, among the payment's refunds (lists, unlike search, are up to the moment)."""
    if call.stripe_id:
        return _keep_refund(call, ask_to_see(lambda: api().v1.refunds.retrieve(call.stripe_id)))
    asked: Any = {**_about(call), "limit": 100}
    made = ask_to_see(lambda: api().v1.refunds.list(asked))
    for refund in rows_of(made, "data"):
        if note_at(refund, "tirage_key") == call.idempotency_key:
            return _keep_refund(call, refund)
    return None


def _keep_refund(call: StripeCall, refund: Any) -> GatewayResult:
    books.keep_stripe_id(call, name_at(refund, "id"))
    return books.keep_answer(call, judging.judge_refund(refund))
