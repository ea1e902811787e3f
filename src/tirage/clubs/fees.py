"""Joining fees: an order of nothing but the fee, paid before somebody is a member, once; and given back.

The fee is asked for in three steps, as every payment. Whatever road the answer comes by (the request itself, the return
from the bank, the reconciler), the payment's settling queues a job in its own transaction, and ``finish_joining`` makes
the member, or ends the attempt. Money that came for a membership that can't be made goes back by itself, as that of
every abandoned order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from tirage.clubs.entering import Age, enter, record_member
from tirage.clubs.models import Club, ClubMember
from tirage.clubs.states import FeeWay, MemberState
from tirage.core.actors import Actor, ActorKind, system
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.jobs import Urgency, queue_job
from tirage.core.locks import lock_row
from tirage.core.money import Money
from tirage.core.reactions import react
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.orders.operations import advance_order, start_order
from tirage.orders.rules import ShipTo
from tirage.orders.statements import NewCharge
from tirage.orders.states import Channel, ChargeKind, OrderState
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations import (
    StartedPayment,
    open_payment,
    reconcile_payment,
    record_offline_payment,
    refund_payment,
    refundable_payments,
    send_charge,
    settle_result,
    start_charge,
    usable_card,
    void_payment,
)
from tirage.payments.queries import saved_cards
from tirage.payments.states import OfflineKind, PaymentState

_FINISH = "tirage.clubs.tasks.finish_joining_of"


def fee_of(club: Club) -> Money:
    """What joining costs."""
    return Money(club.fee_minor, current_winery().currency)


def fee_words(club: Club) -> str:
    """``Joining costs $50.00, once, tax included.``; empty where it costs nothing."""
    if not club.fee_minor:
        return ""
    return f"Joining costs {fee_of(club)}, once{', tax included' if club.fee_includes_tax else ''}."


def write_fee(club: Club, customer: Customer, actor: Actor, now: datetime) -> Order:
    """The order of the fee, unpaid; inside the caller's transaction."""
    fee = fee_of(club)
    tax = ", tax included" if club.fee_includes_tax else ""
    order = start_order(
        customer_id=customer.pk,
        release_id=None,
        offer_id=None,
        group_id=None,
        channel=Channel.OFFER if actor.is_customer else Channel.STAFF,
        currency=fee.currency,
        method_id=None,
        ship_to=ShipTo(customer.name),
        gift_note="",
        lines=[],
        charges=[NewCharge(ChargeKind.FEE.value, fee.minor, f"{club.name}, joining{tax}")],
        state=OrderState.BOOKED,
        actor=actor,
        now=now,
    )
    return Order.objects.get(pk=order.id)


def start_fee(
    fee: Order, customer: Customer, card: PaymentMethod | None, actor: Actor, now: datetime
) -> StartedPayment:
    """Stores the charge of the fee to that card, or to the customer's first; inside the caller's transaction.

    Raises DomainError ``card_missing``.
    """
    chosen = card or saved_cards(customer.pk, now).first()
    usable = usable_card(customer.pk, chosen.reference if chosen else "")
    return start_charge(
        order_id=fee.pk,
        payment_method_id=usable.pk,
        token=usable.token,
        gateway=usable.gateway,
        amount=Money(fee.owed_minor, fee.currency),
        description=fee.reference,
        actor=actor,
        now=now,
    )


def record_fee(fee: Order, way: FeeWay, note: str, actor: Actor, now: datetime) -> None:
    """Notes that the fee came by another road than a card; inside the caller's transaction."""
    record_offline_payment(
        order_id=fee.pk,
        amount=Money(fee.owed_minor, fee.currency),
        offline_kind=OfflineKind(way.value),
        note=note,
        actor=actor,
        now=now,
    )


def ask_for_fee(
    member: ClubMember, started: StartedPayment, return_url: str, actor: Actor, now: datetime
) -> ClubMember:
    """Asks the bank, with no transaction open, and makes the member when it says yes.

    Still *paying* when the bank hasn't answered or wants the customer. Raises DomainError ``fee_declined``.
    """
    result = send_charge(started, return_url=return_url)
    settle_result(payment_id=started.id, result=result, actor=actor, now=now)
    payment = Payment.objects.get(pk=started.id)
    finished = finish_joining(member_id=member.pk, actor=actor, now=now)
    if finished is None:
        raise _declined(payment)
    return finished


def _declined(payment: Payment) -> DomainError:
    if payment.state == PaymentState.SETTLED:
        return Conflict(
            "fee_goes_back",
            "Something has changed meanwhile, so the membership couldn’t be made. The fee goes back by itself.",
        )
    said = (payment.message or "The bank declined this card.").rstrip(".")
    more = "" if "another card" in said else " Try another card."
    words = f"{said}. Nothing was charged, and nobody has joined yet.{more}"
    return DomainError("fee_declined", words, {"card": words})


def follow_payment(*, order_id: int, purpose: str = "", now: datetime, **facts: object) -> None:
    """Reaction to a payment that was settled or failed: if it was a joining fee, what follows is a job's."""
    if purpose:
        return
    paying = ClubMember.objects.filter(fee_id=order_id, state=MemberState.PAYING.value)
    for member_id in paying.values_list("pk", flat=True):
        queue_job(_FINISH, member_id, urgency=Urgency.NOW)


def finish_joining(*, member_id: int, actor: Actor | None = None, now: datetime) -> ClubMember | None:
    """Makes a member of somebody whose fee is paid; ends the attempt if it was refused. Does nothing twice.

    The member, *paying* as long as the bank hasn't answered; None when there is no such attempt (any more). Without
    ``actor`` nobody is there to see it: a refusal is told by mail. Locks membership, standing order, order, customer.
    """
    with transaction.atomic():
        member = lock_row(ClubMember.objects.filter(pk=member_id))
        if member is None or member.state != MemberState.PAYING or member.fee is None:
            return member
        by = actor or _who_joined(member)
        if member.fee.balance_minor <= 0:
            return _enter_paid(member, by, is_there=actor is not None, now=now)
        if open_payment(order_id=member.fee.pk, purpose=""):
            return member
        _end(member, _last_words(member.fee), by, is_there=actor is not None, now=now)
        return None


def _who_joined(member: ClubMember) -> Actor:
    """In whose name a job goes on: the customer's, who pressed the button, or the program's for staff who did."""
    if member.said:
        return system("Joining fees")
    return Actor(ActorKind.CUSTOMER, member.customer_id, member.customer.name)


def _enter_paid(member: ClubMember, by: Actor, *, is_there: bool, now: datetime) -> ClubMember | None:
    try:
        with transaction.atomic():
            return enter(member, Age(), by, now)
    except DomainError as problem:
        untouched = ClubMember.objects.get(pk=member.pk)
        _end(untouched, problem.message, by, is_there=is_there, now=now)
        return None


def _last_words(fee: Order) -> str:
    last = fee.payments.order_by("-pk").first()
    return last.message if last and last.message else "The fee could not be charged."


def _end(member: ClubMember, why: str, by: Actor, *, is_there: bool, now: datetime) -> None:
    """Nobody has joined: the attempt goes, its order is abandoned, and with it goes back what was paid."""
    fee, club, customer = member.fee, member.club, member.customer
    record_member(
        EventName.CLUB_REFUSED, member, "could not join", "noted that {} could not join", by, now, why
    )
    member.delete()
    if fee is not None:
        advance_order(order_id=fee.pk, to=OrderState.ABANDONED)
    if not is_there:
        react("club.refused", club_id=club.pk, customer_id=customer.pk, why=why, now=now)


def look_again(
    *, member: ClubMember, give_up: bool = False, actor: Actor, now: datetime
) -> ClubMember | None:
    """Asks the bank what became of a fee that is being paid; with ``give_up`` an attempt that waits for the customer is
    let go. The member, None when nobody joined. Talks to the gateway; no transaction may be open.
    """
    payment = open_payment(order_id=member.fee_id or 0, purpose="")
    if payment and give_up and payment.state == PaymentState.NEEDS_CUSTOMER:
        void_payment(payment_id=payment.pk, reason="Given up by the customer.", actor=actor, now=now)
    elif payment:
        reconcile_payment(payment=payment, actor=actor, now=now)
    return finish_joining(member_id=member.pk, actor=actor, now=now)


def fee_left_minor(member: ClubMember) -> int:
    """What of the fee can still be given back, in minor units."""
    return sum(minor for _, minor in refundable_payments(order_id=member.fee_id)) if member.fee_id else 0


def give_fee_back(
    *, member: ClubMember, reason: str, seen_minor: int, actor: Actor, now: datetime
) -> Sequence[Payment]:
    """Gives all that is left of a joining fee back to where it came from; its refunds. Talks to the gateway.

    ``seen_minor`` is what the person saw as left, so that a form sent twice gives back once. Records
    ``club.fee_back``. Raises DomainError ``reason_missing``, ``still_paying``, Conflict ``fee_moved_on`` and what
    ``refund_payment`` raises.
    """
    if not reason.strip():
        raise DomainError("reason_missing", "Write why, in a few words.", {"reason": "Write a few words."})
    if member.state == MemberState.PAYING or member.fee_id is None:
        raise DomainError("still_paying", "This fee is still being paid, or there is none.")
    left = refundable_payments(order_id=member.fee_id)
    if not left or sum(minor for _, minor in left) != seen_minor:
        raise Conflict("fee_moved_on", "The fee has gone back, or some of it. Look at it again.")
    refunds = [
        refund_payment(
            payment_reference=reference,
            amount_minor=minor,
            reason=reason,
            seen_left_minor=minor,
            actor=actor,
            now=now,
        )
        for reference, minor in left
    ]
    amount = Money(seen_minor, refunds[0].currency)
    did = f"gave {{}} the joining fee of {amount} back, of"
    with transaction.atomic():
        record_member(EventName.CLUB_FEE_BACK, member, did, did, actor, now, reason)
        react(
            "club.fee_back",
            member_id=member.pk,
            customer_id=member.customer_id,
            amount_minor=seen_minor,
            currency=amount.currency,
            reason=reason,
            now=now,
        )
    return refunds
