"""The allowance ladder: what somebody took last time makes what is theirs next time. No Django.

All quantities are pieces of one wine.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Rung(StrEnum):
    """How somebody stands on the ladder, for one wine."""

    #: Took some of it, or was granted some where that counts.
    TOOK = "took"
    #: Was offered it and took none.
    PASSED = "passed"
    #: Wasn't offered it.
    NEW = "new"


@dataclass(frozen=True, slots=True)
class LadderRules:
    """``rise``: so many more for who took all that was offered. ``least`` and ``most`` bound what is given to who took
    some; ``most`` 0 is no bound. ``newcomers``: the maximum of who wasn't offered it, None for the group's.
    """

    rise: int = 0
    least: int = 0
    most: int = 0
    counts_grants: bool = True
    passed_wish_only: bool = True
    newcomers: int | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What somebody was offered of a wine and took of it outright; ``granted`` came on top, from wishes."""

    offered: int
    taken: int
    granted: int

    def counted(self, rules: LadderRules) -> int:
        return self.taken + (self.granted if rules.counts_grants else 0)


@dataclass(frozen=True, slots=True)
class GroupLimits:
    """What the offer allows everybody of the group."""

    minimum: int
    maximum: int
    wish_maximum: int
    multiple: int = 1


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody may take now; ``is_own`` False: the group's limits, so nothing is written.

    ``next_maximum``: what would be theirs next time, by the same rules, if they took all of it now.
    """

    rung: Rung
    minimum: int
    maximum: int
    wish_maximum: int
    next_maximum: int
    is_own: bool


def step_of(history: History, group: GroupLimits, rules: LadderRules) -> Step:
    """Whole multiples always. Who took some gets no fewer than they took (and were granted, where that counts), but
    for ``most``; who passed may only wish, where the rules say so.
    """
    counted = history.counted(rules)
    rung = _rung(history, counted)
    if rung is Rung.PASSED and rules.passed_wish_only:
        wish = group.wish_maximum or group.maximum
        return Step(rung, 0, 0, wish, _most(wish, group, rules), is_own=True)
    if rung is not Rung.TOOK:
        newcomers = rules.newcomers if rung is Rung.NEW else None
        if newcomers is None:
            again = _given(group.maximum, True, group, rules)
            return Step(rung, group.minimum, group.maximum, group.wish_maximum, again, is_own=False)
        maximum = _up(newcomers, group.multiple)
    else:
        maximum = _given(counted, 0 < history.offered <= history.taken, group, rules)
    return Step(
        rung,
        min(group.minimum, maximum),
        maximum,
        group.wish_maximum,
        _given(maximum, maximum > 0, group, rules),
        is_own=True,
    )


def _rung(history: History, counted: int) -> Rung:
    if counted > 0:
        return Rung.TOOK
    return Rung.PASSED if history.offered > 0 else Rung.NEW


def _given(counted: int, took_all: bool, group: GroupLimits, rules: LadderRules) -> int:
    """The next maximum of who took so many, and perhaps all that was offered."""
    raised = counted + (rules.rise if took_all else 0)
    return _most(_up(max(raised, rules.least), group.multiple), group, rules)


def _most(pieces: int, group: GroupLimits, rules: LadderRules) -> int:
    return min(pieces, rules.most // group.multiple * group.multiple) if rules.most else pieces


def _up(pieces: int, multiple: int) -> int:
    return -(-pieces // multiple) * multiple
