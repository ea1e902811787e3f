"""A mail provider's webhook: what it says is read by django-anymail, believed with our secret, and told on as one word.

Only a refusal for good and a complaint are told; delays, full mailboxes and the rest are the provider's to try again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from anymail.exceptions import AnymailError, AnymailWebhookValidationFailure
from anymail.signals import EventType, RejectReason
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tirage.core.clock import read_clock
from tirage.core.reactions import react

_log = structlog.get_logger(__name__)
#: The providers whose webhooks are proven by our secret, with anymail's reader of each.
READERS = {
    "brevo": "anymail.webhooks.brevo.BrevoTrackingWebhookView",
    "mailjet": "anymail.webhooks.mailjet.MailjetTrackingWebhookView",
    "postmark": "anymail.webhooks.postmark.PostmarkTrackingWebhookView",
    "sparkpost": "anymail.webhooks.sparkpost.SparkPostTrackingWebhookView",
}
#: Providers' own words for a refusal that may pass.
_PASSING = frozenset({"SoftBounce", "soft_bounce", "soft-bounce", "blocked"})
_UNREADABLE = (AnymailError, ValueError, KeyError, TypeError, AttributeError, IndexError)


@csrf_exempt
@never_cache
@require_http_methods(["POST", "HEAD"])
def told(request: HttpRequest) -> HttpResponse:
    """What the provider tells; refused without our secret, and not there while none is set."""
    if not settings.TIRAGE_MAIL_WEBHOOK_SECRET:
        raise Http404("nobody tells us")
    reader = import_string(READERS[settings.TIRAGE_MAIL_PROVIDER])
    view = reader(webhook_secret=settings.TIRAGE_MAIL_WEBHOOK_SECRET)
    try:
        view.run_validators(request)
    except AnymailWebhookValidationFailure:
        return _say("not our mail provider", 403)
    if request.method == "HEAD":
        return _say("", 200)
    try:
        events = list(view.parse_events(request))
    except _UNREADABLE as problem:
        _log.error("mail_event_unreadable", problem=type(problem).__name__)
        return _say("no events", 400)
    now = read_clock()
    for event in events:
        _tell(event, view.esp_name, now)
    return _say("heard", 200)


def _tell(event: Any, provider: str, now: datetime) -> None:
    why = _why(event)
    if why and isinstance(event.recipient, str) and event.recipient:
        words = str(event.description or event.mta_response or "")
        react("mailbox.told", address=event.recipient, why=why, words=words, provider=provider, now=now)


def _why(event: Any) -> str:
    """``bounced`` for good, ``complained``, or nothing that we act on."""
    if event.event_type == EventType.COMPLAINED:
        return "complained"
    refused = event.event_type == EventType.BOUNCED or (
        event.event_type == EventType.REJECTED and event.reject_reason == RejectReason.INVALID
    )
    own = event.esp_event if isinstance(event.esp_event, dict) else {}
    passes = {str(own.get(name, "")) for name in ("Type", "type", "event")} & _PASSING
    return "bounced" if refused and not passes and own.get("hard_bounce", True) else ""


def _say(words: str, status: int) -> HttpResponse:
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain")
