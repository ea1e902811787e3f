"""Releases of a former system, as its orders name them: who of each group of the time took part.

Such a release has no offers here, so it is known by its orders alone: it lasted from its first to its last order. It
was offered to whoever was in the group then, and a group's take rate is how many of those bought.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from tirage.core.sql import fetch_all, moment_out
from tirage.customers.models import Group

MOST_RELEASES = 100
_OF_RELEASES = (
    "FROM moving_movedorder m JOIN orders_order o ON o.id = m.order_id AND o.state IN ('placed', 'shipped')"
)
_WINDOWS = f"""SELECT m.release AS name, min(o.placed_at) AS begins, max(o.placed_at) AS ends {_OF_RELEASES}
    WHERE m.release <> '' GROUP BY m.release"""
_BOUGHT = f"""SELECT m.release AS name, o.group_id, count(*) AS orders, count(DISTINCT o.customer_id) AS buyers,
    sum(o.bottle_count) AS bottles, sum(o.wine_minor) AS wine {_OF_RELEASES}
    WHERE m.release <> '' GROUP BY m.release, o.group_id"""
#: Who bought as one of the group was in it, whatever the dates of memberships say: they may not have been brought.
_ENTITLED = f"""WITH r AS ({_WINDOWS}) SELECT q.name, q.group_id, count(DISTINCT q.customer_id) AS members FROM (
        SELECT r.name, s.group_id, s.customer_id FROM r JOIN customers_membership s ON s.since <= r.ends
        UNION ALL SELECT r.name, s.group_id, s.customer_id FROM r
            JOIN customers_pastmembership s ON s.since <= r.ends AND s.until > r.begins
        UNION ALL SELECT m.release, o.group_id, o.customer_id {_OF_RELEASES}
            WHERE m.release <> '' AND o.group_id IS NOT NULL
    ) q GROUP BY q.name, q.group_id"""  # noqa: S608  # fixed words


@dataclass(frozen=True, slots=True)
class GroupsTake:
    """What a group took; ``group`` None: of those whose group nobody knows, who have no rate."""

    group: Group | None
    members: int
    buyers: int
    orders: int
    bottles: int
    wine_minor: int

    @property
    def rate(self) -> float | None:
        """Buyers ÷ members of the time."""
        return self.buyers / self.members if self.group and self.members else None


@dataclass(frozen=True, slots=True)
class FormerRelease:
    name: str
    begins: datetime
    ends: datetime
    groups: tuple[GroupsTake, ...]


def former_releases() -> list[FormerRelease]:
    """All that orders of the history name, the latest first; four statements."""
    windows = {row["name"]: (_at(row["begins"]), _at(row["ends"])) for row in fetch_all(_WINDOWS)}
    if not windows:
        return []
    members = {(row["name"], row["group_id"]): int(row["members"]) for row in fetch_all(_ENTITLED)}
    groups = Group.objects.in_bulk()
    rows = sorted(fetch_all(_BOUGHT), key=lambda row: row["name"])
    taken = {
        name: tuple(_take(row, members, groups) for row in some)
        for name, some in groupby(rows, key=lambda row: row["name"])
    }
    found = [
        FormerRelease(name, begins, ends, _by_rank(taken[name])) for name, (begins, ends) in windows.items()
    ]
    return sorted(found, key=lambda one: (one.begins, one.name), reverse=True)[:MOST_RELEASES]


def _at(found: Any) -> datetime:
    at = moment_out(found)
    if at is None:
        raise RuntimeError("an order that came in has its day")
    return at


def _take(row: dict[str, Any], members: dict[tuple[str, int], int], groups: dict[int, Group]) -> GroupsTake:
    name, group_id = str(row["name"]), row["group_id"]
    buyers, orders, bottles, wine = (int(row[one]) for one in ("buyers", "orders", "bottles", "wine"))
    return GroupsTake(groups.get(group_id), members.get((name, group_id), 0), buyers, orders, bottles, wine)


def _by_rank(found: Sequence[GroupsTake]) -> tuple[GroupsTake, ...]:
    return tuple(
        sorted(
            found,
            key=lambda one: (one.group is None, one.group.rank if one.group else 0, str(one.group)),
        )
    )
