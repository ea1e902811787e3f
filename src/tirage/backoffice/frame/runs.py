"""What the worker does for somebody, as pages show it: how far it is, and what came of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from tirage.core.runs import Run
from tirage.staff.permissions import staff_actor


def say_run(request: HttpRequest, run: Run, words: str) -> str:
    """``You put 3 customers into Premier.``, or ``Hugo Bell put …`` where a colleague began it."""
    member = staff_actor(request)
    is_own = (run.actor_kind, run.actor_id) == (member.kind, member.id)
    return f"{'You' if is_own else run.actor_label} {words}"


def bar_or_page(request: HttpRequest, bar: dict[str, Any] | None, page: str) -> HttpResponse:
    """The bar alone (what ``parts/progress.html`` takes); the whole ``page`` once nothing is under way any more."""
    if bar is not None:
        return render(request, "parts/progress.html", bar)
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return redirect(page)
