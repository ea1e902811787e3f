"""Clubs, their plans and their members."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.clubs.forms import ClubForm, FeeBackForm, MemberForm, WaysForm
from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.backoffice.payments.refunds import say_refund
from tirage.clubs.cards import card_of_member, named_card_id, say_trouble, trouble_of
from tirage.clubs.fees import fee_left_minor, give_fee_back
from tirage.clubs.joining import Joins, words_of
from tirage.clubs.models import Club, ClubMember, MemberStep
from tirage.clubs.plans import save_club, values_of
from tirage.clubs.states import LIVE, FeeWay, MemberAct, MemberState
from tirage.clubs.undoing import act_on_member, enter_member, undo_step
from tirage.clubs.ways import change_ways
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.queries import find_as_written
from tirage.parts.hands import found_again
from tirage.parts.undo import say_undoable
from tirage.staff.permissions import Permission, may, staff_actor, staff_required
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
    form = MemberForm(initial=versions, club=found, ways=_ways(request))
    return _page(request, found, form)


def _ways(request: HttpRequest) -> set[FeeWay]:
    """How a fee may be paid, by what the role may do with money."""
    allowed = {
        FeeWay.CARD: Permission.COLLECT,
        FeeWay.CHEQUE: Permission.RECORD_PAYMENTS,
        FeeWay.TRANSFER: Permission.RECORD_PAYMENTS,
        FeeWay.CASH: Permission.RECORD_PAYMENTS,
        FeeWay.WAIVED: Permission.GIVE_AWAY,
    }
    return {way for way, permission in allowed.items() if may(request.user, permission)}


def _page(request: HttpRequest, found: Club, form: MemberForm, status: int = 200) -> HttpResponseBase:
    members = found.members.select_related("customer", "card").order_by("left_at", "-joined_at", "-pk")
    page = Paginator(members, SHOWN).get_page(request.GET.get("page"))
    context = {
        "club": found,
        "title": found.name,
        "words": words_of(found),
        "ways": _ways(request),
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
    found = _club(reference)
    form = MemberForm(request.POST, club=found, ways=_ways(request))
    if form.is_valid():
        with refusals_in(form):
            _say_entered(request, *_enter(request, found, form.cleaned_data))
            return redirect("backoffice:club", reference)
    return _page(request, found, form, status=400)


def _say_entered(request: HttpRequest, member: ClubMember, step: MemberStep | None) -> None:
    name, club = member.customer.name, member.club.name
    if member.state == MemberState.PAYING:
        words = (
            f"{name} joins {club} as soon as the bank has said yes to the fee; it is asked again by itself."
        )
        messages.warning(request, words)
    else:
        _say_done(request, f"You noted that {name} joined {club}.", step)


def _say_done(request: HttpRequest, words: str, step: MemberStep | None) -> None:
    if step is None:
        messages.success(request, words)
    else:
        say_undoable(request, words, reverse("backoffice:club_undo", args=[step.reference]))


def _enter(request: HttpRequest, found: Club, typed: dict[str, Any]) -> tuple[ClubMember, MemberStep | None]:
    customer = find_as_written(typed["email"])
    if customer is None:
        words = "Nobody on the list has this address."
        raise DomainError("not_found", words, {"email": words})
    joins = Joins(
        typed["version"],
        typed["standing_version"],
        adult_confirmed=typed["adult"],
        said=typed["said"],
        fee_way=FeeWay(typed.get("fee_way") or FeeWay.CARD),
        fee_note=typed.get("fee_note", ""),
    )
    return enter_member(
        club=found, customer=customer, joins=joins, actor=staff_actor(request), now=read_clock()
    )


@require_safe
@staff_required(Permission.SEE_GROUPS)
def member_page(request: HttpRequest, reference: str) -> HttpResponseBase:
    """One membership: what was agreed to, where it goes, what is charged."""
    return _member_page(request, _member(reference))


def _member_page(
    request: HttpRequest,
    found: ClubMember,
    form: FeeBackForm | None = None,
    ways: WaysForm | None = None,
    status: int = 200,
) -> HttpResponseBase:
    left, now = fee_left_minor(found), read_clock()
    card = card_of_member(found, now)
    context = {
        "member": found,
        "card": card,
        "address": (found.standing or found).address,
        "trouble": say_trouble(card, trouble_of(card, now), is_named=named_card_id(found) is not None),
        "ways_form": ways or WaysForm.of(found, card, now),
        "left": left,
        "fee_form": (form or FeeBackForm(initial={"seen": left})) if left else None,
        "title": f"{found.customer.name} in {found.club.name}",
        "is_live": found.state in LIVE,
        "crumbs": [
            *_crumbs(),
            (found.club.name, reverse("backoffice:club", args=[found.club.reference])),
            (found.customer.name, ""),
        ],
    }
    return render(request, "backoffice/clubs/member.html", context, status=status)


@require_POST
@staff_required(Permission.REFUND)
def give_back(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The joining fee goes back to where it came from."""
    found, form = _member(reference), FeeBackForm(request.POST)
    if form.is_valid():
        with refusals_in(form):
            typed = form.cleaned_data
            refunds = give_fee_back(
                member=found,
                reason=typed["reason"],
                seen_minor=typed["seen"],
                actor=staff_actor(request),
                now=read_clock(),
            )
            for refund in refunds:
                say_refund(request, refund)
            return redirect("backoffice:club_member", reference)
    return _member_page(request, found, form, status=400)


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def choose_ways(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Another of the customer's cards or addresses, as they said."""
    found, now = _member(reference), read_clock()
    form = WaysForm.of(found, card_of_member(found, now), now, request.POST)
    if form.is_valid():
        with refusals_in(form):
            change_ways(
                member=found,
                address_reference=form.cleaned_data["address"],
                card_reference=form.cleaned_data["card"],
                actor=staff_actor(request),
                now=now,
            )
            messages.success(request, f"You saved what {found.club.name} charges and where it goes.")
            return redirect("backoffice:club_member", reference)
    return _member_page(request, found, ways=form, status=400)


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def pause_it(request: HttpRequest, reference: str) -> HttpResponse:
    """Nothing is ordered by the club until somebody goes on with it."""
    return _act(request, reference, MemberAct.PAUSE, "You paused the membership.")


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def leave_it(request: HttpRequest, reference: str) -> HttpResponse:
    """Out of the club, with the reason."""
    return _act(request, reference, MemberAct.LEAVE, "You ended the membership.")


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def resume_it(request: HttpRequest, reference: str) -> HttpResponse:
    """It goes on."""
    return _act(request, reference, MemberAct.RESUME, "You went on with the membership.")


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def undo(request: HttpRequest, reference: str) -> HttpResponse:
    """What staff did to a membership is as if it hadn't been."""
    step = get_object_or_404(MemberStep.objects.select_related("member"), reference=reference)
    with refusals_said(request):
        undo_step(step=step, actor=staff_actor(request), now=read_clock())
        messages.success(request, "You took it back: membership, groups and standing order are as before.")
    return redirect("backoffice:club_member", step.member.reference)


def _act(request: HttpRequest, reference: str, act: MemberAct, words: str) -> HttpResponse:
    member = _member(reference)
    with refusals_said(request):
        reason = request.POST.get("reason", "").strip()
        if not reason and act is not MemberAct.RESUME:
            raise DomainError("reason_missing", "Write why, in a few words.")
        step = act_on_member(
            member=member, act=act, reason=reason, actor=staff_actor(request), now=read_clock()
        )
        _say_done(request, words, step)
    return redirect("backoffice:club_member", reference)


def _crumbs() -> list[tuple[str, str]]:
    return [("Customers", reverse("backoffice:customers")), ("Clubs", reverse("backoffice:clubs"))]


def _club(reference: str) -> Club:
    return get_object_or_404(Club.objects.select_related("group"), reference=reference)


def _member(reference: str) -> ClubMember:
    members = ClubMember.objects.select_related(
        "club__group", "customer", "address", "standing__address", "fee"
    )
    return get_object_or_404(members, reference=reference)
