"""From a draft to a change: money first, then lines, bottles and words together, or nothing at all."""

from __future__ import annotations

from tests.rooms.changes.journey import (
    bought,
    confirm,
    customer_actor,
    draft_of,
    held_for,
    pieces_on,
    quoted,
)
from tests.world import World
from tirage.cli.doctor import run_checks
from tirage.core.models import Event


def test_two_bottles_more_are_charged_and_sold(world: World) -> None:
    """Ben has two Cabernets for 240.00, 28.00 delivery and 8 % New York tax on both; two more make 36.00 delivery."""
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = draft_of(world, order, ben, add={world.cabernet: 1})
    assert held_for(draft, world.now) == 1 and world.stock(world.cabernet).sold == 2
    quote = quoted(draft, ben, world.now)
    assert (quote.before.owed.minor, quote.after.wine.minor) == (289_44, 360_00)
    assert quote.difference.minor == 120_00 + 960 == quote.settlement.minor
    done = confirm(world, draft, ben)
    assert done.status == "applied"
    order.refresh_from_db()
    assert order.owed_minor == order.paid_minor == 289_44 + 129_60
    assert pieces_on(order) == {"CAB23": 3}
    assert world.stock(world.cabernet).sold == 3 and world.stock(world.cabernet).held == 0
    told = Event.objects.get(name="order.changed")
    assert (told.actor_label, told.text) == (
        "Ben Baker",
        "added 1 × Estate Cabernet Sauvignon 2023; 129.60 USD charged to Visa 4242",
    )
    assert run_checks(world.now) == []
