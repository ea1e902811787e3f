"""How much anybody may send, decided by what the request says of itself, before a byte of it is read."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve

from tirage.parts.middleware import request_id
from tirage.staff.permissions import may
from tirage.staff.uploads import most_bytes


class BodyMiddleware:
    """Refuses what is larger than forms are, but for files of the team where the view takes them.

    Whoever may not send a file is refused before it is received: a stranger fills no disk. So is a body that doesn't
    say how long it is (411): it would have to be read to know.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        status = _refusal(request)
        if not status:
            return self.get_response(request)
        return render(request, f"{status}.html", {"request_id": request_id(request)}, status=status)


def _refusal(request: HttpRequest) -> int:
    said = request.META.get("CONTENT_LENGTH") or ""
    if not said:
        return 411 if request.META.get("HTTP_TRANSFER_ENCODING") else 0
    if not (said.isascii() and said.isdigit()):
        return 411
    length = int(said[:18])
    if length <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return 0
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return 413
    most = most_bytes(view)
    needed = getattr(view, "needed_permissions", None)
    if most and not (needed and all(may(request.user, permission) for permission in needed)):
        return 403
    return 413 if length > most else 0
