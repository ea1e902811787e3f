"""The team's walls."""

from __future__ import annotations

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.world import World
from tirage.staff.models import StaffMember

BREACHES: dict[str, Breach] = {
    "staff_role_is_legal": lambda world: StaffMember.objects.update(role="guest"),
    "staff_tour_step_is_legal": lambda world: StaffMember.objects.update(tour_step="harvest"),
    "staff_tours_at_a_step": lambda world: StaffMember.objects.update(is_touring=True),
    "staff_email_lower_case": lambda world: StaffMember.objects.update(email="Olive@halcyon.example"),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
