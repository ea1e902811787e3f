"""The ledger's walls."""

from __future__ import annotations

import pytest

from tests.rooms.checkout.journey import buy
from tests.rooms.constraints import Breach, assert_refused, write_again
from tests.world import World
from tirage.orders.models import Order, OrderChange, OrderCharge, OrderLine


def _begun(world: World, **columns: int) -> Order:
    return Order.objects.create(
        customer=world.ben, state="draft", currency="USD", made_at=world.now, **columns
    )


BREACHES: dict[str, Breach] = {
    "order_state_is_legal": lambda world: Order.objects.update(state="lost"),
    "order_channel_is_legal": lambda world: Order.objects.update(channel="fax"),
    "order_paid_not_negative": lambda world: Order.objects.update(paid_minor=-1),
    "order_placed_has_its_time": lambda world: Order.objects.update(placed_at=None),
    "order_shipped_has_its_time": lambda world: Order.objects.update(state="shipped"),
    "order_packed_is_placed": lambda world: Order.objects.update(
        state="shipped", shipped_at=world.now, packed_in="BAT-7K2M9QXA"
    ),
    "order_shipped_is_compliant": lambda world: Order.objects.update(
        state="shipped", shipped_at=world.now, awaits_compliance=True
    ),
    "order_one_draft_a_customer": lambda world: [_begun(world) for _ in range(2)],
    "order_draft_owes_nothing": lambda world: _begun(world, owed_minor=1),
    "order_removed_was_a_test": lambda world: Order.objects.update(removed_at=world.now),
    "order_test_is_of_an_offer": lambda world: Order.objects.update(state="test", offer=None),
    "order_history_is_closed": lambda world: Order.objects.update(channel="history"),
    "order_change_numbered_once": lambda world: write_again(OrderChange.objects.get()),
    "order_change_kind_is_legal": lambda world: OrderChange.objects.update(kind="whim"),
    "order_line_moves_something": lambda world: OrderLine.objects.update(quantity=0),
    "order_line_price_not_negative": lambda world: OrderLine.objects.update(unit_price_minor=-1),
    "order_charge_kind_is_legal": lambda world: OrderCharge.objects.update(kind="fun"),
    "order_charge_names_a_line": lambda world: OrderCharge.objects.update(sku=world.cabernet),
    "order_charge_within_its_line": lambda world: OrderCharge.objects.filter(kind="discount").update(
        sku=world.cabernet, unit_price_minor=11_00, pieces=1
    ),
    "order_charge_moves_something": lambda world: OrderCharge.objects.update(
        amount_minor=0, base_minor=0, included_minor=0
    ),
    "order_charge_only_tax_has_a_base": lambda world: OrderCharge.objects.filter(kind="discount").update(
        base_minor=1
    ),
    "order_charge_tax_kind_is_legal": lambda world: OrderCharge.objects.filter(kind="tax").update(
        tax_kind="whim"
    ),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    buy(world, world.ana, {"CAB23": 2}, world.now)
    assert_refused(name, lambda: BREACHES[name](world))
