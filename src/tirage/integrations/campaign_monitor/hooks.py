"""Addresses at which Campaign Monitor tells us what happens on a list, and what it says there.

It signs nothing, so each list's address carries a secret of its own, made from the installation's key.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.urls import reverse

from tirage.marketing.protocol import Change, Told

#: Where all these addresses are; there while a key is set (``config/urls.py``).
PREFIX = "newsletter-events/"
#: Of its events those that we ask for.
EVENTS = ["Subscribe", "Deactivate", "Update"]
_URLS = "tirage.integrations.campaign_monitor.urls"
_ENDS = {"Unsubscribed": Change.UNSUBSCRIBED, "Bounced": Change.BOUNCED, "Deleted": Change.REMOVED}


def address_for(list_id: str) -> str:
    """Where it tells us of this list, in full."""
    path = reverse("told", urlconf=_URLS, args=[list_id, _secret(settings.SECRET_KEY, list_id)])
    return f"{settings.SITE_URL}/{PREFIX}{path.removeprefix('/')}"


def is_ours(list_id: str, secret: str) -> bool:
    """Whether the secret is that of the list, made from today's key or one of the old ones."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(hmac.compare_digest(_secret(key, list_id).encode(), secret.encode()) for key in keys)


def _secret(key: str, list_id: str) -> str:
    return hmac.new(key.encode(), f"campaign monitor tells of {list_id}".encode(), sha256).hexdigest()[:40]


def read_told(body: Any) -> Iterator[Told]:
    """What a call says, the earliest first; raises ValueError, KeyError or TypeError where it can't be read.

    Who subscribes there by themselves agrees to nothing here, so that is no change.
    """
    for event in sorted(body["Events"] or [], key=lambda one: str(one["Date"])):
        at = datetime.fromisoformat(event["Date"]).replace(tzinfo=UTC)
        email = str(event["EmailAddress"])
        if event["Type"] == "Deactivate" and event["State"] in _ENDS:
            yield Told(_ENDS[event["State"]], email, at)
        elif event["Type"] == "Update" and event["OldEmailAddress"].lower() != email.lower():
            yield Told(Change.MOVED, str(event["OldEmailAddress"]), at, to=email)
