"""Two questions that a load balancer or a person asks: is the process up, and can it do its work?"""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tirage.cli.starting import missing_migrations
from tirage.core.errors import DomainError

_seen_complete = False


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and has this version's tables; 503 with the reason otherwise."""
    problem = _problem()
    return HttpResponse(f"{problem or 'ready'}\n", status=503 if problem else 200, content_type="text/plain")


def _problem() -> str:
    """Migrations are looked up until they are complete once: they aren't undone under a running server."""
    global _seen_complete
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _seen_complete and missing_migrations():
            return "migrations are missing"
    except (DatabaseError, DomainError):
        return "the database doesn't answer"
    _seen_complete = True
    return ""
