"""Devices on which a member has signed in before: strangers' wrong passwords and codes keep nobody out of those.

Each counts its own wrong tries, and all unknown ones count together, from wherever they come (``core.waits``). So
nobody guesses on by changing addresses, and the member goes on: on the usual device, or by the mailed link, which
makes a device known.
"""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponseBase

from tirage.core.waits import ELSEWHERE
from tirage.parts.devices import DeviceCookie
from tirage.staff.models import StaffMember

COOKIE = "tirage_known_device"
KNOWN = DeviceCookie(COOKIE, "tirage.staff.device", "/winery/sign-in/", timedelta(days=180))


def remember_device(response: HttpResponseBase, member: StaffMember) -> None:
    """Makes the device known for half a year, or until the password is another one."""
    KNOWN.remember(response, [member.pk, member.get_session_auth_hash()])


def known_device(request: HttpRequest, email: str) -> str:
    """The name of this device where the member with that address has signed in on it before; else ELSEWHERE."""
    found = KNOWN.read(request)
    if found is None or len(found[0]) != 2:
        return ELSEWHERE
    member_id, password = found[0]
    member = StaffMember.objects.filter(pk=member_id, email=email, is_active=True).first()
    return found[1] if member and password == member.get_session_auth_hash() else ELSEWHERE
