"""Settling a draft's difference, then applying it: agree and store, ask the bank with nothing locked, settle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from tirage.changes.models import ChangeDraft
from tirage.changes.operations.applying import apply_draft, hold_lost
from tirage.changes.operations.steps import (
    NEEDS_CUSTOMER,
    PAY_LINK,
    WHILE_PAYING,
    advance_draft,
    hold_added,
    life_of,
    lock_allowance,
    lock_draft,
    record_on_order,
    refuse_at_bank,
    refuse_closed,
    refuse_moving_money,
    refuse_stranger,
    refuse_unchangeable,
    refuse_while_paying,
)
from tirage.changes.queries import quote_draft
from tirage.changes.rules import ChangeQuote, OfflineMoney
from tirage.changes.states import DraftState, RefundTo, SettleBy
from tirage.changes.wording import say_given_back
from tirage.core.actors import Actor, system
from tirage.core.errors import Conflict, DomainError, NotAllowed
from tirage.core.events import EventName
from tirage.core.winery import current_winery
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations import (
    StartedPayment,
    charge_kind,
    lock_payments_of,
    make_pay_link,
    reconcile_payment,
    record_offline_payment,
    send_charge,
    send_refunds,
    settle_result,
    spend_credit,
    start_charge,
    start_refunds,
    usable_card,
    void_payment,
)
from tirage.payments.operations.capturing import release_authorisation
from tirage.payments.protocol import GatewayResult, GatewayTimeout
from tirage.payments.states import OPEN, OfflineKind, PaymentKind, PaymentState


@dataclass(frozen=True, slots=True)
class Confirmed:
    """How a confirmation went: ``applied``, ``declined``, ``needs_customer`` (follow ``action_url``), ``unknown``
    or ``link`` (waits for the customer at ``link_reference``)."""

    status: str
    draft_reference: str
    order_reference: str
    payment_reference: str = ""
    message: str = ""
    action_url: str = ""
    link_reference: str = ""


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


@dataclass(slots=True)
class _Agreed:
    """What step one has stored, for the steps outside of its transaction."""

    draft: ChangeDraft
    payment: StartedPayment | None = None
    refunds: Sequence[Payment] = field(default_factory=list)
    link_reference: str = ""


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
    actor: Actor,
    now: datetime,
) -> Confirmed:
    """Settles the difference that was seen, then makes the change. Talks to the gateway; no transaction may be open.

    Nothing to pay: the change is made at once, and what is overpaid by it goes back, newest payment first. Otherwise
    by card (asked in three steps, the change is made by the money), by a link (the draft waits, its bottles with it),
    by money that came otherwise, or from store credit. Locks payments, order, draft, cart, stock, customer; settling
    locks payment, order, draft, stock, customer.
    Raises Conflict ``order_moved_on``, ``price_changed``, ``paying``, ``at_bank``, ``money_moving``, ``hold_lost``,
    ``closed``, DomainError ``nothing_to_change``, ``not_confirmable``, ``not_changeable``, ``card_missing``,
    ``credit_too_low``, ``reason_missing``, NotAllowed; then nothing has changed.
    """
    terms = _Terms(settle_by, payment_method, refund_to, offline)
    with transaction.atomic():
        deal = _agreeable(draft_reference, actor, now)
        seen = (expected_difference_minor, expected_settlement_minor)
        if seen != (deal.quote.difference.minor, deal.quote.settlement.minor):
            raise Conflict(
                "price_changed",
                "What this change costs is another than you saw. Look at it again, then decide.",
            )
        agreed = _settle(deal, terms, actor, now)
    return _finish(agreed, return_url, actor, now)


def _agreeable(draft_reference: str, actor: Actor, now: datetime) -> _Deal:
    """The locked draft, with its bottles held, and its quote, when nothing stands against it as of now."""
    order_id = ChangeDraft.objects.values_list("order_id", flat=True).filter(reference=draft_reference)
    payments = lock_payments_of(order_id.first() or 0)
    draft = lock_draft(draft_reference, actor)
    refuse_stranger(draft, actor)
    return _Deal(draft, _looked_through(draft, now), payments)


def _looked_through(draft: ChangeDraft, now: datetime) -> ChangeQuote:
    refuse_closed(draft)
    refuse_at_bank(draft)
    refuse_unchangeable(draft.order)
    refuse_while_paying(draft.order_id, besides=draft.pk)
    refuse_moving_money(draft.order_id)
    lock_allowance(draft, now)
    if draft.expires_at <= now:
        draft.expires_at = life_of(draft, now)
        ChangeDraft.objects.filter(pk=draft.pk).update(expires_at=draft.expires_at)
    quote = quote_draft(draft, now)
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


def _settle(deal: _Deal, terms: _Terms, actor: Actor, now: datetime) -> _Agreed:
    draft, quote = deal.draft, deal.quote
    if draft.state == DraftState.WAITING:
        advance_draft(draft, DraftState.OPEN, waiting_code="", waiting_for="")
    if quote.settlement.minor <= 0:
        return _settle_at_once(deal, terms, actor, now)
    if terms.settle_by in (SettleBy.LINK, SettleBy.OFFLINE) and actor.is_customer:
        raise NotAllowed("Choose a card.")
    settle = {
        SettleBy.CARD: _charge,
        SettleBy.LINK: _send_link,
        SettleBy.OFFLINE: _book_at_once,
        SettleBy.CREDIT: _book_at_once,
    }
    return settle[terms.settle_by](deal, terms, actor, now)


def _settle_at_once(deal: _Deal, terms: _Terms, actor: Actor, now: datetime) -> _Agreed:
    """Nothing to pay: the change first, so that what goes back is overpaid, not forgiven."""
    draft, quote = deal.draft, deal.quote
    back, to_credit = quote.to_give_back, terms.refund_to is RefundTo.CREDIT
    _note_terms(draft, terms, quote)
    apply_draft(draft, quote, say_given_back(back, to_credit=to_credit) if back else "", now)
    refunds = start_refunds(
        deal.payments,
        back.minor,
        to_credit=to_credit,
        reason=draft.reason or "The order was changed",
        actor=actor,
        now=now,
    )
    return _Agreed(draft, refunds=refunds)


def _note_terms(draft: ChangeDraft, terms: _Terms, quote: ChangeQuote) -> None:
    draft.settle_by, draft.refund_to = terms.settle_by.value, terms.refund_to.value
    draft.payment_method = terms.payment_method
    draft.confirmed_minor = quote.settlement.minor
    draft.save(update_fields=["settle_by", "refund_to", "payment_method", "confirmed_minor"])


def _charge(deal: _Deal, terms: _Terms, actor: Actor, now: datetime) -> _Agreed:
    """Stores the payment. Until its outcome is known nothing else happens to the order, and no bottle lapses."""
    draft, quote, order = deal.draft, deal.quote, deal.draft.order
    wanted = terms.payment_method.reference if terms.payment_method else ""
    card = usable_card(order.customer_id, wanted)
    _note_terms(draft, terms, quote)
    advance_draft(draft, DraftState.PAYING, waiting_code="", waiting_for="")
    hold_added(draft, until=now + WHILE_PAYING, now=now)
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
    return _Agreed(draft, payment=payment)


def _send_link(deal: _Deal, terms: _Terms, actor: Actor, now: datetime) -> _Agreed:
    """The draft waits for its customer as long as the link is good, and its bottles with it."""
    draft, quote = deal.draft, deal.quote
    until = now + timedelta(days=current_winery().pay_link_days)
    _note_terms(draft, terms, quote)
    words = f"The customer pays {quote.settlement} by a link."
    advance_draft(draft, DraftState.WAITING, waiting_code=PAY_LINK, waiting_for=words, expires_at=until)
    hold_added(draft, until=until, now=now)
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
    return _Agreed(draft, link_reference=link.reference)


def _book_at_once(deal: _Deal, terms: _Terms, actor: Actor, now: datetime) -> _Agreed:
    """Money that no bank is asked for: booking it makes the change, all in this transaction."""
    draft, quote = deal.draft, deal.quote
    _note_terms(draft, terms, quote)
    advance_draft(draft, DraftState.PAYING, waiting_code="", waiting_for="")
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
        if offline.kind not in {kind.value for kind in OfflineKind}:
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
    return _Agreed(draft)


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
    return _finish(agreed, return_url, actor, now)


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


def _finish(agreed: _Agreed, return_url: str, actor: Actor, now: datetime) -> Confirmed:
    """Steps two and three: whoever has to be asked is asked with no transaction open, and the answer settled."""
    draft, order = agreed.draft, agreed.draft.order
    send_refunds(agreed.refunds, actor, now)
    if agreed.payment is None:
        status = "link" if agreed.link_reference else "applied"
        return Confirmed(status, draft.reference, order.reference, link_reference=agreed.link_reference)
    url = return_url or f"{settings.SITE_URL}/orders/change/return/{agreed.payment.reference}/"
    result = send_charge(agreed.payment, return_url=url)
    settle_result(payment_id=agreed.payment.id, result=result, actor=actor, now=now)
    return _present(agreed.payment.id, result, actor, now)


def _present(payment_id: int, result: GatewayResult | None, actor: Actor, now: datetime) -> Confirmed:
    """What has become of a payment and its draft; money that came for nothing is sent back at once."""
    payment = Payment.objects.select_related("order").get(pk=payment_id)
    draft = ChangeDraft.objects.get(reference=payment.purpose)
    stray = payment.children.filter(kind=PaymentKind.REFUND.value, state=PaymentState.PENDING.value)
    if draft.state != DraftState.APPLIED:
        send_refunds(list(stray.select_related("parent")), actor, now)
    status, message = _status(payment, draft)
    action_url = _action_url(payment, result) if status == NEEDS_CUSTOMER else ""
    return Confirmed(status, draft.reference, payment.order.reference, payment.reference, message, action_url)


def _status(payment: Payment, draft: ChangeDraft) -> tuple[str, str]:
    state = PaymentState(payment.state)
    if draft.state == DraftState.APPLIED and state is PaymentState.SETTLED:
        return "applied", ""
    if state is PaymentState.NEEDS_CUSTOMER:
        return NEEDS_CUSTOMER, "Your bank wants you to confirm the payment."
    if state in OPEN:
        return "unknown", "The bank has not answered yet. The bottles stay held while we find out."
    return "declined", draft.waiting_for or payment.message


def _action_url(payment: Payment, result: GatewayResult | None) -> str:
    if result and result.action_url:
        return result.action_url
    try:
        return gateway_for(payment.gateway).fetch(gateway_reference=payment.gateway_reference).action_url
    except GatewayTimeout:
        return ""


def finish_change_payment(*, payment_reference: str, actor: Actor, now: datetime) -> Confirmed:
    """Back from the bank's page, or looking again at an unknown outcome: asks the gateway and settles.

    Raises DomainError ``not_found`` for a payment that isn't a change's, or not the customer's.
    """
    payment = _payment_of(payment_reference, actor)
    if payment.state in {state.value for state in OPEN}:
        reconcile_payment(payment=payment, actor=actor, now=now)
    return _present(payment.pk, None, actor, now)


def give_up_change_payment(*, payment_reference: str, actor: Actor, now: datetime) -> Confirmed:
    """Leaves the bank's page for another card: the attempt is voided, the draft waits. Raises ``not_found``."""
    payment = _payment_of(payment_reference, actor)
    void_payment(payment_id=payment.pk, reason="Given up by the customer.", actor=actor, now=now)
    return _present(payment.pk, None, actor, now)


def let_stray_authorisations_go(*, now: datetime) -> int:
    """Lets go of what was set aside for a change that was not made, or a second time for one that was; how many.

    Scheduled. Talks to the gateway. Money that was really taken goes back in the transaction that books it.
    """
    drafts = ChangeDraft.objects.filter(reference=OuterRef("purpose"))
    made = drafts.filter(state=DraftState.APPLIED.value, closed_at__gte=OuterRef("settled_at"))
    stray = Payment.objects.filter(
        Exists(drafts),
        ~Exists(made),
        kind=PaymentKind.AUTHORISE.value,
        state=PaymentState.SETTLED.value,
        parent__isnull=True,
        released_at__isnull=True,
    )
    actor = system("Payment check")
    return sum(
        release_authorisation(payment=payment, reason="the change was not made", actor=actor, now=now)
        for payment in stray.order_by("pk")[:100]
    )


def _payment_of(payment_reference: str, actor: Actor) -> Payment:
    found = Payment.objects.filter(reference=payment_reference).exclude(purpose="")
    if actor.is_customer:
        found = found.filter(order__customer_id=actor.id or 0)
    payment = found.first()
    if payment is None or not ChangeDraft.objects.filter(reference=payment.purpose).exists():
        raise DomainError("not_found", "There is no such payment.")
    return payment
