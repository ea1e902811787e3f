"""Settling a draft's difference, then applying it: agree and store, ask the bank with nothing locked, settle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Subquery

from tirage.changes.models import ChangeDraft
from tirage.changes.operations.applying import apply_draft, hold_lost
from tirage.changes.operations.outcomes import Agreed, Confirmed, finish
from tirage.changes.operations.steps import (
    PAY_LINK,
    adds_bottles,
    advance_draft,
    before_close,
    hold_added,
    hold_until,
    life_of,
    lock_allowance,
    lock_draft,
    record_on_order,
    refuse_by_hand,
    refuse_closed,
    refuse_customer,
    refuse_edited,
    refuse_new_money,
    refuse_stranger,
    refuse_too_late,
    refuse_unchangeable,
    refuse_under_way,
)
from tirage.changes.queries import quote_draft
from tirage.changes.rules import ChangeQuote, OfflineMoney
from tirage.changes.states import DraftState, Maker, RefundTo, SettleBy
from tirage.changes.wording import say_given_back
from tirage.core.actors import Actor
from tirage.core.errors import Conflict, DomainError, NotAllowed
from tirage.core.events import EventName
from tirage.core.winery import current_winery
from tirage.inventory.rules import FIRM
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations import (
    charge_kind,
    lock_payments_of,
    make_pay_link,
    record_offline_payment,
    spend_credit,
    start_charge,
    start_refunds,
    usable_card,
)
from tirage.payments.queries import giving_back
from tirage.payments.states import BY_HAND, OfflineKind


@dataclass(frozen=True, slots=True)
class _Deal:
    """A locked draft with its quote, and the order's locked payments, newest first."""

    draft: ChangeDraft
    quote: ChangeQuote
    payments: Sequence[Payment] = ()


@dataclass(frozen=True, slots=True)
class _Terms:
    """How the difference is to be settled."""

    settle_by: SettleBy
    payment_method: PaymentMethod | None = None
    refund_to: RefundTo = RefundTo.ORIGINAL
    offline: OfflineMoney | None = None


def confirm_draft(
    *,
    draft_reference: str,
    expected_difference_minor: int,
    expected_settlement_minor: int,
    settle_by: SettleBy = SettleBy.CARD,
    payment_method: PaymentMethod | None = None,
    refund_to: RefundTo = RefundTo.ORIGINAL,
    offline: OfflineMoney | None = None,
    return_url: str = "",
    seen: int | None = None,
    actor: Actor,
    now: datetime,
) -> Confirmed:
    """Settles the difference that was seen, then makes the change. Talks to the gateway; no transaction may be open.

    Nothing to pay: the change is made at once, and what is overpaid by it goes back, newest payment first. Otherwise
    by card (asked in three steps, the change is made by the money), by a link (the draft waits, its bottles with it),
    by money that came otherwise, or from store credit. Locks payments, order, draft, cart, the place where it has
    limits, stock, customer; settling locks payment, order, draft, stock, customer.
    Raises Conflict ``order_moved_on``, ``price_changed``, ``paying``, ``at_bank``, ``money_moving``, ``hold_lost``,
    ``closed``, ``edited_meanwhile``, DomainError ``nothing_to_change``, ``not_confirmable``, ``not_changeable``,
    ``card_missing``, ``credit_too_low``, ``reason_missing``, ``was_gift``, ``by_hand``, ``credit_only``,
    NotAllowed; then nothing has changed.
    """
    terms = _Terms(settle_by, payment_method, refund_to, offline)
    with transaction.atomic():
        deal = _agreeable(draft_reference, actor, now)
        refuse_edited(deal.draft, seen, actor)
        sums = (expected_difference_minor, expected_settlement_minor)
        if sums != (deal.quote.difference.minor, deal.quote.settlement.minor):
            raise Conflict(
                "price_changed",
                "What this change costs is another than you saw. Look at it again, then decide.",
            )
        agreed = _settle(deal, terms, actor, now)
    return finish(agreed, return_url, actor, now)


def confirm_prepared(
    *, draft_reference: str, payment_method: PaymentMethod | None, actor: Actor, now: datetime
) -> Confirmed:
    """Settles by card what the program itself prepared, at what it costs now: nobody has been shown another price.

    Talks to the gateway; no transaction may be open. Locks and raises as ``confirm_draft``; NotAllowed for a draft of
    a customer or of the team.
    """
    with transaction.atomic():
        deal = _agreeable(draft_reference, actor, now)
        if deal.draft.maker != Maker.SYSTEM:
            raise NotAllowed("Somebody prepares this change, and confirms what it costs.")
        agreed = _settle(deal, _Terms(SettleBy.CARD, payment_method), actor, now)
    return finish(agreed, "", actor, now)


def settle_at_once(*, draft_reference: str, actor: Actor, now: datetime) -> Agreed:
    """The same of what costs nothing, in the caller's transaction, that does more than this change; ``finish`` follows
    it, outside.

    Locks and raises as ``confirm_draft``; Conflict ``price_changed`` where there is something to pay.
    """
    deal = _agreeable(draft_reference, actor, now)
    if deal.quote.to_pay:
        raise Conflict("price_changed", "There is something to pay for this change.")
    return _settle(deal, _Terms(SettleBy.CARD), actor, now)


def settle_owing(*, draft_reference: str, actor: Actor, now: datetime) -> Agreed:
    """The same in the caller's transaction of what may cost something, too: the order owes it from then on, and the
    caller sees to its being collected.

    Locks and raises as ``confirm_draft``.
    """
    deal, terms = _agreeable(draft_reference, actor, now), _Terms(SettleBy.CARD)
    if not deal.quote.to_pay:
        return _settle(deal, terms, actor, now)
    words = f"{deal.quote.to_pay} to be collected"
    apply_draft(deal.draft, deal.quote, words, now, **_noted(terms, deal.quote))
    return Agreed(deal.draft)


def _agreeable(draft_reference: str, actor: Actor, now: datetime) -> _Deal:
    """The locked draft, with its bottles held, and its quote, when nothing stands against it as of now."""
    order_id = ChangeDraft.objects.filter(reference=draft_reference).values("order_id")[:1]
    payments = lock_payments_of(Subquery(order_id))
    draft = lock_draft(draft_reference, actor)
    refuse_stranger(draft, actor)
    refuse_customer(draft.order, actor, now)
    return _Deal(draft, _looked_through(draft, now), payments)


def _looked_through(draft: ChangeDraft, now: datetime) -> ChangeQuote:
    refuse_closed(draft)
    refuse_unchangeable(draft.order)
    if draft.maker == Maker.CUSTOMER:
        refuse_too_late(draft.order, now)
    refuse_under_way(draft)
    lock_allowance(draft, now)
    if draft.expires_at <= now:
        draft.expires_at = life_of(draft, now)
        ChangeDraft.objects.filter(pk=draft.pk).update(expires_at=draft.expires_at)
    quote = quote_draft(draft, now, locks=True)
    if quote.moved_on:
        said = "; ".join(quote.moved_on)
        raise Conflict("order_moved_on", f"The order has changed since you looked: {said}. Look at it again.")
    if quote.is_empty:
        raise DomainError("nothing_to_change", "Nothing is changed yet.")
    if quote.blocking:
        fields = {problem.field: problem.text for problem in quote.blocking if problem.field}
        raise DomainError("not_confirmable", " ".join(problem.text for problem in quote.blocking), fields)
    if hold_added(draft, until=draft.expires_at, now=now):
        raise hold_lost()
    return quote


def _settle(deal: _Deal, terms: _Terms, actor: Actor, now: datetime) -> Agreed:
    draft, quote = deal.draft, deal.quote
    if draft.state == DraftState.WAITING:
        advance_draft(draft, DraftState.OPEN, waiting_code="", waiting_for="")
    if quote.settlement.minor <= 0:
        return _settle_at_once(deal, terms, actor, now)
    if terms.settle_by in (SettleBy.LINK, SettleBy.OFFLINE) and actor.is_customer:
        raise NotAllowed("Choose a card.")
    if quote.rest_by_credit and terms.settle_by in (SettleBy.CARD, SettleBy.LINK):
        terms = replace(terms, settle_by=SettleBy.CREDIT)
    settle = {
        SettleBy.CARD: _charge,
        SettleBy.LINK: _send_link,
        SettleBy.OFFLINE: _book_at_once,
        SettleBy.CREDIT: _book_at_once,
    }
    return settle[terms.settle_by](deal, terms, actor, now)


def _settle_at_once(deal: _Deal, terms: _Terms, actor: Actor, now: datetime) -> Agreed:
    """Nothing to pay: the change first, so that what goes back is overpaid, not forgiven."""
    draft, quote = deal.draft, deal.quote
    back, to_credit = quote.to_give_back, terms.refund_to is RefundTo.CREDIT
    if back:
        refuse_new_money(draft.order_id, deal.payments)
        if quote.credit_only and not to_credit:
            words = "By the terms of this order it is given back as store credit."
            raise DomainError("credit_only", words, {"refund_to": words})
    if actor.is_customer and back:
        refuse_by_hand(giving_back(draft.order_id, back), to_credit=to_credit)
    words = say_given_back(back, to_credit=to_credit) if back else ""
    apply_draft(draft, quote, words, now, **_noted(terms, quote))
    refunds = start_refunds(
        deal.payments,
        back.minor,
        to_credit=to_credit,
        reason=draft.reason or "The order was changed",
        actor=actor,
        now=now,
    )
    return Agreed(draft, refunds=refunds)


def _noted(terms: _Terms, quote: ChangeQuote) -> dict[str, Any]:
    """The draft's columns that say how the difference is settled."""
    return {
        "settle_by": terms.settle_by.value,
        "refund_to": terms.refund_to.value,
        "payment_method": terms.payment_method,
        "confirmed_minor": quote.settlement.minor,
    }


def _charge(deal: _Deal, terms: _Terms, actor: Actor, now: datetime) -> Agreed:
    """Stores the payment. Until its outcome is known nothing else happens to the order, and no bottle lapses."""
    draft, quote, order = deal.draft, deal.quote, deal.draft.order
    wanted = terms.payment_method.reference if terms.payment_method else ""
    card = usable_card(order.customer_id, wanted, test=order.is_test)
    advance_draft(draft, DraftState.PAYING, waiting_code="", waiting_for="", **_noted(terms, quote))
    hold_until(draft, now + FIRM)
    payment = start_charge(
        order_id=order.pk,
        payment_method_id=card.pk,
        token=card.token,
        gateway=card.gateway,
        amount=quote.settlement,
        description=order.reference,
        kind=charge_kind(),
        purpose=draft.reference,
        actor=actor,
        now=now,
    )
    return Agreed(draft, payment=payment)


def _send_link(deal: _Deal, terms: _Terms, actor: Actor, now: datetime) -> Agreed:
    """The draft waits for its customer as long as the link is good, and its bottles with it."""
    draft, quote = deal.draft, deal.quote
    until = now + timedelta(days=current_winery().pay_link_days)
    if adds_bottles(draft) and draft.order.release_id is not None:
        until = before_close(draft, until, now)
    words = f"The customer pays {quote.settlement} by a link."
    waits = {"waiting_code": PAY_LINK, "waiting_for": words, "expires_at": until}
    advance_draft(draft, DraftState.WAITING, **waits, **_noted(terms, quote))
    hold_until(draft, until)
    link = make_pay_link(
        order_id=draft.order_id,
        purpose=draft.reference,
        amount=quote.settlement,
        expires_at=until,
        actor=actor,
        now=now,
    )
    text = f"prepared a change that waits: {words[:1].lower()}{words[1:]}"
    record_on_order(EventName.CHANGE_WAITING, draft, text, actor, now)
    return Agreed(draft, link_reference=link.reference)


def _book_at_once(deal: _Deal, terms: _Terms, actor: Actor, now: datetime) -> Agreed:
    """Money that no bank is asked for: booking it makes the change, all in this transaction."""
    draft, quote = deal.draft, deal.quote
    advance_draft(draft, DraftState.PAYING, waiting_code="", waiting_for="", **_noted(terms, quote))
    if terms.settle_by is SettleBy.CREDIT:
        spend_credit(
            order_id=draft.order_id,
            customer_id=draft.order.customer_id,
            amount=quote.settlement,
            purpose=draft.reference,
            actor=actor,
            now=now,
        )
    else:
        offline = terms.offline or OfflineMoney("")
        if offline.kind not in {kind.value for kind in BY_HAND}:
            raise DomainError("offline_invalid", "Say how the money came.", {"offline_kind": "Choose one."})
        record_offline_payment(
            order_id=draft.order_id,
            amount=quote.settlement,
            offline_kind=OfflineKind(offline.kind),
            note=offline.note,
            purpose=draft.reference,
            actor=actor,
            now=now,
        )
    draft.refresh_from_db(fields=["state", "waiting_for"])
    if draft.state != DraftState.APPLIED:
        raise Conflict("not_applied", draft.waiting_for or "The change could not be made. Look at it again.")
    return Agreed(draft)


def pay_draft(
    *,
    draft_reference: str,
    payment_method: PaymentMethod,
    return_url: str = "",
    actor: Actor,
    now: datetime,
) -> Confirmed:
    """Pays what was agreed on for a waiting draft by a card of its customer, who may be signed out.

    Talks to the gateway; no transaction may be open. Locks and raises as ``confirm_draft``; Conflict ``not_waiting``.
    """
    with transaction.atomic():
        draft = lock_draft(draft_reference, actor)
        if draft.state == DraftState.OPEN:
            raise Conflict("not_waiting", "This change is being looked at again. Write to us.")
        quote = _looked_through(draft, now)
        if quote.settlement.minor != draft.confirmed_minor or quote.settlement.minor <= 0:
            raise Conflict(
                "price_changed", "What this change costs is another than was agreed on. Look at it again."
            )
        agreed = _settle(_Deal(draft, quote), _Terms(SettleBy.CARD, payment_method), actor, now)
    return finish(agreed, return_url, actor, now)


def retry_draft(
    *,
    draft_reference: str,
    payment_method: PaymentMethod | None = None,
    return_url: str = "",
    actor: Actor,
    now: datetime,
) -> Confirmed:
    """Tries a waiting draft's own card again, or another. As ``pay_draft``; DomainError ``card_missing``."""
    card = payment_method or PaymentMethod.objects.filter(changedraft__reference=draft_reference).first()
    if card is None:
        raise DomainError("card_missing", "Choose a card.", {"card": "Choose a card."})
    return pay_draft(
        draft_reference=draft_reference, payment_method=card, return_url=return_url, actor=actor, now=now
    )
