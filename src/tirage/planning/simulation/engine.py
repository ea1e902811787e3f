"""What becomes of the bottles when people come, by the rules of offers and carts, on many days at once.

A day is a list of steps in order: somebody comes and holds what there is of what they want, or comes late to pay and
takes again what is left of a cart whose hold had ended. What lapsed before a step is given back at its beginning. Who
pays while the hold lives needs no step: held bottles are nobody else's either way. All days take their first step
together, then all their second: a step is a handful of additions on whole arrays. Only wines that run short on some
day, and the people who want them, take part; of all other wines everybody gets what they want.

As in the shop (``checkout.operations``, ``inventory.rules``): ``available = on hand − sold − live holds``; a cart takes
what can be had, in whole multiples, nought rather than less than the minimum; it holds for its minutes and never beyond
the close; a cart that doesn't meet the offer's rules can't be ordered, and lapses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tirage.planning.simulation.crowd import Crowd, Ints
from tirage.planning.simulation.sums import any_wine, sum_people

#: Somebody who doesn't come, or never pays.
NEVER = -1
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Visits:
    """By day and person: ``at`` when they come, ``pays`` how long after that they pay (NEVER: not at all), both in
    milliseconds; ``wanted`` by wine in pieces, within their limits and in whole multiples.
    """

    at: Ints
    pays: Ints
    wanted: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Again:
    """Carts of those who paid late, one a row: what they could take ``got`` again, and whether they ``paid``."""

    day: Ints
    person: Ints
    got: NDArray[Any]
    paid: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Played:
    """``got``: what each held at first, by day, person and wine; ``paid``: who paid for just that; ``again``: those
    whose hold had ended. ``gone_at``: by day and wine, when the last one was taken for good (NEVER: some were left).
    """

    got: NDArray[Any]
    paid: NDArray[np.bool_]
    again: Again
    gone_at: Ints

    def sold(self) -> NDArray[Any]:
        """What each bought, by day, person and wine."""
        found: NDArray[Any] = self.got * self.paid[:, :, None]
        bought = self.again.paid
        found[self.again.day[bought], self.again.person[bought]] = self.again.got[bought]
        return found


def play(crowd: Crowd, stock: Ints, cart: int, visits: Visits) -> Played:
    """The days of ``visits``, each with so much ``stock`` of each wine; a cart holds for ``cart`` milliseconds."""
    closes = crowd.closes[crowd.kind]
    comes = (visits.at >= 0) & (visits.at < closes)
    pays = np.where(comes & (visits.at + visits.pays < closes), visits.pays, NEVER)
    wanted = visits.wanted if comes.all() else visits.wanted * comes[:, :, None]
    totals = sum_people(wanted)
    unit = _units(crowd)
    # Only where all want about as much as there is, on some day, does it matter who comes first.
    scarce = np.flatnonzero((totals > stock - unit).any(axis=0))
    race = _Race(crowd, stock, cart, Visits(visits.at, pays, wanted), scarce)
    race.run()
    got = race.all_got()
    # Whose wines there is plenty of may pay late: they are still there.
    paid = (pays >= 0) & ((pays < cart) | ~race.runs) & any_wine(got)
    ruled = np.flatnonzero(crowd.has_rules[crowd.kind])
    if ruled.size:
        for day in range(len(paid)):
            paid[day, ruled] &= crowd.are_met(crowd.kind[ruled], got[day, ruled])
    gone_at = np.full(totals.shape, NEVER)
    gone_at[:, scarce] = race.gone_at()
    return Played(got, paid, race.again(got), gone_at)


def _units(crowd: Crowd) -> Ints:
    """The fewest pieces of each wine that anybody may take at once."""
    most = np.iinfo(np.int64).max
    fewest: Ints = np.where(crowd.cap > 0, np.maximum(crowd.multiple, crowd.least), most).min(axis=0)
    return np.where(fewest == most, 1, fewest)


class _Day(NamedTuple):
    """One day's steps: ``keys`` (when and who, in order), ``person``, whether they come again (``late``), and at which
    step they took what they want to pay for then (``first``). Lapses: before which step (``before``), of what was
    taken at which (``of``), and whether only if that cart couldn't be ordered (``if_unmet``).
    """

    keys: Ints
    person: Ints
    late: Flags
    first: Ints
    before: Ints
    of: Ints
    if_unmet: Flags


class _Lapses:
    """What is given back before each step, by day. ``taken`` rows are those of a step and a day."""

    def __init__(self, days: list[_Day], steps: int) -> None:
        count = len(days)
        day_bits, step_bits = count.bit_length(), (steps + 1).bit_length()
        keys = [
            (day.before << (day_bits + step_bits + 1))
            | (number << (step_bits + 1))
            | (day.of << 1)
            | day.if_unmet
            for number, day in enumerate(days)
        ]
        order = np.sort(np.concatenate(keys))
        before = order >> (day_bits + step_bits + 1)
        self._days = (order >> (step_bits + 1)) & ((1 << day_bits) - 1)
        self._rows = ((order >> 1) & ((1 << step_bits) - 1)) * count + self._days
        self._if_unmet = (order & 1).astype(np.bool_)
        self._starts = np.searchsorted(before, np.arange(steps + 2)).tolist()
        new = np.ones(order.size, np.bool_)
        new[1:] = (order[1:] >> (step_bits + 1)) != (order[:-1] >> (step_bits + 1))
        #: Places in ``order`` where another day begins, and how many begin before each.
        self._begins = np.flatnonzero(new)
        self._begun = np.searchsorted(self._begins, self._starts).tolist()

    def give_back(
        self, step: int, free: NDArray[np.int32], taken: NDArray[Any], met: NDArray[Any] | None
    ) -> None:
        """Adds to what is ``free`` (by day and wine) what lapsed before ``step``."""
        start, end = self._starts[step], self._starts[step + 1]
        if start == end:
            return
        rows = self._rows[start:end]
        back = taken.take(rows, axis=0).astype(np.int32)
        if met is not None:
            back *= ~(met.take(rows) & self._if_unmet[start:end])[:, None]
        begins = self._begins[self._begun[step] : self._begun[step + 1]]
        if len(begins) < end - start:
            back = np.add.reduceat(back, begins - start, axis=0)
        days = self._days[begins]
        free[days] += back


class _Race:
    """The scarce wines and those who want them. ``runs`` says who takes part, by day and person."""

    def __init__(
        self, crowd: Crowd, stock: Ints, cart: int, visits: Visits, scarce: NDArray[np.intp]
    ) -> None:
        self._crowd, self._cart, self._visits, self._scarce = crowd, cart, visits, scarce
        self._ruled = crowd.has_rules if crowd.has_rules.any() else None
        days, self._wines = len(visits.wanted), scarce.size
        self._free = np.tile(stock[scarce].astype(np.int32), (days, 1))
        self._unit = np.tile(_units(crowd)[scarce].astype(np.int32), (days, 1))
        self._got = np.ascontiguousarray(visits.wanted[:, :, scarce])
        self.runs = any_wine(self._got)
        special = ((crowd.multiple[:, scarce] > 1) | (crowd.least[:, scarce] > 1)).any(axis=0)
        self._special = np.tile(special, (days, 1)) if special.any() else None

    def run(self) -> None:
        """Lets all days pass."""
        self._days = [self._prepare(day) for day in range(len(self._got))]
        steps, days = max(len(day.keys) for day in self._days), len(self._days)
        lapses = _Lapses(self._days, steps)
        # What is wanted at each step, by step, day and wine; as the steps pass, what is taken.
        taken = self._wanted(steps)
        rows = taken.reshape(steps * days, self._wines)
        returns = self._returns(steps)
        self._kind_at = self._kinds(steps)
        carts = None if self._ruled is None else self._carts()
        met = None if carts is None else np.ones((steps, days), np.bool_)
        flat_met = None if met is None else met.reshape(-1)
        want, now = np.zeros_like(self._free), np.zeros_like(self._free)
        is_left, stamp = np.zeros(now.shape, np.bool_), np.zeros_like(now)
        #: The step after the last one that left something.
        self._gone = np.zeros_like(now)
        for step in range(steps):
            lapses.give_back(step, self._free, rows, flat_met)
            want[:] = taken[step]
            late, first = returns(step)
            if late.size:
                again = rows.take(first, axis=0)
                want[late] = again if flat_met is None else again * flat_met.take(first)[:, None]
            np.minimum(want, self._free, out=now)
            if self._special is not None:
                self._in_multiples(step, np.flatnonzero((now < want) & self._special), now)
            np.subtract(self._free, now, out=self._free)
            taken[step] = now
            if met is not None and carts is not None:
                met[step] = carts.are_met(step, now)
            np.greater_equal(self._free, self._unit, out=is_left)
            np.multiply(is_left, step + 1, out=stamp, dtype=np.int32)
            np.maximum(self._gone, stamp, out=self._gone)
        lapses.give_back(steps, self._free, rows, flat_met)
        self._finish(taken, met)

    def _prepare(self, number: int) -> _Day:
        crowd, bits = self._crowd, self._bits
        who = np.flatnonzero(self.runs[number])
        at, pays = self._visits.at[number, who], self._visits.pays[number, who]
        late = pays >= self._cart
        keys = np.sort(
            np.concatenate([at << (bits + 1) | who, (at + pays)[late] << (bits + 1) | 1 << bits | who[late]])
        )
        person = keys & ((1 << bits) - 1)
        is_late = (keys >> bits & 1).astype(np.bool_)
        came, returned = np.zeros(len(crowd.kind), np.int64), np.zeros(len(crowd.kind), np.int64)
        came[person[~is_late]] = np.flatnonzero(~is_late)
        returned[person[is_late]] = np.flatnonzero(is_late)
        closes = crowd.closes[crowd.kind[who]]
        ends, lapse = np.minimum(at + self._cart, closes), late | (pays == NEVER)
        found = [(ends[lapse], came[who[lapse]], False)]
        if self._ruled is not None:
            ruled = self._ruled[crowd.kind[who]]
            found.append((ends[ruled & ~lapse], came[who[ruled & ~lapse]], True))
            again = np.minimum(at + pays + self._cart, closes)
            found.append((again[ruled & late], returned[who[ruled & late]], True))
        before = np.searchsorted(keys, np.concatenate([end for end, _, _ in found]) << (bits + 1))
        if_unmet = np.repeat([unmet for _, _, unmet in found], [len(end) for end, _, _ in found])
        of = np.concatenate([rows for _, rows, _ in found])
        return _Day(keys, person, is_late, came[person[is_late]], before, of, if_unmet)

    @property
    def _bits(self) -> int:
        return len(self._crowd.kind).bit_length()

    def _wanted(self, steps: int) -> NDArray[Any]:
        wanted = np.zeros((len(self._days), steps, self._wines), self._got.dtype)
        for got, rows, day in zip(self._got, wanted, self._days, strict=True):
            rows[: len(day.keys)] = got.take(day.person, axis=0)
            rows[: len(day.keys)][day.late] = 0
        return np.ascontiguousarray(wanted.transpose(1, 0, 2))

    def _returns(self, steps: int) -> Any:
        """By step, the days on which somebody comes late to pay, and the row of what they had taken."""
        late_steps = [np.flatnonzero(day.late) for day in self._days]
        days = np.repeat(np.arange(len(self._days)), [len(found) for found in late_steps])
        at = np.concatenate(late_steps)
        order = np.argsort(at, kind="stable")
        days, firsts = days[order], np.concatenate([day.first for day in self._days])[order]
        rows = firsts * len(self._days) + days
        starts = np.searchsorted(at[order], np.arange(steps + 1)).tolist()

        def of(step: int) -> tuple[Ints, Ints]:
            part = slice(starts[step], starts[step + 1])
            return days[part], rows[part]

        return of

    def _carts(self) -> _Carts:
        """What else is in the carts of all steps, and what they must come to."""
        crowd, shape = self._crowd, self._kind_at.T.shape
        others = np.ones(len(crowd.bottles))
        others[self._scarce] = 0
        bottles, spent = np.zeros(shape, np.float32), np.zeros(shape)
        with_money = bool(crowd.spend_minimum.any())
        for number, day in enumerate(self._days):
            pieces = self._visits.wanted[number]
            row = pieces.astype(np.float32) @ (crowd.bottles * others).astype(np.float32)
            bottles[number, : len(day.keys)] = row.take(day.person)
            if with_money:
                money = (pieces * (crowd.price * others)[crowd.kind]).sum(axis=1)
                spent[number, : len(day.keys)] = money.take(day.person)
        return _Carts(
            crowd, self._scarce, self._kind_at, bottles.T.copy(), spent.T.copy() if with_money else None
        )

    def _kinds(self, steps: int) -> NDArray[np.int16]:
        kinds = np.zeros((len(self._days), steps), np.int16)
        for row, day in zip(kinds, self._days, strict=True):
            row[: len(day.keys)] = self._crowd.kind[day.person]
        return np.ascontiguousarray(kinds.T)

    def _in_multiples(self, step: int, short: NDArray[np.intp], now: NDArray[np.int32]) -> None:
        """What is had of what is ``short``, as ``inventory.rules.grant_wanted`` has it: whole multiples, nought rather
        than below the minimum.
        """
        if short.size:
            days, wines = np.divmod(short, self._wines)
            kinds, wines = self._kind_at[step, days], self._scarce[wines]
            had = now.reshape(-1)[short]
            had -= (had % self._crowd.multiple[kinds, wines]).astype(np.int32)
            had[had < self._crowd.least[kinds, wines]] = 0
            now.reshape(-1)[short] = had

    def _finish(self, taken: NDArray[Any], met: Flags | None) -> None:
        """Puts what was taken back in the order of people."""
        days = np.ascontiguousarray(taken.transpose(1, 0, 2))
        orders = None if met is None else np.ascontiguousarray(met.T)
        found = []
        for number, (day, rows) in enumerate(zip(self._days, days, strict=True)):
            self._got[number, day.person[~day.late]] = rows[: len(day.keys)][~day.late]
            late = np.flatnonzero(day.late)
            ordered = np.ones(late.size, np.bool_) if orders is None else orders[number, late]
            found.append((np.full(late.size, number), day.person[late], rows[late], ordered))
        self._again = [np.concatenate(part) for part in zip(*found, strict=True)]

    def all_got(self) -> NDArray[Any]:
        """What each held at first, of all wines, by day, person and wine."""
        if not self._wines:
            return self._visits.wanted
        got = self._visits.wanted.copy()
        got[:, :, self._scarce] = self._got
        return got

    def again(self, got: NDArray[Any]) -> Again:
        """The carts of those who paid late; of wines that there is plenty of they have what they ``got`` at first."""
        days, people, taken, met = self._again
        pieces = got[days, people]
        pieces[:, self._scarce] = taken
        return Again(days, people, pieces, met & (pieces != 0).any(axis=1))

    def gone_at(self) -> Ints:
        """When the last piece was taken for good, by day and scarce wine."""
        found = np.full(self._free.shape, NEVER, np.int64)
        for number, day in enumerate(self._days):
            gone = np.flatnonzero(self._free[number] < self._unit[number])
            if day.keys.size:
                step = np.minimum(self._gone[number, gone], day.keys.size - 1)
                found[number, gone] = day.keys[step] >> (self._bits + 1)
        return found


class _Carts:
    """Whether carts may be ordered, by step and day, from what they took of the scarce wines and have of the others."""

    def __init__(
        self,
        crowd: Crowd,
        scarce: NDArray[np.intp],
        kinds: NDArray[np.int16],
        others: NDArray[np.float32],
        spent: NDArray[np.float64] | None,
    ) -> None:
        self._bottles, self._of_others = crowd.bottles[scarce].astype(np.float32), others
        self._least = crowd.bottles_minimum.astype(np.float32)[kinds]
        self._most = crowd.bottles_maximum.astype(np.float32)[kinds]
        self._crowd, self._scarce, self._kinds, self._spent = crowd, scarce, kinds, spent

    def are_met(self, step: int, taken: NDArray[np.int32]) -> Flags:
        """Of the carts that were ``taken`` at this step."""
        bottles = taken.astype(np.float32) @ self._bottles + self._of_others[step]
        met: Flags = (bottles >= self._least[step]) & (bottles <= self._most[step])
        if self._spent is not None:
            kinds = self._kinds[step]
            spent = (taken * self._crowd.price[kinds][:, self._scarce]).sum(axis=1) + self._spent[step]
            met &= spent >= self._crowd.spend_minimum[kinds]
        return met
