"""Policies: listed, written by rows, simulated, let wait, begun, stopped, gone on with, taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_said
from tirage.backoffice.frame.runs import bar_or_page
from tirage.backoffice.orders.page import order_tabs
from tirage.backoffice.wishes.policies.forms import KINDS, Written
from tirage.backoffice.wishes.policies.page import STATES, bar_of, facts_of, simulation_of
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.texts import say_count
from tirage.core.winery import current_winery
from tirage.offers.models import Offer, Release
from tirage.offers.rules import OfferStatus, offer_status
from tirage.staff.permissions import Permission, staff_actor, staff_required
from tirage.wishes import policies as room
from tirage.wishes.models import Policy
from tirage.wishes.policies import PolicyValues, StepValues
from tirage.wishes.policies.figures import begins_at
from tirage.wishes.policies.rules import StepTerms
from tirage.wishes.policies.writing import WRITABLE
from tirage.wishes.states import PolicyState, PolicyTrigger, StepKind

#: Who may write policies: they grant wishes and open offers.
MAY = (Permission.EDIT_WISHES, Permission.EDIT_OFFERS)
#: How many are listed.
SHOWN = 100


@require_safe
@staff_required(Permission.SEE_WISHES)
def policies(request: HttpRequest) -> HttpResponseBase:
    """All policies, those that need somebody first, then the newest."""
    found = Policy.objects.select_related("release", "offer__group")
    if reference := request.GET.get("release", ""):
        found = found.filter(release__reference=reference[:20])
    shown = list(found.order_by("-made_at", "-pk")[:SHOWN])
    rows = [
        (policy, sentence, *STATES[PolicyState(policy.state)], begins_at(policy))
        for policy, sentence in zip(shown, room.say_each(shown), strict=True)
    ]
    rows.sort(key=lambda row: row[0].state != PolicyState.ASKING)
    context = {
        "rows": rows,
        "can_write": _releases().exists(),
        "tabs": order_tabs(request, "backoffice:wishes"),
        "crumbs": [("Wishes", reverse("backoffice:wishes")), ("Policies", "")],
    }
    return render(request, "backoffice/wishes/policies.html", context)


def _releases() -> Any:
    return Release.objects.filter(offers__isnull=False).distinct().order_by("-made_at", "-pk")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(*MAY)
def new_policy(request: HttpRequest) -> HttpResponseBase:
    """A policy for the release of ``?release=``, or for the newest; begun with the steps that most want."""
    releases = list(_releases()[:SHOWN])
    wanted = request.POST.get("release") or request.GET.get("release", "")
    release = next((one for one in releases if one.reference == wanted), releases[0] if releases else None)
    return _written(request, None, release, releases)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(*MAY)
def edit_policy(request: HttpRequest, reference: str) -> HttpResponseBase:
    policy = _found(reference)
    if policy.state not in WRITABLE:
        messages.warning(request, "The policy has begun, so it can’t be written anew.")
        return redirect("backoffice:policy", reference)
    return _written(request, policy, policy.release, [])


def _written(
    request: HttpRequest, policy: Policy | None, release: Release | None, releases: list[Release]
) -> HttpResponseBase:
    """The form: shown, rearranged without saving, or saved."""
    if release is None:
        return _page(request, policy, None, releases, None, 200)
    act = request.POST.get("act", "save")
    if request.method != "POST":
        written = Written.of(release, room.values_of(policy) if policy else _proposal(release))
        return _page(request, policy, release, releases, written, 200)
    if act != "save":
        return _page(request, policy, release, releases, Written.rearranged(release, request.POST, act), 200)
    written = Written.sent(release, request.POST)
    if written.is_valid():
        try:
            saved = room.save_policy(
                policy=policy,
                release=release,
                values=written.values(),
                seen=request.POST.get("version", ""),
                actor=staff_actor(request),
                now=read_clock(),
            )
        except DomainError as refused:
            written.refuse(refused.fields, refused.message)
        else:
            next_one = "begin it" if saved.trigger == PolicyTrigger.HAND else "let it wait for its time"
            messages.success(request, f"You saved the policy. Simulate it, then {next_one}.")
            return redirect("backoffice:policy", saved.reference)
    return _page(request, policy, release, releases, written, 400)


def _proposal(release: Release) -> PolicyValues:
    """What a new policy begins with: the offer that closes next, and its wishes by equal share."""
    now = read_clock()
    offers = list(Offer.objects.filter(release=release).order_by("group__rank", "pk"))
    open_ = [
        one
        for one in offers
        if offer_status(is_active=one.is_active, opens_at=one.opens_at, closes_at=one.closes_at, now=now)
        in (OfferStatus.OPEN, OfferStatus.NOT_YET)
    ]
    offer = min(open_, key=lambda one: one.closes_at) if open_ else (offers[0] if offers else None)
    step = StepValues(
        StepKind.GRANT,
        [offer.group_id] if offer else [],
        StepTerms(kept_days=current_winery().set_aside_days),
    )
    trigger = PolicyTrigger.CLOSING if open_ else PolicyTrigger.HAND
    return PolicyValues(trigger, offer.pk if offer else None, steps=[step])


def _page(
    request: HttpRequest,
    policy: Policy | None,
    release: Release | None,
    releases: list[Release],
    written: Written | None,
    status: int,
) -> HttpResponseBase:
    title = "Change the policy" if policy else "New policy"
    context: dict[str, Any] = {
        "title": title,
        "policy": policy,
        "release": release,
        "releases": releases,
        "version": request.POST.get("version") or (room.version_of(policy) if policy else ""),
        "kinds": [(f"add-{kind.value}", words) for kind, words in KINDS.items()],
        "crumbs": [*_crumbs(), (title, "")],
    }
    if written is not None:
        context |= {
            "form": written.form,
            "steps": written.steps,
            **_read_back(written),
            "faults": written.faults,
        }
    return render(request, "backoffice/wishes/policy_form.html", context, status=status)


def _read_back(written: Written) -> dict[str, Any]:
    """What is written as a sentence, and what can be foreseen; empty while something of it can't be read."""
    data: dict[str, Any] = {}
    for form in (written.form, *written.steps):
        for field in form:
            value = field.value()
            if value is not None:
                data[field.html_name] = value
    again = _as_sent(written, data)
    if not again.is_valid():
        return {"sentence": "", "warnings": []}
    values = again.values()
    return {
        "sentence": room.say_values(values),
        "warnings": room.warnings_of(written.release, values, read_clock()),
    }


def _as_sent(written: Written, data: dict[str, Any]) -> Written:
    sent = QueryDict(mutable=True)
    for name, value in data.items():
        if value is False:
            continue
        sent.setlist(name, [str(one) for one in value] if isinstance(value, list) else [str(value)])
    return Written.sent(written.release, sent)


@require_safe
@staff_required(Permission.SEE_WISHES)
def policy(request: HttpRequest, reference: str) -> HttpResponseBase:
    """What it says, where it stands, what each step did, and what to press."""
    found = _found(reference)
    context = facts_of(found, read_clock()) | {"crumbs": [*_crumbs(), (found.release.name, "")]}
    return render(request, "backoffice/wishes/policy.html", context)


@require_safe
@staff_required(Permission.SEE_WISHES)
def policy_simulation(request: HttpRequest, reference: str) -> HttpResponseBase:
    """What it would do with today's figures, as if its time had come."""
    found = _found(reference)
    if found.state not in WRITABLE:
        return redirect("backoffice:policy", reference)
    context = simulation_of(found, read_clock()) | {"crumbs": _crumbs_of(found, "Simulation")}
    return render(request, "backoffice/wishes/policy_simulation.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(*MAY)
def policy_undo(request: HttpRequest, reference: str) -> HttpResponseBase:
    """What an undo takes back and what stays; sending it begins."""
    found = _found(reference)
    if request.method == "POST":
        with refusals_said(request):
            room.undo(policy=found, actor=staff_actor(request), now=read_clock())
        return redirect("backoffice:policy", reference)
    if found.state not in (PolicyState.STOPPED, PolicyState.FINISHED):
        return redirect("backoffice:policy", reference)
    context = {
        "policy": found,
        "ways": room.ways_back(found),
        "crumbs": _crumbs_of(found, "Take back"),
    }
    return render(request, "backoffice/wishes/policy_undo.html", context)


def _act(request: HttpRequest, reference: str, act: Callable[..., Any], **more: Any) -> HttpResponse:
    found = _found(reference)
    with refusals_said(request):
        act(policy=found, **more, actor=staff_actor(request), now=read_clock())
    return redirect("backoffice:policy", reference)


@require_POST
@staff_required(*MAY)
def policy_wait(request: HttpRequest, reference: str) -> HttpResponse:
    """Lets a draft begin by itself at its time."""
    return _act(request, reference, room.let_wait)


@require_POST
@staff_required(*MAY)
def policy_draft(request: HttpRequest, reference: str) -> HttpResponse:
    """Makes a waiting one a draft again."""
    return _act(request, reference, room.wait_no_more)


@require_POST
@staff_required(*MAY)
def policy_begin(request: HttpRequest, reference: str) -> HttpResponse:
    """Begins now."""
    return _act(request, reference, room.begin)


@require_POST
@staff_required(*MAY)
def policy_stop(request: HttpRequest, reference: str) -> HttpResponse:
    """Ends it between two acts."""
    return _act(request, reference, room.stop)


@require_POST
@staff_required(*MAY)
def policy_go_on(request: HttpRequest, reference: str) -> HttpResponse:
    """Goes on after a stop, or gives the go that it waits for."""
    return _act(request, reference, room.go_on)


@require_POST
@staff_required(*MAY)
def policy_leave_out(request: HttpRequest, reference: str) -> HttpResponse:
    """Leaves the step out that it stands at, and goes on."""
    return _act(request, reference, room.go_on, leave_out=True)


@require_POST
@staff_required(*MAY)
def policy_free(request: HttpRequest, reference: str) -> HttpResponse:
    """Lets what it keeps back go to everybody."""
    found = _found(reference)
    with refusals_said(request):
        pieces = room.free_reserve(policy=found, actor=staff_actor(request), now=read_clock())
        messages.success(
            request, f"You freed {say_count(pieces, 'piece', 'pieces')}: everybody can have them."
        )
    return redirect("backoffice:policy", reference)


@require_POST
@staff_required(*MAY)
def policy_delete(request: HttpRequest, reference: str) -> HttpResponse:
    """Deletes a draft."""
    found = _found(reference)
    with refusals_said(request):
        room.delete_policy(policy=found, actor=staff_actor(request), now=read_clock())
        messages.success(request, f"You deleted the policy for {found.release.name}.")
        return redirect("backoffice:policies")
    return redirect("backoffice:policy", reference)


@require_safe
@staff_required(Permission.SEE_WISHES)
def policy_progress(request: HttpRequest, reference: str) -> HttpResponse:
    """The bar alone; the whole page once nothing moves any more."""
    found = _found(reference)
    return bar_or_page(request, bar_of(found), reverse("backoffice:policy", args=[reference]))


def _crumbs() -> list[tuple[str, str]]:
    return [("Wishes", reverse("backoffice:wishes")), ("Policies", reverse("backoffice:policies"))]


def _crumbs_of(policy: Policy, here: str) -> list[tuple[str, str]]:
    return [
        *_crumbs(),
        (policy.release.name, reverse("backoffice:policy", args=[policy.reference])),
        (here, ""),
    ]


def _found(reference: str) -> Policy:
    return get_object_or_404(
        Policy.objects.select_related("release", "offer__group", "offer__release"), reference=reference
    )
