"""The tour through a release: what it is, going to one of its steps, leaving it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.tour.context import read_tour
from tirage.backoffice.tour.facts import release_to_tour
from tirage.staff.permissions import Permission, staff_member, staff_required
from tirage.staff.states import TourStep
from tirage.staff.touring import end_tour, leave_tour, take_step


@require_safe
@staff_required(Permission.EDIT_OFFERS)
def tour_page(request: HttpRequest) -> HttpResponseBase:
    """All steps with what is done of them, each a way in."""
    member = staff_member(request)
    step = TourStep(member.tour_step) if member.tour_step else TourStep.GROUP
    return render(
        request,
        "backoffice/tour/page.html",
        {"title": "A release, step by step", "way": read_tour(member, step, request.path)},
    )


@require_POST
@staff_required(Permission.EDIT_OFFERS)
def tour_step(request: HttpRequest) -> HttpResponseBase:
    """Begins, resumes or goes on, at the step that was sent; leads to the page where it is done."""
    member, sent = staff_member(request), request.POST.get("step", "")
    if sent not in set(TourStep):
        messages.error(request, "The tour has no such step. Choose one of these.")
        return redirect("backoffice:tour")
    step = TourStep(sent)
    take_step(member=member, step=step, release=release_to_tour(member))
    return redirect(read_tour(member, step, request.path).step.href)


@require_POST
@staff_required(Permission.EDIT_OFFERS)
def tour_leave(request: HttpRequest) -> HttpResponseBase:
    """Leaves it for now, or ends it for good when ``end`` is sent."""
    member = staff_member(request)
    if request.POST.get("end"):
        end_tour(member=member)
        messages.success(request, "You know the way now. The tour can be taken again from Home.")
    else:
        leave_tour(member=member)
        messages.success(request, "You left the tour. It goes on where you were, from Home.")
    return redirect("backoffice:home")
