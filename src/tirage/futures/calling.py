"""Instalments by their plan: announced by mail, then asked for as any money that an order owes.

Calling an instalment only makes it due, and gives it to the money to collect, in one transaction. What charges the
card, tries again, sends a link where the bank wants to see the customer and survives a killed worker is that room's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Count, F, Q, Sum

from tirage.changes.collecting import next_card
from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.money import Money
from tirage.core.reactions import react
from tirage.core.turns import take_turns
from tirage.core.winery import current_winery, local_time
from tirage.futures.cards import kept_card_ids
from tirage.futures.models import Instalment
from tirage.offers.models import Release
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.operations.collecting import begin_collecting, send_link

#: How long before its day an instalment is announced, and the least that the mail is ahead of the charge.
ANNOUNCED, AHEAD = timedelta(days=7), timedelta(days=3)
#: Instalments of one run; the next takes the rest.
MOST = 200
_TO_COME = Q(called_at__isnull=True, amount_minor__gt=0, order__state=OrderState.PLACED.value)


def call_instalments(*, now: datetime) -> int:
    """Announces what is due soon and asks for what is due now; how many. Scheduled."""
    today = local_time(now).date()
    soon = Instalment.objects.filter(_TO_COME, announced_at__isnull=True, due_on__lte=today + ANNOUNCED)
    due = Instalment.objects.filter(_TO_COME, announced_at__lte=now - AHEAD, due_on__lte=today)
    acts = [
        *(
            partial(_announce, pk, now)
            for pk in soon.order_by("due_on", "pk").values_list("pk", flat=True)[:MOST]
        ),
        *(partial(_call, pk, now) for pk in due.order_by("due_on", "pk").values_list("pk", flat=True)[:MOST]),
    ]
    return sum(take_turns(iter(acts)))


def _by_plan() -> Actor:
    return system("Payment plan")


@transaction.atomic
def _announce(pk: int, now: datetime) -> bool:
    """Once: whoever was faster has written it down."""
    found = Instalment.objects.filter(_TO_COME, pk=pk, announced_at__isnull=True)
    if not found.update(announced_at=now):
        return False
    one = Instalment.objects.select_related("order").get(pk=pk)
    react("instalment.announced", instalment_id=pk, customer_id=one.order.customer_id, now=now)
    text = f"announced an instalment of {_amount(one)} for {one.due_on:%B} {one.due_on.day if one.due_on else ''}"
    _record(EventName.INSTALMENT_ANNOUNCED, one, text, now)
    return True


@transaction.atomic
def _call(pk: int, now: datetime) -> bool:
    """It is due from now on, and begins to be collected. Locks the order; once, whoever dies."""
    one = Instalment.objects.select_related("order").get(pk=pk)
    order = lock_row(Order.objects.filter(pk=one.order_id))
    open_one = Instalment.objects.filter(_TO_COME, pk=pk)
    if order is None or not open_one.exists():
        return False
    one = open_one.select_related("order").get()
    Instalment.objects.filter(pk=pk).update(called_at=now)
    Order.objects.filter(pk=order.pk).update(later_minor=F("later_minor") - one.amount_minor)
    order.refresh_from_db()
    _record(EventName.INSTALMENT_CALLED, one, f"asked for the instalment of {_amount(one)}", now)
    collect_due(order, _by_plan(), now)
    return True


def collect_due(order: Order, actor: Actor, now: datetime) -> None:
    """Gives what a locked order owes by now to the money to collect: the kept card first, a link where none works."""
    card_id = kept_card_ids([order.pk]).get(order.pk)
    collection = begin_collecting(order=order, payment_method_id=card_id, now=now)
    if collection is not None and next_card(collection, now) is None:
        send_link(collection=collection, actor=actor, now=now)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Orders of a release whose rest waits for its day, and what it comes to."""

    orders: int
    amount: Money


def balances_waiting(release: Release) -> Waiting:
    """One statement."""
    found = Instalment.objects.filter(_TO_COME, due_on__isnull=True, order__release=release)
    sums = found.aggregate(orders=Count("order", distinct=True), minor=Sum("amount_minor"))
    return Waiting(sums["orders"], Money(int(sums["minor"] or 0), current_winery().currency))


def call_balance(*, release: Release, due_on: date, actor: Actor, now: datetime) -> int:
    """Sets the day of what is to be paid when the winery releases the wine of a campaign; how many orders.

    Customers are told by the mail that announces it, at least three days ahead. Records ``instalment.called`` of the
    release. Raises DomainError ``day_too_soon``, ``nothing_to_call``.
    """
    if due_on < local_time(now + AHEAD).date():
        words = f"Choose a day at least {AHEAD.days} days from now: customers are told before."
        raise DomainError("day_too_soon", words, {"due_on": words})
    with transaction.atomic():
        waiting = Instalment.objects.filter(
            _TO_COME, due_on__isnull=True, order__release=release
        ).values_list("pk", flat=True)
        called = Instalment.objects.filter(pk__in=list(waiting), due_on__isnull=True).update(due_on=due_on)
        if not called:
            raise DomainError(
                "nothing_to_call", "No order of this release has a balance that waits for its day."
            )
        text = f"set {due_on:%B} {due_on.day}, {due_on.year} for the balance of {called:,} orders of {release.name}"
        record_event(EventName.INSTALMENT_CALLED, "release", release.pk, text=text, actor=actor, now=now)
    return called


def _amount(one: Instalment) -> Money:
    return Money(one.amount_minor, one.order.currency)


def _record(name: EventName, one: Instalment, text: str, now: datetime) -> None:
    record_event(
        name,
        "order",
        one.order_id,
        text=text,
        data={"number": one.number, "amount_minor": one.amount_minor},
        customer_id=one.order.customer_id,
        actor=_by_plan(),
        now=now,
    )
