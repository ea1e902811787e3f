"""Money to collect: opened when a charge fails, tried again by the plan, closed when the money is there.

This half knows orders and their balances; ``changes.collecting`` adds the differences of changes, and the journey.
Collections are opened and closed with their order's row locked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.money import Money
from tirage.core.reactions import react
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments import statements
from tirage.payments.models import Collection, PayLink, Payment
from tirage.payments.operations.balances import due_minor, refuse_too_small
from tirage.payments.operations.links import (
    live_pay_link,
    make_pay_link,
    revoke_pay_links,
    use_pay_link,
)
from tirage.payments.operations.refunding import overpaid_minor, start_refunds
from tirage.payments.rules import RENEWED_HELPS, DeclineKind, kind_of_decline, next_attempt, say_decline
from tirage.payments.states import AT_ONCE, MONEY_IN, TAKING, TRIAL, CollectionState

#: The bank wants to see a customer who isn't there.
WANTS_CUSTOMER = "authentication_required"


@dataclass(frozen=True, slots=True)
class Failure:
    """A charge that failed: for what, of which card, how much, and what the bank said."""

    purpose: str
    payment_method_id: int | None
    amount: Money
    code: str
    message: str
    #: Until when the money is wanted at all; None for as long as it is owed.
    until: datetime | None = None


def note_failure(*, order_id: int, failure: Failure, actor: Actor, now: datetime) -> Collection:
    """Opens a collection, or counts one more failed attempt of the open one, and plans the next.

    A customer who is not there to see it is mailed, with a pay link. Inside the caller's transaction; locks the order.
    Records ``collection.opened``; reacts with ``collection.failed``.
    """
    order = _locked_order(order_id)
    collection = _open(order_id, failure.purpose)
    said_already = _repeats(collection, failure)
    is_new = collection is None
    collection = collection or Collection(order=order, purpose=failure.purpose, opened_at=now)
    _count(collection, failure, now)
    collection.save(force_insert=is_new)
    if is_new:
        _record(EventName.COLLECTION_OPENED, collection, _say_opened(failure), actor, now)
    if not actor.is_customer and not said_already:
        _ask_customer(order, collection, failure, actor, now)
    return collection


def _locked_order(order_id: int) -> Order:
    order = lock_row(Order.objects.filter(pk=order_id))
    if order is None:
        raise RuntimeError(f"order {order_id} is gone")
    return order


def _open(order_id: int, purpose: str) -> Collection | None:
    return Collection.objects.filter(
        order_id=order_id, purpose=purpose, state=CollectionState.OPEN.value
    ).first()


def _repeats(collection: Collection | None, failure: Failure) -> bool:
    """Whether the customer was told before: an attempt that waited for the customer in vain ends as let go."""
    return (
        collection is not None
        and collection.decline_code == WANTS_CUSTOMER
        and kind_of_decline(failure.code) is DeclineKind.NEEDS_CUSTOMER
    )


def _count(collection: Collection, failure: Failure, now: datetime) -> None:
    is_same_card = collection.payment_method_id == failure.payment_method_id
    collection.attempts = collection.attempts + 1 if is_same_card else 1
    collection.payment_method_id = failure.payment_method_id
    collection.amount_minor, collection.currency = failure.amount.minor, failure.amount.currency
    collection.decline_code, collection.message = failure.code[:60] or "declined", failure.message[:300]
    collection.next_at = None
    if failure.payment_method_id is not None:
        collection.next_at = next_attempt(collection.attempts, failure.code, now, failure.until)


def _say_opened(failure: Failure) -> str:
    reason = say_decline(failure.code, failure.message)
    return f"noted {failure.amount} to collect: {reason[:1].lower()}{reason[1:]}"


def _ask_customer(
    order: Order, collection: Collection, failure: Failure, actor: Actor, now: datetime
) -> None:
    if kind_of_decline(failure.code) in (DeclineKind.NOT_ASKED, DeclineKind.SAID):
        return
    link = _fitting_link(collection, failure.until, actor, now)
    react(
        "collection.failed",
        collection_id=collection.pk,
        customer_id=order.customer_id,
        pay_link_id=link.pk,
        kind=kind_of_decline(failure.code),
        now=now,
    )


def _fitting_link(collection: Collection, until: datetime | None, actor: Actor, now: datetime) -> PayLink:
    """The link that is out already, if it asks for the same; else a new one that goes out with the mail."""
    link = live_pay_link(order_id=collection.order_id, purpose=collection.purpose, now=now)
    if link and link.amount_minor == collection.amount_minor:
        return link
    return make_pay_link(
        order_id=collection.order_id,
        purpose=collection.purpose,
        amount=_amount(collection),
        expires_at=until,
        mail=False,
        actor=actor,
        now=now,
    )


# An order's balance


def begin_collecting(*, order: Order, payment_method_id: int | None, now: datetime) -> Collection | None:
    """Gives what a locked order owes to the plan of the money to collect, which tries the card at once.

    None where nothing is owed. For what became due by itself; one that is open already collects more from now on.
    """
    due = due_minor(order, now)
    if not due:
        return None
    collection = _open(order.pk, "") or Collection(order=order, opened_at=now)
    is_new = collection.pk is None
    collection.amount_minor, collection.currency, collection.next_at = due, order.currency, now
    collection.payment_method_id = collection.payment_method_id or payment_method_id
    collection.save(force_insert=is_new)
    if is_new:
        text = f"noted {_amount(collection)} to collect: it is due by its plan"
        _record(EventName.COLLECTION_OPENED, collection, text, system("Payment plan"), now)
    return collection


def ask_for_balance(*, order_reference: str, mail: bool = True, actor: Actor, now: datetime) -> PayLink:
    """A pay link for what an order owes, mailed or to be copied, and a place among the money to collect.

    A link that is out already and asks for the same is sent again. Locks the order.
    Raises DomainError ``not_found``, Conflict ``nothing_due``, ``too_small`` when no card can be charged so little: it
    is settled otherwise then.
    """
    found = Order.objects.filter(reference=order_reference).values_list("pk", flat=True).first()
    refuse_too_small(order_id=found or 0, actor=actor, now=now)
    with transaction.atomic():
        order = lock_row(Order.objects.filter(reference=order_reference))
        if order is None:
            raise DomainError("not_found", "There is no such order.")
        due = due_minor(order, now)
        if not due:
            raise Conflict("nothing_due", "This order has nothing to pay.")
        collection = _open(order.pk, "") or Collection(order=order, opened_at=now)
        collection.amount_minor, collection.currency = due, order.currency
        collection.save()
        return send_link(collection=collection, mail=mail, actor=actor, now=now)


def send_link(
    *,
    collection: Collection,
    until: datetime | None = None,
    mail: bool = True,
    actor: Actor,
    now: datetime,
) -> PayLink:
    """The link of an open collection, with its order locked: the one that is out and asks for the same, or a new one.

    With ``mail`` it reacts with ``pay_link.made``, which mails it (again).
    """
    link = _fitting_link(collection, until, actor, now)
    if mail:
        react(
            "pay_link.made",
            pay_link_id=link.pk,
            order_id=link.order_id,
            customer_id=collection.order.customer_id,
            purpose=link.purpose,
            now=now,
        )
    return link


def collect_after_failure(*, order_id: int, payment_id: int, actor: Actor, now: datetime) -> None:
    """Reaction to a failed payment: what the order owes is to be collected. A checkout's first payment is not owed."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.purpose or payment.kind not in TAKING:
        return
    order = _locked_order(order_id)
    if due := due_minor(order, now):
        note_failure(order_id=order_id, failure=failure_of(payment, due), actor=actor, now=now)


def failure_of(payment: Payment, due: int, until: datetime | None = None) -> Failure:
    """A failed payment as what is to be collected now."""
    return Failure(
        payment.purpose,
        payment.payment_method_id,
        Money(due, payment.currency),
        payment.decline_code,
        payment.message,
        until,
    )


def collect_after_lapse(*, order_id: int, payment_id: int, code: str, now: datetime) -> None:
    """Reaction to an authorisation that could not be renewed: its amount will be missing when it has ended."""
    payment = Payment.objects.get(pk=payment_id)
    failure = Failure(
        "",
        payment.payment_method_id,
        Money(payment.amount_minor, payment.currency),
        code,
        payment.message,
    )
    note_failure(order_id=order_id, failure=failure, actor=system("Payment check"), now=now)


def ask_absent_customer(*, order_id: int, payment_id: int, actor: Actor, now: datetime) -> None:
    """Reaction to a payment that waits for its customer: who isn't there is mailed the way to the bank."""
    payment = Payment.objects.select_related("order").get(pk=payment_id)
    if actor.is_customer or payment.kind not in TAKING or payment.gateway == TRIAL:
        return
    if not payment.purpose and not due_minor(payment.order, now):
        return
    failure = Failure(
        payment.purpose,
        payment.payment_method_id,
        Money(payment.amount_minor, payment.currency),
        WANTS_CUSTOMER,
        "The bank wants the customer to confirm the payment.",
    )
    note_failure(order_id=order_id, failure=failure, actor=actor, now=now)


def note_money(*, order_id: int, payment_id: int, purpose: str, actor: Actor, now: datetime) -> None:
    """Reaction to a settled payment: an order's balance that is covered now is neither collected nor asked for.

    What came and isn't owed (any more) goes back: the order was cancelled or made cheaper while the bank was asked, or
    an attempt given up unseen arrived after all. What came for a change its own reaction gives back.
    """
    # Booking the money has locked the order.
    if purpose and not is_asked(order_id):
        return
    payment = Payment.objects.get(pk=payment_id)
    if payment.kind not in TAKING:
        return
    order = _locked_order(order_id)
    not_owed = min(overpaid_minor(order), payment.amount_minor) if _may_go_back(payment) else 0
    if not_owed:
        _give_back(payment, not_owed, now)
    is_for_nothing = order.step == OrderState.CANCELLED or not_owed == payment.amount_minor
    if not is_for_nothing and not due_minor(order, now):
        close_asked(order_id=order_id, purpose="", payment=payment, actor=actor, now=now)


def _may_go_back(payment: Payment) -> bool:
    return payment.kind in MONEY_IN and not payment.purpose and payment.gateway not in AT_ONCE


def _give_back(payment: Payment, minor: int, now: datetime) -> None:
    """Stores the refund in the transaction that books the money; the reconciler sends it."""
    start_refunds(
        [payment],
        minor,
        lowers_owed=False,
        reason="It came when it was not owed any more",
        actor=system("Payment check"),
        now=now,
    )


def close_asked(*, order_id: int, purpose: str, payment: Payment, actor: Actor, now: datetime) -> None:
    """Closes collection and link of what ``payment`` has paid; a customer who was asked for it is thanked.

    Who paid for a change is told by the mail about it. Inside the transaction that books the money, with the order
    locked. Reacts with ``money.collected``.
    """
    if not is_asked(order_id):
        return
    was_asked = use_pay_link(order_id=order_id, purpose=purpose, now=now)
    collection = _open(order_id, purpose)
    if collection:
        text = f"collected {Money(payment.amount_minor, payment.currency)}"
        _close(collection, CollectionState.COLLECTED, text, actor, now)
    if (was_asked or collection) and not purpose:
        customer_id = Order.objects.values_list("customer_id", flat=True).get(pk=order_id)
        react("money.collected", payment_id=payment.pk, customer_id=customer_id, now=now)


def let_collection_go(*, collection_reference: str, reason: str, actor: Actor, now: datetime) -> Collection:
    """Gives an open collection up, and ends its pay link; what an order owes it still owes. Locks the order.

    Raises DomainError ``reason_missing``, ``not_found``, Conflict ``not_open``.
    """
    if not reason.strip():
        raise DomainError("reason_missing", "Say why it is let go.", {"reason": "Write a few words."})
    with transaction.atomic():
        collection = locked_collection(collection_reference)
        end_asking(
            order_id=collection.order_id,
            purpose=collection.purpose,
            text=f"no longer collects {_amount(collection)} ({reason.strip()}){_still_owed(collection)}",
            actor=actor,
            now=now,
        )
    collection.refresh_from_db()
    return collection


def _still_owed(collection: Collection) -> str:
    """Letting a balance go forgives nothing; a change that is dropped is owed by nobody."""
    return "" if collection.purpose else "; the order still owes it"


def locked_collection(reference: str) -> Collection:
    """An open collection with its order locked; DomainError ``not_found``, Conflict ``not_open``."""
    order_id = Collection.objects.values_list("order_id", flat=True).filter(reference=reference).first()
    if order_id is None:
        raise DomainError("not_found", "There is no such money to collect.")
    _locked_order(order_id)
    collection = Collection.objects.select_related("order", "payment_method").get(reference=reference)
    if collection.state != CollectionState.OPEN:
        raise Conflict("not_open", "This is closed already: a colleague or the customer was faster.")
    return collection


def is_asked(order_id: int) -> bool:
    """Whether money of a locked order, or of a change of it, is collected or asked for by a link."""
    return statements.is_asked(order_id)


def end_asking(*, order_id: int, purpose: str, text: str, actor: Actor, now: datetime) -> None:
    """Lets the open collection go and ends the link of what isn't wanted any more, with the order locked."""
    revoke_pay_links(order_id=order_id, purpose=purpose, now=now)
    if collection := _open(order_id, purpose):
        _close(collection, CollectionState.LET_GO, text, actor, now)


def end_waived(*, order_id: int, now: datetime) -> None:
    """Reaction to a rest that was let go, with the order locked: nothing is left to collect of its balance."""
    text = "stopped collecting: nothing is left to collect"
    end_asking(order_id=order_id, purpose="", text=text, actor=system("Payment check"), now=now)


def end_with_order(*, order_id: int, actor: Actor, now: datetime) -> None:
    """Reaction to an order about to be cancelled, and locked: its balance isn't wanted any more."""
    text = gettext("no longer collects for an order that is canceled")
    end_asking(order_id=order_id, purpose="", text=text, actor=actor, now=now)


def use_new_card(*, customer_id: int, payment_method_id: int, now: datetime) -> None:
    """Reaction to a saved card: what other cards were declined for is tried with it at once, by a plan of its own."""
    declined = Collection.objects.filter(
        order__customer_id=customer_id, state=CollectionState.OPEN.value
    ).exclude(decline_code="")
    declined.update(payment_method_id=payment_method_id, attempts=0, next_at=now)


def try_renewed_card(*, gateway: str, token: str, now: datetime, **renewed: object) -> None:
    """Reaction to a card that its bank renewed: what it was too old for is tried at once."""
    too_old = Collection.objects.filter(
        payment_method__gateway=gateway,
        payment_method__token=token,
        state=CollectionState.OPEN.value,
        decline_code__in=RENEWED_HELPS,
    )
    ids = list(too_old.values_list("pk", flat=True))
    Collection.objects.filter(pk__in=ids).update(attempts=0, next_at=now)


def _close(collection: Collection, state: CollectionState, text: str, actor: Actor, now: datetime) -> None:
    collection.state, collection.closed_at, collection.next_at = state.value, now, None
    collection.save(update_fields=["state", "closed_at", "next_at"])
    name = (
        EventName.COLLECTION_COLLECTED if state is CollectionState.COLLECTED else EventName.COLLECTION_LET_GO
    )
    _record(name, collection, text, actor, now)


def _amount(collection: Collection) -> Money:
    return Money(collection.amount_minor, collection.currency)


def _record(name: EventName, collection: Collection, text: str, actor: Actor, now: datetime) -> None:
    record_event(
        name,
        "order",
        collection.order_id,
        text=text,
        data={"collection": collection.reference, "purpose": collection.purpose},
        customer_id=collection.order.customer_id,
        actor=actor,
        now=now,
    )
