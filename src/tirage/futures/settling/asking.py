"""Customers are asked where their wine goes: begun by the team, reminded, and kept in the cellar by default."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.bounds import LAST_DAY
from tirage.core.dated import say_date
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_rows
from tirage.core.reactions import react
from tirage.core.winery import local_time
from tirage.futures.models import Commitment, Instalment, Lot
from tirage.futures.settlement_models import Settlement
from tirage.futures.settling.covering import Coverage, coverage
from tirage.futures.settling.storing import forget_months, free_until, term_on
from tirage.futures.states import OPEN, Precedence, SettlementState, Undecided
from tirage.offers.models import Release
from tirage.offers.states import ReleaseKind
from tirage.orders.models import Order
from tirage.orders.operations import flag_order

#: Whose hand it is where the clock decides.
HAND = system("Settlement")
#: Days before the last one on which customers are reminded who haven't chosen.
REMINDED = (14, 3)
#: The fewest days that they have to choose.
LEAST_DAYS = 7
#: So often may come to nothing what was agreed to; then the team decides.
TRIES = 2
#: Settlements of one run of the schedule.
MOST = 2_000


def begin_settlements(
    *,
    release: Release,
    order_ids: Collection[int],
    precedence: Precedence,
    due_on: date,
    actor: Actor,
    now: datetime,
) -> list[Settlement]:
    """Asks the customers of these orders, as they were previewed; mails follow. What is due at release is due then.

    All or nothing: an order that can't be covered any more, because somebody else settled or an arrival was taken
    back, refuses it. Locks orders, lots. Records ``settlement.asked``, reacts with ``settlement.asked``. Raises
    DomainError ``settlement_invalid`` by field, Conflict ``moved_on``.
    """
    _refuse_invalid(release, order_ids, due_on, now)
    with transaction.atomic():
        orders = lock_rows(Order.objects.filter(pk__in=list(order_ids)))
        own = Commitment.objects.filter(line__order__in=list(order_ids)).values("lot")
        lock_rows(Lot.objects.filter(pk__in=own))
        covered = {one.order.pk for one in coverage(release.pk, precedence).covered}
        if set(order_ids) != {order.pk for order in orders} & covered:
            words = "Something has changed since this was shown. Look at it again, then ask."
            raise Conflict("moved_on", words)
        free = free_until(now)
        made = Settlement.objects.bulk_create(
            Settlement(order=order, asked_at=now, due_on=due_on, free_until=free) for order in orders
        )
        at_release = Instalment.objects.filter(order__in=orders, due_on__isnull=True, called_at__isnull=True)
        at_release.update(due_on=due_on)
        for settlement in made:
            text = f"asked where the wine goes, until {say_date(due_on)}"
            _record(EventName.SETTLEMENT_ASKED, settlement, text, actor, now)
            react("settlement.asked", settlement_id=settlement.pk, now=now)
    return made


def _refuse_invalid(release: Release, order_ids: Collection[int], due_on: date, now: datetime) -> None:
    problems = {}
    if release.kind != ReleaseKind.EN_PRIMEUR:
        problems["release"] = "Only wine that was sold en primeur is settled."
    if not order_ids:
        problems["orders"] = "None of these orders can be settled now."
    if problem := _day_problem(due_on, now):
        problems["due_on"] = problem
    if problems:
        raise DomainError("settlement_invalid", " ".join(problems.values()), problems)


def _day_problem(due_on: date, now: datetime) -> str:
    first = local_time(now).date() + timedelta(days=LEAST_DAYS)
    if first <= due_on <= LAST_DAY:
        return ""
    return f"Give them {LEAST_DAYS} days at least: choose {say_date(first)} or later."


def preview(release: Release, precedence: Precedence) -> Coverage:
    """Which orders would be asked, which wait; nothing changes by looking."""
    return coverage(release.pk, precedence)


@transaction.atomic
def call_off(*, settlement: Settlement, actor: Actor, now: datetime) -> None:
    """Takes the question back while nothing is agreed to; the order waits for its settlement again.

    Locks order, settlement. Records ``settlement.called_off``. Raises Conflict ``settlement_moved_on``.
    """
    lock_rows(Order.objects.filter(pk=settlement.order_id))
    if not advance(settlement.pk, OPEN, SettlementState.CALLED_OFF):
        raise Conflict(
            "settlement_moved_on", "This was agreed to meanwhile. Change or cancel the order instead."
        )
    _record(
        EventName.SETTLEMENT_CALLED_OFF, settlement, "took back the question where the wine goes", actor, now
    )


def advance(
    settlement_id: int, sources: Sequence[SettlementState], to: SettlementState, **facts: object
) -> bool:
    """Takes a settlement one step further, the only writer of its state; False when somebody was faster."""
    there = Settlement.objects.filter(pk=settlement_id, state__in=[state.value for state in sources])
    return bool(there.update(state=to.value, **facts))


@transaction.atomic
def keep_in_cellar(*, settlement: Settlement, actor: Actor, now: datetime) -> bool:
    """Leaves the wine in the winery's cellar; it can be settled any day. Locks the order.

    Records ``settlement.kept``; False where it is kept already. Raises Conflict ``settlement_moved_on``.
    """
    lock_rows(Order.objects.filter(pk=settlement.order_id))
    sources = [SettlementState.ASKED, SettlementState.PERSON]
    if not advance(settlement.pk, sources, SettlementState.KEPT, note=""):
        if Settlement.objects.filter(pk=settlement.pk, state=SettlementState.KEPT.value).exists():
            return False
        raise Conflict("settlement_moved_on", "This was agreed to meanwhile.")
    _record(EventName.SETTLEMENT_KEPT, settlement, "left the wine in the cellar", actor, now)
    react("settlement.kept", settlement_id=settlement.pk, now=now)
    return True


def look_after_settlements(*, now: datetime) -> int:
    """Reminds whoever hasn't chosen, and keeps in the cellar what nobody chose in time; how many. Scheduled."""
    return _remind(now) + _keep_undecided(now)


def _remind(now: datetime) -> int:
    """Once for each of the days before; who is asked too late for one isn't reminded of it at once."""
    today, done = local_time(now).date(), 0
    for number, days in enumerate(REMINDED, 1):
        due = Settlement.objects.filter(
            state=SettlementState.ASKED.value,
            reminded__lt=number,
            due_on__lte=today + timedelta(days=days),
            due_on__gte=today,
            asked_at__lt=now - timedelta(days=1),
        )
        for settlement in due.select_related("order").order_by("pk")[:MOST]:
            done += _remind_one(settlement, number, now)
    return done


@transaction.atomic
def _remind_one(settlement: Settlement, number: int, now: datetime) -> int:
    waiting = Settlement.objects.filter(
        pk=settlement.pk, state=SettlementState.ASKED.value, reminded__lt=number
    )
    if not waiting.update(reminded=number):
        return 0
    text = f"reminded that the wine is there, until {say_date(settlement.due_on)}"
    _record(EventName.SETTLEMENT_REMINDED, settlement, text, system(), now)
    react("settlement.reminded", settlement_id=settlement.pk, now=now)
    return 1


def _keep_undecided(now: datetime) -> int:
    """What nobody chose in time stays in the cellar, or the team decides, as the terms of storage say."""
    today, done = local_time(now).date(), 0
    over = Settlement.objects.filter(state=SettlementState.ASKED.value, due_on__lt=today)
    term = term_on(today)
    asks = term is not None and term.undecided == Undecided.PERSON
    end = _ask_person if asks else keep_in_cellar
    for settlement in over.select_related("order").order_by("pk")[:MOST]:
        try:
            done += end(settlement=settlement, actor=system(), now=now)
        except Conflict:
            # Agreed to in this very moment.
            continue
    return done


@transaction.atomic
def _ask_person(*, settlement: Settlement, actor: Actor, now: datetime) -> bool:
    """The team decides from here on; the customer still may. Locks the order."""
    lock_rows(Order.objects.filter(pk=settlement.order_id))
    words = "Nobody chose by the last day."
    if not advance(settlement.pk, [SettlementState.ASKED], SettlementState.PERSON, note=words):
        return False
    _leave_to_team(settlement, words, now)
    return True


def _leave_to_team(settlement: Settlement, words: str, now: datetime) -> None:
    """Among the orders that need somebody; with the order locked."""
    said = f"Decide where its wine goes. {words} Ask again, keep it in the cellar, or write to the customer."
    flag_order(order_id=settlement.order_id, words=said, actor=HAND, now=now)
    _record(EventName.SETTLEMENT_ENDED, settlement, "left it to the team where the wine goes", HAND, now)


@transaction.atomic
def ask_anew(*, settlement: Settlement, due_on: date, actor: Actor, now: datetime) -> None:
    """Asks a customer once more whom the team decided about, or whose wine is kept, until another day; a mail follows.

    Locks the order. Records ``settlement.asked``, reacts with it. Raises DomainError ``settlement_invalid``, Conflict
    ``settlement_moved_on``.
    """
    if problem := _day_problem(due_on, now):
        raise DomainError("settlement_invalid", problem, {"due_on": problem})
    lock_rows(Order.objects.filter(pk=settlement.order_id))
    sources = [SettlementState.PERSON, SettlementState.KEPT]
    facts = {"due_on": due_on, "reminded": 0, "failed": 0, "note": ""}
    if not advance(settlement.pk, sources, SettlementState.ASKED, **facts):
        raise Conflict("settlement_moved_on", "This was agreed to or asked about meanwhile.")
    text = f"asked again where the wine goes, until {say_date(due_on)}"
    _record(EventName.SETTLEMENT_ASKED, settlement, text, actor, now)
    react("settlement.asked", settlement_id=settlement.pk, now=now)


def reopen(*, draft_reference: str, words: str, now: datetime) -> None:
    """An agreed settlement whose change came to nothing asks again, and says why; the second time the team decides.

    ``words`` are empty where its customer is there and reads the reason. In the transaction that ended it.
    """
    found = Settlement.objects.filter(draft=draft_reference, state=SettlementState.AGREED.value)
    settlement = found.select_related("order").first()
    if settlement is None:
        return
    failed = settlement.failed + bool(words)
    to = SettlementState.PERSON if failed >= TRIES else SettlementState.ASKED
    first = local_time(now).date() + timedelta(days=LEAST_DAYS)
    facts: dict[str, Any] = {"agreed_at": None, "draft": "", "note": words[:300], "failed": failed}
    facts |= {"warehouse": "", "account": "", "due_on": max(settlement.due_on, first)}
    if not advance(settlement.pk, [SettlementState.AGREED], to, **facts):
        return
    forget_months(draft_reference)
    if to is SettlementState.PERSON:
        _leave_to_team(settlement, words, now)
    elif words:
        # Whoever is on the page reads the reason there; who isn't gets a mail.
        _record(
            EventName.SETTLEMENT_ENDED, settlement, f"asks again where the wine goes: {words}", system(), now
        )
        react("settlement.asked", settlement_id=settlement.pk, now=now)


def _record(name: EventName, settlement: Settlement, text: str, actor: Actor, now: datetime) -> None:
    order = settlement.order
    data = {"settlement": settlement.reference, "order": order.reference}
    facts = {"text": text, "data": data, "customer_id": order.customer_id, "actor": actor, "now": now}
    record_event(name, "order", order.pk, **facts)  # type: ignore[arg-type]
