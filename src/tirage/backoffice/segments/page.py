"""What the pages of segments say: sizes by day, overlaps, and why somebody is in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_date
from django.db.models import Q
from django.utils.safestring import SafeString

from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.parts.charts import Bar, bar_chart, sparkline
from tirage.segments.models import Segment, SegmentDay, SegmentMove
from tirage.segments.naming import Things, say_filter, voice_of
from tirage.segments.queries import Reason, explain_each, find_ids
from tirage.segments.rules import Condition, Junction, parse, say_condition

#: Days of the plot of one segment, and of the line beside its name.
PLOT_DAYS, LINE_DAYS = 60, 365
#: Customers named who entered or left last, or on one day.
MOVES_SHOWN, MOST_MOVES = 30, 500


@dataclass(frozen=True, slots=True)
class Days:
    """The sizes of a segment by day, the oldest first."""

    rows: list[SegmentDay]

    @property
    def last(self) -> SegmentDay:
        return self.rows[-1]

    @property
    def line(self) -> SafeString:
        first = self.rows[0]
        words = f"From {first.size:,} on {_day(first.day)} to {self.last.size:,} on {_day(self.last.day)}"
        return sparkline([row.size for row in self.rows], title=words)

    @property
    def plot(self) -> SafeString:
        """The last weeks; a day on which the definition had changed says so."""
        bars = [
            Bar(f"{_day(row.day)}{' *' if row.redefined else ''}", row.size, _moved(row))
            for row in self.rows[-PLOT_DAYS:]
        ]
        return bar_chart(bars, title="Size by day", unit="customers")

    @property
    def redefined(self) -> list[SegmentDay]:
        return [row for row in self.rows[-PLOT_DAYS:] if row.redefined]


def _moved(row: SegmentDay) -> str:
    moved = f"(+{row.entered:,} −{row.left:,})"
    return f"{moved}, definition changed" if row.redefined else moved


def _day(day: date) -> str:
    return str(format_date(day, "MMM d", locale="en_US" if current_winery().locale == "en_US" else "en_GB"))


def days_of(segments: Sequence[Segment]) -> dict[int, Days]:
    """The days of each segment that has any; one statement."""
    found: dict[int, list[SegmentDay]] = {}
    rows = SegmentDay.objects.filter(segment__in=segments)
    newest = rows.order_by("-day").values_list("day", flat=True).first()
    if newest is None:
        return {}
    first = date.fromordinal(max(newest.toordinal() - LINE_DAYS, 1))
    for row in rows.filter(day__gt=first).order_by("day"):
        found.setdefault(row.segment_id, []).append(row)
    return {pk: Days(days) for pk, days in found.items()}


@dataclass(frozen=True, slots=True)
class Moves:
    """Who entered and left on one ``day``, or the latest; ``days`` are those on which anybody did, newest first."""

    rows: list[SegmentMove]
    days: list[SegmentDay]
    day: SegmentDay | None
    more: int


def moves_of(segment: Segment, asked: str) -> Moves | None:
    """``asked`` is a day as an address has it; None while nobody has entered or left."""
    moved = segment.days.filter(Q(entered__gt=0) | Q(left__gt=0)).order_by("-day")
    days = list(moved[:LINE_DAYS])
    if not days:
        return None
    day = next((one for one in days if one.day.isoformat() == asked), None)
    rows = SegmentMove.objects.filter(day=day) if day else SegmentMove.objects.filter(day__segment=segment)
    ordered = rows.select_related("day", "customer").order_by("-day__day", "-entered", "pk")
    shown = list(ordered[: MOST_MOVES if day else MOVES_SHOWN])
    return Moves(shown, days, day, day.entered + day.left - len(shown) if day else 0)


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many are in both of two segments, and in one alone."""

    both: int
    only_this: int
    only_other: int


def overlap_of(one: Segment, other: Segment, now: datetime) -> Overlap:
    these, those = (set(find_ids(parse(segment.definition), now)) for segment in (one, other))
    return Overlap(len(these & those), len(these - those), len(those - these))


@dataclass(frozen=True, slots=True)
class Verdict:
    """A segment, whether somebody is in it, and each condition in words with whether it holds."""

    segment: Segment
    said: str
    holds: bool
    reasons: list[SaidReason]


@dataclass(frozen=True, slots=True)
class SaidReason:
    """One line: a condition, or the head of a bracket; ``level`` is how deep it lies."""

    words: str
    holds: bool
    level: int


_HEADS = {
    Junction.ALL: "All of these:",
    Junction.ANY: "Any of these:",
    Junction.NONE: "None of these:",
}


def why_of(customer: Customer, now: datetime) -> list[Verdict]:
    """Every segment with why the customer is in it or not; those that hold first."""
    things = Things()
    segments = list(Segment.objects.order_by("name"))
    nodes = [parse(segment.definition) for segment in segments]
    found = [
        Verdict(segment, say_filter(node, things), reason.holds, said_reasons(reason, things))
        for segment, node, reason in zip(segments, nodes, explain_each(nodes, customer.pk, now), strict=True)
    ]
    return sorted(found, key=lambda verdict: not verdict.holds)


def said_reasons(reason: Reason, things: Things, level: int = 0) -> list[SaidReason]:
    """A reason line by line, brackets before what is in them."""
    node = reason.node
    if isinstance(node, Condition):
        return [SaidReason(say_condition(node, voice_of(things)), reason.holds, level)]
    if node.junction is Junction.NONE and len(node.parts) == 1 and isinstance(node.parts[0], Condition):
        words = say_condition(node.parts[0], voice_of(things), negated=True)
        return [SaidReason(words, reason.holds, level)]
    inner = [line for part in reason.parts for line in said_reasons(part, things, level + 1)]
    return [SaidReason(_HEADS[node.junction], reason.holds, level), *inner]
