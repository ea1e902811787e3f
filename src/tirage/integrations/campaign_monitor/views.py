"""Campaign Monitor tells us at once who left a list; believed with the secret of the address."""

from __future__ import annotations

import json

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tirage.core.reactions import react
from tirage.integrations.campaign_monitor.hooks import is_ours, read_told

_log = structlog.get_logger(__name__)
#: Characters of an address, and changes of one call; it batches what happens together.
_LONGEST, _MOST = 254, 1_000


@csrf_exempt
@never_cache
@require_POST
def told(request: HttpRequest, list_id: str, secret: str) -> HttpResponse:
    """Keeps what is told for the worker; what can't be read is refused, so that it shows at Campaign Monitor."""
    if not is_ours(list_id, secret):
        return _say("not an address of ours", 403)
    try:
        changes = list(read_told(json.loads(request.body)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        _log.error("campaign_monitor_told_unreadable", problem=type(problem).__name__)
        return _say("can't be read", 400)
    kept = [one for one in changes if max(len(one.email), len(one.to)) <= _LONGEST]
    for start in range(0, len(kept), _MOST):
        react(
            "newsletter.told", service="campaign_monitor", list_id=list_id, told=kept[start : start + _MOST]
        )
    return _say("heard", 200)


def _say(words: str, status: int) -> HttpResponse:
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain")
