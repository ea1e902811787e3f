"""What a bank's no means, and when to ask again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

#: How long to wait after the first, second, third … failed attempt; after the last only a person or another card
#: helps. Growing, and never more than two tries a day: banks count tries and hold them against the card.
RETRY_AFTER = (timedelta(days=1), timedelta(days=3), timedelta(days=5), timedelta(days=7))
#: How soon after an attempt that never reached a bank.
SOON = timedelta(hours=1)
#: Where time runs out sooner: how long before the end the last attempt is made, unless the one before is too near.
LAST_CALL, LEAST_PAUSE = timedelta(hours=1), timedelta(hours=6)

#: The attempt never reached a bank.
NEVER_SEEN = "never_seen"
#: Somebody of the team has said so of an attempt that nobody answered for.
SAID_UNSEEN = "said_unseen"


class DeclineKind(Enum):
    #: Trying this card again is useless, and with some codes forbidden by the card companies.
    HARD = "hard"
    #: May go through another day.
    SOFT = "soft"
    #: The bank wants to see the customer; without the customer it says no again.
    NEEDS_CUSTOMER = "needs_customer"
    #: No bank has said no.
    NOT_ASKED = "not_asked"
    #: Nobody knows but the person who said so, and who says what comes next: nothing is charged by itself.
    SAID = "said"


_HARD = frozenset(
    {
        "account_closed",
        "card_not_supported",
        "currency_not_supported",
        "do_not_try_again",
        "expired_card",
        "fraudulent",
        "incorrect_cvc",
        "incorrect_number",
        "incorrect_zip",
        "invalid_account",
        "invalid_cvc",
        "invalid_expiry_month",
        "invalid_expiry_year",
        "invalid_number",
        "lost_card",
        "merchant_blacklist",
        "new_account_information_available",
        "not_permitted",
        "pickup_card",
        "refused",
        "restricted_card",
        "revocation_of_all_authorizations",
        "revocation_of_authorization",
        "security_violation",
        "service_not_allowed",
        "stolen_card",
        "stop_payment_order",
        "transaction_not_allowed",
    }
)
_NEEDS_CUSTOMER = frozenset(
    {"approve_with_id", "authentication_failed", "authentication_required", "given_up", "voided"}
)

#: Refusals that end when the bank renews the card.
RENEWED_HELPS = frozenset({"expired_card", "new_account_information_available"})
#: Nobody has refused anything: no bank was reached, or what was set aside had simply ended.
_NOT_ASKED = frozenset({NEVER_SEEN, "authorization_expired"})

#: What staff read. A code that isn't here shows the bank's own words.
_WORDS = {
    "account_closed": "The card's account is closed",
    "authentication_failed": "The bank could not confirm that it was the customer",
    "authentication_required": "The bank wants the customer to confirm",
    "authorization_expired": "What was set aside on the card had ended",
    "call_issuer": "The bank said no; the customer should call it",
    "card_declined": "The bank said no without a reason",
    "card_velocity_exceeded": "The card's limit is reached for now",
    "do_not_honor": "The bank said no without a reason",
    "expired_card": "The card has expired",
    "fraudulent": "The bank suspects fraud",
    "generic_decline": "The bank said no without a reason",
    "given_up": "The customer did not confirm with the bank",
    "incorrect_number": "The card's number is wrong",
    "insufficient_funds": "Not enough money on the card",
    "invalid_account": "The card's account doesn't exist",
    "invalid_number": "The card's number is wrong",
    "issuer_not_available": "The bank could not be reached",
    "lost_card": "The card was reported lost",
    NEVER_SEEN: "The bank was never reached",
    "pickup_card": "The bank has withdrawn the card",
    "processing_error": "The bank had a fault",
    "refused": "This card can't be charged",
    SAID_UNSEEN: "The team found that it never reached the bank",
    "stolen_card": "The card was reported stolen",
    "try_again_later": "The bank asks to try again later",
    "voided": "The payment was let go",
    "withdrawal_count_limit_exceeded": "The card's limit is reached for now",
}


def kind_of_decline(code: str) -> DeclineKind:
    """What a decline code means for trying again; an unknown one may go through another day."""
    if code in _HARD:
        return DeclineKind.HARD
    if code in _NEEDS_CUSTOMER:
        return DeclineKind.NEEDS_CUSTOMER
    if code == SAID_UNSEEN:
        return DeclineKind.SAID
    return DeclineKind.NOT_ASKED if code in _NOT_ASKED else DeclineKind.SOFT


def is_hard_decline(code: str) -> bool:
    """Whether this card must not be tried again."""
    return kind_of_decline(code) is DeclineKind.HARD


def next_attempt(attempts: int, code: str, now: datetime, until: datetime | None = None) -> datetime | None:
    """When to ask for the money again after so many failed attempts, the last with ``code``; None for never.

    With ``until`` the money is wanted only so long: an attempt that would come too late is made shortly before.
    """
    kind = kind_of_decline(code)
    if kind not in (DeclineKind.SOFT, DeclineKind.NOT_ASKED) or not 1 <= attempts <= len(RETRY_AFTER):
        return None
    planned = now + (SOON if kind is DeclineKind.NOT_ASKED else RETRY_AFTER[attempts - 1])
    if until is None or planned < until:
        return planned
    last = until - LAST_CALL
    return last if last - now >= LEAST_PAUSE else None


def say_decline(code: str, message: str) -> str:
    """Why money did not come, for staff: ``Not enough money on the card``."""
    return _WORDS.get(code) or message.strip().rstrip(".") or "The card was declined"
