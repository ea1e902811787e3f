"""What is counted of the days of a rehearsal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tirage.planning.simulation.crowd import Crowd, Ints
from tirage.planning.simulation.engine import Played, Visits
from tirage.planning.simulation.plan import Plan
from tirage.planning.simulation.sums import any_wine, sum_people


@dataclass(frozen=True, slots=True)
class Tally:
    """Of each day (the first axis of all): by group and wine pieces ``wanted`` and ``sold``, and people who found the
    wine ``gone`` or had less of it than they wanted (``short``, the others included); by group who ``came``, who found
    any wine gone (``met_gone``) or had less of any (``met_short``); by wine ``gone_at`` (milliseconds since the origin,
    NEVER); by span of the plan's edges the money (``spent``, minor units) and, by wine, pieces sold (``by_span``).

    Of carts: how many held something (``carts``), were paid (``orders``), lapsed (``lapsed``) with how many pieces
    (``came_back``), and of how many some bottles were gone when their owners came to pay late (``lost``).
    """

    wanted: Ints
    sold: Ints
    gone: Ints
    short: Ints
    came: Ints
    met_gone: Ints
    met_short: Ints
    gone_at: Ints
    spent: NDArray[np.float64]
    by_span: Ints
    carts: Ints
    orders: Ints
    lapsed: Ints
    came_back: Ints
    lost: Ints


def joined(tallies: Sequence[Tally]) -> Tally:
    """The days of all of them, one after the other."""
    return Tally(
        **{one.name: np.concatenate([getattr(tally, one.name) for tally in tallies]) for one in fields(Tally)}
    )


def count(plan: Plan, crowd: Crowd, visits: Visits, played: Played) -> Tally:
    """What is to be told of these days."""
    days, _, wines = visits.wanted.shape
    groups, spans = len(plan.groups), len(plan.edges) - 1
    shape = (days, groups, wines)
    wanted, sold, gone, short = (np.zeros(shape, np.int64) for _ in range(4))
    came, met_gone, met_short = (np.zeros((days, groups), np.int64) for _ in range(3))
    spent = np.zeros((days, spans))
    by_span = np.zeros((days, spans, wines), np.int64)
    again = played.again
    paid_at = visits.at + visits.pays
    for place, (group, members) in enumerate(zip(plan.groups, crowd.members, strict=True)):
        want, got = visits.wanted[:, members], played.got[:, members]
        came[:, place] = (visits.at[:, members] >= 0).sum(axis=1)
        wanted[:, place] = sum_people(want)
        less = got < want
        none = less & (got == 0)
        short[:, place], gone[:, place] = sum_people(less), sum_people(none)
        met_short[:, place] = any_wine(less).sum(axis=1)
        met_gone[:, place] = any_wine(none).sum(axis=1)
        day, person = np.nonzero(played.paid[:, members])
        late = again.paid & (again.person >= members.start) & (again.person < members.stop)
        day_late, person_late = again.day[late], again.person[late]
        when = np.concatenate([paid_at[:, members][day, person], paid_at[day_late, person_late]])
        pieces = np.concatenate([got[day, person], again.got[late]])
        table = _by_span(plan, np.concatenate([day, day_late]), when, pieces, days)
        by_span += table
        sold[:, place] = table.sum(axis=1)
        spent += table @ (_prices(plan, place) * (1 - group.discount_bp / 10_000))
    return Tally(
        wanted,
        sold,
        gone,
        short,
        came,
        met_gone,
        met_short,
        played.gone_at,
        spent,
        by_span,
        **_carts(visits, played),
    )


def _prices(plan: Plan, place: int) -> NDArray[np.float64]:
    prices = np.zeros(len(plan.wines))
    for item in plan.groups[place].items:
        prices[item.wine] = item.price_minor
    return prices


def _by_span(plan: Plan, day: Ints, when: Ints, pieces: NDArray[Any], days: int) -> Ints:
    """Pieces sold by day, span and wine."""
    spans = len(plan.edges) - 1
    span = np.clip(np.searchsorted(plan.edges, when, side="right") - 1, 0, spans - 1)
    cells = day * spans + span
    sums = [
        np.bincount(cells, weights=pieces[:, wine], minlength=days * spans) for wine in range(pieces.shape[1])
    ]
    found: Ints = np.stack(sums, axis=1).reshape(days, spans, -1).astype(np.int64)
    return found


def _carts(visits: Visits, played: Played) -> dict[str, Ints]:
    """What became of carts, by day."""
    days = len(played.got)
    again = played.again
    held = any_wine(played.got)
    late = np.zeros_like(held)
    late[again.day, again.person] = True
    lapsed = held & ~played.paid
    back = np.array(
        [int(got[lapse].sum(dtype=np.int64)) for got, lapse in zip(played.got, lapsed, strict=True)]
    )
    ended = again.got.sum(axis=1, dtype=np.int64) < played.got[again.day, again.person].sum(
        axis=1, dtype=np.int64
    )
    return {
        "carts": held.sum(axis=1),
        "orders": played.paid.sum(axis=1) + np.bincount(again.day[again.paid], minlength=days),
        "lapsed": lapsed.sum(axis=1),
        "came_back": back,
        "lost": np.bincount(again.day[ended], minlength=days),
    }
