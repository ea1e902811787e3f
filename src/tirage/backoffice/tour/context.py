"""The tour, for the frame of every page of the back office: nothing is looked up for whoever isn't on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from tirage.backoffice.tour.facts import read_facts, release_to_tour
from tirage.backoffice.tour.steps import ORDER, Step, read_steps
from tirage.core.clock import read_clock
from tirage.offers.models import Release
from tirage.staff.models import StaffMember
from tirage.staff.permissions import Permission, may
from tirage.staff.states import TourStep


@dataclass(frozen=True, slots=True)
class Tour:
    """Where somebody is in it; ``is_here``: on the page where the step is done."""

    release: Release | None
    steps: list[Step]
    step: Step
    is_here: bool

    @property
    def number(self) -> int:
        return ORDER.index(self.step.key) + 1

    @property
    def before(self) -> Step | None:
        return self.steps[self.number - 2] if self.number > 1 else None

    @property
    def after(self) -> Step | None:
        return self.steps[self.number] if self.number < len(self.steps) else None


def read_tour(member: StaffMember, step: TourStep, path: str) -> Tour:
    """The tour at ``step``, for somebody who is at ``path`` (with its query)."""
    release = release_to_tour(member)
    steps = read_steps(read_facts(release, member, read_clock()))
    here = next(one for one in steps if one.key is step)
    return Tour(release, steps, here, path.partition("?")[0] == here.href.partition("?")[0])


def tour(request: HttpRequest) -> dict[str, Any]:
    """``tour``, which is looked up when a page asks for it; None for whoever isn't on it."""
    kept: list[Tour | None] = []

    def look() -> Tour | None:
        if not kept:
            kept.append(_tour_of(request))
        return kept[0]

    return {"tour": look}


def _tour_of(request: HttpRequest) -> Tour | None:
    member = getattr(request, "user", None)
    if not isinstance(member, StaffMember) or not member.is_touring:
        return None
    if not may(member, Permission.EDIT_OFFERS):
        return None
    return read_tour(member, TourStep(member.tour_step), request.path)
