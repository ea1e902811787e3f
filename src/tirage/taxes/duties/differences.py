"""What rows that were read somewhere would change, before they are taken over."""

from __future__ import annotations

from collections.abc import Sequence

from tirage.core.differences import RuleDifference
from tirage.taxes.duties.operations import DutyValues, duty_values, place_name, same_duty
from tirage.taxes.duties.words import say_whole


def differences(rows: Sequence[DutyValues]) -> list[RuleDifference[DutyValues]]:
    """Each row beside what stands; one statement a row."""
    return [_difference(values) for values in rows]


def _difference(values: DutyValues) -> RuleDifference[DutyValues]:
    duty = same_duty(values)
    stands = duty_values(duty) if duty else None
    return RuleDifference(values, stands, place_name(values.country, values.state), _say)


def _say(values: DutyValues) -> str:
    return say_whole(values.row)
