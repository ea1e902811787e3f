"""What a payment gateway must do. Gateways implement this and know nothing else of ours. No Django.

Every call that moves money carries an idempotency key: the same key again, with the same arguments, returns the
first call's result and moves nothing. The same key with other arguments raises ``GatewayRefused``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from tirage.core.money import Money, exponent


class Outcome(StrEnum):
    SETTLED = "settled"
    DECLINED = "declined"
    #: The bank wants to see the customer, who must follow ``action_url``.
    NEEDS_CUSTOMER = "needs_customer"


@dataclass(frozen=True, slots=True)
class GatewayResult:
    """What the gateway says of one money movement. ``message`` may be shown to the customer."""

    outcome: Outcome
    gateway_reference: str = ""
    decline_code: str = ""
    message: str = ""
    action_url: str = ""
    #: When an authorisation ends by itself; None where the gateway doesn't say, or nothing is set aside.
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SavedCard:
    token: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, slots=True)
class GatewayFact:
    """One line about how a gateway is set up, for the team. Never a key, nor a part of one."""

    label: str
    value: str
    #: What is wrong with it and what to do; empty when nothing is.
    problem: str = ""


class ListedKind(StrEnum):
    CHARGE = "charge"
    REFUND = "refund"


class ListedState(StrEnum):
    #: The money was taken, or given back.
    MOVED = "moved"
    #: It is kept on the card for a later capture.
    SET_ASIDE = "set_aside"
    #: Nobody knows yet.
    WAITING = "waiting"
    #: Nothing is kept: declined, let go, lapsed, failed.
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the gateway's own list, as it stands now.

    ``amount`` is what moved (of a charge: what was captured), else what is set aside or was asked for;
    ``refunded_minor`` is what went back of a charge. ``gateway_reference`` is the one that our calls were told;
    ``charge_reference`` the same of the charge that a refund goes back to. ``idempotency_key`` is ours, empty where the
    line isn't. ``token`` names the card.
    """

    kind: ListedKind
    state: ListedState
    gateway_reference: str
    amount: Money
    made_at: datetime
    refunded_minor: int = 0
    charge_reference: str = ""
    idempotency_key: str = ""
    description: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class ListedPage:
    """A part of the list; ``cursor`` asks for the next, empty at the end. ``unread`` lines could not be understood."""

    lines: Sequence[Listed]
    cursor: str
    unread: int = 0


#: The least that card companies charge at once, where it isn't half a unit; in minor units.
_LEAST = {
    "GBP": 30,
    "JPY": 50,
    "HUF": 175_00,
    "CZK": 15_00,
    "DKK": 2_50,
    "NOK": 3_00,
    "SEK": 3_00,
    "PLN": 2_00,
}


def usual_least(currency: str) -> int:
    """What most card companies ask for at least in one charge, in minor units."""
    return _LEAST.get(currency) or 5 * 10 ** max(exponent(currency) - 1, 0)


class GatewayTimeout(Exception):
    """No answer: the money may or may not have moved. Ask ``find`` with the same key later."""


class GatewayRefused(Exception):
    """The call itself was wrong (unknown token, refund beyond what was captured); nothing moved."""


class CardRefused(Exception):
    """The card can't be saved. ``code`` is the decline code, ``str()`` is for the customer, ``field`` the id of the
    control of the gateway's card form that needs another look."""

    def __init__(self, code: str, message: str, field: str = "card_number") -> None:
        super().__init__(message)
        self.code, self.field = code, field


#: What staff read of a row of a token map that names no card.
NO_FORMER_CARD = "The processor keeps no such card under this customer."

#: What the customer reads for each decline code, whatever the gateway. Nobody is told that a card was reported
#: stolen or lost: the person may be the thief.
CUSTOMER_WORDS = {
    "authentication_failed": "Your bank could not confirm that it was you. Try again, or use another card.",
    "authorization_expired": "What was set aside on this card has lapsed. Ask for the money another way.",
    "amount_too_small": "This is less than a card can be charged at once. Nothing was charged; write to us.",
    "already_settled": "This payment has gone through already. Refund it instead.",
    "card_declined": "Your bank declined this card. Try another card.",
    "card_velocity_exceeded": "This card has reached its limit for now. Try another card.",
    "expired_card": "This card has expired. Use another card.",
    "incorrect_cvc": "The security code isn't right. It has 3 digits, or 4 on American Express.",
    "incorrect_number": "This card number isn't right. Check it against your card.",
    "incorrect_zip": "The postal code isn't the one your bank has for this card. Check it, or use another card.",
    "insufficient_funds": "This card doesn't have enough funds. Try another card.",
    "invalid_expiry": "Write the expiry date as month and year, such as 04 / 30.",
    "issuer_not_available": "Your bank could not be reached. Try again in a few minutes, or use another card.",
    "processing_error": "Your bank had a fault. Try again in a few minutes, or use another card.",
    "refund_failed": "The bank didn't take this refund. Refund the money another way.",
    "try_again_later": "Your bank could not be reached. Try again in a few minutes, or use another card.",
    "voided": "This payment was called off. Nothing was charged.",
    "withdrawal_count_limit_exceeded": "This card has reached its limit for now. Try another card.",
}


def customer_words(code: str) -> str:
    """The sentence for a decline code; a plain decline for one that isn't known, or better not told."""
    return CUSTOMER_WORDS.get(code) or CUSTOMER_WORDS["card_declined"]


class Gateway(Protocol):
    #: Stored with every card and payment, e.g. ``test``.
    key: str
    #: Template of the card fields, included inside a form of ours; its inputs' names start with ``card_``.
    card_form_template: str
    #: What a page with these fields may load besides our own: sources by directive of its content policy.
    card_form_sources: Mapping[str, Sequence[str]]

    def card_form(self, *, customer_reference: str) -> Mapping[str, str]:
        """What the template of the card fields needs to know, besides ``card_errors``. Asks nobody; empty when
        the fields are the same for everybody."""
        ...

    def least(self, *, currency: str) -> int:
        """The least that one charge, authorisation or capture can be, in minor units. Asks nobody."""
        ...

    def describe(self, *, now: datetime) -> Sequence[GatewayFact]:
        """How it is set up, for the settings page and ``tirage doctor``. Asks nobody outside."""
        ...

    def save_card(
        self, *, customer_reference: str, details: Mapping[str, str], idempotency_key: str
    ) -> SavedCard:
        """Keeps a card for later charges. ``details`` are the ``card_`` fields of the form.

        Raises CardRefused, GatewayTimeout."""
        ...

    def remove_card(self, *, token: str) -> None:
        """Forgets a card; an unknown token is fine."""
        ...

    def take_over(self, *, customer_reference: str, former_customer: str, token: str) -> SavedCard:
        """Takes a card that the gateway keeps for a customer of a former system among ours; the same again is fine.
        ``former_customer`` is the gateway's own name of that customer. Charges nothing.

        Raises CardRefused when there is no such card, or it is another customer's; GatewayTimeout."""
        ...

    def let_go(self, *, token: str) -> None:
        """Forgets here that a card was taken over; the gateway keeps it. Asks nobody; an unknown token is fine."""
        ...

    def charge(
        self, *, token: str, amount: Money, idempotency_key: str, description: str, return_url: str
    ) -> GatewayResult:
        """Authorises and captures at once. ``return_url`` is where a customer comes back to after authentication."""
        ...

    def authorise(
        self, *, token: str, amount: Money, idempotency_key: str, description: str, return_url: str
    ) -> GatewayResult:
        """Sets the amount aside for a later capture."""
        ...

    def capture(self, *, gateway_reference: str, amount: Money, idempotency_key: str) -> GatewayResult:
        """Takes all or part of an authorisation, once."""
        ...

    def void(self, *, gateway_reference: str, idempotency_key: str) -> GatewayResult:
        """Lets an authorisation or an unfinished authentication go. SETTLED when it is gone;
        DECLINED (code ``already_settled``) when the money has moved already."""
        ...

    def refund(self, *, gateway_reference: str, amount: Money, idempotency_key: str) -> GatewayResult:
        """Gives all or part of a captured amount back; never more than was captured in all."""
        ...

    def find(self, *, idempotency_key: str) -> GatewayResult | None:
        """What became of a call whose answer was lost; None when the gateway never saw it."""
        ...

    def fetch(self, *, gateway_reference: str) -> GatewayResult:
        """The present state of a charge or authorisation, for returns from authentication."""
        ...

    def list_page(self, *, since: datetime, until: datetime, cursor: str = "") -> ListedPage:
        """A part of all charges, authorisations and refunds made from ``since`` on and before ``until``, whoever made
        them; a hundred lines at most. What never moved anything may be left out. Raises GatewayTimeout."""
        ...

    def look_up(self, *, gateway_reference: str) -> Listed | None:
        """One charge or refund as its line is now, also of those that the list leaves out; None when the gateway has
        none of that name. Raises GatewayTimeout."""
        ...

    def adopt(self, *, gateway_reference: str) -> None:
        """Takes a charge of the gateway's list that wasn't asked for by these books (they were restored, say) among
        those that ``capture``, ``void`` and ``refund`` take; one that is there already is fine.
        Raises GatewayRefused when there is none, GatewayTimeout."""
        ...


@dataclass(frozen=True, slots=True)
class PastCard:
    """A card saved before now, with its token. It behaves like the gateway's test card ``like`` (a number)."""

    token: str
    customer_reference: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    like: str
    saved_at: datetime
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PastCharge:
    gateway_reference: str
    idempotency_key: str
    token: str
    amount: Money
    outcome: Outcome
    decline_code: str
    description: str
    return_url: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class PastRefund:
    """``charge_reference`` is the gateway's own of a past charge."""

    gateway_reference: str
    idempotency_key: str
    charge_reference: str
    amount: Money
    made_at: datetime


class GatewayWithPast(Gateway, Protocol):
    """A gateway that can be given a history, for the demo winery. Real gateways can't, and need not."""

    def write_past(
        self, *, cards: Sequence[PastCard], charges: Sequence[PastCharge], refunds: Sequence[PastRefund]
    ) -> None:
        """Writes the gateway's books as if all this had happened; part of the caller's transaction."""
        ...
