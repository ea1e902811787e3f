"""What a condition is compiled with: the winery's day and clock, and whom it is about."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tirage.core.bounds import FIRST_DAY, LAST_DAY
from tirage.core.sql import is_postgresql, moment_in
from tirage.core.winery import current_winery, local_time, start_of_day
from tirage.segments.rules import Condition, minor_of

#: Orders that stand; in these words the index of their figures is for them.
STANDING = "o.state IN ('placed', 'shipped')"
#: Anything but test orders, which no figure counts.
REAL = "o.state NOT IN ('trying', 'test', 'test_sent', 'test_off', 'test_void')"


def orders_by_figures() -> str:
    """The orders as ``o``, where ``STANDING`` holds and only what their index has is asked for.

    SQLite has no statistics, and would take the index of states.
    """
    return "orders_order o" if is_postgresql() else "orders_order o INDEXED BY order_figures"


@dataclass(frozen=True, slots=True)
class Sql:
    """A statement, or a part of one, with its parameters in the order of its marks. No value is ever in the text."""

    text: str
    values: tuple[Any, ...] = ()

    def __add__(self, other: Sql) -> Sql:
        return Sql(f"{self.text} {other.text}", (*self.values, *other.values))


def sql(text: str, *values: Any) -> Sql:
    """``text`` with its parameters; moments as the engine stores them."""
    return Sql(text, tuple(moment_in(one) if isinstance(one, datetime) else one for one in values))


def joined(parts: Sequence[Sql], between: str) -> Sql:
    return Sql(
        f" {between} ".join(part.text for part in parts), tuple(v for part in parts for v in part.values)
    )


def among(column: Sql | str, values: Sequence[Any], *, kind: str = "text") -> Sql:
    """``column`` is one of ``values``, however many, as one parameter."""
    of = column if isinstance(column, Sql) else Sql(column)
    if is_postgresql():
        return of + Sql(f"= ANY(%s::{kind}[])", (list(values),))
    return of + Sql("IN (SELECT value FROM json_each(%s))", (json.dumps(list(values)),))


@dataclass(frozen=True)
class Scope:
    """``only``: the one customer whom the statement is asked about, or everybody."""

    now: datetime
    only: int | None = None
    today: date = field(init=False)
    currency: str = field(init=False)
    zone: str = field(init=False)

    def __post_init__(self) -> None:
        winery = current_winery()
        object.__setattr__(self, "today", local_time(self.now).date())
        object.__setattr__(self, "currency", winery.currency)
        object.__setattr__(self, "zone", winery.time_zone)

    def mine(self, column: str) -> Sql:
        """Ends a WHERE: keeps to the one customer."""
        return Sql("") if self.only is None else Sql(f"AND {column} = %s", (self.only,))

    def within(self, found: Condition, column: str) -> Sql:
        """Ends a WHERE: keeps to the condition's period, whole days on the winery's clock."""
        first, last = found.days(self.today)
        parts = [Sql("")]
        if first is not None:
            parts.append(sql(f"AND {column} >= %s", start_of_day(max(first, FIRST_DAY))))
        if last is not None:
            parts.append(sql(f"AND {column} < %s", start_of_day(min(last, LAST_DAY) + timedelta(days=1))))
        return joined(parts, "")

    def minor(self, whole: Decimal | None) -> int | None:
        return None if whole is None else minor_of(whole, self.currency)


def between(expression: str, low: Any, high: Any, *, times: str = "") -> Sql:
    """``expression`` lies from ``low`` to ``high``, both included; each multiplied by ``times``."""
    by = f" * {times}" if times else ""
    parts = []
    if low is not None:
        parts.append(Sql(f"{expression} >= %s{by}", (low,)))
    if high is not None:
        parts.append(Sql(f"{expression} <= %s{by}", (high,)))
    return joined(parts, "AND")


def thousandths(percent: Decimal) -> int:
    return int(percent * 10)


def ratio(part: str, whole: str, low: Decimal | None, high: Decimal | None) -> Sql:
    """``part ÷ whole`` in percent lies from low to high; whole numbers, so that nothing is rounded."""
    bounds = []
    if low is not None:
        bounds.append(Sql(f"{part} * 1000 >= %s * {whole}", (thousandths(low),)))
    if high is not None:
        bounds.append(Sql(f"{part} * 1000 <= %s * {whole}", (thousandths(high),)))
    return joined(bounds, "AND")
