"""How the parts of the installation do, read from what they have left behind: four small queries."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db.models import Case, Count, F, Min, Q, QuerySet, Value, When
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult, get_date_max

from tirage.core.heartbeats import BACKUP, MAIL, WORKER, gateway_beat
from tirage.core.jobs import Urgency
from tirage.core.models import Heartbeat
from tirage.health.rules import (
    Beat,
    Entry,
    Part,
    Post,
    Waiting,
    backup_part,
    gateway_part,
    mail_part,
    queue_part,
    schedule_part,
    worker_part,
)
from tirage.notifications.kinds import KINDS
from tirage.notifications.models import SentMail

#: An urgent mail older than this has run out; nobody waits for it any more.
GONE = timedelta(days=1)
#: How long a given-up job is told of.
FAILED_FOR, SETTLED = timedelta(days=7), timedelta(minutes=1)
_CROWD = [kind.value for kind, facts in KINDS.items() if facts.urgency is Urgency.BULK]
_URGENT = [kind.value for kind, facts in KINDS.items() if facts.urgency is Urgency.NOW]


def all_parts(now: datetime) -> list[Part]:
    """Every part, in the order in which it matters to customers."""
    beats = heartbeats()
    return [
        worker_part(beats.get(WORKER, Beat()), now),
        schedule_part(_entries(), now),
        queue_part(waiting_jobs(now), now, failed_jobs(now).count()),
        mail_part(beats.get(MAIL, Beat()), *_mails(now)),
        gateway_part(
            beats.get(gateway_beat(settings.TIRAGE_GATEWAY), Beat()),
            now,
            moves_money=settings.TIRAGE_MOVES_MONEY,
        ),
        backup_part(beats.get(BACKUP, Beat()), settings.TIRAGE_BACKUP_HOURS, now),
    ]


def late_parts(now: datetime) -> list[Part]:
    """Those that somebody should look at."""
    return [part for part in all_parts(now) if part.is_late]


def what_holds_mails(now: datetime) -> list[Part]:
    """The late parts without which no mail leaves: the worker, the mail server."""
    beats = heartbeats()
    found = [worker_part(beats.get(WORKER, Beat()), now), mail_part(beats.get(MAIL, Beat()), *_mails(now))]
    return [part for part in found if part.is_late]


def heartbeats() -> dict[str, Beat]:
    """What was noted of the parts, but not how often."""
    names = (WORKER, MAIL, BACKUP, gateway_beat(settings.TIRAGE_GATEWAY))
    rows = Heartbeat.objects.filter(name__in=names).values_list("name", "ok_at", "failed_at", "problem")
    return {name: Beat(ok_at, failed_at, problem) for name, ok_at, failed_at, problem in rows}


def _entries() -> list[Entry]:
    """The schedule's rows, found by the model's name: it is the worker's. Entries of former versions don't count."""
    known = [entry.name for entry in import_string(settings.TIRAGE_SCHEDULE)]
    rows: Any = apps.get_model("cli", "ScheduledRun")._default_manager.filter(name__in=known)
    return [Entry(*facts) for facts in rows.order_by("name").values_list("name", "due_at", "problem")]


def waiting_jobs(now: datetime) -> list[Waiting]:
    """Jobs that could run, by urgency, the most urgent first."""
    at_once = Q(run_after=get_date_max())
    rows = (
        DBTaskResult.objects.filter(Q(run_after__lte=now) | at_once, status="READY")
        .annotate(
            urgency=Case(
                When(priority__gt=Urgency.SOON, then=Value("urgent")),
                When(priority__lt=Urgency.SOON, then=Value("bulk")),
                default=Value("usual"),
            ),
            since=Case(When(at_once, then=F("enqueued_at")), default=F("run_after")),
        )
        .order_by()
        .values("urgency")
        .annotate(count=Count("pk"), first=Min("since"))
    )
    found = {row["urgency"]: Waiting(row["urgency"], row["count"], row["first"]) for row in rows}
    return [found.get(urgency, Waiting(urgency, 0, None)) for urgency in ("urgent", "usual", "bulk")]


def failed_jobs(now: datetime) -> QuerySet[Any]:
    """Jobs that were given up within a week and that nobody let go of, the newest first."""
    # Of those with tries left the worker makes waiting ones within seconds.
    ended = {"finished_at__gt": now - FAILED_FOR, "finished_at__lte": now - SETTLED}
    return DBTaskResult.objects.filter(status="FAILED", **ended).order_by("-finished_at")


def is_job(number: str) -> bool:
    """Whether there is such a job, whatever it is doing."""
    try:
        return DBTaskResult.objects.filter(pk=UUID(number)).exists()
    except ValueError:
        return False


def _mails(now: datetime) -> tuple[datetime | None, datetime, Post]:
    """When the first urgent mail was due that was neither sent nor tried in vain; and how the others do."""
    unsent = SentMail.objects.filter(sent_at__isnull=True, ended="", due_at__lte=now)
    untried = Q(problem="")
    found = unsent.aggregate(
        urgent=Min("due_at", filter=untried & Q(kind__in=_URGENT, due_at__gt=now - GONE)),
        failing=Count("pk", filter=~untried),
        waiting=Count("pk", filter=untried & ~Q(kind__in=[*_URGENT, *_CROWD])),
        since=Min("due_at", filter=untried & ~Q(kind__in=[*_URGENT, *_CROWD])),
    )
    return found["urgent"], now, Post(found["failing"], found["waiting"], found["since"])
