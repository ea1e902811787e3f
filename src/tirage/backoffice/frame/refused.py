"""What a member of the team sees where there is no way on: the words, and the rail to go elsewhere.

Everybody else, and whoever can't be asked for because the database is away, gets the plain pages of ``parts``.
"""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import defaults

from tirage.parts import failures
from tirage.parts.hands import GoneMeanwhile
from tirage.parts.middleware import request_id
from tirage.staff.models import StaffMember
from tirage.staff.permissions import ROLE_WORDS, NotAllowed, Permission, roles_with
from tirage.staff.states import Role

_INSIDE = "/winery/"
#: Colleagues that are named; more are no help.
_NAMED = 4


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the role doesn't include it; who may do it, and who may change the role."""
    member = _member(request)
    if member is None:
        return defaults.permission_denied(request, exception)  # type: ignore[arg-type]  # Django's stubs want one
    needed = exception.needed if isinstance(exception, NotAllowed) else frozenset()
    may_do = _names(needed, member) if needed else []
    owners = _names(frozenset({Permission.MANAGE_TEAM}), member)
    context = {
        "role": ROLE_WORDS[Role(member.role)][0],
        "may_do": may_do,
        "owners": owners,
        "same": may_do == owners,
    }
    return _page(request, "forbidden", context, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing at this address; 410 with what was typed, where somebody removed what a form is about."""
    if isinstance(exception, GoneMeanwhile) or _member(request) is None:
        return failures.not_found(request, exception)
    return _page(request, "not_found", {}, 404)


def broken(request: HttpRequest) -> HttpResponse:
    """500: with the rail where the member is known already and nothing more has to be asked for."""
    answer = failures.server_error(request)
    known = getattr(request, "_cached_user", None)
    if answer.status_code != 500 or not _is_inside(request) or not isinstance(known, StaffMember):
        return answer
    try:
        return _page(request, "broken", {}, 500)
    except Exception:
        return answer


def _page(request: HttpRequest, name: str, context: dict[str, Any], status: int) -> HttpResponse:
    facts = {"request_id": request_id(request), **context}
    return render(request, f"backoffice/frame/{name}.html", facts, status=status)


def _is_inside(request: HttpRequest) -> bool:
    return request.path.startswith(_INSIDE)


def _member(request: HttpRequest) -> StaffMember | None:
    """Who is signed in to the back office, on one of its addresses."""
    if not _is_inside(request):
        return None
    try:
        user = getattr(request, "user", None)
        return user if isinstance(user, StaffMember) and user.is_active else None
    except DatabaseError:
        return None


def _names(needed: frozenset[Permission], member: StaffMember) -> list[str]:
    roles = [role.value for role in roles_with(needed)]
    found = StaffMember.objects.filter(is_active=True, role__in=roles).exclude(pk=member.pk)
    return list(found.order_by("name").values_list("name", flat=True)[:_NAMED])
