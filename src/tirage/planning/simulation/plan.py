"""What is rehearsed, with everything that a simulation needs to know, kept as JSON. Pure.

Times are whole milliseconds since the plan's ``origin``; amounts are minor units; quantities are pieces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tirage.offers.rules import CheckoutRules, Limits

MINUTE = 60_000
DAY = 24 * 60 * MINUTE


@dataclass(frozen=True, slots=True)
class PlannedWine:
    """A sku: ``stock`` pieces that the release may sell, each of so many ``bottles``."""

    sku: int
    name: str
    stock: int
    bottles: int


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """A wine (its place in ``Plan.wines``) in a group's offer.

    ``rate`` is the share of ``reference`` (the maximum that the rate is known for) that all members together want, and
    ``spread`` how sure that is: the standard deviation of its logit from one release to another.
    """

    wine: int
    limits: Limits
    price_minor: int
    reference: int
    rate: float
    spread: float


@dataclass(frozen=True, slots=True)
class OwnAllowances:
    """So many ``people`` of a group with limits of their own for some of its wines (by their place in ``Plan.wines``).

    ``limits`` are (minimum, maximum); what isn't named is the group's.
    """

    people: int
    limits: Mapping[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """A group and its offer. ``comes`` is the share of its people who look at the offer between ``since`` and
    ``closes``; ``since`` is ``opens``, or now where it is open already. ``curve`` are quantiles of when (``curve.py``).
    """

    group: int
    name: str
    rank: int
    people: int
    opens: int
    closes: int
    since: int
    comes: float
    curve: Sequence[float]
    rules: CheckoutRules
    discount_bp: int
    items: Sequence[PlannedItem]
    own: Sequence[OwnAllowances] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """``origin`` is an ISO moment; ``cart`` how long a cart holds; ``leaves`` the share of carts that nobody pays for;
    half of the others pay within ``pays``. ``edges`` part the time into what figures are given by; ``midnights`` of the
    winery are among them, the last one after everything is closed.
    """

    origin: str
    cart: int
    leaves: float
    pays: int
    wines: Sequence[PlannedWine]
    groups: Sequence[PlannedGroup]
    edges: Sequence[int]
    midnights: Sequence[int]

    @property
    def people(self) -> int:
        return sum(group.people for group in self.groups)

    def to_json(self) -> dict[str, Any]:
        """As plain numbers, strings, lists and tables."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Plan:
        """The plan that ``to_json`` gave, also when it went through a database."""
        return cls(
            **{
                **kept,
                "wines": tuple(PlannedWine(**wine) for wine in kept["wines"]),
                "groups": tuple(_group(group) for group in kept["groups"]),
                "edges": tuple(kept["edges"]),
                "midnights": tuple(kept["midnights"]),
            }
        )


def _group(kept: Mapping[str, Any]) -> PlannedGroup:
    items = tuple(PlannedItem(**{**item, "limits": Limits(**item["limits"])}) for item in kept["items"])
    own = tuple(
        OwnAllowances(one["people"], {int(wine): tuple(pair) for wine, pair in one["limits"].items()})
        for one in kept["own"]
    )
    return PlannedGroup(
        **{
            **kept,
            "rules": CheckoutRules(**kept["rules"]),
            "items": items,
            "own": own,
            "curve": tuple(kept["curve"]),
        }
    )


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different from a plan: stock by sku, maximums by (group, sku), openings by group (milliseconds since the
    origin), and how long a cart holds. What isn't named stays.
    """

    stock: Mapping[int, int]
    maximums: Mapping[tuple[int, int], int]
    opens: Mapping[int, int]
    cart: int | None = None


def changed_plan(plan: Plan, changes: Changes, *, leaves: float | None = None) -> Plan:
    """The plan with changes, and another share of carts that nobody pays for.

    What people want of a wine is known for the maximum that it had, and stays that.
    """
    return _begun_by_its_first_opening(
        replace(
            plan,
            cart=plan.cart if changes.cart is None else changes.cart,
            leaves=plan.leaves if leaves is None else leaves,
            wines=tuple(replace(wine, stock=changes.stock.get(wine.sku, wine.stock)) for wine in plan.wines),
            groups=tuple(_changed_group(plan, group, changes) for group in plan.groups),
        )
    )


def _begun_by_its_first_opening(plan: Plan) -> Plan:
    """No group opens before the origin: where one would, the origin is its opening, and all times count from there."""
    earlier = -min(0, *(group.opens for group in plan.groups))
    if not earlier:
        return plan
    origin = datetime.fromisoformat(plan.origin) - timedelta(milliseconds=earlier)
    known = [moment + earlier for moment in plan.midnights]
    midnights = sorted({*known, *range(known[0] % DAY or DAY, known[0], DAY)})
    end = plan.edges[-1] + earlier
    hours = range(0, min(DAY, end), 60 * MINUTE)
    return replace(
        plan,
        origin=origin.isoformat(),
        groups=tuple(
            replace(
                group,
                opens=group.opens + earlier,
                closes=group.closes + earlier,
                since=group.since + earlier,
            )
            for group in plan.groups
        ),
        edges=tuple(sorted({*hours, *(moment for moment in midnights if moment < end), end})),
        midnights=tuple(midnights),
    )


def _changed_group(plan: Plan, group: PlannedGroup, changes: Changes) -> PlannedGroup:
    opens = changes.opens.get(group.group, group.opens)
    since = group.since if opens == group.opens else opens
    items = []
    for item in group.items:
        maximum = changes.maximums.get((group.group, plan.wines[item.wine].sku), item.limits.maximum)
        items.append(replace(item, limits=replace(item.limits, maximum=maximum)))
    return replace(group, opens=opens, since=since, items=tuple(items))
