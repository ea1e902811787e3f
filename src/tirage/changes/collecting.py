"""Collecting what a change waits for, and the journey of every collection and pay link: try, settle, tell.

``payments.operations.collecting`` knows orders and their balances; here the differences of changes come in.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import F, Q

from tirage.changes.models import ChangeDraft
from tirage.changes.operations import Confirmed, drop_draft, pay_draft, retry_draft
from tirage.changes.states import LIVE, DraftState, Maker
from tirage.core.actors import Actor, system
from tirage.core.errors import Conflict, DomainError
from tirage.core.locks import lock_row
from tirage.core.money import Money
from tirage.core.turns import take_turns
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.models import Collection, PayLink, Payment, PaymentMethod
from tirage.payments.operations import (
    Attempt,
    charge_balance,
    due_minor,
    live_pay_link,
    make_pay_link,
    open_payment,
    pay_link_url,
    state_of_link,
    usable_card,
)
from tirage.payments.operations.balances import already_paying
from tirage.payments.operations.collecting import (
    WANTS_CUSTOMER,
    Failure,
    close_asked,
    end_asking,
    failure_of,
    is_asked,
    let_collection_go,
    locked_collection,
    note_failure,
    send_link,
)
from tirage.payments.queries import saved_cards
from tirage.payments.rules import is_hard_decline, say_decline
from tirage.payments.states import TAKING, TRIAL, CollectionState, LinkState, PaymentState

#: Tries of one run of the schedule; what is left is due in the next.
MOST_AT_ONCE = 50
#: How long a run that has begun an attempt may take; then it is due again.
CLAIMED = timedelta(minutes=30)
_OPEN = CollectionState.OPEN.value
_LIVE = [state.value for state in LIVE]
_OWING = [OrderState.PLACED.value, OrderState.SHIPPED.value]
#: Refusals of an attempt that pass by themselves: another is under way.
BUSY = frozenset({"already_paying", "paying", "at_bank", "money_moving"})
#: What a confirmation's status is called for an attempt.
_STATUS = {
    "applied": "paid",
    "declined": "declined",
    "needs_customer": "needs_customer",
    "unknown": "unknown",
}


# Reactions of a change


def collect_change_failure(*, order_id: int, payment_id: int, actor: Actor, now: datetime) -> None:
    """Reaction to a failed payment: a change that waits for its money is collected until its draft ends.

    Not a customer's own: who was there reads that nothing was charged, and pays otherwise or lets it go. Nobody tries
    again behind their back for what is not owed.
    """
    payment = Payment.objects.get(pk=payment_id)
    draft = _waiting_draft(payment.purpose)
    if payment.gateway == TRIAL:
        # Nothing of a test is collected; its change waits, and whoever tries goes on with it.
        return
    if draft and not (draft.maker == Maker.CUSTOMER and actor.is_customer):
        failure = failure_of(payment, payment.amount_minor, draft.expires_at)
        note_failure(order_id=order_id, failure=failure, actor=actor, now=now)


def ask_absent_customer(*, order_id: int, payment_id: int, actor: Actor, now: datetime) -> None:
    """Reaction to a payment that waits for its customer: who isn't there is mailed the way to the bank."""
    payment = Payment.objects.get(pk=payment_id)
    draft = _waiting_draft(payment.purpose)
    if draft is None or actor.is_customer or payment.gateway == TRIAL:
        return
    failure = Failure(
        payment.purpose,
        payment.payment_method_id,
        Money(payment.amount_minor, payment.currency),
        WANTS_CUSTOMER,
        "The bank wants the customer to confirm the payment.",
        draft.expires_at,
    )
    note_failure(order_id=order_id, failure=failure, actor=actor, now=now)


def _waiting_draft(purpose: str) -> ChangeDraft | None:
    if not purpose:
        return None
    return ChangeDraft.objects.filter(reference=purpose, state=DraftState.WAITING.value).first()


def close_paid_change(
    *, order_id: int, change_id: int, customer_id: int, draft_id: int, now: datetime
) -> None:
    """Reaction to an applied change: nothing of it is collected or asked for any more, nor a balance that it ended."""
    if not is_asked(order_id):
        return
    purpose = ChangeDraft.objects.values_list("reference", flat=True).get(pk=draft_id)
    actor = system("Payment check")
    payment = Payment.objects.filter(purpose=purpose, state=PaymentState.SETTLED.value).last()
    if payment:
        close_asked(order_id=order_id, purpose=purpose, payment=payment, actor=actor, now=now)
    else:
        text = "stopped collecting: the change is made without it"
        end_asking(order_id=order_id, purpose=purpose, text=text, actor=actor, now=now)
    if not due_minor(Order.objects.get(pk=order_id), now):
        text = "stopped collecting: nothing is left to collect"
        end_asking(order_id=order_id, purpose="", text=text, actor=actor, now=now)


def end_change_asking(*, draft_id: int, order_id: int, purpose: str, now: datetime) -> None:
    """Reaction to a draft that was dropped or has lapsed: its money isn't wanted any more."""
    lock_row(Order.objects.filter(pk=order_id))
    text = "no longer collects for a change that was let go, or begun anew"
    end_asking(order_id=order_id, purpose=purpose, text=text, actor=system("Payment check"), now=now)


# Trying


def pay_by_link(
    *, link: PayLink, card_reference: str, expected_minor: int, actor: Actor, now: datetime
) -> Attempt:
    """Pays what a link asks for with one of the customer's cards. Talks to the gateway; no transaction may be open.

    ``expected_minor`` is what the person saw. Raises Conflict ``link_over``, ``amount_changed``, and what
    ``charge_balance`` and ``pay_draft`` raise.
    """
    if state_of_link(link, now) is not LinkState.LIVE:
        raise Conflict("link_over", "This link can't be paid by any more.")
    url = pay_link_url(link)
    if not link.purpose:
        return charge_balance(
            order_id=link.order_id,
            card_reference=card_reference,
            most_minor=link.amount_minor,
            expected_minor=expected_minor,
            return_url=url,
            actor=actor,
            now=now,
        )
    if expected_minor != link.amount_minor:
        raise Conflict("amount_changed", "The amount has changed since you saw it. Look at it again first.")
    card = usable_card(link.order.customer_id, card_reference)
    confirmed = pay_draft(
        draft_reference=link.purpose, payment_method=card, return_url=url, actor=actor, now=now
    )
    return _attempt(confirmed)


def payable_minor(link: PayLink, now: datetime) -> int:
    """What a link asks for now, in minor units: of a balance what is still owed, of a change all or nothing."""
    if not link.purpose:
        return min(due_minor(link.order, now), link.amount_minor)
    draft = ChangeDraft.objects.filter(reference=link.purpose, state=DraftState.WAITING.value).first()
    fits = draft is not None and draft.confirmed_minor == link.amount_minor
    return link.amount_minor if fits else 0


def retry_collection(
    *, collection_reference: str, card_reference: str = "", return_url: str = "", actor: Actor, now: datetime
) -> Attempt:
    """Tries an open collection once more, with the card named, else its own, else the customer's first. Talks to the
    gateway.

    Every attempt is a payment of its own, and none begins while another is open. Raises Conflict ``not_open``,
    ``nothing_due``, ``already_paying`` and DomainError ``card_missing``.
    """
    collection = (
        Collection.objects.select_related("order", "payment_method")
        .filter(reference=collection_reference)
        .first()
    )
    if collection is None or collection.state != _OPEN:
        raise Conflict("not_open", "This is closed already: a colleague or the customer was faster.")
    named = card_reference or (card.reference if (card := next_card(collection, now)) else "")
    card = usable_card(collection.order.customer_id, named)
    url = return_url or _page_of(collection, actor, now)
    if not collection.purpose:
        return charge_balance(
            order_id=collection.order_id, card_reference=card.reference, return_url=url, actor=actor, now=now
        )
    return _attempt(
        retry_draft(
            draft_reference=collection.purpose, payment_method=card, return_url=url, actor=actor, now=now
        )
    )


def next_card(collection: Collection, now: datetime) -> PaymentMethod | None:
    """The collection's own card while it is saved and good; else the first that wasn't declined for good before."""
    card = collection.payment_method
    if card is None or card.removed_at or card.has_expired(now):
        saved = saved_cards(collection.order.customer_id, now)
        card = saved.exclude(pk__in=_refused_cards(collection)).first()
    return card


def _refused_cards(collection: Collection) -> list[int]:
    declined = Payment.objects.filter(
        order_id=collection.order_id,
        purpose=collection.purpose,
        state=PaymentState.DECLINED.value,
        payment_method__isnull=False,
    ).values_list("payment_method_id", "decline_code")
    return [card_id for card_id, code in declined if card_id and is_hard_decline(code)]


def _page_of(collection: Collection, actor: Actor, now: datetime) -> str:
    """Where the bank sends the customer back to, should it want to see the customer: the page of a pay link."""
    link = live_pay_link(order_id=collection.order_id, purpose=collection.purpose, now=now)
    if link is None:
        link = make_pay_link(
            order_id=collection.order_id,
            purpose=collection.purpose,
            amount=Money(collection.amount_minor, collection.currency),
            expires_at=_end_of(collection.purpose),
            mail=False,
            actor=actor,
            now=now,
        )
    return pay_link_url(link)


def _end_of(purpose: str) -> datetime | None:
    return ChangeDraft.objects.values_list("expires_at", flat=True).filter(reference=purpose).first()


def _attempt(confirmed: Confirmed) -> Attempt:
    return Attempt(
        _STATUS[confirmed.status], confirmed.payment_reference, confirmed.message, confirmed.action_url
    )


def retry_due_collections(*, now: datetime) -> int:
    """Tries what the plan says is due, after closing what isn't owed any more; how many were tried. Scheduled."""
    close_unowed_collections(now=now)
    due = Collection.objects.filter(state=_OPEN, next_at__lte=now).order_by("next_at", "id")
    planned = list(due.values_list("reference", "next_at")[:MOST_AT_ONCE])
    return sum(take_turns(partial(_try_planned, reference, at, now) for reference, at in planned))


def _try_planned(reference: str, planned: datetime | None, now: datetime) -> bool:
    return _claim(reference, planned, now) and _try_due(reference, now)


def _claim(reference: str, planned: datetime | None, now: datetime) -> bool:
    """True for one of the runs that see the same attempt due; whoever dies with it leaves it to a later run."""
    mine = Collection.objects.filter(reference=reference, state=_OPEN, next_at=planned)
    return bool(mine.update(next_at=now + CLAIMED))


def _try_due(reference: str, now: datetime) -> bool:
    """One attempt of the plan. What can't be tried waits for a person, with the reason."""
    try:
        retry_collection(collection_reference=reference, actor=system("Retry plan"), now=now)
    except Conflict as refused:
        if refused.code not in BUSY | {"not_open"}:
            _stop(reference, refused)
        return False
    except DomainError as refused:
        _stop(reference, refused)
        return False
    return True


def _stop(reference: str, refused: DomainError) -> None:
    Collection.objects.filter(reference=reference, state=_OPEN).update(
        next_at=None, decline_code=refused.code[:60], message=refused.message[:300]
    )


def retry_one_of_many(*, key: str, since: datetime, actor: Actor, now: datetime) -> None:
    """One row of a bulk run (``core.bulk``): tries an open collection again, but for what was tried after ``since``.

    Talks to the gateway. Raises DomainError with why the money didn't come; ``declined_for_good`` tries nothing.
    """
    status, reason = _since(key, since) or _try_one(key, actor, now)
    if status != "paid":
        raise DomainError("did_not_come", _WAITS.get(status) or reason)


#: Why money didn't come though nobody said no.
_WAITS = {
    "needs_customer": "The bank wants to hear from the customer, who gets a mail with the way there.",
    "unknown": "The bank hasn't answered yet. The worker asks it again.",
}
_ENDED = {
    PaymentState.SETTLED.value: "paid",
    PaymentState.DECLINED.value: "declined",
    PaymentState.VOIDED.value: "declined",
    PaymentState.NEEDS_CUSTOMER.value: "needs_customer",
}


def _since(key: str, since: datetime) -> tuple[str, str] | None:
    """Status and reason of the latest attempt for a collection after ``since``, whoever made it; None without one."""
    at = Collection.objects.filter(reference=key).values_list("order_id", "purpose").first()
    if at is None:
        return None
    made = Payment.objects.filter(order_id=at[0], purpose=at[1], kind__in=TAKING, made_at__gt=since)
    last = made.order_by("-id").first()
    if last is None:
        return None
    return _ENDED.get(last.state, "unknown"), say_decline(last.decline_code, last.message)


def _try_one(key: str, actor: Actor, now: datetime) -> tuple[str, str]:
    found = Collection.objects.filter(reference=key, state=_OPEN, attempts__gt=0).first()
    if found and is_hard_decline(found.decline_code):
        words = "The bank said no for good, so it wasn't tried. A pay link or another card helps."
        raise DomainError("declined_for_good", words)
    attempt = retry_collection(collection_reference=key, actor=actor, now=now)
    made = Payment.objects.filter(reference=attempt.payment_reference).first()
    return attempt.status, say_decline(made.decline_code if made else "", attempt.message)


def mail_link_again(*, collection_reference: str, mail: bool = True, actor: Actor, now: datetime) -> PayLink:
    """The pay link of an open collection, mailed (again) or to be copied. Locks the order.

    Raises DomainError ``not_found``, Conflict ``not_open``.
    """
    with transaction.atomic():
        collection = locked_collection(collection_reference)
        until = _end_of(collection.purpose)
        return send_link(collection=collection, until=until, mail=mail, actor=actor, now=now)


def close_unowed_collections(*, now: datetime) -> int:
    """Lets go what nobody owes any more: orders that were paid or ended otherwise, changes that were not made."""
    live = ChangeDraft.objects.filter(state__in=_LIVE).values("reference")
    over = Q(purpose="") & (
        Q(order__balance_minor__lte=F("order__later_minor")) | ~Q(order__state__in=_OWING)
    )
    gone = ~Q(purpose="") & ~Q(purpose__in=live)
    closed = 0
    for collection in Collection.objects.filter(over | gone, state=_OPEN).order_by("order_id")[:500]:
        with transaction.atomic():
            lock_row(Order.objects.filter(pk=collection.order_id))
            end_asking(
                order_id=collection.order_id,
                purpose=collection.purpose,
                text="stopped collecting: nothing is left to collect",
                actor=system("Retry plan"),
                now=now,
            )
        closed += 1
    return closed


def let_go(*, collection_reference: str, reason: str, actor: Actor, now: datetime) -> Collection:
    """Gives an open collection up. A change that waits for it is dropped; a balance stays on its order.

    Raises what ``let_collection_go`` and ``drop_draft`` raise, and Conflict ``already_paying``; then nothing changed.
    """
    with transaction.atomic():
        collection = let_collection_go(
            collection_reference=collection_reference, reason=reason, actor=actor, now=now
        )
        if open_payment(order_id=collection.order_id, purpose=collection.purpose):
            raise already_paying()
        if collection.purpose:
            drop_draft(draft_reference=collection.purpose, actor=actor, now=now)
    return collection
