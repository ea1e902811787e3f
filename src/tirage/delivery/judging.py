"""Each rule of a place that is asked about a parcel, in order, with its verdict in words. Pure.

The laws come first, by their kinds; then the limits, the tightest first. The verdicts are those that the checkout,
changes and grants come to (``laws.rules``, ``limits.rules``): here they are told one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tirage.delivery.days import say_date
from tirage.delivery.laws.rules import DatedLaw, SentWine, broken_laws
from tirage.delivery.laws.words import say_broken, say_law
from tirage.delivery.limits.rules import Room
from tirage.delivery.limits.words import say_limit, say_volume
from tirage.delivery.states import LawKind, LimitPeriod, VolumeUnit

#: Kept for people: nothing is refused by them.
_NOTED = (LawKind.SIGNATURE, LawKind.REPORTING)


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule, and what came of asking it; ``is_against`` where wine may not go by it."""

    rule: str
    verdict: str
    is_against: bool = False


def asked_laws(
    laws: Sequence[DatedLaw], wines: Sequence[SentWine], *, place: str, postal_code: str, day: date
) -> list[Asked]:
    """Every law of a place, of all days. Without a ZIP nothing is said of dry ones."""
    ordered = sorted(laws, key=lambda law: (list(LawKind).index(law.kind), law.first_day))
    return [_asked(law, laws, wines, place, postal_code, day) for law in ordered]


def _asked(
    law: DatedLaw,
    laws: Sequence[DatedLaw],
    wines: Sequence[SentWine],
    place: str,
    postal_code: str,
    day: date,
) -> Asked:
    said = say_law(law)
    rule = f"{said[:1].upper()}{said[1:]}."
    if law.kind is LawKind.PERMIT:
        return _asked_permit(rule, law, laws, place, day)
    if not law.is_in_force(day):
        return Asked(rule, _not_in_force(law, day))
    if law.kind in _NOTED:
        return Asked(rule, "Kept for the team: nothing is refused by it.")
    if law.kind is LawKind.DRY_ZIPS and not postal_code:
        return Asked(rule, "Not asked: no ZIP was given.")
    if law.kind is LawKind.CARRIERS:
        return Asked(rule, "Ways of other carriers aren’t offered.")
    broken = broken_laws([law], wines, postal_code=postal_code, day=day)
    return Asked(rule, say_broken(broken, place, asks=False) or "Nothing against it.", bool(broken))


def _asked_permit(rule: str, law: DatedLaw, laws: Sequence[DatedLaw], place: str, day: date) -> Asked:
    """One permit that is in force is enough."""
    permits = [one for one in laws if one.kind is LawKind.PERMIT]
    if law.is_in_force(day):
        return Asked(rule, "In force: nothing against it.")
    if any(one.is_in_force(day) for one in permits):
        return Asked(rule, f"{_not_in_force(law, day)} Another permit is.")
    broken = broken_laws(permits, (), postal_code="", day=day)
    return Asked(rule, f"{_not_in_force(law, day)} {say_broken(broken, place, asks=False)}", True)


def _not_in_force(law: DatedLaw, day: date) -> str:
    if day < law.first_day:
        return f"Not in force before {say_date(law.first_day)}."
    return f"Not in force since {say_date(law.last_day)}." if law.last_day else "Not in force."


def asked_limits(rooms: Sequence[Room], millilitres: int) -> list[Asked]:
    """Every limit in force on the parcel's day, with what went there already."""
    return [_asked_limit(room, millilitres) for room in sorted(rooms, key=lambda room: room.left)]


def _asked_limit(room: Room, millilitres: int) -> Asked:
    limit = room.limit
    asked = say_volume(millilitres, VolumeUnit.LITRE)
    before = ""
    if limit.period is not LimitPeriod.ORDER:
        had = say_volume(room.had, VolumeUnit.LITRE) if room.had else "nothing"
        before = f", after {had} in this period"
    is_against = millilitres > room.left
    left = say_volume(room.left, VolumeUnit.LITRE)
    verdict = f"{asked}{before}: {f'too much, {left} would fit' if is_against else 'it fits'}."
    return Asked(f"At most {say_limit(limit)}.", verdict, is_against)
