"""How rehearsals are said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tirage.core.winery import current_winery
from tirage.parts.wording import say_moment, say_number, say_percent
from tirage.planning.simulation.plan import MINUTE, Plan, PlannedGroup
from tirage.planning.states import RehearsalState

#: What is said of each state, and its tone.
STATES = {
    RehearsalState.RUNNING: ("Under way", "live"),
    RehearsalState.FINISHED: ("Finished", "good"),
    RehearsalState.STOPPED: ("Stopped", "hollow"),
}


def say_chance(chance: float) -> str:
    """``34 %`` as the winery writes it; never quite sure where it isn't."""
    locale = current_winery().locale
    if 0 < chance < 0.01:
        return f"under {say_percent(0.01, locale, places=0)}"
    if 0.99 < chance < 1:
        return f"over {say_percent(0.99, locale, places=0)}"
    return say_percent(chance, locale, places=0)


def say_difference(after: float, before: float) -> str:
    """Percentage points: ``+12`` or ``−3``; empty where they are the same when rounded."""
    points = round(after * 100) - round(before * 100)
    return f"{'+' if points > 0 else '−'}{abs(points)}" if points else ""


def moment_at(plan: Plan, since: float) -> datetime:
    """The moment so many milliseconds after the plan's origin."""
    return datetime.fromisoformat(plan.origin) + timedelta(milliseconds=round(since))


def say_at(plan: Plan, since: float) -> str:
    """The same in words."""
    winery = current_winery()
    return say_moment(moment_at(plan, since), winery.time_zone, winery.locale)


def say_changes(after: Plan, before: Plan) -> list[str]:
    """What is different between two plans of a release, each in a line."""
    return [*_of_the_whole(after, before), *_of_groups(after, before)]


def _of_the_whole(after: Plan, before: Plan) -> Iterator[str]:
    locale = current_winery().locale
    if after.cart != before.cart:
        yield f"A cart holds {after.cart // MINUTE} minutes instead of {before.cart // MINUTE}"
    if after.leaves != before.leaves:
        left, was = (say_percent(plan.leaves, locale, places=0) for plan in (after, before))
        yield f"{left} of carts are left instead of {was}"
    known = {wine.sku: wine.stock for wine in before.wines}
    for wine in after.wines:
        stock = known.get(wine.sku, wine.stock)
        if stock != wine.stock:
            yield f"{wine.name}: stock {say_number(wine.stock, locale)} instead of {say_number(stock, locale)}"


def _of_groups(after: Plan, before: Plan) -> Iterator[str]:
    known = {group.group: group for group in before.groups}
    for group in after.groups:
        was = known.get(group.group)
        if was is None:
            continue
        if was.opens != group.opens:
            yield f"{group.name} opens {say_at(after, group.opens)} instead of {say_at(before, was.opens)}"
        maximums = _maximums(before, was)
        for sku, (name, maximum) in _maximums(after, group).items():
            if sku in maximums and maximums[sku][1] != maximum:
                yield f"{group.name}, {name}: maximum {maximum} instead of {maximums[sku][1]}"


def _maximums(plan: Plan, group: PlannedGroup) -> dict[int, tuple[str, int]]:
    return {
        plan.wines[item.wine].sku: (plan.wines[item.wine].name, item.limits.maximum) for item in group.items
    }
