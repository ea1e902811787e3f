"""The walls around checks of orders."""

from __future__ import annotations

import pytest

from tests.rooms.compliance.journey import bought
from tests.rooms.constraints import Breach, assert_refused, write_again
from tests.world import World
from tirage.compliance.models import ComplianceCheck, ComplianceSetup

BREACHES: dict[str, Breach] = {
    "compliance_setup_is_one": lambda world: ComplianceSetup.objects.create(pk=2),
    "compliance_state_is_legal": lambda world: ComplianceCheck.objects.update(state="lost"),
    "compliance_check_numbered_once": lambda world: write_again(
        ComplianceCheck.objects.get(), state="replaced"
    ),
    "compliance_check_one_current": lambda world: write_again(ComplianceCheck.objects.get(), number=2),
    "compliance_answered_has_its_time": lambda world: ComplianceCheck.objects.update(state="passed"),
    "compliance_decided_has_its_words": lambda world: ComplianceCheck.objects.update(
        state="decided", decided_at=world.now, decided_by="Ingrid"
    ),
    "compliance_duty_follows_its_state": lambda world: ComplianceCheck.objects.update(duty="commit"),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    ComplianceCheck.objects.create(order=bought(world), number=1, fingerprint="a", made_at=world.now)
    assert_refused(name, lambda: BREACHES[name](world))
