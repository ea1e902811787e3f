"""The walls around changes of orders."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.changes.journey import bought
from tests.rooms.constraints import Breach, assert_refused
from tests.world import World
from tirage.changes.models import ChangeDraft, ChangeDraftCharge, ChangeDraftLine
from tirage.orders.models import Order


def drafted(world: World, **columns: Any) -> ChangeDraft:
    facts: dict[str, Any] = {"maker": "staff", "actor_id": 1, "actor_label": "Olive", "base_number": 1}
    return ChangeDraft.objects.create(
        order=Order.objects.get(), made_at=world.now, expires_at=world.now, **{**facts, **columns}
    )


def lined(world: World, **columns: Any) -> ChangeDraftLine:
    facts: dict[str, Any] = {"sku": world.cabernet, "quantity": 1, "unit_price_minor": 120_00}
    draft = columns.pop("draft", None) or drafted(world)
    return ChangeDraftLine.objects.create(draft=draft, **{**facts, **columns})


def charged(world: World, **columns: Any) -> ChangeDraftCharge:
    facts: dict[str, Any] = {"kind": "discount", "amount_minor": -5_00, "reason": "Loyal"}
    return ChangeDraftCharge.objects.create(draft=drafted(world), **{**facts, **columns})


def lined_twice(world: World) -> None:
    draft = drafted(world)
    lined(world, draft=draft)
    lined(world, draft=draft)


def paid_twice(world: World) -> None:
    drafted(world, state="paying")
    drafted(world, state="paying", actor_id=2)


def prepared_twice(world: World) -> None:
    drafted(world)
    drafted(world, state="waiting")


BREACHES: dict[str, Breach] = {
    "change_draft_state_is_legal": lambda world: drafted(world, state="hoped"),
    "change_draft_maker_is_legal": lambda world: drafted(world, maker="nobody"),
    "change_draft_rates_are_legal": lambda world: drafted(world, rates="guessed"),
    "change_draft_settle_by_is_legal": lambda world: drafted(world, settle_by="barter"),
    "change_draft_refund_to_is_legal": lambda world: drafted(world, refund_to="charity"),
    "change_draft_applied_has_its_change": lambda world: drafted(world, state="applied"),
    "change_draft_only_staff_override": lambda world: drafted(
        world, maker="customer", override_reason="Please"
    ),
    "change_draft_only_staff_waive": lambda world: drafted(world, maker="customer", waives_fee="Please"),
    "change_draft_one_paying": paid_twice,
    "change_draft_one_live_of_each": prepared_twice,
    "change_draft_line_moves_something": lambda world: lined(world, quantity=0),
    "change_draft_line_price_not_negative": lambda world: lined(world, unit_price_minor=-1),
    "change_draft_line_once": lined_twice,
    "change_draft_charge_kind_is_legal": lambda world: charged(world, kind="bribe"),
    "change_draft_charge_amount_or_percent": lambda world: charged(world, percent_bp=500),
    "change_draft_charge_has_its_reason": lambda world: charged(world, reason=""),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    bought(world, world.ana, {"CAB23": 2})
    assert_refused(name, lambda: BREACHES[name](world))


def test_what_is_over_leaves_room_for_the_next(world: World) -> None:
    bought(world, world.ana, {"CAB23": 2})
    for state in ("dropped", "lapsed", "open"):
        drafted(world, state=state)
    drafted(world, maker="customer")
    drafted(world, actor_id=2)
    assert ChangeDraft.objects.count() == 5
