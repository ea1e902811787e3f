"""A policy read back as one sentence. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tirage.core.texts import say_count, say_names
from tirage.wishes.policies.rules import Reserve, StepTerms
from tirage.wishes.rules import Rule
from tirage.wishes.states import PolicyTrigger, StepKind

_RULES = {
    Rule.EQUAL: "by equal share",
    Rule.ROUND_ROBIN: "one bottle at a time",
    Rule.PROPORTIONAL: "in proportion to what was asked",
    Rule.OLDEST: "the oldest first",
    Rule.RANK: "the highest group first",
    Rule.SPEND: "those first who spent most",
    Rule.DRAW: "by lot",
}
_FIRST = {**_RULES, Rule.OLDEST: "those first who bought first"}


@dataclass(frozen=True, slots=True)
class Names:
    """What a sentence calls groups and wines by their ids, the policy's offer, and the moment that it begins at."""

    groups: Mapping[int, str]
    wines: Mapping[int, str]
    offer: str = ""
    moment: str = ""


def say_policy(
    trigger: PolicyTrigger,
    steps: Sequence[tuple[StepKind, Sequence[int], StepTerms]],
    reserve: Reserve,
    minds_offers: bool,
    names: Names,
) -> str:
    """``When the offer to Premier closes, give what is left to wishes of Premier by equal share, then open …``."""
    parts = [
        _say_step(kind, groups, terms, names, is_first=not place)
        for place, (kind, groups, terms) in enumerate(steps)
    ]
    acts = ", then ".join(parts) or "do nothing yet"
    kept = _say_reserve(reserve, names)
    sentence = f"{_say_trigger(trigger, names)}, {acts}{f', and {kept}' if kept else ''}."
    if not minds_offers:
        sentence += " What other open offers may still sell is given too."
    return sentence


def _say_trigger(trigger: PolicyTrigger, names: Names) -> str:
    if trigger is PolicyTrigger.CLOSING:
        return f"When the offer to {names.offer} closes" if names.offer else "When an offer closes"
    if trigger is PolicyTrigger.TIME:
        return f"At {names.moment}" if names.moment else "At a time"
    return "When somebody says so"


def _say_step(
    kind: StepKind, groups: Sequence[int], terms: StepTerms, names: Names, *, is_first: bool
) -> str:
    who = say_names([names.groups.get(pk, "a group") for pk in groups])
    what = "what is left" if is_first else "the rest"
    rule = Rule(terms.rule) if terms.rule in set(Rule) else Rule.EQUAL
    if kind is StepKind.GRANT:
        words = f"give {what} to wishes of {who or 'all groups'} {_RULES[rule]}"
        return words + _say_caps(terms)
    if kind is StepKind.OPEN:
        at = "" if terms.hour is None else f" from the next {terms.hour}:00"
        return (
            f"open {what} to {who or 'nobody yet'}{at} for {say_count(terms.days, 'day', 'days')}, "
            f"up to {terms.maximum:,} of each wine a customer"
        )
    if kind is StepKind.RAISE:
        return (
            f"allow {terms.maximum:,} more of {what} to everybody in {who or 'nobody yet'} who took all of a wine, "
            f"{_FIRST[rule]}"
        )
    return "mail the team and wait for a go"


def _say_caps(terms: StepTerms) -> str:
    caps = []
    if terms.customer_cap:
        caps.append(f"at most {terms.customer_cap:,} a customer")
    if terms.household_cap:
        caps.append(f"at most {terms.household_cap:,} a household")
    if terms.case > 1:
        caps.append(f"in whole cases of {terms.case}")
    return f" ({say_names(caps)})" if caps else ""


def _say_reserve(reserve: Reserve, names: Names) -> str:
    own = [
        f"{pieces:,} of {names.wines.get(sku_id, 'a wine')}" for sku_id, pieces in sorted(reserve.own.items())
    ]
    if reserve.pieces:
        each = "in all" if reserve.of_all else "of each wine"
        own.insert(0, f"{reserve.pieces:,} {each}")
    return f"keep {say_names(own)} back" if own else ""
