"""Devices on which a member has signed in before: strangers' wrong passwords keep nobody out of those.

Wrong passwords count for an account by the address that they come from, and, from devices unknown to it, from wherever
they come. So nobody guesses on by changing addresses, and the member goes on: on the usual device, or by the mailed
link, which makes a device known. (OWASP calls such a cookie a device cookie.)
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from tirage.staff.models import StaffMember

COOKIE = "tirage_known_device"
LIFE = timedelta(days=180)
PATH = "/winery/sign-in/"
_SALT = "tirage.staff.device"


def remember_device(response: HttpResponseBase, member: StaffMember) -> None:
    """Makes the device known for half a year, or until the password is another one."""
    response.set_cookie(
        COOKIE,
        signing.dumps([member.pk, member.get_session_auth_hash()], salt=_SALT),
        max_age=LIFE,
        path=PATH,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def is_known_device(request: HttpRequest, email: str) -> bool:
    """Whether the member with this address has signed in here before."""
    try:
        member_id, password = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=LIFE)
    except (signing.BadSignature, ValueError):
        return False
    member = StaffMember.objects.filter(pk=member_id, email=email, is_active=True).first()
    return member is not None and password == member.get_session_auth_hash()


def counted_by(request_or_attempt: Any, credentials: dict[str, Any] | None = None) -> list[Any]:
    """What axes counts wrong passwords by: account with address, and for unknown devices the account alone."""
    by_address = ["username", "ip_address"]
    if not isinstance(request_or_attempt, HttpRequest):
        return [by_address]
    email = name_of_attempt(request_or_attempt, credentials)
    return [by_address] if is_known_device(request_or_attempt, email) else [by_address, ["username"]]


def name_of_attempt(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The address that a sign-in was tried for."""
    given = (credentials or {}).get("email") or request.POST.get("login", "")
    return str(given).strip().lower()[:250]
