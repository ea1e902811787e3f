"""Many payments that stay open keep no other waiting: who was asked about longest ago comes first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.rooms.checkout.journey import buy
from tests.web.backoffice.payments.test_payments import pay
from tests.world import World
from tirage.integrations.test_gateway.gateway import TestGateway
from tirage.orders.models import Order
from tirage.payments.operations import capturing, reconcile_payments, reconciling
from tirage.payments.protocol import GatewayResult, GatewayTimeout


@pytest.fixture
def asked(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Five payments without an answer, oldest first, at a gateway that stays silent; two are asked about in a run."""
    buy(world, world.ben, {"CAB23": 1}, world.now)
    order = Order.objects.get()
    for number in range(5):
        pay(order, world.now + timedelta(seconds=number), 100 + number, state="unknown", gateway_reference="")
    keys: list[str] = []

    def silent(self: TestGateway, *, idempotency_key: str) -> GatewayResult | None:
        keys.append(idempotency_key)
        raise GatewayTimeout("no answer")

    monkeypatch.setattr(TestGateway, "find", silent)
    monkeypatch.setattr(reconciling, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(reconciling, "MOST_LATE", 2)
    return keys


def run(world: World, minutes: int) -> Any:
    return reconcile_payments(now=world.now + timedelta(minutes=minutes))


def test_all_get_their_turn(world: World, asked: list[str]) -> None:
    for minutes in (1, 2, 3):
        assert run(world, minutes) == 2
    assert len(set(asked[:5])) == 5 and asked[5] == asked[0]


def test_a_new_one_comes_before_those_that_were_asked_about(world: World, asked: list[str]) -> None:
    run(world, 1)
    run(world, 2)
    new = pay(
        Order.objects.get(), world.now + timedelta(minutes=2), 900, state="unknown", gateway_reference=""
    )
    del asked[:]
    run(world, 3)
    run(world, 4)
    assert new.idempotency_key in asked[:2] and len(set(asked)) == 4


def test_given_up_ones_get_their_turn_as_well(world: World, asked: list[str]) -> None:
    Order.objects.get().payments.filter(state="unknown").update(state="voided", decline_code="never_seen")
    for minutes in (1, 2, 3):
        run(world, minutes)
    assert len(set(asked[:5])) == 5


def test_what_is_let_go_gets_its_turn_as_well(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    buy(world, world.ben, {"CAB23": 1}, world.now)
    Order.objects.update(state="cancelled")
    for number in range(3):
        pay(Order.objects.get(), world.now, 100, kind="authorise", gateway_reference=f"tch_{number}")
    asked: list[str] = []

    def silent(self: TestGateway, *, gateway_reference: str, idempotency_key: str) -> GatewayResult:
        asked.append(gateway_reference)
        raise GatewayTimeout("no answer")

    monkeypatch.setattr(TestGateway, "void", silent)
    monkeypatch.setattr(capturing, "MOST_STRAY", 2)
    for minutes in (1, 2):
        run(world, minutes)
    assert set(asked) == {"tch_0", "tch_1", "tch_2"}
