"""Volume limits as people say them; the same words for customers, staff and the reasons of a run."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from tirage.delivery.days import say_date
from tirage.delivery.instead import ways_besides
from tirage.delivery.limits.rules import UNIT_ML, Limit, Verdict
from tirage.delivery.states import LimitPeriod, LimitSubject, MethodKind, VolumeUnit

BOTTLE = UNIT_ML[VolumeUnit.BOTTLE]
PERIOD_WORDS = {
    LimitPeriod.ORDER: "in one order",
    LimitPeriod.MONTH: "in a month",
    LimitPeriod.TWO_MONTHS: "in two months",
    LimitPeriod.QUARTER: "in a quarter",
    LimitPeriod.YEAR: "in a year",
    LimitPeriod.FISCAL_YEAR: "in a year from July 1",
    LimitPeriod.PERMIT_YEAR: "in a year of the permit",
}
SUBJECT_WORDS = {
    LimitSubject.PERSON: "for one person",
    LimitSubject.HOUSEHOLD: "for one household",
    LimitSubject.ADDRESS: "to one address",
    LimitSubject.WINERY: "from one winery",
}


def say_volume(millilitres: int, unit: VolumeUnit) -> str:
    """``18 l``, ``1 case``, ``45 bottles``."""
    whole, rest = divmod(millilitres, UNIT_ML[unit])
    amount = f"{whole:,}" if not rest else f"{millilitres / UNIT_ML[unit]:,.3f}".rstrip("0")
    if unit is VolumeUnit.LITRE:
        return f"{amount} l"
    name = "case" if unit is VolumeUnit.CASE else "bottle"
    return f"{amount} {name}" if amount == "1" else f"{amount} {name}s"


def say_bottles(millilitres: int) -> str:
    """How many whole bottles of 750 ml that is: ``6 bottles of 750 ml``; ``375 ml`` where it is less than one."""
    count = millilitres // BOTTLE
    if not count:
        return f"{millilitres} ml"
    return "1 bottle of 750 ml" if count == 1 else f"{count:,} bottles of 750 ml"


def say_limit(limit: Limit) -> str:
    """``45 bottles for one person in a month``."""
    volume = say_volume(limit.millilitres, limit.unit)
    period = PERIOD_WORDS[limit.period]
    if limit.year_begins:
        period = f"in a year from {say_begin(limit.year_begins)}"
    return f"{volume} {SUBJECT_WORDS[limit.subject]} {period}"


def say_begin(year_begins: int) -> str:
    """The day on which a permit's year begins: ``March 15``."""
    day = date(2024, *divmod(year_begins, 100))
    return f"{day:%B} {day.day}"


def say_beyond(
    verdict: Verdict,
    place: str,
    *,
    asks: bool = True,
    can_wait: bool = True,
    kinds: Collection[MethodKind] = (MethodKind.PICKUP,),
) -> str:
    """Why a parcel can't go to ``place`` as it is, and what can be done about it; empty when it may.

    ``asks`` says what whoever orders can do; ``can_wait`` that ordering later is one of it, ``kinds`` which ways
    besides sending it lead to its owner.
    """
    if not verdict.is_too_much or verdict.tightest is None:
        return ""
    limit, left = verdict.tightest.limit, verdict.tightest.left
    words = [f"{place} takes at most {say_limit(limit)}"]
    if verdict.has or (verdict.tightest.had and limit.period is not LimitPeriod.ORDER):
        open_ = max(left - verdict.has, 0)
        more = f"{say_bottles(open_)} more can go there" if open_ else "nothing more can go there"
        words.append(f"with what was ordered before, {more}")
    reopens = verdict.reopens_on if can_wait else None
    if not asks:
        return f"{', and '.join(words)}{f' until {say_date(reopens)}' if reopens else ''}."
    return f"{', and '.join(words)}. {_say_ways(verdict, left, reopens, kinds)}"


def _say_ways(verdict: Verdict, left: int, reopens: date | None, kinds: Collection[MethodKind]) -> str:
    too_many = -(-(verdict.asked - left) // BOTTLE)
    ways = [f"take {too_many:,} {'bottle' if too_many == 1 else 'bottles'} fewer"] if left >= BOTTLE else []
    ways += ways_besides(kinds, held_helps=is_of_the_address(verdict))
    if reopens:
        ways.append(f"order it from {say_date(reopens)} on")
    said = f"{', '.join(ways[:-1])} or {ways[-1]}" if len(ways) > 1 else ways[0]
    return f"{said[:1].upper()}{said[1:]}."


def is_of_the_address(verdict: Verdict) -> bool:
    """Whether it is too much with what went to the address before. A counter of the winery's list is no address that
    its customers share."""
    limit = verdict.tightest.limit if verdict.tightest else None
    return limit is not None and limit.subject is LimitSubject.ADDRESS and verdict.asked <= limit.millilitres


def say_room(verdict: Verdict, place: str) -> str:
    """How much can still go to ``place``, for who chooses wine; empty where nothing limits it."""
    if verdict.tightest is None:
        return ""
    limit, left = verdict.tightest.limit, verdict.tightest.left
    said = f"{place} takes at most {say_limit(limit)}"
    if limit.period is LimitPeriod.ORDER or not verdict.tightest.had:
        return f"{said}."
    more = f"{say_bottles(left)} more" if left else "nothing more"
    return f"{said}: {more} can go there."
