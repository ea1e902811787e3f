"""What the page of a report shows besides its figures: plots, parts of bars, and the lists that figures lead to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from babel.dates import format_date
from django.urls import reverse
from django.utils.safestring import SafeString

from tirage.backoffice.frame.cells import axis_money
from tirage.core.winery import current_winery
from tirage.offers.models import Offer, Release
from tirage.parts.charts import Bar, Part, bar_chart
from tirage.parts.lines import Line, line_chart
from tirage.parts.wording import say_number, say_percent
from tirage.reports.allocation import GroupLine, Report
from tirage.reports.rules import Figures, People, growth
from tirage.segments.rules import Bracket, Condition, Junction, Node, serialise


@dataclass(frozen=True, slots=True)
class Step:
    """How far customers have come: how many, of those whom the release was offered to, and the list of them."""

    label: str
    count: int
    share: Decimal | None
    href: str
    kind: str

    @property
    def width(self) -> str:
        """Of its bar."""
        return _width(self.share)


@dataclass(frozen=True, slots=True)
class Target:
    """A goal in words, and how far it is reached."""

    name: str
    is_there: str
    goal: str
    share: Decimal

    @property
    def width(self) -> str:
        return _width(self.share)


def _width(share: Decimal | None) -> str:
    return f"{min(float(share or 0), 1) * 100:.1f}%"


@dataclass(frozen=True, slots=True)
class Against:
    """One figure of this release and of the one before, then and in the end; ``change`` compares then."""

    label: str
    now: str
    then: str
    final: str
    change: Decimal | None


def people_url(release: Release, *more: Node, offer: Offer | None = None) -> str:
    """The customers' list of exactly those whom the release was offered to, of whom ``more`` is true."""
    values = [("release", release.reference)]
    if offer is not None:
        values.append(("group", offer.group.reference))
    offered = Condition("offered", tuple(values))
    node: Node = Bracket(Junction.ALL, (offered, *more)) if more else offered
    return f"{reverse('backoffice:customers')}?{urlencode({'filter': serialise(node)})}"


def steps_of(
    release: Release, people: People, offer: Offer | None = None, who: Node | None = None
) -> list[Step]:
    """From the invitation to the order; each with its list."""

    def of(word: str) -> Condition:
        return Condition(word, (("release", release.reference),))

    without = Bracket(Junction.NONE, (of("bought"),))
    found: list[tuple[str, int, tuple[Node, ...], str]] = [
        ("Offered", people.offered, (), "offered"),
        ("Invited", people.invited, (of("invited"),), "offered"),
        ("Saw it", people.seen, (of("seen"),), "offered"),
        ("In the cart now", people.in_cart, (of("in_cart"),), "held"),
        ("Bought", people.bought, (of("bought"),), "sold"),
        ("Not yet", people.not_yet, (without,), "left"),
    ]
    of_them = (who,) if who is not None else ()
    return [
        Step(
            label,
            count,
            _share(count, people.offered),
            people_url(release, *more, *of_them, offer=offer),
            kind,
        )
        for label, count, more, kind in found
    ]


def _share(part: int, whole: int) -> Decimal | None:
    return Decimal(part) / whole if whole else None


def targets_of(report: Report) -> list[Target]:
    """The goals that are set, of the release first."""
    locale = current_winery().locale
    found = []
    aims = [("The whole release", report.aim), *((str(line.sku), line.aim) for line in report.wines)]
    for name, aim in aims:
        if aim and aim.bottles_reached is not None:
            there, goal = say_number(aim.bought, locale), say_number(aim.bottles or 0, locale)
            found.append(Target(name, there, f"{goal} bottles", aim.bottles_reached))
        if aim and aim.wine_reached is not None:
            there, goal = axis_money(aim.brought_minor), axis_money(aim.wine_minor or 0)
            found.append(Target(name, there, goal, aim.wine_reached))
    return found


def parts_of(figures: Figures) -> list[Part]:
    """Of what was offered: bought within the maximums, in carts, left."""
    return [
        Part("bought", figures.taken, "sold"),
        Part("in carts", figures.held, "held"),
        Part("left", figures.left, "left"),
    ]


def curve_of(report: Report) -> SafeString | str:
    """Bottles sold until the end of each day, beside the release before, with the goal."""
    before = report.before
    lines = [Line(report.release.name, [day.so_far.bottles for day in report.days], "now")]
    if before:
        lines.append(Line(before.release.name, [sold.bottles for sold in before.curve], "before"))
    count = max(len(line.values) for line in lines)
    if count < 2:
        return ""
    labels = [_day(day.day) for day in report.days]
    labels += [f"Day {number + 1}" for number in range(len(labels), count)]
    goal = report.aim.bottles if report.aim else None
    return line_chart(
        lines, labels, title="Bottles sold so far", unit="by day of the release", goal=goal, say=_say
    )


def _say(value: int | float | Decimal) -> str:
    return say_number(value, current_winery().locale)


def money_of(report: Report) -> SafeString | str:
    """Wine sold on each day."""
    if len(report.days) < 2:
        return ""
    bars = [Bar(_day(day.day), max(day.sold.wine_minor, 0)) for day in report.days]
    return bar_chart(
        bars, title="Wine sold by day", unit="after discounts, before delivery and tax", say=axis_money
    )


def _day(day: date) -> str:
    return str(format_date(day, "MMM d", locale="en_US" if current_winery().locale == "en_US" else "en_GB"))


def _long_day(day: date) -> str:
    is_american = current_winery().locale == "en_US"
    return str(
        format_date(
            day, "EEE, MMM d" if is_american else "EEE d MMM", locale="en_US" if is_american else "en_GB"
        )
    )


def against_of(report: Report) -> list[Against]:
    """Beside the release before."""
    before = report.before
    if before is None:
        return []
    sold, total, people = report.sold, report.total, report.people
    rate, locale = total.take_rate, current_winery().locale

    def counts(label: str, now: int, then: int, final: int) -> Against:
        in_the_end = say_number(final, locale)
        return Against(
            label, say_number(now, locale), say_number(then, locale), in_the_end, growth(now, then)
        )

    def money(label: str, now: int, then: int, final: int) -> Against:
        return Against(label, axis_money(now), axis_money(then), axis_money(final), growth(now, then))

    return [
        counts("Bottles sold", sold.bottles, before.then.bottles, before.final.bottles),
        money("Wine sold", sold.wine_minor, before.then.wine_minor, before.final.wine_minor),
        counts("Customers who bought", people.bought, before.buyers_then, before.buyers),
        counts("Bottles offered", total.offered, before.offered, before.offered),
        Against(
            "Take rate",
            _percent(rate, locale),
            _percent(before.take_rate_then, locale),
            _percent(before.take_rate, locale),
            None if rate is None or before.take_rate_then is None else rate - before.take_rate_then,
        ),
    ]


def _percent(share: Decimal | None, locale: str) -> str:
    return "–" if share is None else say_percent(share, locale)


@dataclass(frozen=True, slots=True)
class ShownGroup:
    line: GroupLine
    steps: Sequence[Step]
    parts: Sequence[Part]


def context_of(report: Report, who: Node | None = None) -> dict[str, object]:
    """Everything that the live part of the page shows; ``who``: whom the report is about, for its lists."""
    total, release = report.total, report.release
    return {
        "report": report,
        "total": total,
        "sold": report.sold,
        "people": report.people,
        "steps": steps_of(release, report.people, who=who),
        "parts": parts_of(total),
        "wines": [(line, parts_of(line.figures)) for line in report.wines],
        "groups": [
            ShownGroup(line, steps_of(release, line.people, line.offer, who), parts_of(line.figures))
            for line in report.groups
        ],
        "days": [(_long_day(day.day), day) for day in report.days],
        "has_outside": bool(report.outside.bottles or report.outside.wine_minor),
        "targets": targets_of(report),
        "against": against_of(report),
        "curve": curve_of(report),
        "money_by_day": money_of(report),
        "looks_known": report.people.seen > 0 or report.people.bought == 0,
    }
