"""Whether a line of the gateway's list and our books tell the same. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from tirage.core.money import Money
from tirage.payments.protocol import Listed, ListedKind, ListedState
from tirage.payments.states import FindingKind, PaymentState

#: How far back the daily comparison looks: captures and refunds of a week ago change lines that are older than they.
DAILY_PERIOD = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class Told:
    """What the books tell of a charge, authorisation or refund: what moved, and what they count on as set aside.

    ``is_open``: something about it is under way, so nothing can be said."""

    state: PaymentState
    moved: Money
    set_aside: bool = False
    is_open: bool = False


class Verdict(Enum):
    AGREED = "agreed"
    #: Under way here or there: neither agreed nor found.
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """``theirs`` is what the gateway holds or moved, ``ours`` what the books tell; None where they know nothing."""

    kind: FindingKind
    theirs: Money
    ours: Money | None


def held(line: Listed) -> Money:
    """What the gateway has of a charge: taken and not given back, or set aside."""
    if line.state is ListedState.MOVED:
        return Money(line.amount.minor - line.refunded_minor, line.amount.currency)
    minor = line.amount.minor if line.state is ListedState.SET_ASIDE else 0
    return Money(minor, line.amount.currency)


def judge_charge(line: Listed, told: Told | None) -> Disagreement | Verdict:
    """A line of a charge beside the books."""
    if told is None:
        found = held(line)
        return Disagreement(FindingKind.STRAY_CHARGE, found, None) if found else Verdict.AGREED
    if told.is_open or line.state is ListedState.WAITING:
        return Verdict.UNDECIDED
    if told.state is not PaymentState.SETTLED:
        found = held(line)
        nothing = Money(0, told.moved.currency)
        return Disagreement(FindingKind.DIFFERS, found, nothing) if found else Verdict.AGREED
    taken = line.amount if line.state is ListedState.MOVED else Money(0, line.amount.currency)
    kept = line.state is ListedState.SET_ASIDE
    if taken == told.moved and kept == told.set_aside:
        return Verdict.AGREED
    return Disagreement(FindingKind.DIFFERS, line.amount if kept else taken, told.moved)


def judge_refund(line: Listed, told: Told | None, *, charge_is_ours: bool) -> Disagreement | Verdict:
    """A line of a refund beside the books. Of a charge that isn't settled in them, the charge's own line tells."""
    if told is None:
        if line.state is ListedState.WAITING:
            return Verdict.UNDECIDED
        is_stray = charge_is_ours and line.state is ListedState.MOVED
        return Disagreement(FindingKind.STRAY_REFUND, line.amount, None) if is_stray else Verdict.AGREED
    if told.is_open or line.state is ListedState.WAITING:
        return Verdict.UNDECIDED
    back = line.amount if line.state is ListedState.MOVED else Money(0, line.amount.currency)
    return Verdict.AGREED if back == told.moved else Disagreement(FindingKind.DIFFERS, back, told.moved)


def judge(line: Listed, told: Told | None, *, charge_is_ours: bool = False) -> Disagreement | Verdict:
    """Any line beside the books."""
    if line.kind is ListedKind.REFUND:
        return judge_refund(line, told, charge_is_ours=charge_is_ours)
    return judge_charge(line, told)
