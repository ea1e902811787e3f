"""From an area to what is done with its customers: their list, a segment, a group, an offer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from tirage.backoffice.frame.who import with_filter
from tirage.backoffice.insights.page import Mapped
from tirage.core.winery import current_winery
from tirage.parts.wording import say_number
from tirage.segments.rules import Bracket, Condition, Junction, Node, serialise
from tirage.staff.ways import may_open

#: What a planner of events is called, once there is one.
_PLANNERS = ("backoffice:new_event_plan",)


@dataclass(frozen=True, slots=True)
class Way:
    """A link with what it leads to."""

    label: str
    url: str
    note: str = ""


def node_of(mapped: Mapped, *more: Node) -> Node | None:
    """Who is meant: the page's filter, the chosen area, and ``more``; None for everybody."""
    asked, parts = mapped.asked, list[Node]()
    if asked.who.node is not None:
        parts.append(asked.who.node)
    if mapped.place is not None:
        parts.append(Condition("place", (("place", mapped.place.reference),)))
    elif asked.area:
        parts.append(Condition("lives", (("area", asked.area),)))
    parts += more
    if len(parts) < 2:
        return parts[0] if parts else None
    return Bracket(Junction.ALL, tuple(parts))


def _days(mapped: Mapped, word: str, *values: tuple[str, Any]) -> Condition:
    period = mapped.asked.period
    return Condition(word, (*values, ("since", period.first), ("until", period.last)))


def people_ways(mapped: Mapped, member: Any) -> list[Way]:
    """The customers behind the totals, as lists."""
    if not may_open(member, "backoffice:customers"):
        return []
    locale, sums = current_winery().locale, mapped.whole.sums
    found: list[tuple[int, str, tuple[Node, ...]]] = [(sums.customers, "customers", ())]
    found.append((sums.active, "bought in the period", (_days(mapped, "orders", ("from", 1)),)))
    found.append((sums.new, "bought for the first time", (_days(mapped, "first_order"),)))
    lapsed = (
        Condition(
            "orders",
            (("from", 1), ("since", mapped.asked.compared.first), ("until", mapped.asked.compared.last)),
        ),
        Bracket(Junction.NONE, (_days(mapped, "orders", ("from", 1)),)),
    )
    found.append((sums.lapsed, "bought before and not now", lapsed))
    return [
        Way(f"{say_number(count, locale)} {words}", _url("backoffice:customers", node_of(mapped, *more)))
        for count, words, more in found
        if count
    ]


def act_ways(mapped: Mapped, member: Any) -> list[Way]:
    """What can be done with the customers there; each page asks for its own permission, too."""
    node = node_of(mapped)
    ways = []
    if node is not None and mapped.whole.sums.customers:
        ways = [
            ("Save as a segment", "backoffice:new_segment", "Always whoever lives there now"),
            ("Keep as a list", "backoffice:new_list", "These customers, as of today"),
            ("Add, move, tag or allot", "backoffice:customers", "Choose all on their list, then what to do"),
            ("Plan an event for them", _PLANNERS[0], "Where to meet, who can come"),
        ]
    return [Way(label, _url(name, node), note) for label, name, note in ways if may_open(member, name)]


def _url(name: str, node: Node | None) -> str:
    path = reverse(name)
    return with_filter(path, serialise(node)) if node else path
