"""What the staff's door says when it is crowded."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tirage.staff.passwords import PasswordChecksBusy


class BusyDoorMiddleware:
    """Turns ``PasswordChecksBusy`` into a page that asks to try again, 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, PasswordChecksBusy):
            return None
        response = render(request, "account/busy.html", {"words": exception.message}, status=503)
        response["Retry-After"] = "30"
        return response
