"""Duties as people say them."""

from __future__ import annotations

from decimal import Decimal

from tirage.core.dated import say_span
from tirage.core.texts import say_count
from tirage.taxes.duties.rules import DutyLine, DutyPer, DutyRow, DutyUnknown, DutyWine, Rounding

PER_WORDS = {
    DutyPer.ALCOHOL: "per l of pure alcohol",
    DutyPer.VOLUME: "per hl of wine",
    DutyPer.VALUE: "% of what was paid for the wine",
}
WINE_WORDS = {DutyWine.ANY: "all wine", DutyWine.STILL: "still wine", DutyWine.SPARKLING: "sparkling wine"}
ROUNDING_WORDS = {
    Rounding.LINE: "a wine’s sum, to the nearest cent",
    Rounding.BOTTLE: "each bottle, to the nearest cent",
    Rounding.LINE_DOWN: "a wine’s sum, down",
    Rounding.BOTTLE_DOWN: "each bottle, down",
}


def say_number(value: Decimal) -> str:
    """Without noughts that say nothing: ``30.62``, ``5``."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def say_percent(tenths: int) -> str:
    """``13.5 %``."""
    return f"{say_number(Decimal(tenths) / 10)} %"


def say_duty(row: DutyRow) -> str:
    """``Alcohol duty: 30.62 GBP per l of pure alcohol, all wine of 8.5 % to 22 %``."""
    return f"{row.name}: {_say_amount(row)}, {WINE_WORDS[row.wine]}{_say_strengths(row)}"


def say_whole(row: DutyRow) -> str:
    """The same with its days."""
    return f"{say_duty(row)}, {say_span(row.first_day, row.last_day)}"


def _say_amount(row: DutyRow) -> str:
    if row.per is DutyPer.VALUE:
        return f"{say_number(row.amount)} {PER_WORDS[row.per]}"
    return f"{say_number(row.amount)} {row.currency} {PER_WORDS[row.per]}"


def _say_strengths(row: DutyRow) -> str:
    counts = f", counted as {say_percent(row.counts_as)}" if row.counts_as is not None else ""
    if row.from_tenths == 0 and row.to_tenths == 1_000:
        return counts
    if row.to_tenths == 1_000:
        return f" of {say_percent(row.from_tenths)} and more{counts}"
    if row.from_tenths == 0:
        return f" of up to {say_percent(row.to_tenths)}{counts}"
    return f" of {say_percent(row.from_tenths)} to {say_percent(row.to_tenths)}{counts}"


def explain_duty(line: DutyLine) -> str:
    """How a figure came about: ``12 bottles of 750 ml at 13.5 % are 1.215 l of pure alcohol, at 30.62 GBP per l``."""
    wine, row = line.wine, line.row
    bottles = f"{say_count(wine.bottles, 'bottle', 'bottles')} of {wine.millilitres:,} ml"
    worth = "" if row.exchange == 1 else f"; one {row.currency} counts as {say_number(row.exchange)}"
    if row.per is DutyPer.VALUE:
        return f"{say_number(row.amount)} % of the {say_number(line.measure)} paid"
    if row.per is DutyPer.VOLUME:
        measure = f"{bottles} are {say_number(line.measure)} hl"
        return f"{measure}, at {say_number(row.amount)} {row.currency} per hl{worth}"
    strength = row.counts_as if row.counts_as is not None else wine.tenths or 0
    taken = (
        f"counted as {say_percent(strength)}" if row.counts_as is not None else f"at {say_percent(strength)}"
    )
    measure = f"{bottles} {taken} are {say_number(line.measure)} l of pure alcohol"
    return f"{measure}, at {say_number(row.amount)} {row.currency} per l{worth}"


def say_unknown(unknown: DutyUnknown, place: str) -> str:
    """What is missing before duty can be reckoned, and where to write it."""
    without = [wine.name for wine in unknown.wines if wine.tenths is None]
    if without:
        return f"The alcohol of {_some(without)} isn’t written down. Write it under Cellar, then duty can be reckoned."
    names = _some([f"{wine.name} ({say_percent(wine.tenths or 0)})" for wine in unknown.wines])
    return f"No duty of {place} covers {names}. Add a row for that strength under Settings, Delivery, Duties."


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return (", ".join(names[:2]) if more else " and ".join(names)) + more
