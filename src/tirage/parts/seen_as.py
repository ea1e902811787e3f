"""Staff looking at the shop with a customer's eyes: one signed cookie that the back office gives and the shop reads.

It carries no rights of its own: the shop honours it only together with the staff session it was made in, shows
pages, and refuses everything that would change something.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

COOKIE = "tirage_seen_as"
LIFE_SECONDS = 3600
_SALT = "tirage.parts.seen_as"


@dataclass(frozen=True, slots=True)
class SeenAs:
    """Whom staff see; with ``offer_reference`` that offer is shown at the time ``at`` (None: now), open or not.

    ``order_path`` takes an order for them in the back office; empty for who may not.
    """

    customer_id: int
    staff_id: int
    back_path: str
    offer_reference: str = ""
    at: datetime | None = None
    order_path: str = ""


def start_seeing(response: HttpResponseBase, seen: SeenAs) -> None:
    """Puts the cookie on a response that leads to the shop. The caller has checked the permission and records it."""
    facts = [
        seen.customer_id,
        seen.staff_id,
        seen.back_path,
        seen.offer_reference,
        _say(seen.at),
        seen.order_path,
    ]
    response.set_cookie(
        COOKIE,
        signing.dumps(facts, salt=_SALT),
        max_age=LIFE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
    )


def stop_seeing(response: HttpResponseBase) -> None:
    """Takes the cookie back."""
    response.delete_cookie(COOKIE, samesite="Lax")


def read_seen_as(request: HttpRequest) -> SeenAs | None:
    """What the cookie says while its staff member is signed in; None otherwise. Two statements when there is one."""
    raw = request.COOKIES.get(COOKIE)
    if not raw:
        return None
    try:
        customer_id, staff_id, back_path, offer_reference, at, order_path = signing.loads(
            raw, salt=_SALT, max_age=LIFE_SECONDS
        )
    except (signing.BadSignature, ValueError):
        return None
    if not request.user.is_authenticated or not request.user.is_active or request.user.pk != staff_id:
        return None
    return SeenAs(
        customer_id,
        staff_id,
        back_path,
        offer_reference,
        datetime.fromisoformat(at) if at else None,
        order_path,
    )


def _say(at: datetime | None) -> str:
    return at.isoformat() if at else ""
