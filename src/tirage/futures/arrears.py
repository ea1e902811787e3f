"""Orders whose money didn't come though all was tried: told to their customers, and the team's to decide.

What tries a card again, and until when, is the plan of the money to collect. Once it tries no more and some days are
over, the order is *in arrears*: its customer is told until when, and the team waits until a day, cancels it by its
terms, or lets it be paid another way. Money that comes ends it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.dated import say_date
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.money import Money
from tirage.core.reactions import react
from tirage.core.texts import fitting
from tirage.core.turns import take_turns
from tirage.core.winery import local_time
from tirage.futures.cards import noon
from tirage.futures.models import Arrears, Instalment, StorageMonth
from tirage.futures.states import IN_ARREARS, ArrearsCause, ArrearsState
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.models import Collection
from tirage.payments.operations.balances import due_minor
from tirage.payments.operations.collecting import send_link
from tirage.payments.rules import DeclineKind, kind_of_decline
from tirage.payments.states import CollectionState

#: How long money is collected at least before an order is in arrears, so that a mailed link can be paid.
PATIENCE = timedelta(days=7)
#: The days that a customer is given then, and the most that the team waits.
GIVEN, LONGEST = timedelta(days=14), timedelta(days=366)
#: Orders of one run; the next takes the rest.
MOST = 200
_PLAN = system("Payment plan")
_OPEN = [state.value for state in IN_ARREARS]


def watch_arrears(*, now: datetime) -> int:
    """Ends what was paid or is over, goes on with what the team waited for, and begins what is tried no more; how many.

    Scheduled. Each order is one transaction under its lock: whoever dies leaves the rest to the next run.
    """
    today = local_time(now).date()
    settled = Arrears.objects.filter(state__in=_OPEN).exclude(_OWES)
    waited = Arrears.objects.filter(_OWES, state=ArrearsState.WAITING.value, until__lt=today)
    acts = [
        *(partial(_end, pk, now) for pk in settled.order_by("pk").values_list("pk", flat=True)[:MOST]),
        *(partial(_go_on, pk, now) for pk in waited.order_by("pk").values_list("pk", flat=True)[:MOST]),
        *(partial(_begin, pk, now) for pk in _stopped(now).values_list("order", flat=True)[:MOST]),
    ]
    return sum(take_turns(iter(acts)))


#: Of arrears: that something is still owed.
_OWES = Q(order__state=OrderState.PLACED.value, order__balance_minor__gt=F("order__later_minor"))


def _stopped(now: datetime) -> QuerySet[Collection]:
    """What is tried no more of orders en primeur that aren't in arrears yet, the oldest first."""
    known = Arrears.objects.filter(order=OuterRef("order"), ended_at__isnull=True)
    return (
        Collection.objects.filter(
            purpose="",
            state=CollectionState.OPEN.value,
            next_at__isnull=True,
            opened_at__lte=now - PATIENCE,
            order__state=OrderState.PLACED.value,
            order__acceptance__isnull=False,
        )
        .exclude(Exists(known))
        .order_by("opened_at", "pk")
    )


@transaction.atomic
def _begin(order_id: int, now: datetime) -> bool:
    """Once; with the order locked it is read again what is owed. The customer is mailed the link and the day."""
    order = lock_row(Order.objects.filter(pk=order_id))
    if order is None or not _stopped(now).filter(order=order).exists():
        return False
    due = due_minor(order, now)
    if not due:
        return False
    until = local_time(now + GIVEN).date()
    one = Arrears.objects.create(order=order, cause=_cause(order), amount_minor=due, since=now, until=until)
    amount = Money(due, order.currency)
    _record(
        EventName.ARREARS_BEGUN,
        one,
        f"noted it in arrears with {amount}, until {say_date(until)}",
        _PLAN,
        now,
    )
    _tell(one, _PLAN, now)
    return True


def _cause(order: Order) -> str:
    if Instalment.objects.filter(order=order, called_at__isnull=False, amount_minor__gt=0).exists():
        return ArrearsCause.INSTALMENT.value
    if StorageMonth.objects.filter(order=order, draft="", amount_minor__gt=0).exists():
        return ArrearsCause.STORAGE.value
    return ArrearsCause.BALANCE.value


def _tell(one: Arrears, actor: Actor, now: datetime) -> None:
    """By mail, with a link that asks for what is owed now; with the order locked."""
    collection = Collection.objects.filter(
        order=one.order_id, purpose="", state=CollectionState.OPEN.value
    ).select_related("order")
    found = collection.first()
    link = send_link(collection=found, mail=False, actor=actor, now=now) if found else None
    react(
        "arrears.told",
        arrears_id=one.pk,
        pay_link_id=link.pk if link else None,
        customer_id=one.order.customer_id,
        now=now,
    )


@transaction.atomic
def _go_on(pk: int, now: datetime) -> bool:
    """The day until which the team waited is over, and what was tried on it came to nothing."""
    one = _locked(pk)
    today = local_time(now).date()
    open_one = Collection.objects.filter(order=one.order_id, purpose="", state=CollectionState.OPEN.value)
    if (
        one.state != ArrearsState.WAITING
        or one.until >= today
        or open_one.filter(next_at__isnull=False).exists()
    ):
        return False
    one.state, one.until = ArrearsState.OPEN.value, local_time(now + GIVEN).date()
    one.save(update_fields=["state", "until"])
    text = f"waited in vain: it is in arrears again, until {say_date(one.until)}"
    _record(EventName.ARREARS_BEGUN, one, text, _PLAN, now)
    _tell(one, _PLAN, now)
    return True


@transaction.atomic
def _end(pk: int, now: datetime) -> bool:
    """Nothing is owed any more, or the order is over; reads again under the lock."""
    one = _locked(pk)
    if one.ended_at is not None or Arrears.objects.filter(_OWES, pk=pk).exists():
        return False
    is_over = one.order.step == OrderState.CANCELLED
    one.state, one.ended_at = (ArrearsState.OVER if is_over else ArrearsState.PAID).value, now
    one.save(update_fields=["state", "ended_at"])
    words = "no longer in arrears: the order is over" if is_over else "no longer in arrears: it is paid"
    _record(EventName.ARREARS_ENDED, one, words, _PLAN, now)
    return True


def _locked(pk: int) -> Arrears:
    """With its order locked."""
    order_id = Arrears.objects.values_list("order_id", flat=True).get(pk=pk)
    lock_row(Order.objects.filter(pk=order_id))
    return Arrears.objects.select_related("order").get(pk=pk)


def wait_until(*, arrears: Arrears, until: date, note: str, actor: Actor, now: datetime) -> Arrears:
    """Gives the customer of an order in arrears until a day, who is told by mail; that noon a card is tried again that
    was refused for now only. Locks the order.

    Records ``arrears.waiting``. Raises DomainError ``arrears_invalid`` by field, Conflict ``arrears_over``.
    """
    _refuse_day(until, now)
    with transaction.atomic():
        one = _locked(arrears.pk)
        if one.ended_at is not None or not due_minor(one.order, now):
            raise Conflict("arrears_over", "This order is no longer in arrears.")
        one.state, one.until = ArrearsState.WAITING.value, until
        one.note = fitting(note.strip(), 300, "note")
        one.save(update_fields=["state", "until", "note"])
        _plan_try(one.order_id, until)
        why = f" ({one.note})" if one.note else ""
        _record(
            EventName.ARREARS_WAITING, one, f"waits for its money until {say_date(until)}{why}", actor, now
        )
        _tell(one, actor, now)
    return one


def _refuse_day(until: date, now: datetime) -> None:
    today = local_time(now).date()
    if not today < until <= today + LONGEST:
        words = f"Choose a day from tomorrow on, until {say_date(today + LONGEST)}."
        raise DomainError("arrears_invalid", words, {"until": words})


def _plan_try(order_id: int, until: date) -> None:
    """By a plan of its own; a card that was refused for good isn't tried again."""
    found = Collection.objects.filter(order=order_id, purpose="", state=CollectionState.OPEN.value).first()
    if found is None or found.payment_method_id is None:
        return
    if found.decline_code and kind_of_decline(found.decline_code) is not DeclineKind.SOFT:
        return
    Collection.objects.filter(pk=found.pk).update(next_at=noon(until), attempts=0)


def _record(name: EventName, one: Arrears, text: str, actor: Actor, now: datetime) -> None:
    data = {"arrears": one.reference, "order": one.order.reference}
    facts = {"text": text, "data": data, "customer_id": one.order.customer_id, "actor": actor, "now": now}
    record_event(name, "order", one.order_id, **facts)  # type: ignore[arg-type]
