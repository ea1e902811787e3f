"""Asking Stripe through its own library. Its errors become the protocol's: no, never, or who knows."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeVar

import stripe
import structlog
from django.conf import settings

from tirage.core.locks import refuse_inside_transaction
from tirage.integrations.stripe.reading import Unreadable
from tirage.payments.protocol import GatewayRefused, GatewayTimeout

#: Seconds to connect, and to wait for an answer: banks take their time. A payment's two calls, each said twice, end
#: before the reconciler believes that they never arrived (two minutes).
TIMEOUTS = (5.0, 20.0)
#: Every call carries an idempotency key, ours or the library's own, so that it may be said again after a broken line.
RETRIES = 1

T = TypeVar("T")
_log = structlog.get_logger(__name__)

# The library would tell Stripe about this machine and how long its calls take.
stripe.enable_telemetry = False


class Refused(GatewayRefused):
    """Stripe found the call wrong. ``code`` is Stripe's own, empty when it gave none."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Declined(GatewayRefused):
    """The bank said no. ``code`` is the decline code where there is one, else the error's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def is_live() -> bool:
    """Whether the key moves money."""
    return "_live_" in settings.TIRAGE_STRIPE_SECRET_KEY


def api() -> stripe.StripeClient:
    """The library's client for the key in the settings."""
    return _client(settings.TIRAGE_STRIPE_SECRET_KEY, settings.TIRAGE_STRIPE_API_BASE)


def new_http_client() -> stripe.HTTPClient:
    """What carries the calls; the tests put another in its place."""
    return stripe.RequestsClient(timeout=TIMEOUTS)


@cache
def _client(key: str, base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key, base_addresses={"api": base}, max_network_retries=RETRIES, http_client=new_http_client()
    )


def ask(act: Callable[[], T]) -> T:
    """Runs one call, outside of any transaction.

    Raises Declined, Refused (nothing moved), GatewayTimeout (nobody knows)."""
    refuse_inside_transaction()
    try:
        return act()
    except stripe.CardError as error:
        raise Declined(code_of(error)) from None
    except (stripe.InvalidRequestError, stripe.IdempotencyError) as error:
        raise Refused(str(error.user_message or "Stripe refused the call"), str(error.code or "")) from None
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        _log.error("stripe_refuses_our_key", problem=type(error).__name__, request=error.request_id)
        raise Refused("Stripe refuses the shop's key", "key") from None
    except stripe.StripeError as error:
        # The error's own words may quote what was sent; its kind and Stripe's name for the call say enough.
        _log.warning("stripe_gave_no_answer", problem=type(error).__name__, request=error.request_id)
        raise GatewayTimeout("no answer from Stripe") from None
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        # The library stumbles over an answer that is no object of Stripe's.
        _log.error("stripe_answer_not_understood", problem=type(error).__name__)
        raise Unreadable("Stripe's answer can't be read") from None


def ask_to_see(act: Callable[[], T]) -> T:
    """Runs a call that only looks. When Stripe doesn't show it (another account's key, a key withdrawn) nobody knows:
    a refused look says nothing about money. Raises GatewayTimeout."""
    try:
        return ask(act)
    except GatewayRefused as refused:
        raise GatewayTimeout("Stripe doesn't show it") from refused


def code_of(error: stripe.CardError) -> str:
    """The bank's reason where Stripe passes one on."""
    return str(getattr(error.error, "decline_code", None) or error.code or "card_declined")
