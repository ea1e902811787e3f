"""What customers are told of their rung, beside the wine."""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_date

from tirage.core.winery import current_winery, local_time
from tirage.tiers.rules.ladder import History, Rung, Step


def tell_step(step: Step, history: History, *, last_time: str, until: datetime | None) -> str:
    """``You took 6 in Spring 2026, so 6 are yours until Friday, November 27. Take all 6, and next time 8 are yours.``

    ``last_time``: the release that it is based on; ``until``: when the guarantee ends, or the offer.
    """
    if step.rung is Rung.PASSED:
        return f"You took none in {last_time}, so this time you can wish for it." if not step.maximum else ""
    ends = f" until {_say_day(until)}" if until else ""
    if step.rung is Rung.NEW:
        said = f"As you are new to this wine, {_are_yours(step.maximum)}{ends}."
    else:
        said = f"{_took(history, last_time)}, so {_are_yours(step.maximum)}{ends}."
    return f"{said}{_next(step)}"


def _took(history: History, last_time: str) -> str:
    if not history.granted:
        return f"You took {history.taken} in {last_time}"
    if not history.taken:
        return f"You were granted {history.granted} in {last_time}"
    return f"You took {history.taken} in {last_time} and were granted {history.granted}"


def _are_yours(count: int) -> str:
    return f"{count} {'is' if count == 1 else 'are'} yours"


def _next(step: Step) -> str:
    """The step to the next rung, where there is one."""
    if step.next_maximum <= step.maximum or not step.maximum:
        return ""
    taking = "Take it" if step.maximum == 1 else f"Take all {step.maximum}"
    return f" {taking}, and next time {_are_yours(step.next_maximum)}."


def _say_day(moment: datetime) -> str:
    """The last whole day: a guarantee that ends at midnight ends with the day before."""
    winery, local = current_winery(), local_time(moment)
    pattern = "EEEE, MMMM d" if winery.locale == "en_US" else "EEEE d MMMM"
    return str(format_date(local.date(), pattern, locale=winery.locale))
