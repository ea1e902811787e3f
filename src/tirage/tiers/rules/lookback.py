"""A filter as it would have found people on an earlier day. No Django.

Periods are cut at that day, and spans count back from it. What only the present knows (addresses, tags, cards, consent
…) is asked as of now, and named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from tirage.segments.rules import Bracket, Condition, Junction, Node, Value

#: What is the same on every day, or says itself which day it means.
_TIMELESS = frozenset({"source", "list", "segment"})
_PERIODS = frozenset({"spent", "orders", "bottles", "average", "bought", "first_order", "signed_up"})


def look_back(node: Node, day: date) -> Node:
    """The filter as of the end of ``day``; what can't look back stays as it is (``cannot_look_back``)."""
    if isinstance(node, Bracket):
        return Bracket(node.junction, tuple(look_back(part, day) for part in node.parts))
    return _REWRITERS.get(node.word, _same)(node, day)


def cannot_look_back(found: Condition) -> bool:
    """Whether the condition is asked as of now whatever the day."""
    if found.word == "wished":
        return found.text("outcome") != "asked"
    return found.word not in _TIMELESS | _REWRITERS.keys()


def _same(found: Condition, day: date) -> Node:
    return found


def _period(found: Condition, day: date) -> Condition:
    first, last = found.days(day)
    cut: dict[str, Value] = {"until": min(last or day, day)}
    if first is not None:
        cut["since"] = first
    return _with(found, cut)


def _with(
    found: Condition, values: Mapping[str, Value], *, without: tuple[str, ...] = ("last",)
) -> Condition:
    given = {**dict(found.values), **values}
    keys = [field.key for field in found.kind.fields if field.key in given and field.key not in without]
    return Condition(found.word, tuple((key, given[key]) for key in keys))


def _last_order(found: Condition, day: date) -> Node:
    """Ordered in the period, and not after it until the day."""
    first, last = found.days(day)
    until = min(last or day, day)
    within: dict[str, Value] = {"from": 1, "until": until}
    if first is not None:
        within["since"] = first
    ordered = _with(Condition("orders"), within)
    if until >= day:
        return ordered
    after = _with(Condition("orders"), {"from": 1, "since": until + timedelta(days=1), "until": day})
    return Bracket(Junction.ALL, (ordered, Bracket(Junction.NONE, (after,))))


def _group(found: Condition, day: date) -> Condition:
    on = found.get("on")
    return _with(found, {"on": min(on, day) if isinstance(on, date) else day})


_REWRITERS: dict[str, Callable[[Condition, date], Node]] = {
    **dict.fromkeys(_PERIODS, _period),
    "wished": _period,
    "last_order": _last_order,
    "group": _group,
}
