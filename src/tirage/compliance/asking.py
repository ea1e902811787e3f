"""Asking about an order: what is to be asked is stored, the service is called with no transaction open, then what it
said is written down, if the order is still what was asked about.

A worker that dies between two steps leaves a check whose time comes again: asking twice is asking once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Sum

from tirage.compliance.following import ASK, TELL, current_check, hold_order
from tirage.compliance.models import ComplianceCheck
from tirage.compliance.protocol import (
    ComplianceService,
    Due,
    Sale,
    ServiceBusy,
    ServiceRefused,
    ServiceSilent,
    Verdict,
)
from tirage.compliance.sales import (
    as_shown,
    compares_tax,
    fingerprint_of,
    is_asked_about,
    needs_check,
    orders_to_check,
    sale_of,
)
from tirage.compliance.services import Connected, checking_service, connected, current_setup
from tirage.compliance.states import ASKING, LETTING, CheckState, Duty, wait_after
from tirage.core.actors import system
from tirage.core.audit import record_event
from tirage.core.events import EventName
from tirage.core.jobs import queue_job
from tirage.core.locks import lock_row
from tirage.core.money import Money
from tirage.core.runs import take_up
from tirage.orders.models import Order, OrderCharge
from tirage.orders.states import ChargeKind
from tirage.taxes.protocol import TaxKind

#: A worker has a check to itself for so long: longer than all calls of one question may take.
HOLD = timedelta(minutes=3)
#: Orders of one round of the schedule.
PORTION = 200
#: Seconds for a quote beside a check.
_QUOTED_WITHIN = 20.0
#: Who says in the activity what a service said.
ACTOR = "Compliance"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and of which check."""

    check_id: int
    sale: Sale
    service: ComplianceService
    #: Whether it is asked if the order may ship; else for its tax only.
    checks: bool = True
    #: Tax and fees by our own tables, which are held against what the service says; None where they aren't.
    ours: Ours | None = None


@dataclass(frozen=True, slots=True)
class Ours:
    """What an order was taxed by our own tables, in minor units, and how often that was rounded."""

    tax_minor: int
    fees_minor: int
    roundings: int


def ask_about(*, order_reference: str, clock: Callable[[], datetime]) -> bool:
    """Asks the service about an order that waits in compliance; whether there was anything to ask.

    Talks to the service: no transaction may be open. Locks the order, then its check, before and after. Records
    ``compliance.passed``, ``compliance.refused`` or, the first time, ``compliance.unanswered``.
    """
    found = connected()
    if found is None:
        return False
    with transaction.atomic():
        question = _store_question(order_reference, found, clock())
    if question is None:
        return False
    verdict, problem, wait = _ask(question)
    with transaction.atomic():
        _write_down(order_reference, question, verdict, problem, wait, clock())
    return True


def _store_question(reference: str, found: Connected, now: datetime) -> Question | None:
    """The check of the order as it stands, taken for this worker; None where there is nothing to ask, or another
    worker asks."""
    order = lock_order(reference)
    if order is None:
        return None
    check, fingerprint = current_check(order.pk), fingerprint_of(order)
    if not needs_check(order):
        if order.awaits_compliance:
            hold_order(order.pk, holds=False)
        return None
    service, setup = found.service, found.setup
    if not is_asked_about(order, setup):
        return None
    if check is not None and check.fingerprint == fingerprint:
        if check.state in LETTING and order.awaits_compliance:
            hold_order(order.pk, holds=False)
        if check.state not in ASKING or (check.retry_at and check.retry_at > now):
            return None
    else:
        check = new_check(order, check, fingerprint, now)
    sale = sale_of(order, setup, now)
    asked = dict(as_shown(sale)) | ({} if setup.checks_orders else {"only_tax": True})
    ComplianceCheck.objects.filter(pk=check.pk).update(
        service=service.key, asked=asked, tries=check.tries + 1, retry_at=now + HOLD
    )
    if not order.awaits_compliance:
        hold_order(order.pk, holds=True)
    ours = _ours(order, sale) if compares_tax(order, setup) else None
    return Question(check.pk, sale, service, setup.checks_orders, ours)


def _ours(order: Order, sale: Sale) -> Ours:
    """What stands on the ledger; one statement. Deposits are nobody's but ours."""
    sums = dict(
        OrderCharge.objects.filter(order=order, kind=ChargeKind.TAX.value)
        .values_list("tax_kind")
        .annotate(minor=Sum("amount_minor"))
    )
    fees = sums.get(TaxKind.FEE.value, 0)
    tax = sum(sums.values()) - fees - sums.get(TaxKind.DEPOSIT.value, 0)
    return Ours(tax, fees, len(sale.items) + 1)


def lock_order(reference: str) -> Order | None:
    """The order with its method and customer, locked; None where there is none."""
    return lock_row(Order.objects.select_related("method", "customer").filter(reference=reference))


def new_check(
    order: Order, before: ComplianceCheck | None, fingerprint: str, now: datetime
) -> ComplianceCheck:
    """A check of the order as it stands, in the place of the one before. The order is locked."""
    if before is not None:
        ComplianceCheck.objects.filter(pk=before.pk).update(state=CheckState.REPLACED.value, retry_at=None)
    highest = order.compliance_checks.aggregate(highest=Max("number"))["highest"] or 0
    return ComplianceCheck.objects.create(
        order=order, number=highest + 1, fingerprint=fingerprint, made_at=now
    )


def _ask(question: Question) -> tuple[Verdict | None, str, timedelta | None]:
    """The verdict, or why there is none and how long the service wants to be left alone."""
    name = question.service.name
    try:
        return _judge(question), "", None
    except ServiceBusy as busy:
        wait = timedelta(seconds=busy.seconds) if busy.seconds else None
        return None, f"{name} is asked too often at the moment.", wait
    except ServiceSilent:
        return None, f"{name} gave no answer.", None
    except ServiceRefused as refused:
        return None, str(refused)[:300], None


def _judge(question: Question) -> Verdict:
    """What the service says, and whether its tax is the order's. Raises as the service does."""
    service, sale, ours = question.service, question.sale, question.ours
    verdict = service.check(sale) if question.checks else Verdict(passed=True)
    if ours is None:
        return verdict
    due = verdict.due or service.quote(sale, seconds=_QUOTED_WITHIN)
    differs = _say_other_tax(question, ours, due)
    if not differs:
        return verdict
    return Verdict(passed=False, reasons=(*verdict.reasons, differs), answer=verdict.answer, due=due)


def _say_other_tax(question: Question, ours: Ours, due: Due) -> str:
    """How the service's tax differs from the order's, in words; empty where it is but rounded otherwise."""
    said, stands = due.total_minor, ours.tax_minor
    is_near = abs(said - stands) <= ours.roundings
    if question.service.quotes_fees:
        fees = sum(fee.amount_minor for fee in due.fees)
        is_near = is_near and fees == ours.fees_minor
        said, stands = said + fees, stands + ours.fees_minor
    if is_near:
        return ""
    theirs, own = (str(Money(minor, question.sale.currency)) for minor in (said, stands))
    return say_other_tax(question.service.name, theirs, own)


def say_other_tax(name: str, theirs: str, ours: str) -> str:
    """Why an order waits that our own tables taxed otherwise than the service ``name`` does."""
    return f"{name} asks for {theirs} of tax; the order has {ours} by your own tables, as it couldn’t be asked before."


def _write_down(
    reference: str,
    question: Question,
    verdict: Verdict | None,
    problem: str,
    wait: timedelta | None,
    now: datetime,
) -> None:
    order = lock_order(reference)
    check = lock_row(ComplianceCheck.objects.filter(pk=question.check_id))
    if order is None or check is None:
        return
    if check.state not in ASKING:
        # Decided, replaced or called off meanwhile: what is to be told can be told now.
        if check.duty:
            ComplianceCheck.objects.filter(pk=check.pk).update(retry_at=None)
            queue_job(TELL, check.pk)
        return
    if check.fingerprint != fingerprint_of(order):
        # It is another order than was asked about: what was said says nothing of it.
        ComplianceCheck.objects.filter(pk=check.pk).update(state=CheckState.REPLACED.value, retry_at=None)
        queue_job(ASK, reference)
    elif verdict is None:
        _note_unanswered(order, check, problem, wait, now)
    else:
        _note_verdict(order, check, verdict, now)


def _note_unanswered(
    order: Order, check: ComplianceCheck, problem: str, wait: timedelta | None, now: datetime
) -> None:
    is_new = check.state == CheckState.WAITING
    pause = max(wait_after(check.tries), wait or timedelta())
    ComplianceCheck.objects.filter(pk=check.pk).update(
        state=CheckState.UNANSWERED.value, problem=problem, retry_at=now + pause
    )
    if is_new:
        text = f"has no answer about the order yet ({problem.rstrip('.')}); it is asked again by itself"
        _record(EventName.COMPLIANCE_UNANSWERED, order, text, now)


def _note_verdict(order: Order, check: ComplianceCheck, verdict: Verdict, now: datetime) -> None:
    state = CheckState.PASSED if verdict.passed else CheckState.REFUSED
    ComplianceCheck.objects.filter(pk=check.pk).update(
        state=state.value,
        answer=dict(verdict.answer),
        reasons=list(verdict.reasons),
        problem="",
        answered_at=now,
        tries=0,
        retry_at=None,
    )
    hold_order(order.pk, holds=not verdict.passed)
    if verdict.passed:
        _record(EventName.COMPLIANCE_PASSED, order, "lets the order ship", now)
    else:
        text = f"doesn’t let the order ship: {' '.join(verdict.reasons)}"
        _record(EventName.COMPLIANCE_REFUSED, order, text, now)


def _record(name: EventName, order: Order, text: str, now: datetime) -> None:
    record_event(
        name, "order", order.pk, text=text, customer_id=order.customer_id, actor=system(ACTOR), now=now
    )


def tell_of(*, check_id: int, clock: Callable[[], datetime]) -> bool:
    """Tells the service that an order has shipped or was called off; whether it heard it.

    Talks to the service: no transaction may be open. Locks the check before and after. Records ``compliance.told``.
    """
    service = checking_service()
    if service is None:
        return False
    with transaction.atomic():
        check = _claim_duty(check_id, clock())
    if check is None:
        return False
    problem = _tell(check, service, clock())
    with transaction.atomic():
        _write_told(check, problem, clock())
    return not problem


def _claim_duty(check_id: int, now: datetime) -> ComplianceCheck | None:
    """The check, taken for this worker, where something is to be told and nobody tells it."""
    check = lock_row(ComplianceCheck.objects.filter(pk=check_id))
    if check is None or not check.duty or (check.retry_at and check.retry_at > now):
        return None
    check.tries += 1
    check.retry_at = now + HOLD
    check.save(update_fields=["tries", "retry_at"])
    return check


def _tell(check: ComplianceCheck, service: ComplianceService, now: datetime) -> str:
    """Why it wasn't heard; empty when it was."""
    order = Order.objects.select_related("method", "customer").get(pk=check.order_id)
    try:
        if check.duty == Duty.COMMIT:
            service.commit(sale_of(order, current_setup(), now))
        else:
            service.void(order.reference)
    except ServiceBusy:
        return f"{service.name} is asked too often at the moment."
    except ServiceSilent:
        return f"{service.name} gave no answer."
    except ServiceRefused as refused:
        return str(refused)[:300]
    return ""


def _write_told(check: ComplianceCheck, problem: str, now: datetime) -> None:
    mine = ComplianceCheck.objects.filter(pk=check.pk, duty=check.duty)
    if problem:
        mine.update(problem=problem, retry_at=now + wait_after(check.tries))
        return
    told = mine.update(duty=Duty.NONE.value, problem="", told_at=now, tries=0, retry_at=None)
    if told:
        has_left = check.duty == Duty.COMMIT
        text = "counts the order as shipped" if has_left else "forgot the order"
        record_event(
            EventName.COMPLIANCE_TOLD, "order", check.order_id, text=text, actor=system(ACTOR), now=now
        )


def look_after_compliance(*, now: datetime) -> int:
    """Queues what waits for its time: questions, what is to be told, and orders of before a service was connected.

    How many. Run by the schedule.
    """
    found = connected()
    if found is None:
        return 0
    due = ComplianceCheck.objects.filter(state__in=[state.value for state in ASKING])
    later = due.filter(retry_at__gt=now).values("order_id")
    settled = ComplianceCheck.objects.filter(state=CheckState.REFUSED.value).values("order_id")
    waiting = Order.objects.filter(awaits_compliance=True, state="placed").exclude(pk__in=later)
    asked = waiting.exclude(pk__in=settled).order_by("pk")[:PORTION]
    never = orders_to_check().filter(compliance_checks__isnull=True).order_by("pk")
    never = never[:PORTION] if found.setup.checks_orders else never.none()
    references = dict.fromkeys([*(one.reference for one in asked), *(one.reference for one in never)])
    to_tell = ComplianceCheck.objects.exclude(duty="").exclude(retry_at__gt=now)
    for check_id in to_tell.order_by("pk").values_list("pk", flat=True)[:PORTION]:
        queue_job(TELL, check_id)
    return take_up(ASK, references, now=now)
