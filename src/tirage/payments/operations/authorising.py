"""Money set aside on a card until the wine ships: what its outcomes mean. It is taken in ``capturing``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.events import EventName
from tirage.core.money import Money
from tirage.core.reactions import react
from tirage.core.states import ChargeWhen
from tirage.core.winery import current_winery, local_time
from tirage.orders.models import Order
from tirage.orders.operations import flag_order
from tirage.payments.models import Payment
from tirage.payments.protocol import GatewayResult
from tirage.payments.queries import money_missing
from tirage.payments.states import PaymentKind

#: How long an authorisation counts where its gateway doesn't say: the shortest that card networks give.
AUTHORISATION_LIFE = timedelta(days=5)
#: Codes of a refused capture that say that there is nothing left to take.
_GONE = frozenset({"authorization_expired", "voided"})
_NOT_RENEWED, _NOT_GIVEN = "What is set aside on the card", "The bank didn't give the"
#: Ends of a renewal that are no refusal: it never reached the bank, as the bank or the team says; or was noted when the
#: bank wanted the customer.
_NO_NEWS = frozenset({"never_seen", "said_unseen", "given_up"})


def charge_kind() -> PaymentKind:
    """How the winery takes the money of an order: at once, or set aside until it ships."""
    at_shipment = current_winery().charge_when == ChargeWhen.AT_SHIPMENT
    return PaymentKind.AUTHORISE if at_shipment else PaymentKind.CHARGE


def end_authorisation(payment_id: int, now: datetime) -> bool:
    """Notes that nothing can be taken from an authorisation any more; False when that was known. Locks it."""
    live = Payment.objects.filter(pk=payment_id, released_at__isnull=True)
    return bool(live.update(released_at=now))


def calm_order(order_id: int, now: datetime) -> None:
    """Takes the flag of a failed renewal or capture away once the order's money is there or set aside after all.

    What people were asked to look at for other reasons (a dispute, a refund) stays for them.
    """
    about_money = Q(attention__startswith=_NOT_RENEWED) | Q(attention__startswith=_NOT_GIVEN)
    flagged = Order.objects.filter(about_money, pk=order_id).first()
    if flagged is not None and not money_missing(flagged, now):
        Order.objects.filter(pk=order_id).update(attention="")


def note_authorised(payment: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    """The activity of an amount set aside after the order was placed: for a change, or a renewal."""
    amount = Money(payment["amount_minor"], payment["currency"])
    renews = payment["parent_id"] is not None
    name = EventName.AUTHORISATION_RENEWED if renews else EventName.PAYMENT_SETTLED
    text = f"set {amount} aside anew" if renews else f"set {amount} aside"
    _record(name, payment, text, actor, now)


def note_renewal_failed(
    payment: Mapping[str, Any], answer: GatewayResult, code: str, actor: Actor, now: datetime
) -> None:
    """A renewal that was declined, or that wants the customer: a person must look, and the customer is asked.

    Flags the order, records ``authorisation.failed`` and reacts with it. Locks the order.
    """
    if code in _NO_NEWS:
        return
    said = answer.message or "The bank wants the customer to confirm it."
    _record(
        EventName.AUTHORISATION_FAILED, payment, f"could not set the amount aside anew: {said}", actor, now
    )
    until = Payment.objects.values_list("expires_at", flat=True).get(pk=payment["parent_id"])
    words = f"{_NOT_RENEWED}{_say_end(until)} could not be renewed: {said}"
    flag_order(order_id=payment["order_id"], words=words, actor=actor, now=now)
    react(
        "authorisation.failed",
        order_id=payment["order_id"],
        payment_id=payment["id"],
        code=code,
        now=now,
    )


def note_refund_failed(
    payment: Mapping[str, Any], answer: GatewayResult, actor: Actor, now: datetime
) -> None:
    """A refused refund: whoever asked for it may be gone by now, and the money is still to be given back."""
    amount = Money(payment["amount_minor"], payment["currency"])
    words = f"The bank didn't refund {amount} to the customer: {answer.message or answer.decline_code}"
    flag_order(order_id=payment["order_id"], words=words, actor=actor, now=now)


def note_capture_failed(
    payment: Mapping[str, Any], answer: GatewayResult, actor: Actor, now: datetime
) -> None:
    """A refused capture: when nothing else covers the order, a person must see to its money.

    What the bank says is gone is never tried again. Locks the authorisation, then the order.
    """
    if answer.decline_code in _GONE:
        end_authorisation(payment["parent_id"], now)
    order = Order.objects.get(pk=payment["order_id"])
    if not money_missing(order, now):
        return
    amount = Money(payment["amount_minor"], payment["currency"])
    said = answer.message or answer.decline_code
    words = f"{_NOT_GIVEN} {amount} that were set aside: {said}"
    flag_order(order_id=order.pk, words=words, actor=actor, now=now)


def _say_end(until: datetime | None) -> str:
    if until is None:
        return ""
    local = local_time(until)
    return f" until {local:%b} {local.day}"


def _record(name: EventName, payment: Mapping[str, Any], text: str, actor: Actor, now: datetime) -> None:
    data = {"payment_id": payment["id"]}
    record_event(name, "order", payment["order_id"], text=text, data=data, actor=actor, now=now)
