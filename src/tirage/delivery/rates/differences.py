"""What a file of rates would change, before it is taken over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tirage.delivery.models import Method, Rate, Zone
from tirage.delivery.rates.operations import CellChange, Step
from tirage.delivery.states import Basis


@dataclass(frozen=True, slots=True)
class ReadRate:
    """A row of a file: the price into a zone up to so much, in the table of a first day that counts in ``basis``."""

    method: Method
    first_day: date
    zone: Zone
    up_to_milli: int
    price_minor: int
    basis: Basis = Basis.BOTTLES


def differences(rows: Sequence[ReadRate]) -> tuple[list[CellChange], int]:
    """What would become another, and how many prices stay.

    A table that the rows name becomes what they say of it, so prices that they leave out go; others stay. Of two rows
    for one step the later one counts. Two statements.
    """
    bases = {(row.method, row.first_day): row.basis for row in rows}
    read: dict[tuple[Method, date], dict[Step, int]] = defaultdict(dict)
    for row in rows:
        read[row.method, row.first_day][row.zone.pk, row.up_to_milli] = row.price_minor
    zones = {zone.pk: zone for zone in Zone.objects.all()}
    stands = _standing([method for method, _ in read])
    changes, same = [], 0
    for (method, first_day), becomes in sorted(read.items(), key=lambda one: (one[0][0].name, one[0][1])):
        known = stands.get((method.pk, first_day), {})
        same += sum(known.get(step) == price for step, price in becomes.items())
        changes += [
            CellChange(
                method,
                first_day,
                zones[step[0]],
                step[1],
                known.get(step),
                becomes.get(step),
                bases[method, first_day],
            )
            for step in sorted({*known, *becomes}, key=lambda step: (zones[step[0]].name, step[1]))
            if known.get(step) != becomes.get(step)
        ]
    return changes, same


def _standing(methods: Sequence[Method]) -> dict[tuple[int, date], dict[Step, int]]:
    found: dict[tuple[int, date], dict[Step, int]] = defaultdict(dict)
    rates = Rate.objects.filter(table__method__in=methods).select_related("table")
    for rate in rates:
        found[rate.table.method_id, rate.table.first_day][rate.zone_id, rate.up_to_milli] = rate.price_minor
    return found
