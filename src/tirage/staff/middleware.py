"""What the staff's door keeps of a session's device, and what it says when it is crowded or tried too often."""

from __future__ import annotations

import math
from collections.abc import Callable

from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tirage.core.clock import read_clock
from tirage.core.waits import Door, TooSoon, say_wait
from tirage.parts.devices import device_of
from tirage.staff.keeping import remember_desk
from tirage.staff.passwords import PasswordChecksBusy
from tirage.staff.session_store import SessionStore


class StaffSessionMiddleware(SessionMiddleware):
    """Django's, which also knows the device and, rarely, writes down that the session is used."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if isinstance(request.session, SessionStore):
            request.session.device = device_of(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        remember_desk(request, response)
        answer = super().process_response(request, response)
        if isinstance(request.session, SessionStore):
            request.session.note_use(now=read_clock())
        return answer


class CrowdedDoorMiddleware:
    """Turns ``PasswordChecksBusy`` into a page that asks for patience, ``TooSoon`` into one that says when."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, PasswordChecksBusy):
            response = render(request, "account/busy.html", {"words": exception.message}, status=503)
            response["Retry-After"] = "30"
            return response
        if isinstance(exception, TooSoon):
            context = {"wait": say_wait(exception.wait), "is_code": exception.door is Door.STAFF_CODE}
            response = render(request, "account/locked_out.html", context, status=429)
            response["Retry-After"] = str(math.ceil(exception.wait.total_seconds()))
            return response
        return None
