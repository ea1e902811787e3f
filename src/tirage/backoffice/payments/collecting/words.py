"""Money to collect in words: why it didn't come, and what happens next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString

from tirage.backoffice.frame.cells import state_cell
from tirage.core.winery import current_winery
from tirage.parts.wording import say_moment
from tirage.payments.models import Collection, PayLink, Payment
from tirage.payments.rules import is_hard_decline, say_decline
from tirage.payments.states import CollectionState, PaymentState

STATES = {
    CollectionState.OPEN.value: "Open",
    CollectionState.COLLECTED.value: "Collected",
    CollectionState.LET_GO.value: "Let go",
}


@dataclass(frozen=True, slots=True)
class Step:
    """What happens next, and when; ``at`` is None when nobody knows."""

    words: str
    at: datetime | None = None

    def __str__(self) -> str:
        winery = current_winery()
        when = f" {say_moment(self.at, winery.time_zone, winery.locale)}" if self.at else ""
        return self.words + when


def state_dot(state: str) -> SafeString:
    """The state with its dot; what is open waits for somebody or something."""
    return state_cell("to_collect" if state == CollectionState.OPEN else state, STATES[state])


def what_for(purpose: str) -> str:
    """``Balance`` of an order, or ``Change``."""
    return "Change" if purpose else "Balance"


def reason_words(collection: Collection) -> str:
    """Why the money isn't there: the bank's no, or that it was only asked for."""
    if not collection.decline_code:
        return "Asked for with a pay link"
    return say_decline(collection.decline_code, collection.message)


def next_step(collection: Collection, link: PayLink | None, attempt: Payment | None) -> Step:
    """What happens next. ``link`` is the one that can be paid by, ``attempt`` one whose outcome is open."""
    if collection.state != CollectionState.OPEN:
        return Step(STATES[collection.state], collection.closed_at)
    if attempt:
        asks = attempt.state == PaymentState.NEEDS_CUSTOMER
        return Step("The bank waits for the customer" if asks else "The bank hasn’t answered")
    if collection.next_at:
        return Step("Will be tried again", collection.next_at)
    if link:
        return Step("The customer has a link until", link.expires_at)
    return Step("Needs another card" if is_hard_decline(collection.decline_code) else "Needs you")
