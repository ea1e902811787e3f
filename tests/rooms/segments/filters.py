"""Hypothesis's idea of a filter: any conditions with right values, in any brackets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from tirage.core.errors import DomainError
from tirage.segments.rules import KINDS, Bracket, Condition, Field, Junction, Node, Takes, condition_of

TODAY = date(2026, 10, 6)
_ZIPS = ("94110", "10012", "97209")
_SPANS = ("1 day", "30 days", "6 months", "24months", "1year", "3 years")


def conditions(
    things: Mapping[str, Sequence[str]], words: Sequence[str] = tuple(KINDS)
) -> st.SearchStrategy[Condition]:
    return st.sampled_from(words).flatmap(lambda word: _of(word, things)).filter(bool)


def nodes(things: Mapping[str, Sequence[str]]) -> st.SearchStrategy[Node]:
    def brackets(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
        return st.builds(Bracket, st.sampled_from(Junction), parts)

    return st.recursive(conditions(things), brackets, max_leaves=5)


def _of(word: str, things: Mapping[str, Sequence[str]]) -> st.SearchStrategy[Any]:
    kind = KINDS[word]
    typed: dict[str, st.SearchStrategy[str]] = {}
    for field in kind.fields:
        value = _value(field, things)
        typed[field.key] = value if field.required else st.one_of(st.just(""), value)
    return st.fixed_dictionaries(typed).map(lambda values: _right(word, values))


def _right(word: str, typed: dict[str, str]) -> Condition | None:
    """None for values that contradict each other."""
    if typed.get("last"):
        typed = {**typed, "since": "", "until": ""}
    if word == "bought":
        named = [key for key in ("sku", "wine", "vintage") if typed.get(key)]
        typed = {**typed, **dict.fromkeys(named[1:], "")}
    try:
        return condition_of(word, typed)
    except DomainError:
        return None


def _value(field: Field, things: Mapping[str, Sequence[str]]) -> st.SearchStrategy[str]:
    if field.takes is Takes.CHOICE:
        return st.sampled_from([value for value, _ in field.choices])
    if field.takes is Takes.THING:
        return st.sampled_from(things[field.key])
    if field.takes is Takes.DAY:
        return st.integers(0, 1000).map(lambda days: (TODAY - timedelta(days=days)).isoformat())
    if field.takes is Takes.SPAN:
        return st.sampled_from(_SPANS)
    if field.takes is Takes.ZIP:
        return st.sampled_from(_ZIPS)
    if field.takes is Takes.TEXT:
        return st.sampled_from(["9", "941", "10012"])
    if field.key == "days":
        return st.integers(0, 40).map(str)
    if field.key == "miles":
        return st.sampled_from(["1", "30", "500"])
    if field.key == "releases":
        return st.integers(1, 4).map(str)
    if field.takes is Takes.AMOUNT:
        return st.sampled_from(["0", "0.01", "50", "199.99", "240", "700", "2000"])
    return st.integers(0, 12 if field.takes is Takes.COUNT else 100).map(str)
