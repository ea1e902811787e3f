"""What the page of a finished rehearsal shows, beside the one that it is a what-if of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from babel.dates import format_skeleton
from django.utils.safestring import SafeString

from tirage.backoffice.rehearsals.plots import Band, chance_bar, left_plot, money_plot
from tirage.backoffice.rehearsals.words import moment_at, say_at, say_chance, say_changes, say_difference
from tirage.core.money import Money
from tirage.core.winery import current_winery, local_time
from tirage.parts.wording import say_whole_money
from tirage.planning.models import Rehearsal
from tirage.planning.simulation.plan import Plan

#: From which share of a group's people on a wine counts as gone for so many steps of shade.
SHADES = (0.0, 0.02, 0.1, 0.25, 0.5)


@dataclass(frozen=True, slots=True)
class WineShown:
    """A wine: its chance to sell out and when, what is sold (low, middle, high), each with how it was before."""

    name: str
    stock: int
    chance: str
    difference: str
    bar: SafeString
    when: str
    between: str
    was_when: str
    sold: Sequence[int]
    was_sold: Sequence[int] | None
    wanted: int
    plot: SafeString


@dataclass(frozen=True, slots=True)
class GroupShown:
    """A group: who comes, who meets a wine gone or less of one than wanted, and of each wine the share who do."""

    name: str
    people: int
    came: int
    gone: str
    gone_difference: str
    short: str
    short_difference: str
    nobody: str
    nobody_difference: str


def shown(rehearsal: Rehearsal) -> dict[str, Any]:
    """The context of a finished rehearsal."""
    figures = rehearsal.figures
    if figures is None:
        raise ValueError("only a finished rehearsal has figures")
    plan = Plan.from_json(rehearsal.plan)
    other = rehearsal.beside
    before = other.figures if other is not None else None
    before_plan = Plan.from_json(other.plan) if other is not None and before is not None else None
    wines_before = {wine["sku"]: wine for wine in before["wines"]} if before else {}
    groups_before = {group["group"]: group for group in before["groups"]} if before else {}
    currency = current_winery().currency
    return {
        "plan": plan,
        "was_open": any(group.since > group.opens for group in plan.groups),
        "minutes": plan.cart // 60_000,
        "leaves": say_chance(plan.leaves),
        "changes": say_changes(plan, before_plan) if before_plan else [],
        "compared": before is not None,
        "wines": [_wine(plan, wine, wines_before.get(wine["sku"])) for wine in figures["wines"]],
        "groups": [_group(group, groups_before.get(group["group"])) for group in figures["groups"]],
        "heat": _heat(figures),
        "money": [Money(amount, currency) for amount in figures["money"]],
        "money_before": Money(before["money"][1], currency) if before else None,
        "money_difference": Money(figures["money"][1] - before["money"][1], currency) if before else None,
        "money_plot": _money(plan, figures, _days_before(plan, before_plan, before)),
        "money_days": _days(plan, figures),
        "carts": figures["carts"],
        "carts_before": before["carts"] if before else None,
        "sell_out": sum(wine["sells_out"] >= 0.5 for wine in figures["wines"]),
    }


def _wine(plan: Plan, wine: Mapping[str, Any], was: Mapping[str, Any] | None) -> WineShown:
    chance = say_chance(wine["sells_out"])
    when = wine["gone_at"]
    was_when = was["gone_at"] if was else None
    low, middle, high = wine["left"][-1]
    return WineShown(
        name=wine["name"],
        stock=wine["stock"],
        chance=chance,
        difference=say_difference(wine["sells_out"], was["sells_out"]) if was else "",
        bar=chance_bar(
            wine["sells_out"],
            was["sells_out"] if was else None,
            title=f"{wine['name']}: {chance} chance to sell out",
        ),
        when=say_at(plan, when[1]) if when else "",
        between=f"{say_at(plan, when[0])} to {say_at(plan, when[2])}" if when else "",
        was_when=say_at(plan, was_when[1]) if was_when else "",
        sold=wine["sold"],
        was_sold=was["sold"] if was else None,
        wanted=wine["wanted"][1],
        plot=left_plot(
            wine["left"],
            wine["stock"],
            before=was["left"] if was else None,
            before_stock=was["stock"] if was else 0,
            title=f"{wine['name']}: of {wine['stock']:,} at the opening {middle:,} are left at the close, "
            f"{low:,} to {high:,} in eight of ten",
        ),
    )


def _group(group: Mapping[str, Any], was: Mapping[str, Any] | None) -> GroupShown:
    def difference(name: str) -> str:
        return say_difference(group[name], was[name]) if was else ""

    return GroupShown(
        name=group["name"],
        people=group["people"],
        came=group["came"][1],
        gone=say_chance(group["met_gone"]),
        gone_difference=difference("met_gone"),
        short=say_chance(group["met_short"]),
        short_difference=difference("met_short"),
        nobody=say_chance(group["nobody_gone"]),
        nobody_difference=difference("nobody_gone"),
    )


def _heat(figures: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, int]]]]:
    """By wine, of each group the share that finds it gone, in words and as a shade."""
    return [
        (
            wine["name"],
            [
                (say_chance(group["gone"][place]), sum(group["gone"][place] > bound for bound in SHADES))
                for group in figures["groups"]
            ],
        )
        for place, wine in enumerate(figures["wines"])
    ]


def _labels(plan: Plan, count: int) -> list[str]:
    winery, opens = current_winery(), moment_at(plan, 0)
    return [
        format_skeleton("MMMd", local_time(opens) + timedelta(days=number), locale=winery.locale)
        for number in range(count)
    ]


def _days(plan: Plan, figures: Mapping[str, Any]) -> list[tuple[str, list[Money]]]:
    currency, days = current_winery().currency, figures["money_by_day"]
    return [
        (label, [Money(amount, currency) for amount in band])
        for label, band in zip(_labels(plan, len(days)), days, strict=True)
    ]


def _days_before(plan: Plan, before_plan: Plan | None, before: Mapping[str, Any] | None) -> Sequence[Band]:
    """Money by day of the one beside, on this one's days, which may begin earlier."""
    if before_plan is None or before is None:
        return []
    days = local_time(moment_at(before_plan, 0)).date() - local_time(moment_at(plan, 0)).date()
    return [(0, 0, 0)] * days.days + list(before["money_by_day"])


def _money(plan: Plan, figures: Mapping[str, Any], before: Sequence[Band]) -> SafeString:
    winery, days = current_winery(), figures["money_by_day"]
    total = say_whole_money(Money(figures["money"][1], winery.currency), winery.locale)
    most = max(band[2] for band in days)
    return money_plot(
        list(zip(_labels(plan, len(days)), days, strict=True)),
        before,
        title=f"Wine sold by day, {total} in all; the figures are in the table below",
        most_words=say_whole_money(Money(most, winery.currency), winery.locale),
    )
