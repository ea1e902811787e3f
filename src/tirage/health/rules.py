"""When a part of the installation is late, and how it is said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: How long each part may be silent before it is late.
WORKER_SILENT = timedelta(minutes=2)
ENTRY_LATE = timedelta(minutes=5)
URGENT_MAIL_WAITS = timedelta(minutes=2)
#: Mails that aren't one of a crowd; and so many that fail, with none taken, are no chance.
MAIL_WAITS = timedelta(minutes=15)
MANY_FAIL = 3
#: The same for the oldest job, by urgency.
JOB_WAITS = {
    "urgent": timedelta(minutes=1),
    "usual": timedelta(minutes=15),
    "bulk": timedelta(hours=6),
}


class Condition(StrEnum):
    OK = "ok"
    LATE = "late"
    #: It answers, and does nothing in earnest: money of the test gateway, of a shop that is open.
    TEST = "test"
    #: Nobody asked for it to be watched.
    UNWATCHED = "not watched"


@dataclass(frozen=True, slots=True)
class Part:
    """``words`` say how it is, for anybody who asks; ``detail`` is for the team; ``at``: when it last did well."""

    name: str
    title: str
    condition: Condition
    words: str
    detail: str = ""
    at: datetime | None = None

    @property
    def is_late(self) -> bool:
        """Whether somebody should look at it."""
        return self.condition in (Condition.LATE, Condition.TEST)


@dataclass(frozen=True, slots=True)
class Beat:
    """When something last went well, and last failed."""

    ok_at: datetime | None = None
    failed_at: datetime | None = None
    problem: str = ""

    @property
    def fails(self) -> bool:
        """The last thing heard was a failure."""
        return self.failed_at is not None and (self.ok_at is None or self.failed_at > self.ok_at)


def say_span(span: timedelta) -> str:
    """``40 seconds``, ``12 minutes``, ``3 hours``, ``2 days``: in whole ones, downwards."""
    seconds = max(int(span.total_seconds()), 0)
    for unit, length, most in (("second", 1, 90), ("minute", 60, 90), ("hour", 3600, 48)):
        if seconds < length * most:
            return _count(seconds // length, unit)
    return _count(seconds // 86_400, "day")


def _count(count: int, unit: str) -> str:
    return f"{count} {unit}" + ("" if count == 1 else "s")


#: What the worker's jobs do, as the team would say it.
_JOBS = {
    "send_mail": "sending a mail",
    "invite_group": "inviting a group",
    "move_group": "a bulk move",
    "ship_orders": "marking orders as shipped",
    "check_file": "checking an import",
    "import_file": "an import",
    "sync_list": "syncing a newsletter list",
    "leave_lists": "unsubscribing somebody at the newsletter service",
}


def say_job(path: str) -> str:
    """A job's task in words; one that has none by its name."""
    name = path.rpartition(".")[2]
    return _JOBS.get(name, name.replace("_", " "))


def worker_part(beat: Beat, now: datetime) -> Part:
    if beat.ok_at is None:
        return Part(
            "worker", "Worker", Condition.LATE, "never heard of", "Start tirage worker: mails wait for it."
        )
    silent = now - beat.ok_at
    if silent > WORKER_SILENT:
        words = f"not heard of for {say_span(silent)}"
        return Part("worker", "Worker", Condition.LATE, words, "Mails and jobs wait for it.", beat.ok_at)
    return Part("worker", "Worker", Condition.OK, "at work", "", beat.ok_at)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the schedule: when it is due, and what went wrong at its last run."""

    name: str
    due_at: datetime
    problem: str


def schedule_part(entries: list[Entry], now: datetime) -> Part:
    late = [entry.name for entry in entries if now - entry.due_at > ENTRY_LATE]
    failing = [entry for entry in entries if entry.problem]
    if not entries:
        return Part("schedule", "Schedule", Condition.LATE, "never run", "It runs with tirage worker.")
    if late:
        words = f"{_entries(len(late))} overdue"
        return Part("schedule", "Schedule", Condition.LATE, words, ", ".join(late))
    if failing:
        words = f"{_entries(len(failing))} failed"
        detail = "; ".join(f"{entry.name}: {entry.problem}" for entry in failing)
        return Part("schedule", "Schedule", Condition.LATE, words, detail)
    return Part("schedule", "Schedule", Condition.OK, "on time")


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


_A_JOB = {"urgent": "an urgent job", "usual": "a job", "bulk": "a job of many"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many jobs of one urgency wait, and since when the first of them."""

    urgency: str
    count: int
    since: datetime | None


def queue_part(queue: list[Waiting], now: datetime, failed: int = 0) -> Part:
    """``failed``: jobs that were given up of late, and that nobody has looked at."""
    late = [one for one in queue if one.since and now - one.since > JOB_WAITS[one.urgency]]
    count = sum(one.count for one in queue)
    if late:
        first = late[0]
        assert first.since is not None
        words = f"{_A_JOB[first.urgency]} waits for {say_span(now - first.since)}"
        return Part(
            "queue", "Jobs", Condition.LATE, words, "The worker is away, or busy with something long."
        )
    if failed:
        return Part(
            "queue",
            "Jobs",
            Condition.LATE,
            f"{_count(failed, 'job')} given up",
            "Settings, Running, says which and why.",
        )
    return Part("queue", "Jobs", Condition.OK, f"{_count(count, 'job')} waiting" if count else "none waiting")


@dataclass(frozen=True, slots=True)
class Post:
    """Mails that failed and are tried again, and those that wait untried: how many, and since when the first."""

    failing: int = 0
    waiting: int = 0
    since: datetime | None = None


def mail_part(
    beat: Beat, urgent_since: datetime | None, now: datetime, post: Post = Post()
) -> Part:  # frozen
    if beat.fails:
        assert beat.failed_at is not None
        words = f"the mail server failed {say_span(now - beat.failed_at)} ago"
        return Part("mail", "Mail", Condition.LATE, words, beat.problem, beat.ok_at)
    if urgent_since and now - urgent_since > URGENT_MAIL_WAITS:
        words = f"an urgent mail waits for {say_span(now - urgent_since)}"
        return Part("mail", "Mail", Condition.LATE, words, "Somebody waits to sign in.", beat.ok_at)
    if post.since and now - post.since > MAIL_WAITS:
        wait = "waits" if post.waiting == 1 else "wait"
        words = f"{_count(post.waiting, 'mail')} {wait}, the first for {say_span(now - post.since)}"
        return Part("mail", "Mail", Condition.LATE, words, "The worker sends them.", beat.ok_at)
    silent = beat.ok_at is None or now - beat.ok_at > MAIL_WAITS
    if post.failing >= MANY_FAIL and silent:
        words = f"{_count(post.failing, 'mail')} failed and are tried again, and none was taken meanwhile"
        return Part("mail", "Mail", Condition.LATE, words, "Settings, Mails, says why.", beat.ok_at)
    words = f"last sent {say_span(now - beat.ok_at)} ago" if beat.ok_at else "none sent yet"
    return Part("mail", "Mail", Condition.OK, words, "", beat.ok_at)


def gateway_part(beat: Beat, now: datetime, *, moves_money: bool = True) -> Part:
    """``moves_money`` is false for a shop in earnest whose gateway, or whose keys, are for tests."""
    title = "Payment gateway"
    if beat.fails:
        assert beat.failed_at is not None
        words = f"it failed {say_span(now - beat.failed_at)} ago, and has not answered since"
        return Part("gateway", title, Condition.LATE, words, f"It failed with: {beat.problem}.", beat.ok_at)
    if not moves_money:
        return Part(
            "gateway",
            title,
            Condition.TEST,
            "it is for tests, so no card is charged",
            "Customers see their orders as paid. Set TIRAGE_GATEWAY and its live keys before you sell.",
            beat.ok_at,
        )
    words = f"last answered {say_span(now - beat.ok_at)} ago" if beat.ok_at else "not asked yet"
    return Part("gateway", title, Condition.OK, words, "", beat.ok_at)


def backup_part(beat: Beat, hours: int, now: datetime) -> Part:
    """``hours``: how old a backup may be; 0 when nobody asked for them to be watched."""
    age = f"made {say_span(now - beat.ok_at)} ago" if beat.ok_at else "none was ever recorded"
    if not hours:
        return Part("backup", "Backup", Condition.UNWATCHED, age, "", beat.ok_at)
    if beat.ok_at is None or now - beat.ok_at > timedelta(hours=hours):
        return Part("backup", "Backup", Condition.LATE, age, "Run tirage backup, each night.", beat.ok_at)
    return Part("backup", "Backup", Condition.OK, age, "", beat.ok_at)
