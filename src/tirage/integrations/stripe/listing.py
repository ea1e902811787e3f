"""Stripe's own list: every charge of the account and every refund, newest first, whoever made it.

A charge goes by the name of its PaymentIntent, which is what our calls are told; one without (made by another program,
in an old way) by its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog

from tirage.core.money import Money
from tirage.integrations.stripe.client import Refused, api, ask, ask_to_see
from tirage.integrations.stripe.reading import (
    Unreadable,
    id_at,
    look,
    moment_at,
    money_at,
    name_at,
    note_at,
    rows_of,
    whole_at,
    words_at,
)
from tirage.payments.protocol import GatewayTimeout, Listed, ListedKind, ListedPage, ListedState

ROWS = 100
_CHARGES, _REFUNDS = "charges", "refunds"
_log = structlog.get_logger(__name__)


def list_page(since: datetime, until: datetime, cursor: str) -> ListedPage:
    """A page after ``cursor``, which is ``charges ch_…`` or ``refunds re_…``: the last row that was shown."""
    part, _, after = (cursor or _CHARGES).partition(" ")
    period = {"gte": int(since.timestamp()), "lt": math.ceil(until.timestamp())}
    asked: Any = {"created": period, "limit": ROWS} | ({"starting_after": after} if after else {})
    if part == _CHARGES:
        asked["expand"] = ["data.payment_intent"]
        made: Any = ask_to_see(lambda: api().v1.charges.list(asked))
        return _page(made, _CHARGES, _REFUNDS, read_charge)
    made = ask_to_see(lambda: api().v1.refunds.list(asked))
    return _page(made, _REFUNDS, "", read_refund)


def _page(made: Any, part: str, following: str, read: Callable[[Any], Listed | None]) -> ListedPage:
    """A line that can't be read is counted and said in the log; where the next page begins must be known."""
    rows, lines, unread = rows_of(made, "data"), [], 0
    for row in rows:
        try:
            line = read(row)
        except Unreadable as problem:
            unread += 1
            _log.error("stripe_line_not_understood", part=part, problem=str(problem))
            continue
        if line:
            lines.append(line)
    goes_on = look(made, "has_more") is True and rows
    return ListedPage(lines, f"{part} {name_at(rows[-1], 'id')}" if goes_on else following, unread)


def read_charge(charge: Any) -> Listed | None:
    """The line of a charge; None for one that the bank declined, after which its payment may have another."""
    if name_at(charge, "status") == "failed":
        return None
    intent = look(charge, "payment_intent")
    state = _state_of(charge, intent)
    asked = money_at(charge)
    taken = Money(whole_at(charge, "amount_captured"), asked.currency)
    return Listed(
        kind=ListedKind.CHARGE,
        state=state,
        gateway_reference=id_at(charge, "payment_intent") or name_at(charge, "id"),
        amount=taken if state is ListedState.MOVED else asked,
        made_at=moment_at(charge, "created"),
        refunded_minor=whole_at(charge, "amount_refunded") if state is ListedState.MOVED else 0,
        idempotency_key=note_at(intent, "tirage_key") or note_at(charge, "tirage_key"),
        description=words_at(charge, "description", most=300) or words_at(intent, "description", most=300),
        token=id_at(charge, "payment_method"),
    )


def _state_of(charge: Any, intent: Any) -> ListedState:
    if name_at(charge, "status") != "succeeded":
        return ListedState.WAITING
    if look(charge, "captured") is True:
        return ListedState.MOVED
    # What was let go before it was taken reads as given back.
    is_gone = look(charge, "refunded") is True or look(intent, "status") == "canceled"
    return ListedState.GONE if is_gone else ListedState.SET_ASIDE


_REFUND_STATES = {"succeeded": ListedState.MOVED, "failed": ListedState.GONE, "canceled": ListedState.GONE}


def read_refund(refund: Any) -> Listed:
    """The line of a refund."""
    return Listed(
        kind=ListedKind.REFUND,
        state=_REFUND_STATES.get(name_at(refund, "status"), ListedState.WAITING),
        gateway_reference=name_at(refund, "id"),
        amount=money_at(refund),
        made_at=moment_at(refund, "created"),
        charge_reference=id_at(refund, "payment_intent") or id_at(refund, "charge"),
        idempotency_key=note_at(refund, "tirage_key"),
    )


def look_up(reference: str) -> Listed | None:
    """The line of a payment, charge or refund; None when this account, in this mode, has none of that name."""
    try:
        if reference.startswith("re_"):
            return read_refund(ask(lambda: api().v1.refunds.retrieve(reference)))
        if reference.startswith("ch_"):
            return read_charge(ask(lambda: api().v1.charges.retrieve(reference)))
        return _of_intent(see_intent(reference))
    except Refused as refused:
        if refused.code == "resource_missing":
            return None
        raise GatewayTimeout("Stripe doesn't show it") from refused


def see_intent(reference: str) -> Any:
    """A PaymentIntent with its charge. Raises what ``ask`` raises."""
    return ask(lambda: api().v1.payment_intents.retrieve(reference, {"expand": ["latest_charge"]}))


def _of_intent(intent: Any) -> Listed:
    """A payment whose bank said no, or was never asked, moved nothing."""
    charge, status = look(intent, "latest_charge"), name_at(intent, "status")
    state = {
        "succeeded": ListedState.MOVED,
        "requires_capture": ListedState.SET_ASIDE,
        "processing": ListedState.WAITING,
        "requires_action": ListedState.WAITING,
    }.get(status, ListedState.GONE)
    asked = money_at(intent)
    is_moved = state is ListedState.MOVED
    return Listed(
        kind=ListedKind.CHARGE,
        state=state,
        gateway_reference=name_at(intent, "id"),
        amount=money_at(intent, "amount_received") if is_moved else asked,
        made_at=moment_at(intent if charge is None else charge, "created"),
        refunded_minor=whole_at(charge, "amount_refunded") if is_moved and charge is not None else 0,
        idempotency_key=note_at(intent, "tirage_key"),
        description=words_at(intent, "description", most=300),
        token=id_at(intent, "payment_method"),
    )
