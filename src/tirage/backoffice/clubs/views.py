"""Clubs, their plans and their members."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.clubs.forms import ClubForm, MemberForm
from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.clubs.joining import (
    Joins,
    join_club,
    leave_club,
    pause_membership,
    resume_membership,
    words_of,
)
from tirage.clubs.models import Club, ClubMember
from tirage.clubs.plans import save_club, values_of
from tirage.clubs.states import MemberState
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.customers.rules import identity_email
from tirage.parts.hands import found_again
from tirage.staff.permissions import Permission, staff_actor, staff_required
from tirage.standing.terms import current_terms

#: Members on one page.
SHOWN = 50


@require_safe
@staff_required(Permission.SEE_GROUPS)
def clubs(request: HttpRequest) -> HttpResponseBase:
    """All clubs with how many members."""
    active, paused = Q(members__state=MemberState.ACTIVE.value), Q(members__state=MemberState.PAUSED.value)
    found = Club.objects.select_related("group").annotate(
        active=Count("members", filter=active), paused=Count("members", filter=paused)
    )
    return render(
        request, "backoffice/clubs/clubs.html", {"clubs": found.order_by("name"), "crumbs": _crumbs()}
    )


@require_safe
@staff_required(Permission.SEE_GROUPS)
def club(request: HttpRequest, reference: str) -> HttpResponseBase:
    """A club: its terms and its members, those who are in it first."""
    found = _club(reference)
    versions = {"version": found.version, "standing_version": current_terms().version}
    return _page(request, found, MemberForm(initial=versions))


def _page(request: HttpRequest, found: Club, form: MemberForm, status: int = 200) -> HttpResponseBase:
    members = found.members.select_related("customer", "card").order_by("left_at", "-joined_at", "-pk")
    page = Paginator(members, SHOWN).get_page(request.GET.get("page"))
    context = {
        "club": found,
        "title": found.name,
        "words": words_of(found),
        "page": page,
        "form": form,
        "crumbs": [*_crumbs(), (found.name, "")],
    }
    return render(request, "backoffice/clubs/club.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_GROUPS)
def edit_club(request: HttpRequest, reference: str = "") -> HttpResponseBase:
    """A new club, or the one of ``reference``."""
    found = found_again(Club.objects.all(), request.POST, reference=reference) if reference else None
    initial = values_of(found) if found else None
    form = ClubForm(request.POST or None, initial=initial, about=found)
    if form.is_valid():
        with refusals_in(form):
            saved = save_club(
                club=found,
                values=form.typed,
                shown=form.shown,
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You saved {saved.name}.")
            return redirect("backoffice:club", saved.reference)
    title = f"Edit {found.name}" if found else "New club"
    context = {
        "title": title,
        "crumbs": [*_crumbs(), (title, "")],
        "form": form,
        "submit": "Save the club",
        "cancel_url": reverse("backoffice:club", args=[reference]) if found else reverse("backoffice:clubs"),
    }
    return render(request, "backoffice/frame/form_page.html", context, status=400 if form.errors else 200)


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def add_member(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Enters a customer who joined on the telephone, by letter or in the tasting room."""
    found, form = _club(reference), MemberForm(request.POST)
    if form.is_valid():
        with refusals_in(form):
            member = _enter(request, found, form.cleaned_data)
            messages.success(request, f"You noted that {member.customer.name} joined {found.name}.")
            return redirect("backoffice:club", reference)
    return _page(request, found, form, status=400)


def _enter(request: HttpRequest, found: Club, typed: dict[str, Any]) -> ClubMember:
    customer = Customer.objects.filter(email=identity_email(typed["email"])).first()
    if customer is None:
        words = "Nobody on the list has this address."
        raise DomainError("not_found", words, {"email": words})
    joins = Joins(
        typed["version"], typed["standing_version"], adult_confirmed=typed["adult"], said=typed["said"]
    )
    return join_club(club=found, customer=customer, joins=joins, actor=staff_actor(request), now=read_clock())


@require_safe
@staff_required(Permission.SEE_GROUPS)
def member_page(request: HttpRequest, reference: str) -> HttpResponseBase:
    """One membership: what was agreed to, where it goes, what is charged."""
    found = _member(reference)
    context = {
        "member": found,
        "title": f"{found.customer.name} in {found.club.name}",
        "is_live": found.state != MemberState.LEFT,
        "crumbs": [
            *_crumbs(),
            (found.club.name, reverse("backoffice:club", args=[found.club.reference])),
            (found.customer.name, ""),
        ],
    }
    return render(request, "backoffice/clubs/member.html", context)


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def pause_it(request: HttpRequest, reference: str) -> HttpResponse:
    """Nothing is ordered by the club until somebody goes on with it."""
    return _act(request, reference, pause_membership, "You paused the membership.")


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def leave_it(request: HttpRequest, reference: str) -> HttpResponse:
    """Out of the club, with the reason."""
    return _act(request, reference, leave_club, "You ended the membership.")


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def resume_it(request: HttpRequest, reference: str) -> HttpResponse:
    """It goes on."""
    with refusals_said(request):
        resume_membership(member=_member(reference), actor=staff_actor(request), now=read_clock())
        messages.success(request, "You went on with the membership.")
    return redirect("backoffice:club_member", reference)


def _act(request: HttpRequest, reference: str, act: Callable[..., object], words: str) -> HttpResponse:
    member = _member(reference)
    with refusals_said(request):
        reason = request.POST.get("reason", "").strip()
        if not reason:
            raise DomainError("reason_missing", "Write why, in a few words.")
        act(member=member, reason=reason, actor=staff_actor(request), now=read_clock())
        messages.success(request, words)
    return redirect("backoffice:club_member", reference)


def _crumbs() -> list[tuple[str, str]]:
    return [("Customers", reverse("backoffice:customers")), ("Clubs", reverse("backoffice:clubs"))]


def _club(reference: str) -> Club:
    return get_object_or_404(Club.objects.select_related("group"), reference=reference)


def _member(reference: str) -> ClubMember:
    members = ClubMember.objects.select_related("club__group", "customer", "address", "card", "standing")
    return get_object_or_404(members, reference=reference)
