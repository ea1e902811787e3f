"""Findings in words: what was found, how it stands at the gateway, and what became of it."""

from __future__ import annotations

from django.utils.safestring import SafeString

from tirage.backoffice.frame.cells import state_cell
from tirage.backoffice.payments.words import gateway_words
from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery
from tirage.payments.models import Finding
from tirage.payments.protocol import ListedState
from tirage.payments.states import FindingKind, FindingState, Resolution

KINDS: dict[str, str] = {
    FindingKind.STRAY_CHARGE: "Charge without a payment",
    FindingKind.STRAY_REFUND: "Refund that isn’t booked",
    FindingKind.DIFFERS: "Amount or outcome differs",
    FindingKind.MISSING: "Payment unknown to the gateway",
}
STATES: dict[str, str] = {
    FindingState.OPEN: "Open",
    FindingState.GIVING: "Going back",
    FindingState.CLOSED: "Closed",
}
RESOLUTIONS: dict[str, str] = {
    Resolution.ATTACHED: "Attached to an order",
    Resolution.GIVEN_BACK: "Refunded",
    Resolution.BOOKED: "Booked",
    Resolution.LOOKED_INTO: "Looked into",
    Resolution.AGREED: "Agreed by itself",
}
_THEIRS: dict[str, str] = {
    ListedState.MOVED: "taken",
    ListedState.SET_ASIDE: "set aside on the card",
    ListedState.WAITING: "not decided yet",
    ListedState.GONE: "declined, let go or lapsed",
    "": "nothing of that name",
}
_TONES = {FindingState.OPEN: "attention", FindingState.GIVING: "pending", FindingState.CLOSED: "settled"}


def finding_state(finding: Finding) -> SafeString:
    """The state with its dot; what is closed says how."""
    words = RESOLUTIONS.get(finding.resolution) or STATES[finding.state]
    return state_cell(_TONES[FindingState(finding.state)], words)


def their_words(finding: Finding) -> str:
    """How it stands at the gateway."""
    is_back = finding.kind == FindingKind.STRAY_REFUND and finding.their_state == ListedState.MOVED
    if is_back:
        return "refunded"
    return _THEIRS.get(finding.their_state, finding.their_state)


def say_theirs(finding: Finding) -> str:
    return say_minor(finding.theirs_minor, finding)


def say_ours(finding: Finding) -> str:
    """What the books tell of it; nothing where they know nothing."""
    return "" if finding.ours_minor is None else say_minor(finding.ours_minor, finding)


def say_minor(minor: int, finding: Finding) -> str:
    return say_money(Money(minor, finding.currency), current_winery().locale)


def finding_next(finding: Finding) -> str:
    """One or two sentences: what this is, and what comes next."""
    gateway = gateway_words(finding.gateway)
    if finding.state == FindingState.CLOSED:
        return f"{RESOLUTIONS[finding.resolution]}; nothing is left to do."
    if finding.state == FindingState.GIVING:
        return f"{say_theirs(finding)} are on their way back. {gateway} is asked again by itself until it answers."
    if finding.kind == FindingKind.STRAY_CHARGE:
        verb = "keeps aside" if finding.their_state == ListedState.SET_ASIDE else "has"
        return f"{gateway} {verb} {say_theirs(finding)} that no order here knows of. Find its order, or refund it."
    if finding.kind == FindingKind.STRAY_REFUND:
        return f"{gateway} refunded {say_theirs(finding)}, and the books don’t know. Book it on its order."
    if finding.kind == FindingKind.MISSING:
        return (
            f"The books count {say_ours(finding)} as settled, and {gateway} knows nothing of it. Ask there."
        )
    return f"{gateway} tells of {say_theirs(finding)}, the books of {say_ours(finding)}. Find out which is right."
