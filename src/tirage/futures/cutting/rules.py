"""Who keeps how much of a lot that brings less than was sold. Pure, in pieces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tirage.futures.states import CutRule


@dataclass(frozen=True, slots=True)
class Having:
    """What an order has of the lot; ``rank`` is its group's, the first groups first."""

    key: int
    had: int
    rank: int = 0


def keeps(
    rule: CutRule, having: Sequence[Having], pieces: int, *, step: int = 1, floor_bp: int = 0
) -> dict[int, int]:
    """What each order keeps of ``pieces``, by key; never more in all, never more than it had.

    ``having`` is in the order in which they were placed: what can't be divided goes to the older ones. Cases of
    ``step`` stay whole; loose bottles beside whole cases go first, and stay where what is left suffices.

    >>> keeps(CutRule.PROPORTIONAL, [Having(1, 12), Having(2, 6), Having(3, 6)], 19)
    {1: 9, 2: 5, 3: 5}
    >>> keeps(CutRule.EQUAL, [Having(1, 12), Having(2, 6), Having(3, 2)], 14)
    {1: 6, 2: 6, 3: 2}
    """
    cases = [one.had // step for one in having]
    room = min(pieces // step, sum(cases))
    kept = _BY_RULE[rule](having, cases, room, floor_bp)
    found = {one.key: count * step for one, count in zip(having, kept, strict=True)}
    left = pieces - room * step
    for one in having:
        loose = min(one.had % step, left)
        found[one.key] += loose
        left -= loose
    return found


def _equal(having: Sequence[Having], cases: Sequence[int], room: int, floor_bp: int) -> list[int]:
    """The same for everybody, as far as they bought that much."""
    kept, left = [0] * len(cases), room
    while left:
        able = [index for index, count in enumerate(cases) if kept[index] < count]
        each = min(left // len(able), *(cases[index] - kept[index] for index in able))
        for index in able if each else able[:left]:
            kept[index] += each or 1
            left -= each or 1
    return kept


def _proportional(having: Sequence[Having], cases: Sequence[int], room: int, floor_bp: int) -> list[int]:
    return shared(room, cases)


def shared(room: int, weights: Sequence[int]) -> list[int]:
    """Whole parts of ``room`` in proportion, never more than each weight: the largest remainders, then the first."""
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    parts = [room * weight // total for weight in weights]
    order = sorted(range(len(weights)), key=lambda index: -(room * weights[index] % total))
    for index in order[: room - sum(parts)]:
        parts[index] += 1
    return parts


def _by_group(having: Sequence[Having], cases: Sequence[int], room: int, floor_bp: int) -> list[int]:
    """Each group keeps its part at least; what is left goes to the first groups. Within a group in proportion."""
    of_groups: dict[int, list[int]] = defaultdict(list)
    for index, one in enumerate(having):
        of_groups[one.rank].append(index)
    ranks = sorted(of_groups)
    totals = [sum(cases[index] for index in of_groups[rank]) for rank in ranks]
    kept = [0] * len(cases)
    for rank, of_group in zip(ranks, _group_rooms(totals, room, floor_bp), strict=True):
        indexes = of_groups[rank]
        for index, part in zip(indexes, shared(of_group, [cases[i] for i in indexes]), strict=True):
            kept[index] = part
    return kept


def _group_rooms(totals: Sequence[int], room: int, floor_bp: int) -> list[int]:
    floors = [total * floor_bp // 10_000 for total in totals]
    if sum(floors) > room:
        return shared(room, totals)
    left, found = room - sum(floors), []
    for total, floor in zip(totals, floors, strict=True):
        more = min(total - floor, left)
        found.append(floor + more)
        left -= more
    return found


_BY_RULE = {CutRule.EQUAL: _equal, CutRule.PROPORTIONAL: _proportional, CutRule.BY_GROUP: _by_group}


def loses(having: Sequence[Having], kept: Mapping[int, int]) -> dict[int, int]:
    """What each order loses, by key, without those that lose nothing."""
    return {one.key: one.had - kept[one.key] for one in having if one.had > kept[one.key]}


class Losing(Protocol):
    """What an order had when a cut was planned, and what it loses."""

    had: int
    loses: int


def still_to_lose(line: Losing, has: int) -> int:
    """What an order gave up since the cut was planned counts against what it loses."""
    return max(min(line.loses - (line.had - has), has), 0)
