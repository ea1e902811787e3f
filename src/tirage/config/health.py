"""What a load balancer, a person or Prometheus asks: is the process up, can it do its work, and how much does it do?"""

from __future__ import annotations

import secrets
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tirage.cli.starting import missing_migrations
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.health.probes import database_problem, disk_problem
from tirage.health.queries import all_parts
from tirage.health.rules import Part

#: Seconds in which the database answers, or is said not to.
DEADLINE = 3.0
#: Seconds for which an answer is given again: trying costs the database a little, and anybody may ask.
KEPT = 2.0
_seen_complete = False
#: One thread with a connection of its own: a database that hangs holds it, and no other of the server's.
_asker = ThreadPoolExecutor(1, thread_name_prefix="readyz")
_asked: Future[Reading] | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found: problems by what the server can't do without, and the parts that it can."""

    database: str = ""
    disk: str = ""
    parts: list[Part] = field(default_factory=list)
    at: float = field(default_factory=time.monotonic)

    @property
    def problem(self) -> str:
        return self.database or self.disk


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database has this version's tables and takes changes, and the disks have room; 503 otherwise.

    The first line says which, with the reason; then each part with ``ok`` or ``late`` and why. Parts that don't stop
    the shop are named and decide nothing. Within seconds, whatever hangs.
    """
    reading = _within(DEADLINE)
    lines = [
        reading.problem or "ready",
        _line("database", reading.database),
        _line("disk", reading.disk),
        *(f"{part.name}: {part.condition.value}, {part.words}" for part in reading.parts),
    ]
    status = 503 if reading.problem else 200
    return HttpResponse("\n".join(lines) + "\n", status=status, content_type="text/plain")


@require_safe
@never_cache
def readyz_part(request: HttpRequest, name: str) -> HttpResponse:
    """One part alone, such as ``/readyz/worker``: 200 when it is well or nobody asked for it to be watched, else 503.

    For who is to be woken by it; whether the shop sells says ``/readyz``.
    """
    reading = _within(DEADLINE)
    server = {"database": reading.database, "disk": reading.disk}
    if name in server:
        return _answer(_line(name, server[name]), is_well=not server[name])
    part = next((part for part in reading.parts if part.name == name), None)
    if part is None and not reading.database:
        raise Http404("there is no such part")
    if part is None:
        return _answer(f"{name}: unknown, {reading.database}", is_well=False)
    return _answer(f"{part.name}: {part.condition.value}, {part.words}", is_well=not part.is_late)


def _answer(line: str, *, is_well: bool) -> HttpResponse:
    return HttpResponse(line + "\n", status=200 if is_well else 503, content_type="text/plain")


def _line(name: str, problem: str) -> str:
    return f"{name}: late, {problem}" if problem else f"{name}: ok"


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, for who brings ``TIRAGE_METRICS_TOKEN``; without one set there is no such page."""
    if not settings.TIRAGE_METRICS_TOKEN:
        raise Http404("no figures are given")
    brought = request.headers.get("Authorization", "").encode()
    if not secrets.compare_digest(brought, f"Bearer {settings.TIRAGE_METRICS_TOKEN}".encode()):
        return HttpResponse(
            "Bring the token.\n",
            status=401,
            content_type="text/plain",
            headers={"WWW-Authenticate": "Bearer"},
        )
    # Counting begins when this is first imported, in the way that the server has chosen by then.
    from tirage.health.metrics import CONTENT_TYPE, say_figures

    return HttpResponse(say_figures(), content_type=CONTENT_TYPE)


def _within(seconds: float) -> Reading:
    """Who asks while an earlier question still hangs waits for that one's answer."""
    global _asked
    if _asked is None or (_asked.done() and _is_old(_asked)):
        _asked = _asker.submit(_read)
    try:
        return _asked.result(seconds)
    except TooLate:
        return Reading(database="the database doesn't answer in time")


def _is_old(asked: Future[Reading]) -> bool:
    return asked.exception() is not None or time.monotonic() - asked.result().at >= KEPT


def _read() -> Reading:
    disk = disk_problem()
    try:
        database = _database()
        return Reading(database, disk, [] if database else all_parts(read_clock()))
    except (DatabaseError, InterfaceError, DomainError):
        return Reading("the database doesn't answer", disk)
    finally:
        # Asked anew each time: what is kept may be what is broken.
        connection.close()


def _database() -> str:
    """Migrations are looked up until they are complete once: they aren't undone under a running server."""
    global _seen_complete
    _ping()
    if not _seen_complete and missing_migrations():
        return "migrations are missing"
    _seen_complete = True
    return database_problem(read_clock())


def _ping() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
