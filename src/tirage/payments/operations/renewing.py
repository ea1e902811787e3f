"""Renewing what is set aside before it lapses: first the new, then the old is let go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from tirage.core.actors import Actor, system
from tirage.core.locks import lock_row
from tirage.core.money import Money
from tirage.core.turns import take_turns
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.models import Payment
from tirage.payments.operations.capturing import release_authorisation, release_authorisations
from tirage.payments.operations.charging import StartedPayment, send_charge, settle_result, start_charge
from tirage.payments.operations.rests import is_too_small
from tirage.payments.queries import live_authorisations
from tirage.payments.rules import NEVER_SEEN, SAID_UNSEEN
from tirage.payments.states import OPEN, PaymentKind, PaymentState

#: How long before its end an authorisation is renewed.
RENEW_BEFORE = timedelta(hours=24)
#: A bank that gives less than a day is asked again in the last hour only.
LAST_MOMENT = timedelta(hours=1)
_AUTHORISE = PaymentKind.AUTHORISE.value
_TAKING = [*(state.value for state in OPEN), PaymentState.SETTLED.value]


def renew_authorisations(*, now: datetime) -> int:
    """Renews what lapses within ``RENEW_BEFORE``, or has lapsed, for orders that haven't shipped; how many were tried.

    A refused renewal is not tried again by itself: the order is flagged and the customer is asked. Once something else
    is set aside instead, the old one is let go.
    """
    lapsing = _lapsing(now).order_by("expires_at", "pk").values_list("pk", flat=True)[:100]
    actor = system("Renewal")
    renewals: Iterator[Callable[[], bool]] = (
        partial(renew_authorisation, payment_id=one, actor=actor, now=now) for one in lapsing
    )
    return sum(take_turns(chain(_replaced(now), renewals)))


def _replaced(now: datetime) -> Iterator[Callable[[], bool]]:
    """Two amounts on a customer's cards for one order are one too many: lets each of the first go."""
    refused = live_authorisations(now).filter(
        Exists(_successors(OuterRef("pk"))), order__state=OrderState.PLACED.value
    )
    for held in refused.select_related("order").order_by("pk")[:100]:
        yield partial(_let_go, held, now)


def _let_go(held: Payment, now: datetime) -> bool:
    if _needed_of(held, held.order, now) <= 0:
        release_authorisation(payment=held, reason="replaced", actor=system("Renewal"), now=now)
    return False


def _lapsing(now: datetime) -> QuerySet[Payment]:
    return Payment.objects.filter(
        Q(settled_at__lte=now - RENEW_BEFORE) | Q(expires_at__lte=now + LAST_MOMENT),
        ~Exists(_successors(OuterRef("pk"))),
        ~Exists(_captures(OuterRef("pk"))),
        kind=_AUTHORISE,
        state=PaymentState.SETTLED.value,
        released_at__isnull=True,
        expires_at__lte=now + RENEW_BEFORE,
        order__state=OrderState.PLACED.value,
    )


def _successors(payment: Any) -> QuerySet[Payment]:
    """Renewals under way, done or refused. One that never reached the bank doesn't count."""
    unseen = Q(state=PaymentState.VOIDED.value, decline_code__in=[NEVER_SEEN, SAID_UNSEEN])
    return Payment.objects.filter(~unseen, parent_id=payment, kind=_AUTHORISE)


def _captures(payment: Any) -> QuerySet[Payment]:
    return Payment.objects.filter(parent_id=payment, kind=PaymentKind.CAPTURE.value, state__in=_TAKING)


def renew_authorisation(*, payment_id: int, actor: Actor, now: datetime) -> bool:
    """Sets what the order still needs of an authorisation aside anew, then lets the old one go; False when not needed.

    Stored, then asked for, then settled, as every payment; only when the new one stands is the old one let go, so that
    the order is never without. A crash in between leaves both, and the reconciler lets the old one go. A refusal keeps
    the old one to its end and flags the order (``note_renewal_failed``). Talks to the gateway: no transaction may be
    open. Locks the authorisation, then the order, while deciding.
    """
    with transaction.atomic():
        held = lock_row(Payment.objects.filter(pk=payment_id))
        started = _start_renewal(held, actor, now) if held and _is_renewable(held) else None
    if held is None or held.released_at is not None:
        return False
    if started is None:
        _let_go_if_unneeded(held, actor, now)
        return False
    result = send_charge(started, return_url=f"{settings.SITE_URL}/checkout/return/{started.reference}/")
    settle_result(payment_id=started.id, result=result, actor=actor, now=now)
    renewal = Payment.objects.get(pk=started.id)
    if renewal.state == PaymentState.SETTLED:
        release_authorisation(payment=held, reason="renewed", actor=actor, now=now)
        _let_go_if_unneeded(renewal, actor, now)
    return True


def _is_renewable(held: Payment) -> bool:
    """Decided under its lock: nobody else is renewing or taking it, and nobody has let it go."""
    return held.released_at is None and not _successors(held.pk).exists() and not _captures(held.pk).exists()


def _start_renewal(held: Payment, actor: Actor, now: datetime) -> StartedPayment | None:
    order = lock_row(Order.objects.filter(pk=held.order_id, state=OrderState.PLACED.value))
    if order is None or held.payment_method is None:
        return None
    minor = min(_needed_of(held, order, now), held.amount_minor)
    if minor <= 0 or is_too_small(Money(minor, held.currency)):
        return None
    return start_charge(
        order_id=order.pk,
        payment_method_id=held.payment_method.pk,
        token=held.payment_method.token,
        gateway=held.gateway,
        amount=Money(minor, held.currency),
        description=order.reference,
        kind=PaymentKind.AUTHORISE,
        renews_id=held.pk,
        actor=actor,
        now=now,
    )


def _needed_of(held: Payment, order: Order, now: datetime) -> int:
    """What of the balance nothing else covers: no other authorisation, and no capture under way.

    An authorisation that is being taken counts once, by its capture: twice would set too little aside.
    """
    renewed = Payment.objects.filter(
        parent_id=OuterRef("pk"), kind=_AUTHORISE, state=PaymentState.SETTLED.value
    )
    kept = live_authorisations(now).filter(~Exists(renewed), ~Exists(_captures(OuterRef("pk"))), order=order)
    others = kept.exclude(pk=held.pk)
    taking = Payment.objects.filter(
        order=order, kind=PaymentKind.CAPTURE.value, state__in=[state.value for state in OPEN]
    )
    covered = sum(int(rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0) for rows in (others, taking))
    return int(order.balance_minor) - covered


def _let_go_if_unneeded(held: Payment, actor: Actor, now: datetime) -> None:
    """When the order is paid, or over, nothing stays set aside for it."""
    order = Order.objects.get(pk=held.order_id)
    if order.balance_minor <= 0 or order.state != OrderState.PLACED:
        release_authorisations(order_id=order.pk, reason="not needed", actor=actor, now=now)
