"""A customer agrees to what was shown: the order is changed, its money asked for, and paid the wine may leave."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from tirage.changes.models import ChangeDraft
from tirage.changes.operations import Confirmed, confirm_draft, drop_draft
from tirage.changes.states import LIVE, DraftState, SettleBy
from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_rows
from tirage.core.money import say_money
from tirage.core.reactions import react
from tirage.core.winery import current_winery
from tirage.futures.models import Lot
from tirage.futures.settlement_models import Settlement
from tirage.futures.settling.asking import HAND, advance, reopen
from tirage.futures.settling.covering import settled_pieces
from tirage.futures.settling.reckoning import Choice, costs_of, prepare
from tirage.futures.settling.storing import forget_months, write_months
from tirage.futures.states import OPEN, STANDING, SettlementState
from tirage.offers.states import ReleaseKind
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod
from tirage.payments.operations import usable_card

#: An agreement whose worker died before it asked for the money asks again after so long.
STALE = timedelta(minutes=30)


def agree(
    *,
    settlement: Settlement,
    choice: Choice,
    expected_minor: int,
    payment_method: PaymentMethod | None,
    actor: Actor,
    now: datetime,
) -> Confirmed:
    """Agrees to what a choice costs, as it was shown; how its payment went.

    The order change is prepared, agreed to and written down in one transaction, then confirmed as any: by card, whose
    refusal makes it money to collect, by the bank's page, or by a link. Talks to the gateway; no transaction may be
    open. Locks order, then as ``confirm_draft``. Records ``settlement.agreed``. Raises DomainError ``not_settleable``,
    ``card_missing``, Conflict ``settlement_moved_on``, ``price_changed``, and what ``confirm_draft`` does: then it asks
    as before.
    """
    with transaction.atomic():
        lock_rows(Order.objects.filter(pk=settlement.order_id))
        prepared = prepare(settlement, choice, now)
        costs = costs_of(prepared, now)
        if costs.problem:
            raise DomainError("not_settleable", costs.problem)
        if costs.difference.minor != expected_minor:
            words = "What this costs is another than you saw. Look at it again, then decide."
            raise Conflict("price_changed", words)
        if costs.to_pay:
            usable_card(settlement.order.customer_id, payment_method.reference if payment_method else "")
        facts = {"agreed_at": now, "draft": prepared.draft.reference, "costs": costs.kept, "note": ""}
        facts |= {"warehouse": choice.warehouse, "account": choice.account}
        if not advance(settlement.pk, OPEN, SettlementState.AGREED, **facts):
            raise Conflict("settlement_moved_on", "This was agreed to already. Look at your order.")
        write_months(settlement.order, prepared.storage, prepared.draft.reference, now)
        total = say_money(costs.difference, current_winery().locale)
        text = f"agreed to what the wine costs on its way: {total}"
        _record(EventName.SETTLEMENT_AGREED, settlement, text, actor, now)
    try:
        return confirm_draft(
            draft_reference=prepared.draft.reference,
            expected_difference_minor=costs.difference.minor,
            expected_settlement_minor=costs.to_pay.minor,
            settle_by=SettleBy.CARD,
            payment_method=payment_method,
            return_url=f"{settings.SITE_URL}/account/futures/{settlement.order.reference}/paid/",
            actor=HAND,
            now=now,
        )
    except DomainError as refused:
        with transaction.atomic():
            lock_rows(Order.objects.filter(pk=settlement.order_id))
            reopen(draft_reference=prepared.draft.reference, words="", now=now)
            drop_draft(draft_reference=prepared.draft.reference, actor=HAND, now=now)
        raise refused


def note_settled(*, draft_id: int, now: datetime, **_: object) -> None:
    """Reaction to a change that was made: what it settled may leave. In the transaction that made it."""
    of_draft = ChangeDraft.objects.filter(pk=draft_id).values("reference")
    agreed = Settlement.objects.filter(draft__in=of_draft, state=SettlementState.AGREED.value)
    settlement = agreed.select_related("order").first()
    if settlement is None:
        return
    if advance(settlement.pk, [SettlementState.AGREED], SettlementState.SETTLED, settled_at=now):
        _record(EventName.SETTLEMENT_SETTLED, settlement, "settled the order: it may leave", system(), now)
        react("settlement.settled", settlement_id=settlement.pk, now=now)


def note_ended(*, draft_id: int, now: datetime, **_: object) -> None:
    """Reaction to a change that came to nothing: the settlement asks again and says why."""
    of_draft = ChangeDraft.objects.filter(pk=draft_id).values("reference")
    agreed = Settlement.objects.filter(draft__in=of_draft, state=SettlementState.AGREED.value)
    for draft in agreed.values_list("draft", flat=True):
        reopen(draft_reference=draft, words="What you agreed to was not paid in time.", now=now)


def refuse_unsettled(*, order_id: int, **_: object) -> None:
    """Reaction to an order about to leave: wine en primeur leaves once it is settled, and all of it has come."""
    en_primeur = Order.objects.filter(pk=order_id, release__kind=ReleaseKind.EN_PRIMEUR.value)
    settled = Settlement.objects.filter(order_id=order_id, state=SettlementState.SETTLED.value)
    if not en_primeur.exists():
        return
    if not settled.exists():
        words = "This wine was bought en primeur: it leaves once it is released and settled."
        raise Conflict("not_released", words)
    lots = Lot.objects.filter(commitments__line__order=order_id).distinct()
    spoken = settled_pieces([lot.pk for lot in lots])
    if any(spoken.get(lot.pk, 0) > lot.arrived for lot in lots):
        words = "Wine was added to it since it was settled that hasn’t come yet. Take it off, or wait for it."
        raise Conflict("not_released", words)


def end_with_order(*, order_id: int, now: datetime, actor: Actor, **_: object) -> None:
    """Reaction to an order that is being canceled: nobody is asked where it goes any more."""
    standing = Settlement.objects.filter(order_id=order_id, state__in=[one.value for one in STANDING])
    for settlement in standing.select_related("order"):
        if advance(settlement.pk, STANDING, SettlementState.CALLED_OFF):
            if settlement.state == SettlementState.AGREED:
                forget_months(settlement.draft)
            _record(EventName.SETTLEMENT_CALLED_OFF, settlement, "ended the settlement", actor, now)


def ask_stale_again(*, now: datetime) -> int:
    """Agreements whose change nobody confirmed, because a process died in between, ask again; how many. Scheduled."""
    live = ChangeDraft.objects.filter(reference=OuterRef("draft"), state__in=[one.value for one in LIVE])
    under_way = live.exclude(state=DraftState.OPEN.value)
    stale = Settlement.objects.filter(state=SettlementState.AGREED.value, agreed_at__lt=now - STALE)
    done = 0
    for settlement in stale.exclude(Exists(under_way)).select_related("order").order_by("pk")[:500]:
        done += _ask_again(settlement, now)
    return done


@transaction.atomic
def _ask_again(settlement: Settlement, now: datetime) -> bool:
    """Lets the change go first: a worker that was only slow finds it closed, and charges nobody. Locks the order."""
    lock_rows(Order.objects.filter(pk=settlement.order_id))
    live = ChangeDraft.objects.filter(
        reference=settlement.draft, state__in=[one.value for one in LIVE]
    ).first()
    if live is not None and live.state != DraftState.OPEN:
        return False
    words = "Something went wrong before you were charged. Nothing was paid."
    reopen(draft_reference=settlement.draft, words=words, now=now)
    if live is not None:
        drop_draft(draft_reference=live.reference, actor=HAND, now=now)
    return True


def _record(name: EventName, settlement: Settlement, text: str, actor: Actor, now: datetime) -> None:
    order = settlement.order
    data = {"settlement": settlement.reference, "order": order.reference}
    record_event(
        name, "order", order.pk, text=text, data=data, customer_id=order.customer_id, actor=actor, now=now
    )
