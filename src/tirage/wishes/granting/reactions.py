"""What becomes of granted wishes when changes, payments and orders move; listed in ``config/subscriptions.py``.

Each runs in the transaction of what it follows, so a wish is granted exactly when its bottles are on the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Greatest

from tirage.changes.models import ChangeDraft, ChangeDraftLine
from tirage.changes.states import DraftState
from tirage.core.audit import record_event
from tirage.core.events import EventName
from tirage.core.locks import lock_row, lock_rows
from tirage.core.reactions import react
from tirage.core.runs import actor_of
from tirage.core.sql import fetch_related, for_update_of
from tirage.orders.models import Order
from tirage.payments.operations.balances import due_minor
from tirage.wishes.models import GrantLine, Wish
from tirage.wishes.states import UNDER_WAY, GrantOutcome, WishState

_UNDER_WAY = [one.value for one in UNDER_WAY]


def note_granted(*, order_id: int, change_id: int, customer_id: int, draft_id: int, now: datetime) -> None:
    """Reaction to an applied change: the wishes that it grants are granted and paid, and their customer gets a mail."""
    lines = of_draft(draft_id)
    if not lines:
        return
    on_it = dict(ChangeDraftLine.objects.filter(draft_id=draft_id).values_list("sku_id", "quantity"))
    for line in lines:
        pieces = min(line.given, max(on_it.get(line.wish.offer_item.sku_id, 0), 0))
        on_it[line.wish.offer_item.sku_id] = on_it.get(line.wish.offer_item.sku_id, 0) - pieces
        grant_line(line, pieces, order_id, now)
    react(
        "wishes.granted",
        order_id=order_id,
        customer_id=customer_id,
        line_ids=[line.pk for line in lines],
        now=now,
    )


def note_waiting(
    *, draft_id: int, order_id: int, customer_id: int, code: str, message: str, now: datetime
) -> None:
    """Reaction to a change whose money didn't come: its bottles are kept until the draft's end."""
    until = ChangeDraft.objects.values_list("expires_at", flat=True).get(pk=draft_id)
    GrantLine.objects.filter(draft_id=draft_id, outcome__in=_UNDER_WAY).update(
        outcome=GrantOutcome.COLLECTING.value, reason=message[:300], kept_until=until
    )


def note_ended(*, draft_id: int, order_id: int, purpose: str, now: datetime) -> None:
    """Reaction to a draft that was let go or has lapsed: its bottles are free again, and the wishes open."""
    over = [DraftState.DROPPED.value, DraftState.LAPSED.value]
    if ChangeDraft.objects.filter(pk=draft_id, state__in=over).exists():
        give_back(of_draft(draft_id), "The money didn't come, or the change was let go.")


@transaction.atomic
def note_order_paid(*, order_id: int, now: datetime) -> bool:
    """Grants the wishes of an order that was placed for them, once no card has to be asked any more; True then.

    What is set aside at the bank counts, as with every order. Locks the order.
    """
    order = lock_row(Order.objects.filter(pk=order_id))
    lines = of_order(order_id)
    if order is None or not lines or due_minor(order, now) > 0:
        return False
    for line in lines:
        grant_line(line, line.given, order_id, now)
    react(
        "wishes.granted",
        order_id=order_id,
        customer_id=lines[0].customer_id,
        line_ids=[line.pk for line in lines],
        now=now,
    )
    return True


def note_cancelled(*, order_id: int, **others: object) -> None:
    """Reaction to a cancelled order: what was under way for it is open again; what was granted by it stays told."""
    give_back(of_order(order_id), "The order ended before it was paid.")


def of_draft(draft_id: int) -> list[GrantLine]:
    """The lines whose bottles are on their way by a change, the oldest wish first; they are locked last of all."""
    return _under_way("t.draft_id = %s", draft_id)


def of_order(order_id: int) -> list[GrantLine]:
    """The same by an order of their own."""
    return _under_way("t.order_id = %s AND t.draft_id IS NULL", order_id)


def of_cart(cart_id: int) -> list[GrantLine]:
    """The same by bottles that are set aside."""
    return _under_way("t.cart_id = %s", cart_id)


def _under_way(which: str, value: int) -> list[GrantLine]:
    marks = ", ".join(["%s"] * len(_UNDER_WAY))
    statement = (
        f"SELECT {{columns}} FROM wishes_grantline t {{joins}} WHERE {which} AND t.outcome IN ({marks}) ORDER BY t.id"  # noqa: S608  # fixed words
        + for_update_of("t")
    )
    lines = fetch_related(
        GrantLine, statement, [value, *_UNDER_WAY], related=("run", "wish__offer_item__sku")
    )
    return sorted(lines, key=lambda line: line.turn)


def grant_line(line: GrantLine, pieces: int, order_id: int, now: datetime) -> None:
    # What a bank once said no for is over.
    reason = "" if line.outcome == GrantOutcome.COLLECTING else line.reason
    GrantLine.objects.filter(pk=line.pk).update(
        outcome=GrantOutcome.GRANTED.value, given=pieces, order_id=order_id, kept_until=None, reason=reason
    )
    is_done = Q(state=WishState.OPEN.value)
    if line.run.keeps_rest:
        is_done &= Q(asked__lte=F("granted") + pieces)
    Wish.objects.filter(pk=line.wish_id).update(
        granted=F("granted") + pieces,
        granting=Greatest(F("granting") - line.given, 0),
        state=Case(When(is_done, then=Value(WishState.GRANTED.value)), default=F("state")),
        order_id=order_id,
        charged_at=now,
        changed_at=now,
    )
    sku = line.wish.offer_item.sku
    record_event(
        EventName.WISH_GRANTED,
        "wish",
        line.wish_id,
        text=f"granted {pieces} × {sku.name} {sku.format_name} of {line.wish.asked} wished for",
        data={"reference": line.wish.reference, "granted": pieces, "run": line.run.reference},
        customer_id=line.customer_id,
        actor=actor_of(line.run),
        now=now,
    )


def give_back(lines: Sequence[GrantLine], reason: str) -> None:
    """Opens the wishes of these lines again; their bottles are free for others, or for the run once more."""
    for line in lines:
        _release(line, GrantOutcome.RETURNED, reason)


@transaction.atomic
def refuse_lines(line_ids: Sequence[int], reason: str) -> None:
    """Leaves lines as they were, with the reason; what was under way for them is given up."""
    states = [GrantOutcome.WAITING.value, GrantOutcome.GRANTING.value]
    for line in lock_rows(GrantLine.objects.filter(pk__in=line_ids, outcome__in=states)):
        _release(line, GrantOutcome.REFUSED, reason)


def _release(line: GrantLine, outcome: GrantOutcome, reason: str) -> None:
    if line.outcome in _UNDER_WAY:
        Wish.objects.filter(pk=line.wish_id).update(granting=Greatest(F("granting") - line.given, 0))
    GrantLine.objects.filter(pk=line.pk).update(
        outcome=outcome.value, given=0, reason=reason[:300], kept_until=None
    )
