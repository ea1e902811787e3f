"""Lists of the service kept as our customers are: begun by hand or by the clock, gone on with portion by portion.

A portion is decided from what stands, sent with no transaction open, then written down in one. A worker that dies
between the two leaves what it sent unwritten, and the next one sends it again, which changes nothing there. A worker
holds the run while it is at it, so that two of them don't send the same.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.jobs import queue_job
from tirage.core.locks import lock_row, refuse_inside_transaction
from tirage.core.runs import SILENCE, actor_of, in_the_name_of, take_up
from tirage.core.texts import say_count
from tirage.marketing.gathering import Audience, customers_of, decide, find_audience
from tirage.marketing.hearing import hear
from tirage.marketing.lists import PAUSES
from tirage.marketing.models import MailingList, Subscriber, SyncLine, SyncRun
from tirage.marketing.protocol import MailingService, ServiceBusy, ServiceRefused, ServiceSilent
from tirage.marketing.rules import MOST_FAILURES, wait_after
from tirage.marketing.sending import Sent, send, write_down
from tirage.marketing.services import current_service
from tirage.marketing.states import Every, Scope, Standing, SyncState

TASK = "tirage.marketing.tasks.sync_list"
#: Customers of a portion; how long a worker has a run to itself; runs whose lines are kept.
PORTION, HOLD, KEPT = 500, timedelta(minutes=3), 30


def start_sync(*, mailing: MailingList, scope: Scope, actor: Actor, now: datetime) -> SyncRun:
    """Lets the worker sync a list. While it is being synced already, it is that run which goes on.

    Locks the list. Raises DomainError ``not_connected``, ``filter``, ``circle``.
    """
    service = current_service()
    if not service.is_connected:
        raise DomainError("not_connected", f"{service.name} isn’t connected, so nothing can be sent.")
    audience = find_audience(mailing, now)
    with transaction.atomic():
        locked = lock_row(MailingList.objects.filter(pk=mailing.pk))
        if locked is None:
            raise DomainError("not_found", "Somebody let go of this list meanwhile.")
        run = SyncRun.objects.filter(list=locked, state=SyncState.RUNNING.value).first()
        if run is not None:
            return run
        run = SyncRun.objects.create(
            list=locked,
            scope=scope.value,
            total=customers_of(locked, audience).count(),
            made_at=now,
            changed_at=now,
            **in_the_name_of(actor),
        )
        _forget_old_lines(locked)
        queue_job(TASK, run.reference)
    return run


def _forget_old_lines(mailing: MailingList) -> None:
    """The figures of older runs stay; what they did about whom is forgotten."""
    kept = list(mailing.runs.order_by("-pk").values_list("pk", flat=True)[:KEPT])
    SyncLine.objects.filter(run__list=mailing).exclude(run__in=kept).delete()


def begin_due_syncs(*, now: datetime) -> int:
    """Begins the runs whose time has come; how many. Run by the schedule."""
    service, count = current_service(), 0
    due = MailingList.objects.filter(next_at__lte=now, service=service.key)
    for mailing in list(due.order_by("pk")) if service.is_connected else []:
        pause = PAUSES[Every(mailing.every)]
        late = (now - mailing.next_at) // pause if mailing.next_at else 0
        taken = due.filter(pk=mailing.pk).update(next_at=F("next_at") + pause * (late + 1))
        if not taken:
            continue
        try:
            start_sync(mailing=mailing, scope=Scope.CHANGED, actor=system(), now=now)
        except DomainError as refused:
            _note_failed(mailing, refused.message, now)
        count += 1
    return count


def _note_failed(mailing: MailingList, problem: str, now: datetime) -> None:
    """A run that couldn't begin is kept with its reason, or nobody would see that the list stands still."""
    SyncRun.objects.create(
        list=mailing,
        scope=Scope.CHANGED.value,
        state=SyncState.FAILED.value,
        problem=problem[:300],
        total=0,
        made_at=now,
        changed_at=now,
        **in_the_name_of(system()),
    )


def stop_sync(*, run: SyncRun, now: datetime) -> SyncRun:
    """Ends a run between two portions; what was sent stays. One that is over is returned as it is."""
    running = SyncRun.objects.filter(pk=run.pk, state=SyncState.RUNNING.value)
    running.update(state=SyncState.STOPPED.value, retry_at=None, changed_at=now)
    run.refresh_from_db()
    return run


def go_on_with_sync(*, run: SyncRun, actor: Actor, now: datetime) -> SyncRun:
    """Lets the worker go on with a run that was stopped, that failed, or that waits to try again. Locks the list.

    Raises Conflict ``under_way`` when another run of the list is.
    """
    with transaction.atomic():
        lock_row(MailingList.objects.filter(pk=run.list_id))
        run.refresh_from_db()
        if run.state == SyncState.FINISHED:
            return run
        others = SyncRun.objects.filter(list=run.list_id, state=SyncState.RUNNING.value).exclude(pk=run.pk)
        if others.exists():
            raise Conflict("under_way", "A later run of this list is under way. Look at that one.")
        SyncRun.objects.filter(pk=run.pk).update(
            state=SyncState.RUNNING.value,
            failures=0,
            retry_at=None,
            problem="",
            changed_at=now,
            **in_the_name_of(actor),
        )
        queue_job(TASK, run.reference)
    run.refresh_from_db()
    return run


def sweep_stopped_syncs(*, now: datetime) -> int:
    """Queues again the runs whose worker died, and those whose time to try again has come; how many."""
    waiting = Q(retry_at__isnull=False, retry_at__lte=now)
    still = Q(retry_at__isnull=True, changed_at__lt=now - SILENCE)
    rows = SyncRun.objects.filter(waiting | still, state=SyncState.RUNNING.value)
    return take_up(TASK, list(rows.values_list("reference", flat=True)), now=now)


def sync(*, run: SyncRun, portions: int, clock: Callable[[], datetime]) -> bool:
    """Goes on with a run for so many portions; True when there is more to do at once. No transaction may be open.

    Whom the list is for is found once for all of them.
    """
    refuse_inside_transaction()
    token, service = secrets.token_hex(16), current_service()
    audience: Audience | None = None
    for _ in range(portions):
        now = clock()
        if not _take(run, token, now):
            break
        run.refresh_from_db()
        try:
            mailing = MailingList.objects.get(pk=run.list_id)
            audience = audience or find_audience(mailing, now)
        except DomainError as refused:
            _fail(run, token, refused.message, now)
            break
        if not _step(run, token, mailing, audience, service, clock):
            break
    is_ours = _let_go(run, token)
    return is_ours and run.state == SyncState.RUNNING and run.retry_at is None


def _take(run: SyncRun, token: str, now: datetime) -> bool:
    """Holds the run, unless it is over, waits for its time, or another worker is at it."""
    free = Q(held_until__isnull=True) | Q(held_until__lte=now) | Q(holder=token)
    due = Q(retry_at__isnull=True) | Q(retry_at__lte=now)
    here = SyncRun.objects.filter(free, due, pk=run.pk, state=SyncState.RUNNING.value)
    return bool(here.update(holder=token, held_until=now + HOLD, retry_at=None, changed_at=now))


def _let_go(run: SyncRun, token: str) -> bool:
    """Whether it was this worker that had it; False, too, when somebody let go of the list."""
    was_ours = SyncRun.objects.filter(pk=run.pk, holder=token).update(holder="", held_until=None)
    if was_ours:
        run.refresh_from_db()
    return bool(was_ours)


def _step(
    run: SyncRun,
    token: str,
    mailing: MailingList,
    audience: Audience,
    service: MailingService,
    clock: Callable[[], datetime],
) -> bool:
    """One portion, or hearing who left before the first; False when the run is over or has to wait."""
    sent: list[Sent] = []
    cursor, seen, is_last = run.cursor, 0, False
    try:
        if not run.has_heard:
            hear(run, mailing, service, clock())
            return _note_heard(run, token, mailing, clock())
        decisions = decide(run, mailing, audience, service, limit=PORTION, now=clock())
        cursor, seen = send(mailing, decisions, service, sent) or (run.cursor, 0)
        is_last = not decisions and not _remove_strangers(run, mailing, service, clock())
    except (ServiceBusy, ServiceSilent) as problem:
        write_down(run, token, mailing, sent, cursor=run.cursor, seen=0, now=clock())
        _wait(run, token, service, problem, clock())
        return False
    except ServiceRefused as refused:
        write_down(run, token, mailing, sent, cursor=run.cursor, seen=0, now=clock())
        _fail(run, token, str(refused), clock())
        return False
    is_ours = write_down(run, token, mailing, sent, cursor=cursor, seen=seen, now=clock())
    if is_last and is_ours:
        _finish(run, token, mailing, clock())
    return is_ours and not is_last


def _remove_strangers(run: SyncRun, mailing: MailingList, service: MailingService, now: datetime) -> bool:
    """Takes addresses off the list whose customers aren't ours any more; False when there was none."""
    rows = Subscriber.objects.filter(list=mailing, customer__isnull=True)
    found = list(rows.order_by("pk")[:50])
    for row in found:
        others = Subscriber.objects.filter(
            list=mailing, state=Standing.SUBSCRIBED.value, email=row.email, customer__isnull=False
        )
        if row.state == Standing.SUBSCRIBED and not others.exists():
            service.remove(list_id=mailing.service_id, email=row.email)
            SyncRun.objects.filter(pk=run.pk).update(removed=F("removed") + 1, changed_at=now)
        row.delete()
    return bool(found)


def _note_heard(run: SyncRun, token: str, mailing: MailingList, now: datetime) -> bool:
    with transaction.atomic():
        here = SyncRun.objects.filter(pk=run.pk, holder=token)
        is_ours = bool(here.update(has_heard=True, failures=0, problem="", changed_at=now))
        if is_ours:
            MailingList.objects.filter(pk=mailing.pk).update(heard_until=run.made_at)
    return is_ours


def _wait(run: SyncRun, token: str, service: MailingService, problem: Exception, now: datetime) -> None:
    """Leaves the service alone for a while; after many tries somebody has to look."""
    failures = run.failures + 1
    if isinstance(problem, ServiceBusy):
        why = f"{service.name} asks us to be slower."
    else:
        why = f"{service.name} doesn’t answer."
    if failures >= MOST_FAILURES:
        _fail(run, token, f"{why} It was tried {failures} times; go on when it is back.", now)
        return
    SyncRun.objects.filter(pk=run.pk, holder=token, state=SyncState.RUNNING.value).update(
        failures=failures, retry_at=now + wait_after(failures), problem=why, changed_at=now
    )


def _fail(run: SyncRun, token: str, problem: str, now: datetime) -> None:
    here = SyncRun.objects.filter(pk=run.pk, holder=token, state=SyncState.RUNNING.value)
    here.update(
        state=SyncState.FAILED.value,
        problem=problem[:300],
        retry_at=None,
        changed_at=now,
    )


def _finish(run: SyncRun, token: str, mailing: MailingList, now: datetime) -> None:
    """Records ``mailing_list.synced`` where anything was done."""
    with transaction.atomic():
        here = SyncRun.objects.filter(pk=run.pk, holder=token, state=SyncState.RUNNING.value)
        if not here.update(state=SyncState.FINISHED.value, problem="", retry_at=None, changed_at=now):
            return
        run.refresh_from_db()
        if run.sent or run.removed or run.unsubscribed or run.heard:
            record_event(
                EventName.MAILING_LIST_SYNCED,
                "mailing_list",
                mailing.pk,
                text=f"{say_sync(run)[:-1]} with the mailing list {mailing.name}",
                data={"run": run.reference},
                actor=actor_of(run),
                now=now,
            )


def say_sync(run: SyncRun) -> str:
    """What a run did, said after who began it: ``sent 38 customers and took 2 off.``"""
    text = f"sent {say_count(run.sent, 'customer', 'customers')}"
    if off := run.removed + run.unsubscribed:
        text += f" and took {off:,} off"
    if run.refused:
        text += f"; {run.refused:,} {'was' if run.refused == 1 else 'were'} refused"
    return f"{text}."
