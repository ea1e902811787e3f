"""The optimiser's model in numbers, and HiGHS's answer. SciPy is loaded when it is needed: it is large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import gcd
from typing import TYPE_CHECKING, Any

from tirage.wishes.rules.aims import Objective
from tirage.wishes.rules.classes import Kind, Model

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, np.dtype[np.float64]]

#: Seconds that HiGHS has for one answer; then it has none, since half an answer would depend on the machine.
SECONDS = 3.0
#: Up to so many figures the best is proven; up to ``MIDDLING`` it is within a ten-thousandth, unless so many branches
#: don't find it; beyond, the whole numbers below those of the linear relaxation are taken, which few customers change.
SMALL, MIDDLING, NEAR, BRANCHES = 600, 4_000, 1e-4, 100
#: Where how evenly comes second, levels beyond so many are all alike; it isn't asked for beyond so many kinds.
GRADES, KINDS = 8, 2_000
#: Beyond so large a figure nothing is left of a number's last places for what comes second.
_LARGEST = 10**9
#: For each kind the customers served, and steps by ask.
Answer = list[tuple[int, list[int]]]


def solve(model: Model) -> Answer | None:
    """For each kind the customers served and steps by ask; None when there is no answer in time."""
    if not model.kinds:
        return []
    table = _Table(model)
    if model.is_network or model.aim.objective is not Objective.EQUAL or table.width > SMALL:
        found = table.best(table.weights())
    else:
        found = table.level_by_level()
    return None if found is None else table.read(found)


@dataclass(slots=True)
class _Columns:
    """Where a kind's figures stand: how many are served, steps by ask, how many reach each level beyond, and last all
    levels above those, where they needn't be told apart."""

    served: int
    steps: range
    levels: range


@dataclass(slots=True)
class _Rows:
    """Sparse rows with bounds."""

    row: list[int] = field(default_factory=list)
    column: list[int] = field(default_factory=list)
    factor: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, terms: Sequence[tuple[int, float]], low: float, high: float) -> None:
        for column, factor in terms:
            self.row.append(len(self.low))
            self.column.append(column)
            self.factor.append(factor)
        self.low.append(low)
        self.high.append(high)


_NONE = float("inf")
#: What HiGHS calls whole.
_SLACK = 1e-6


class _Table:
    def __init__(self, model: Model) -> None:
        self.model = model
        self.columns: list[_Columns] = []
        self.tops: list[float] = []
        self.grades = max(kind.levels * kind.unit for kind in model.kinds)
        if model.aim.objective is not Objective.EQUAL:
            self.grades = min(self.grades, GRADES)
        #: How often what comes first counts what comes second.
        self.far = self._far()
        #: Pieces alone count: levels needn't be told apart.
        self.is_plain = not self.far and model.aim.objective is not Objective.EQUAL
        for kind in model.kinds:
            self._place(kind)
        self.width = len(self.tops)
        self.rows = _Rows()
        self._bind()

    def _place(self, kind: Kind) -> None:
        served, count, beyond = len(self.tops), kind.customers, kind.levels - kind.least
        if self.is_plain:
            beyond = 0
        single = beyond
        if self.model.aim.objective is not Objective.EQUAL:
            single = min(beyond, max(self.grades // kind.unit - kind.least, 0))
        steps = range(served + 1, served + 1 + len(kind.steps))
        levels = range(steps.stop, steps.stop + single + (beyond > single))
        self.columns.append(_Columns(served, steps, levels))
        self.tops += [count, *(most * count for most in kind.most), *[count] * single]
        if beyond > single:
            self.tops.append((beyond - single) * count)

    def _bind(self) -> None:
        of_sku: dict[int, list[tuple[int, float]]] = {}
        of_home: dict[str, list[tuple[int, float]]] = {}
        for kind, here in zip(self.model.kinds, self.columns, strict=True):
            for sku, home, step, column in zip(kind.skus, kind.homes, kind.steps, here.steps, strict=True):
                of_sku.setdefault(sku, []).append((column, step))
                if home:
                    of_home.setdefault(home, []).append((column, step))
            self._bind_kind(kind, here)
        for sku, terms in of_sku.items():
            self.rows.add(terms, -_NONE, self.model.stock[sku])
        for terms in of_home.values():
            self.rows.add(terms, -_NONE, self.model.caps.household or 0)

    def _bind_kind(self, kind: Kind, here: _Columns) -> None:
        """A customer's pieces are levels; whoever isn't served has none; a level is reached after the one below."""
        pieces = [(column, float(step)) for column, step in zip(here.steps, kind.steps, strict=True)]
        if self.is_plain:
            self._bind_pieces(kind, here, pieces)
        else:
            reached = [(here.served, -float(kind.unit * kind.least))]
            reached += [(column, -float(kind.unit)) for column in here.levels]
            self.rows.add([*pieces, *reached], 0, 0)
        if self.model.is_network:
            # The weights of higher levels are smaller, so they are never reached first.
            return
        for column, most in zip(here.steps, kind.most, strict=True):
            self.rows.add([(column, 1), (here.served, -most)], -_NONE, 0)
        below, left = here.served, kind.levels - kind.least
        # Where there are many the weights alone have to see to the higher ones: those of higher levels are smaller.
        for column in here.levels if len(self.tops) <= SMALL else here.levels[:1]:
            most = left if column == here.levels[-1] else 1
            self.rows.add([(column, 1), (below, -most)], -_NONE, 0)
            below, left = column, left - 1

    def _bind_pieces(self, kind: Kind, here: _Columns, pieces: list[tuple[int, float]]) -> None:
        room = float(kind.unit * kind.levels)
        if kind.least > 1 or self.model.aim.objective is Objective.SERVED:
            self.rows.add([*pieces, (here.served, -float(kind.unit * kind.least))], 0, _NONE)
        if room < sum(step * most for step, most in zip(kind.steps, kind.most, strict=True)):
            if self.model.is_network:
                self.rows.add(pieces, -_NONE, room * kind.customers)
            else:
                self.rows.add([*pieces, (here.served, -room)], -_NONE, 0)

    def weights(self) -> Numbers:
        """The objective, and far behind it how evenly: among equally good answers a fair one is taken."""
        import numpy as np

        weights = np.zeros(self.width)
        for kind, here in zip(self.model.kinds, self.columns, strict=True):
            if not self.is_plain:
                weights[here.served] = self._grade(kind, 0, kind.least)
                for place, column in enumerate(here.levels, start=kind.least):
                    weights[column] = self._grade(kind, place, place + 1)
            if self.model.aim.objective is Objective.SERVED:
                weights[here.served] += self.far or 1
            for column, step, value in zip(here.steps, kind.steps, kind.values, strict=True):
                weights[column] = value // self._common * step * (self.far or 1)
        return weights

    def _grade(self, kind: Kind, above: int, to: int) -> int:
        """What a customer's levels in between count for how evenly: the higher, the less."""
        return sum(max(self.grades - piece, 1) for piece in range(above * kind.unit, to * kind.unit))

    @cached_property
    def _common(self) -> int:
        return gcd(*(value for kind in self.model.kinds for value in kind.values)) or 1

    def _far(self) -> int:
        """How often what comes first counts what comes second, so that it is never given up for it; nought where
        numbers would become too large for both."""
        kinds = self.model.kinds
        asked = sum(kind.levels * kind.unit * kind.customers for kind in kinds)
        far = self.grades * min(asked, sum(self.model.stock.values())) + 1
        largest = max(
            value * step for kind in kinds for value, step in zip(kind.values, kind.steps, strict=True)
        )
        is_possible = len(kinds) <= KINDS and far * max(largest // self._common, 1) <= _LARGEST
        return far if is_possible else 0

    def best(self, weights: Numbers) -> Numbers | None:
        """The figures whose weighted sum is largest: of the linear relaxation, where that has whole ones."""
        import numpy as np

        found = self._ask(weights, whole=False)
        if found is None or _are_whole(found):
            return found
        if self.width > MIDDLING:
            return np.floor(found + _SLACK)
        return self._ask(weights, whole=True)

    def _ask(self, weights: Numbers, *, whole: bool) -> Numbers | None:
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        rows = self.rows
        shape = (len(rows.low), self.width)
        matrix = csr_array((rows.factor, (rows.row, rows.column)), shape=shape)
        is_small = self.width <= SMALL
        options: dict[str, Any] = {"time_limit": SECONDS, "mip_rel_gap": 0 if is_small else NEAR}
        if not is_small:
            options["node_limit"] = BRANCHES
        # Of a flow in a network nothing can be seen beforehand, and looking takes six times as long as the answer.
        options["presolve"] = not self.model.is_network
        found = milp(
            -weights,
            constraints=LinearConstraint(matrix, rows.low, rows.high),
            bounds=Bounds(0, self.tops),
            integrality=np.full(self.width, int(whole)),
            options=options,
        )
        if found.x is None or "Time limit" in found.message:
            return None
        return np.asarray(found.x, dtype=np.float64)

    def level_by_level(self) -> Numbers | None:
        """As many as possible reach one piece, then as many of those ways two, and so on."""
        import numpy as np

        found = None
        for pieces in range(1, max(kind.levels * kind.unit for kind in self.model.kinds) + 1):
            weights = np.zeros(self.width)
            for kind, here in zip(self.model.kinds, self.columns, strict=True):
                level = -(-pieces // kind.unit)
                if level <= kind.levels:
                    column = here.served if level <= kind.least else here.levels[level - kind.least - 1]
                    weights[column] = 1
            found = self._ask(weights, whole=True)
            if found is None:
                return None
            reach = round(float(weights @ np.round(found)))
            if not reach:
                break
            self.rows.add([(int(column), 1) for column in np.flatnonzero(weights)], reach, _NONE)
        return found

    def read(self, found: Numbers) -> Answer:
        answer = []
        for kind, here in zip(self.model.kinds, self.columns, strict=True):
            steps = [round(float(found[column])) for column in here.steps]
            if kind.least == 1:
                levels = sum(count * step for count, step in zip(steps, kind.steps, strict=True)) // kind.unit
                served = min(kind.customers, levels)
            else:
                served = round(float(found[here.served]))
            answer.append((served, steps))
        return answer


def _are_whole(found: Numbers) -> bool:
    import numpy as np

    return bool(np.abs(found - np.round(found)).max() < _SLACK)
