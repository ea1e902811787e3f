"""Where a member is in the tour through a release. It is their own reading, so nothing of it is recorded."""

from __future__ import annotations

from tirage.offers.models import Release
from tirage.staff.models import StaffMember
from tirage.staff.states import TourStep


def take_step(*, member: StaffMember, step: TourStep, release: Release | None) -> None:
    """The tour goes on at ``step`` with ``release``; begins or resumes it."""
    member.tour_step, member.is_touring, member.tour_release = step.value, True, release
    member.save(update_fields=["tour_step", "is_touring", "tour_release"])


def leave_tour(*, member: StaffMember) -> None:
    """The pages are as ever; the step is kept, so that it can be resumed there."""
    member.is_touring = False
    member.save(update_fields=["is_touring"])


def end_tour(*, member: StaffMember) -> None:
    """Nothing of the tour is kept: it begins anew, with another release."""
    member.tour_step, member.is_touring, member.tour_release = "", False, None
    member.save(update_fields=["tour_step", "is_touring", "tour_release"])
