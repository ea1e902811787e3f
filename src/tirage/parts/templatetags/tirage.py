"""Tags and filters of every template (a builtin library: nothing to load)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from django import template
from django.template.context import Context
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery
from tirage.parts import charts, curves, wording
from tirage.parts.faults import faults_in
from tirage.parts.icons import ICONS
from tirage.parts.typefaces import pair_for
from tirage.parts.undo import undo_path as path_of_tags
from tirage.places.telephones import HOME, dialled, say_telephone

register = template.Library()


@register.filter
def money(amount: Money | int | None) -> str:
    """``$190.00``. A whole number is minor units of the winery's currency; nothing stays empty."""
    return "" if amount is None else say_money(_as_money(amount), current_winery().locale)


@register.filter
def telephone(kept: str, near: str = HOME) -> str:
    """``(415) 555-0100``; numbers of other countries than ``near`` with theirs."""
    return say_telephone(kept or "", near)


@register.filter
def dial(kept: str) -> str:
    """What a link dials; empty for what isn't a number that can be."""
    return dialled(kept or "")


@register.filter
def undo_path(tags: str | None) -> str:
    """The path that undoes what a message tells; empty where nothing does."""
    return path_of_tags(tags or "")


@register.filter
def money_whole(amount: Money | int | None) -> str:
    """``$190``: rounded, for summaries and plots."""
    return "" if amount is None else wording.say_whole_money(_as_money(amount), current_winery().locale)


@register.filter
def moment(at: datetime | None, how: str = "") -> str:
    """``Tue, Nov 24, 9:00 AM PST`` on the winery's clock; ``moment:"year"`` adds the year."""
    winery = current_winery()
    return "" if at is None else wording.say_moment(at, winery.time_zone, winery.locale, year=how == "year")


@register.filter
def day(at: datetime | date | None, width: str = "medium") -> str:
    """``Nov 24, 2026``; ``day:"full"`` gives ``Tuesday, November 24, 2026``."""
    winery = current_winery()
    return "" if at is None else wording.say_day(at, winery.time_zone, winery.locale, width=width)


@register.filter
def time_of_day(at: datetime | None, how: str = "") -> str:
    """``9:24 AM``; ``time_of_day:"zone"`` gives ``9:24 AM PST``."""
    winery = current_winery()
    if at is None:
        return ""
    return wording.say_time_of_day(at, winery.time_zone, winery.locale, with_zone=how == "zone")


@register.filter
def iso(at: datetime | None) -> str:
    """``2026-11-24T17:00:00.123456+00:00``, for programs: cut short, a countdown would end before its time."""
    return "" if at is None else at.isoformat()


@register.filter
def ago(at: datetime | None, now: datetime | None = None) -> str:
    """``3 hours ago`` (or ``in 3 hours``), seen from ``now``, else from the clock."""
    return "" if at is None else wording.say_ago(at, now or timezone.now(), current_winery().locale)


@register.filter
def until(at: datetime | None, now: datetime | None = None) -> str:
    """``3 hours``: how long until then, seen from ``now``, else from the clock."""
    return "" if at is None else wording.say_until(at, now or timezone.now(), current_winery().locale)


@register.filter
def clock_until(at: datetime, now: datetime) -> str:
    """``14:32``: minutes and seconds left, never below zero."""
    return wording.say_clock(int((at - now).total_seconds()))


@register.filter
def bottles(count: int | None) -> str:
    """``1 bottle``, ``2 bottles``."""
    return "" if count is None else wording.say_bottles(count, current_winery().locale)


@register.filter
def number(value: int | Decimal | float | None) -> str:
    """``1,200``."""
    return "" if value is None else wording.say_number(value, current_winery().locale)


@register.filter
def percent(share: Decimal | float | None) -> str:
    """``12.5%`` for 0.125."""
    return "" if share is None else wording.say_percent(share, current_winery().locale)


@register.filter
def count_of(count: int, words: str) -> str:
    """``{{ n|count_of:"customer,customers" }}``: ``1 customer``, ``312 customers``."""
    one, many = words.split(",")
    return f"{wording.say_number(count, current_winery().locale)} {one if count == 1 else many}"


@register.simple_tag(takes_context=True)
def gather_faults(context: Context) -> str:
    """Puts ``faults`` into the context: what is wrong with what was sent (``parts.faults``). The layouts ask for it."""
    context["faults"] = faults_in(context.flatten())
    return ""


@register.simple_tag
def icon(name: str) -> SafeString:
    """A line icon of the text's size and colour; silent for screen readers, so put words beside it."""
    return _icon(name)


@cache
def _icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>',
        mark_safe(ICONS[name]),  # noqa: S308 - a constant of ours, never input
    )


@register.simple_tag
def asset(path: str) -> str:
    """The address of a static file of ours, worked out once a process: it can't change while the server runs."""
    return _asset(path)


@cache
def _asset(path: str) -> str:
    return static(path)


@register.simple_tag
def theme_head() -> SafeString:
    """What the page head takes from the winery: preloaded faces and the stylesheet of its look."""
    winery = current_winery()
    return _theme_head(winery.typeface, winery.version)


@lru_cache(maxsize=8)
def _theme_head(typeface: str, version: int) -> SafeString:
    preloads = format_html_join(
        "\n",
        '<link rel="preload" href="{}" as="font" type="font/woff2" crossorigin>',
        ((static("tirage/fonts/" + file),) for file in pair_for(typeface).preload),
    )
    return format_html(
        '{}\n<link rel="stylesheet" href="{}?v={}">', preloads, reverse("parts:theme_css"), version
    )


@register.inclusion_tag("parts/place.html", takes_context=True)
def place(
    context: Context, url_name: str, label: str, icon: str = "", count: int | None = None, also: str = ""
) -> dict[str, Any]:
    """A link of a navigation that knows whether one is there; nothing where the page doesn't exist.

    ``also`` names other pages, apart by spaces, that belong to it wherever they live.
    """
    try:
        href = reverse(url_name)
    except NoReverseMatch:
        return {"href": ""}
    path = getattr(context.get("request"), "path", "")
    homes = [href, *map(reverse, also.split())]
    inside = not url_name.endswith(":home") and path.startswith(tuple(homes))
    current = "page" if path == href else "true" if inside else ""
    return {"href": href, "label": label, "icon": icon, "current": current, "count": count}


@register.simple_tag
def bar_chart(
    bars: Sequence[charts.Bar], title: str, unit: str, say: charts.Say = charts.say_plain
) -> SafeString:
    """A bar chart with its table; see ``parts.charts``."""
    return charts.bar_chart(bars, title=title, unit=unit, say=say)


@register.simple_tag
def row_chart(
    bars: Sequence[charts.Bar], title: str, unit: str, say: charts.Say = charts.say_plain
) -> SafeString:
    """A row for each bar, for long names; see ``parts.charts``."""
    return charts.row_chart(bars, title=title, unit=unit, say=say)


@register.simple_tag
def spread_chart(spreads: Sequence[curves.Spread], title: str, unit: str) -> SafeString:
    """A small Lorenz plot for each; see ``parts.curves``."""
    return curves.spread_chart(spreads, title=title, unit=unit)


@register.simple_tag
def sparkline(values: Sequence[charts.Number], title: str) -> SafeString:
    """A small line for a table cell; see ``parts.charts``."""
    return charts.sparkline(values, title=title)


@register.simple_tag
def stack(parts: Sequence[charts.Part], title: str, total: charts.Number | None = None) -> SafeString:
    """One bar of parts with its words; see ``parts.charts``."""
    return charts.stack(parts, title=title, total=total)


@register.simple_tag
def stack_bar(parts: Sequence[charts.Part], title: object) -> SafeString:
    """One bar of parts without its words, where they stand beside it; see ``parts.charts``."""
    return charts.stack_bar(parts, title=str(title))


def _as_money(amount: Money | int) -> Money:
    return amount if isinstance(amount, Money) else Money(amount, current_winery().currency)
