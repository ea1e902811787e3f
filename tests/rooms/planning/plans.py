"""A small release as it is rehearsed, whoever has bought in the world meanwhile."""

from __future__ import annotations

from tests.world import World
from tirage.offers.rules import CheckoutRules, Limits
from tirage.planning.models import Rehearsal
from tirage.planning.rehearsing import rehearse
from tirage.planning.simulation.curve import USUAL
from tirage.planning.simulation.plan import DAY, MINUTE, Plan, PlannedGroup, PlannedItem, PlannedWine


def small_plan(world: World) -> Plan:
    """Premier on the first day and Estate on the second, for a week; a scarce wine and a plentiful one."""
    groups = tuple(
        PlannedGroup(
            group=group.pk,
            name=group.name,
            rank=group.rank,
            people=people,
            opens=place * DAY,
            closes=7 * DAY,
            since=place * DAY,
            comes=0.7,
            curve=USUAL,
            rules=CheckoutRules(0, None, 0),
            discount_bp=group.discount_bp,
            items=tuple(
                PlannedItem(wine, Limits(0, most, 0, 1), price, most, 0.4, 0.3)
                for wine, (most, price) in enumerate(((6, 120_00), (12, 65_00)))
            ),
        )
        for place, (group, people) in enumerate(((world.premier, 30), (world.estate, 60)))
    )
    wines = tuple(
        PlannedWine(sku.pk, str(sku), stock, 1)
        for sku, stock in ((world.cabernet, 100), (world.chardonnay, 900))
    )
    edges = tuple(range(0, 8 * DAY, DAY))
    return Plan(world.now.isoformat(), 15 * MINUTE, 0.12, 5 * MINUTE, wines, groups, edges, edges[1:])


def kept_rehearsal(world: World) -> Rehearsal:
    """The small release, rehearsed a hundred times."""
    made = Rehearsal.objects.create(
        release=world.release,
        plan=small_plan(world).to_json(),
        seed=1,
        days=100,
        made_at=world.now,
        changed_at=world.now,
        actor_kind="staff",
        actor_id=world.owner.pk,
        actor_label=world.owner.name,
    )
    return rehearse(rehearsal=made, clock=lambda: world.now)
