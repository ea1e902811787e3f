"""Moving in: the checklist with what waits, the sums beside the former system's, and the name under them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.backoffice.moving.checklist import checklist
from tirage.backoffice.moving.forms import KIND_WORDS, FiguresForm, OpenForm, SignForm, StartForm
from tirage.backoffice.moving.page import (
    brought_files,
    brought_things,
    files_by_reference,
    outcome_words,
    say_rows,
)
from tirage.backoffice.settings.tabs import settings_tabs
from tirage.core.clock import read_clock
from tirage.moving import reconciling
from tirage.moving.card_runs import waiting_cards
from tirage.moving.models import MovedOrder, MoveRun, SignOff
from tirage.moving.releases import former_releases
from tirage.moving.states import By, MoveState
from tirage.staff.permissions import Permission, staff_actor, staff_required
from tirage.staff.uploads import takes_file

MOST_SUMS = 400
FILE_BYTES = 10_000_000


@require_safe
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
def move_in(request: HttpRequest) -> HttpResponseBase:
    """What there is to bring, the files that are here, and what can be done with them now."""
    runs = MoveRun.objects.order_by("-pk")
    latest = list(runs[:5])
    running = next((one for one in latest if one.state == MoveState.RUNNING), None)
    context = {
        "steps": checklist(),
        "files": brought_files(),
        "things": brought_things(),
        "cards": waiting_cards(),
        "waiting": MovedOrder.objects.filter(is_waiting=True).count(),
        "runs": [(one, outcome_words(one)) for one in latest],
        "running": running,
        "signed": SignOff.objects.filter(stands=True).first(),
        "form": StartForm(),
        "open_form": OpenForm(),
        "tabs": settings_tabs(request, "backoffice:move_in"),
    }
    return render(request, "backoffice/moving/move_in.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
@takes_file(FILE_BYTES)
def sums(request: HttpRequest) -> HttpResponseBase:
    """Ours beside theirs, by one kind at a time; sending takes figures of the former system."""
    form = FiguresForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            now, actor = read_clock(), staff_actor(request)
            read: dict[By, dict[str, int]] = form.cleaned_data["read"]
            for by, figures in read.items():
                reconciling.keep_figures(by=by, figures=figures, actor=actor, now=now)
            first = next(iter(read), By.YEAR)
            messages.success(request, "You kept their figures. Here they are beside yours.")
            return redirect(f"{reverse('backoffice:moving_sums')}?by={first.value}")
    return _sums_page(request, form, status=422 if form.is_bound and form.errors else 200)


def _sums_page(request: HttpRequest, form: FiguresForm, status: int = 200) -> HttpResponseBase:
    by = _kind(request)
    compared = reconciling.compare(by)
    known = reconciling.compared_kinds()
    left = reconciling.differences()
    has_theirs = by in known
    shown = sorted(compared, key=lambda one: (not (has_theirs and one.difference), one.key))
    context = {
        "by": by,
        "kinds": [(one, words, one in known) for one, words in KIND_WORDS.items()],
        "rows": [(one, _behind_url(one)) for one in shown[:MOST_SUMS]],
        "more": max(len(shown) - MOST_SUMS, 0),
        "has_theirs": has_theirs,
        "total": sum(one.ours or 0 for one in compared),
        "their_total": sum(one.theirs or 0 for one in compared),
        "known": known,
        "is_in": MovedOrder.objects.filter(order__isnull=False).exists(),
        "difference_count": len(left),
        "differing": {one.by for one in left},
        "refused": reconciling.refused_orders(),
        "signed": SignOff.objects.filter(stands=True).first(),
        "sign_form": SignForm(initial={"seen": len(left)}),
        "form": form,
        "crumbs": [("Move in", reverse("backoffice:move_in")), ("Sums", "")],
    }
    return render(request, "backoffice/moving/sums.html", context, status=status)


def _kind(request: HttpRequest) -> By:
    given = request.GET.get("by", "")
    return By(given) if given in {one.value for one in By} else By.YEAR


def _behind_url(one: reconciling.Compared) -> str:
    return f"{reverse('backoffice:moving_behind')}?{urlencode({'by': one.by.value, 'key': one.key})}"


@require_safe
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
def behind(request: HttpRequest) -> HttpResponseBase:
    """The orders behind one sum, with the rows of the files that they were made of."""
    by, key = _kind(request), request.GET.get("key", "")[:200]
    if "\0" in key:
        raise Http404("no such sum")
    found = (
        [(one, [(one.file, one.row)]) for one in reconciling.credit_behind(key)]
        if by is By.CREDIT
        else [(one.moved, one.rows) for one in reconciling.orders_behind(by, key)]
    )
    names = files_by_reference({file for _, rows in found for file, _ in rows})
    rows = [(one, say_rows(places, names)) for one, places in found]
    context: dict[str, Any] = {
        "title": f"{KIND_WORDS[by]}: {key or 'nothing said'}",
        "rows": rows,
        "is_credit": by is By.CREDIT,
        "is_all": len(found) < reconciling.MOST_SHOWN,
        "crumbs": [
            ("Move in", reverse("backoffice:move_in")),
            ("Sums", f"{reverse('backoffice:moving_sums')}?by={by.value}"),
            (key or "–", ""),
        ],
    }
    return render(request, "backoffice/moving/behind.html", context)


@require_safe
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
def releases(request: HttpRequest) -> HttpResponseBase:
    """The releases that the former system's orders name, with the take rate of each group of the time."""
    context: dict[str, Any] = {
        "releases": former_releases(),
        "crumbs": [("Move in", reverse("backoffice:move_in")), ("Former releases", "")],
    }
    return render(request, "backoffice/moving/releases.html", context)


@require_POST
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
def sign(request: HttpRequest) -> HttpResponseBase:
    """Puts the member's name under the history."""
    form = SignForm(request.POST)
    if not form.is_valid():
        messages.error(request, "The page was incomplete. Look at the figures again.")
        return redirect("backoffice:moving_sums")
    values = form.cleaned_data
    with refusals_said(request):
        facts: dict[str, Any] = {"actor": staff_actor(request), "now": read_clock()}
        reconciling.sign_off(seen_differences=values["seen"], note=values["note"], **facts)
        messages.success(
            request, "You signed the history off: nothing of it changes until somebody opens it again."
        )
        return redirect("backoffice:move_in")
    return redirect("backoffice:moving_sums")


@require_POST
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
def reopen(request: HttpRequest) -> HttpResponseBase:
    """Takes the name off again."""
    with refusals_said(request):
        reason = request.POST.get("reason", "")
        if reconciling.open_again(reason=reason, actor=staff_actor(request), now=read_clock()):
            messages.success(request, "The history is open again.")
    return redirect("backoffice:move_in")
