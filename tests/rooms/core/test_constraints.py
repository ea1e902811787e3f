"""The winery's walls."""

from __future__ import annotations

import pytest

from tests.rooms.constraints import Breach, assert_refused, write_again
from tests.world import World
from tirage.core.bulk import draft_run
from tirage.core.models import BulkRow, BulkRun, HouseWords, Try, Winery, WrongTries


def counted_twice(world: World) -> None:
    for _ in range(2):
        WrongTries.objects.create(door="staff_code", account="a@x.com", last_at=world.now, free_at=world.now)


def said(world: World, kind: str) -> HouseWords:
    return HouseWords.objects.create(kind=kind, number=1, words="x", at=world.now, actor_label="Olive")


BREACHES: dict[str, Breach] = {
    "winery_is_one": lambda world: Winery.objects.update(id=2),
    "winery_cart_minutes_5_to_60": lambda world: Winery.objects.update(cart_minutes=61),
    "winery_transfers_is_legal": lambda world: Winery.objects.update(transfers="always"),
    "winery_label_limits_is_legal": lambda world: Winery.objects.update(label_limits="some"),
    "winery_small_rests_is_legal": lambda world: Winery.objects.update(small_rests="round up"),
    "winery_sign_up_is_legal": lambda world: Winery.objects.update(sign_up="maybe"),
    "winery_charge_when_is_legal": lambda world: Winery.objects.update(charge_when="someday"),
    "winery_staff_change_hours_1_to_168": lambda world: Winery.objects.update(staff_change_hours=169),
    "winery_pay_link_days_1_to_60": lambda world: Winery.objects.update(pay_link_days=0),
    "winery_change_days_0_to_60": lambda world: Winery.objects.update(change_days=61),
    "winery_set_aside_days_1_to_90": lambda world: Winery.objects.update(set_aside_days=0),
    "house_words_kind_is_legal": lambda world: said(world, "hearsay"),
    "house_words_numbered_once": lambda world: [said(world, "terms") for _ in range(2)],
    "try_kind_is_legal": lambda world: Try.objects.create(kind="luck", outcome="passed", at=world.now),
    "try_outcome_is_legal": lambda world: Try.objects.create(kind="card", outcome="hoped", at=world.now),
    "wrong_tries_once": counted_twice,
    "bulk_run_state_is_legal": lambda world: BulkRun.objects.update(state="sailing"),
    "bulk_row_once": lambda world: write_again(BulkRow.objects.get()),
    "bulk_row_outcome_is_legal": lambda world: BulkRow.objects.update(outcome="lost"),
    "bulk_row_refused_has_its_reason": lambda world: BulkRow.objects.update(outcome="refused"),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    draft_run(kind="decline_wishes", keys=["WSH-ONE"], actor=world.staff, now=world.now)
    assert_refused(name, lambda: BREACHES[name](world))
