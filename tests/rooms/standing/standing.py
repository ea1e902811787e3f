"""The shortest ways to a standing order and its run, for tests that are about one step of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.world import World, acting
from tirage.customers.models import Customer
from tirage.offers.models import Offer
from tirage.standing.acting import work_next
from tirage.standing.agreeing import Wanted, agree
from tirage.standing.models import StandingOrder, StandingRun
from tirage.standing.running import plan_run, start_run, watch_standing
from tirage.standing.states import Amount, RunState
from tirage.standing.terms import current_terms, save_terms


def offered(world: World, **values: Any) -> None:
    """The winery offers standing orders, and the release opens in four days."""
    save_terms(values={"is_offered": True, **values}, actor=world.staff, now=world.now)
    Offer.objects.filter(release=world.release).update(opens_at=world.now + timedelta(days=4))


def agreed(
    world: World, customer: Customer, amount: Amount = Amount.FULL, cap: int | None = None, **wanted: str
) -> StandingOrder:
    return agree(
        customer=customer,
        wanted=Wanted(amount, cap, **wanted),
        version=current_terms().version,
        adult_confirmed=True,
        actor=acting(customer),
        now=world.now,
    )


def announced(world: World, now: datetime | None = None) -> StandingRun:
    """The run of the release, everybody in it told."""
    moment = now or world.now
    watch_standing(now=moment)
    run = StandingRun.objects.select_related("release").get()
    plan_run(run=run, now=moment)
    run.refresh_from_db()
    return run


def worked(world: World, run: StandingRun, now: datetime | None = None) -> StandingRun:
    """Begun and worked through by the worker, at its time."""
    moment = now or run.begins_at
    run = start_run(run=run, actor=world.staff, now=moment)
    while run.state == RunState.RUNNING:
        work_next(run=run, limit=2, now=moment)
    return run


def told(run: StandingRun) -> dict[str, tuple[str, int]]:
    """Outcome and pieces, by the first name of the customer."""
    lines = run.lines.select_related("customer")
    return {line.customer.first_name: (line.outcome, line.pieces) for line in lines}
