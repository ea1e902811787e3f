"""A customer's own data as a file: all of it, nobody else's, and no keys."""

from __future__ import annotations

import json

from tests.rooms.checkout.journey import buy
from tests.world import World
from tirage.merging.table import RULES
from tirage.moving.own_data import LEFT_OUT, own_data, write_own_data


def test_it_has_orders_addresses_payments_and_groups_and_nobody_elses(world: World) -> None:
    buy(world, world.ana, {"CAB23": 2}, world.now)
    buy(world, world.ben, {"CAB23": 1}, world.now)
    found = json.loads("".join(write_own_data(world.ana)))
    assert found["customer"]["email"] == world.ana.email
    (order,) = found["orders"]
    assert order["lines"][0]["quantity"] == 2 and order["payments"][0]["amount_minor"] > 0
    assert found["addresses"] and found["groups"] and found["activity"]
    text = json.dumps(found)
    assert world.ben.email not in text and world.ben_home.line1 not in text


def test_no_key_goes_out(world: World) -> None:
    text = json.dumps(own_data(world.ana), default=str)
    assert world.ana_card.token not in text and world.ana_card.last4 in text


def test_every_table_of_a_customer_is_in_it_or_left_out_with_a_reason(world: World) -> None:
    assert LEFT_OUT.keys() <= RULES.keys() and all(LEFT_OUT.values())
    assert len(own_data(world.ana)) == len(RULES) - len(LEFT_OUT) + 2
