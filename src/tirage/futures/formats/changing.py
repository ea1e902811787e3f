"""A customer chooses another format for wine that was bought: one order change, as much wine, until it is bottled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tirage.changes.collecting import next_card
from tirage.changes.models import ChangeDraft, ChangeDraftLine
from tirage.changes.operations import Confirmed
from tirage.changes.operations.confirming import settle_owing
from tirage.changes.operations.drafting import begin_draft
from tirage.changes.operations.outcomes import finish
from tirage.changes.operations.steps import lock_allowance
from tirage.changes.queries import quote_draft
from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_rows
from tirage.core.money import Money
from tirage.futures.cutting.facts import pieces_of
from tirage.futures.cutting.planning import keys_off
from tirage.futures.cutting.supply import live_cuts
from tirage.futures.formats.offering import base_of, brings, millilitres_of, why_fixed
from tirage.futures.formats.rules import exchanged, priced, smallest_step
from tirage.futures.keeping import ANOTHER_FORMAT
from tirage.futures.models import FormatChange, Lot, Settlement, Transfer
from tirage.futures.portfolios import follow_format
from tirage.futures.states import STANDING, TRANSFER_OPEN
from tirage.inventory.operations import lock_stock
from tirage.offers.models import OfferItem
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.models import PaymentMethod
from tirage.payments.operations import lock_payments_of, usable_card
from tirage.payments.operations.collecting import begin_collecting, send_link

#: Whose hand the change is.
HAND = system("Format")
#: Why allowance, offer and checkout rules don't count.
_AS_MUCH_WINE = "As much wine in another format"


@dataclass(frozen=True, slots=True)
class Wish:
    """So many pieces that an order has of ``source``, as ``target`` instead."""

    order: Order
    source: Lot
    target: Lot
    pieces: int


@dataclass(frozen=True, slots=True)
class Looked:
    """What it would come to: ``pieces`` of the other format; ``difference`` is what the order costs more, or less."""

    pieces: int
    difference: Money
    #: What is to be paid of it now, and what goes back.
    to_pay: Money
    to_give_back: Money

    @property
    def saved(self) -> Money:
        """What the order costs less."""
        return -self.difference


def look_at(wish: Wish, now: datetime) -> Looked:
    """Locks for a moment; nothing is kept. Raises as ``change_format``."""
    with transaction.atomic():
        made, draft = _prepared(wish, now)
        quote = quote_draft(draft, now)
        transaction.set_rollback(True)
    if quote.blocking:
        raise DomainError("not_confirmable", " ".join(problem.text for problem in quote.blocking))
    return Looked(made.pieces_on, quote.difference, quote.to_pay, quote.to_give_back)


def change_format(
    *, wish: Wish, expected_minor: int, card_reference: str, actor: Actor, now: datetime
) -> Confirmed:
    """Makes it: one change of the order, in which the pieces go and the others come. What it costs more is money to
    collect at once, from the card that was named; what it costs less goes back, instalments to come shrink first.

    All in one transaction, but for the refunds that banks are asked for after it; no transaction may be open. Locks
    payments, order, cart, stock, lots. Records ``format.changed``. Raises DomainError ``format_invalid``,
    ``card_missing``, Conflict ``format_fixed``, ``price_changed``, and what stands against the change; then nothing
    has changed.
    """
    with transaction.atomic():
        lock_payments_of(wish.order.pk)
        made, draft = _prepared(wish, now)
        quote = quote_draft(draft, now)
        if quote.difference.minor != expected_minor:
            words = "What it costs is another amount than you saw. Look at it again, then decide."
            raise Conflict("price_changed", words)
        card = usable_card(wish.order.customer_id, card_reference) if quote.to_pay else None
        follow_format(wish.order.pk, made.source_id, made.target_id, made.pieces_off, made.pieces_on)
        agreed = settle_owing(draft_reference=draft.reference, actor=HAND, now=now)
        (source,) = lock_rows(Lot.objects.filter(pk=made.source_id))
        brings(source, -made.pieces_off)
        FormatChange.objects.filter(pk=made.pk).update(change=agreed.draft.change_id)
        if card is not None:
            _collect(wish.order, card, actor, now)
        _record(made, actor, now)
    return finish(agreed, "", HAND, now)


def _collect(order: Order, card: PaymentMethod, actor: Actor, now: datetime) -> None:
    order.refresh_from_db()
    collection = begin_collecting(order=order, payment_method_id=card.pk, now=now)
    if collection is not None and next_card(collection, now) is None:
        send_link(collection=collection, actor=actor, now=now)


def _prepared(wish: Wish, now: datetime) -> tuple[FormatChange, ChangeDraft]:
    """The change as it would be made, with what it adds drawn from the lot. Until the other pieces have left, the lot
    counts both: only within this transaction, with all of it locked."""
    order = wish.order
    draft = begin_draft(order_reference=order.reference, actor=HAND, now=now)
    lock_allowance(draft, now)
    lock_stock([wish.source.sku_id, wish.target.sku_id])
    lots = {one.pk: one for one in lock_rows(Lot.objects.filter(pk__in=[wish.source.pk, wish.target.pk]))}
    source, target = lots[wish.source.pk], lots[wish.target.pk]
    _refuse_fixed(draft.order, source, target, now)
    made = FormatChange.objects.create(
        order=draft.order,
        source=source,
        target=target,
        pieces_off=wish.pieces,
        pieces_on=_comes(wish, source, target),
        made_at=now,
    )
    draft.reason, draft.override_reason = f"{ANOTHER_FORMAT}{made.reference})", _AS_MUCH_WINE
    draft.save(force_insert=True)
    ChangeDraftLine.objects.bulk_create(_lines(draft, made))
    brings(target, made.pieces_on)
    return made, draft


def _refuse_fixed(order: Order, source: Lot, target: Lot, now: datetime) -> None:
    """With order, stock and lots locked. Raises Conflict ``format_fixed``."""
    words = why_fixed(base_of(source), now) or why_fixed(source, now) or why_fixed(target, now)
    if order.state != OrderState.PLACED:
        words = "Only wine of an order that stands can be had in another format."
    elif base_of(source) != base_of(target):
        words = "These are not formats of the same wine."
    elif live_cuts([source.pk, target.pk]):
        words = "There is less of this wine than was sold. Its format can be chosen once that is shared out."
    elif Settlement.objects.filter(order=order, state__in=[one.value for one in STANDING]).exists():
        words = "You were asked already where this wine goes, so its format stays."
    if words:
        raise Conflict("format_fixed", words)


def _comes(wish: Wish, source: Lot, target: Lot) -> int:
    """Pieces of the other format. Raises DomainError ``format_invalid``."""
    has = free_to_change(wish.order.pk, source.pk)
    sizes = millilitres_of(source.sku), millilitres_of(target.sku)
    comes = exchanged(wish.pieces, *sizes)
    words = ""
    if not 1 <= wish.pieces <= has:
        words = f"Between 1 and {has:,} can be changed." if has else "None of it can be changed now."
    elif comes is None:
        words = f"As much wine in the other format takes {smallest_step(*sizes)} of these at a time."
    else:
        words = _unfitting(wish.order, source, has - wish.pieces) or _unfitting(wish.order, target, comes)
    if words or comes is None:
        raise DomainError("format_invalid", words, {"pieces": words})
    return comes


def free_to_change(order_id: int, lot_id: int) -> int:
    """Pieces that the order has of a lot, but for those that somebody is offered."""
    states = [state.value for state in TRANSFER_OPEN]
    offered = Transfer.objects.filter(order=order_id, lot=lot_id, state__in=states).values_list(
        "pieces", flat=True
    )
    return pieces_of(order_id, lot_id) - sum(offered)


def _unfitting(order: Order, lot: Lot, pieces: int) -> str:
    """Where the offer sells a wine in whole cases only, a change of format leaves whole cases."""
    item = OfferItem.objects.filter(offer=order.offer_id, sku=lot.sku_id).first()
    if item is None or item.multiple <= 1 or pieces % item.multiple == 0:
        return ""
    return f"{lot.sku} comes in whole cases of {item.multiple}, unmixed: {pieces} would be left of it."


def _lines(draft: ChangeDraft, made: FormatChange) -> list[ChangeDraftLine]:
    """Off at what was paid; on at the price of as much wine, with the one supplement in the other's place."""
    source, target = made.source, made.target
    keys = keys_off(source.sku_id, {made.order_id: made.pieces_off}).get(made.order_id, {})
    rows = [(source.sku_id, int(key.split("-")[1]), -count) for key, count in keys.items()]
    wine = sum(-count * minor for _, minor, count in rows)
    wine += made.pieces_on * target.supplement_minor - made.pieces_off * source.supplement_minor
    rows += [(target.sku_id, minor, count) for minor, count in priced(wine, made.pieces_on).items()]
    return [
        ChangeDraftLine(draft=draft, sku_id=sku_id, unit_price_minor=minor, quantity=count)
        for sku_id, minor, count in rows
    ]


def _record(made: FormatChange, actor: Actor, now: datetime) -> None:
    text = f"chose {made.pieces_on} × {made.target.sku} for {made.pieces_off} × {made.source.sku}"
    record_event(
        EventName.FORMAT_CHANGED,
        "order",
        made.order_id,
        text=text,
        data={"change": made.reference, "lot": made.source.reference},
        customer_id=made.order.customer_id,
        actor=actor,
        now=now,
    )
