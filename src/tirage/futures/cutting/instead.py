"""Another wine instead of the one that falls short: held for the customer, who takes it or has the money back."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Q, QuerySet

from tirage.catalog.models import Sku
from tirage.changes.models import ChangeDraft, ChangeDraftLine
from tirage.changes.operations import Confirmed
from tirage.changes.operations.confirming import settle_at_once
from tirage.changes.operations.drafting import begin_draft
from tirage.changes.operations.outcomes import finish
from tirage.changes.operations.steps import lock_allowance
from tirage.changes.queries import quote_draft
from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.dated import say_date
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.jobs import queue_job
from tirage.core.locks import lock_rows
from tirage.core.money import Money
from tirage.core.reactions import react
from tirage.core.turns import take_turns
from tirage.core.winery import local_time
from tirage.futures.cutting.facts import TASK, pieces_of, reason_of
from tirage.futures.cutting.planning import keys_off
from tirage.futures.cutting.rules import still_to_lose
from tirage.futures.models import CutLine, Lot
from tirage.futures.states import CutOutcome
from tirage.inventory.operations import lock_stock, release_holds, take_holds
from tirage.inventory.rules import FIRM, Wanted
from tirage.orders.models import Order
from tirage.payments.operations import lock_payments_of

#: Whose hand the change is that puts another wine in the place of one that falls short.
HAND = system("Cut")
#: Why allowance, offer and checkout rules don't count.
INSTEAD = "Instead of wine that falls short"


def substitutes(cut_lot: Lot) -> QuerySet[Sku]:
    """Wines that can be offered instead: those with lots of their own, and bottles that are in the cellar."""
    there = Q(lots__isnull=False) | Q(stock__on_hand__gt=0)
    return Sku.objects.filter(there, is_active=True).exclude(pk=cut_lot.sku_id).distinct()


def may_be_offered(line: CutLine, now: datetime) -> bool:
    """Whether its customer can still be asked: once, and until the last day."""
    until = line.cut.substitute_until
    return until is not None and line.answered_at is None and local_time(now).date() <= until


@transaction.atomic
def propose(line: CutLine, pieces: int, *, now: datetime) -> bool:
    """Holds the other wine for the customer and asks by mail; False where not enough of it is left.

    Locks order, stock. Records ``substitute.proposed``, reacts with ``cut.proposed``.
    """
    lock_rows(Order.objects.filter(pk=line.order_id))
    cut = line.cut
    assert cut.substitute_id is not None and cut.substitute_until is not None
    stock = lock_stock([cut.substitute_id])[cut.substitute_id]
    waiting = CutLine.objects.filter(pk=line.pk, outcome=CutOutcome.WAITING.value)
    if not waiting.exists():
        return True
    wanted = {stock.pk: Wanted(pieces, minimum=pieces)}
    taken = take_holds(holder=line.reference, wanted=wanted, expires_at=now + FIRM, now=now)
    if taken[stock.pk].held < pieces:
        return False
    waiting.update(outcome=CutOutcome.PROPOSED.value, offered=pieces, note="")
    text = f"offered {pieces} × {cut.substitute} instead, until {say_date(cut.substitute_until)}"
    _record(EventName.SUBSTITUTE_PROPOSED, line, text, HAND, now)
    react("cut.proposed", line_id=line.pk, customer_id=line.order.customer_id, now=now)
    return True


def look_at(line: CutLine, now: datetime) -> Money:
    """What goes back to the customer who takes the other wine; nothing is kept. Locks for a moment.

    Raises DomainError ``answered``, and what stands against the change.
    """
    with transaction.atomic():
        quote = quote_draft(_prepared(line, now), now)
        transaction.set_rollback(True)
    if quote.blocking:
        raise DomainError("not_confirmable", " ".join(problem.text for problem in quote.blocking))
    return -quote.difference


def accept(*, line: CutLine, expected_minor: int, actor: Actor, now: datetime) -> Confirmed:
    """Takes the other wine: one change of the order, in which the pieces go, the others come, and what it costs less
    goes back or isn't asked for.

    All in one transaction, but for the refunds that banks are asked for after it; no transaction may be open. Locks
    payments, order, cart, stock, lots. Records ``substitute.accepted``. Raises Conflict ``answered``,
    ``price_changed``, and what stands against the change; then nothing has changed.
    """
    with transaction.atomic():
        lock_payments_of(line.order_id)
        draft = _prepared(line, now)
        if -quote_draft(draft, now).difference.minor != expected_minor:
            words = "What goes back is another amount than you saw. Look at it again, then decide."
            raise Conflict("price_changed", words)
        agreed = settle_at_once(draft_reference=draft.reference, actor=HAND, now=now)
        CutLine.objects.filter(pk=line.pk).update(answered_at=now)
        text = f"took {line.offered} × {line.cut.substitute} instead"
        _record(EventName.SUBSTITUTE_ACCEPTED, line, text, actor, now)
    return finish(agreed, "", HAND, now)


def _prepared(line: CutLine, now: datetime) -> ChangeDraft:
    """The order change that puts the other wine in the place, with the bottles that were held for it."""
    cut, order = line.cut, line.order
    draft = begin_draft(order_reference=order.reference, actor=HAND, now=now)
    lock_allowance(draft, now)
    assert cut.substitute_id is not None and cut.substitute_minor is not None
    lock_stock([cut.lot.sku_id, cut.substitute_id])
    _refuse_answered(line, now)
    off = still_to_lose(line, pieces_of(order.pk, cut.lot_id))
    if off != line.offered:
        raise Conflict("answered", "Your order has changed since this was offered. Look at it again.")
    draft.reason, draft.override_reason = reason_of(cut), INSTEAD
    draft.save(force_insert=True)
    keys = keys_off(cut.lot.sku_id, {order.pk: off})[order.pk]
    rows = [(cut.lot.sku_id, int(key.split("-")[1]), -count) for key, count in keys.items()]
    rows.append((cut.substitute_id, cut.substitute_minor, off))
    ChangeDraftLine.objects.bulk_create(
        ChangeDraftLine(draft=draft, sku_id=sku_id, unit_price_minor=minor, quantity=count)
        for sku_id, minor, count in rows
    )
    release_holds(holder=line.reference)
    return draft


def _refuse_answered(line: CutLine, now: datetime) -> None:
    proposed = CutLine.objects.filter(pk=line.pk, outcome=CutOutcome.PROPOSED.value)
    if not proposed.exists() or not may_be_offered(line, now):
        raise Conflict("answered", "This was answered already, or its day is over. Look at your order.")


@transaction.atomic
def decline(*, line: CutLine, actor: Actor, now: datetime) -> None:
    """Has the money back instead: the other wine is free again, and the worker refunds. Locks order, stock.

    Records ``substitute.declined``. Raises Conflict ``answered``.
    """
    if not _let_go(line, now):
        raise Conflict("answered", "This was answered already. Look at your order.")
    _record(EventName.SUBSTITUTE_DECLINED, line, "would rather have the money back", actor, now)


def _let_go(line: CutLine, now: datetime) -> bool:
    lock_rows(Order.objects.filter(pk=line.order_id))
    proposed = CutLine.objects.filter(pk=line.pk, outcome=CutOutcome.PROPOSED.value)
    if not proposed.update(outcome=CutOutcome.WAITING.value, answered_at=now, offered=0):
        return False
    release_holds(holder=line.reference)
    queue_job(TASK, line.cut.reference)
    return True


def end_unanswered(*, now: datetime) -> int:
    """Refunds whoever didn't answer in time, and lets go what is held for an order that has nothing to lose any more;
    how many."""
    open_ones = CutLine.objects.filter(outcome=CutOutcome.PROPOSED.value).select_related("cut__lot", "order")
    today = local_time(now).date()
    over = [
        line
        for line in open_ones
        if (line.cut.substitute_until or today) < today
        or line.offered != still_to_lose(line, pieces_of(line.order_id, line.cut.lot_id))
    ]
    return sum(take_turns(partial(_end, line, now) for line in over))


@transaction.atomic
def _end(line: CutLine, now: datetime) -> bool:
    if not _let_go(line, now):
        return False
    _record(
        EventName.SUBSTITUTE_DECLINED, line, "gave the other wine free: nobody answered in time", HAND, now
    )
    return True


def _record(name: EventName, line: CutLine, text: str, actor: Actor, now: datetime) -> None:
    record_event(
        name,
        "order",
        line.order_id,
        text=text,
        data={"cut": line.cut.reference, "lot": line.cut.lot.reference},
        customer_id=line.order.customer_id,
        actor=actor,
        now=now,
    )
