"""Two questions that a load balancer or a person asks: is the process up, and can it do its work?"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tirage.cli.starting import missing_migrations
from tirage.core.errors import DomainError

#: Seconds in which the database answers, or is said not to.
DEADLINE = 3.0
_seen_complete = False
#: One thread with a connection of its own: a database that hangs holds it, and no other of the server's.
_asker = ThreadPoolExecutor(1, thread_name_prefix="readyz")
_asked: Future[str] | None = None


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and has this version's tables; 503 with the reason otherwise, within seconds."""
    problem = _within(DEADLINE)
    return HttpResponse(f"{problem or 'ready'}\n", status=503 if problem else 200, content_type="text/plain")


def _within(seconds: float) -> str:
    """The problem, if any. Who asks while an earlier question still hangs waits for that one's answer."""
    global _asked
    if _asked is None or _asked.done():
        _asked = _asker.submit(_problem)
    try:
        return _asked.result(seconds)
    except TooLate:
        return "the database doesn't answer in time"


def _problem() -> str:
    """Migrations are looked up until they are complete once: they aren't undone under a running server."""
    global _seen_complete
    try:
        _ping()
        if not _seen_complete and missing_migrations():
            return "migrations are missing"
    except (DatabaseError, DomainError):
        return "the database doesn't answer"
    finally:
        # Asked anew each time: what is kept may be what is broken.
        connection.close()
    _seen_complete = True
    return ""


def _ping() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
