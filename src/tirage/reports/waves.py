"""The team is told by mail when a wave opens and when it closes; a wave are the offers of a release at one moment.

Nothing waits for it: whether an offer is open is what the clock says. The mail is queued with the mark that it was, in
one transaction, so it comes once.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import chain

from babel.numbers import format_decimal, format_percent
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from tirage.core.locks import lock_rows
from tirage.core.money import Money, say_money
from tirage.core.reactions import react
from tirage.core.texts import say_count
from tirage.core.winery import current_winery
from tirage.offers.models import Offer, Release
from tirage.reports.allocation import GroupLine, Report, report_of
from tirage.reports.models import WaveTold
from tirage.reports.rules import add_up
from tirage.reports.states import WaveMoment

#: What is longer ago is no news: the worker was away, or the installation is new.
FRESH = timedelta(hours=12)
_COLUMN = {WaveMoment.OPENED: "opens_at", WaveMoment.CLOSED: "closes_at"}
Row = list[str]


def tell_of_waves(*, now: datetime) -> int:
    """Queues a mail for each wave that has opened or closed and that nobody was told of; how many. By the schedule."""
    if not current_winery().support_email:
        return 0
    count = 0
    for what in WaveMoment:
        releases = _untold(what, now).order_by("release").values_list("release", flat=True).distinct()
        for release_id in list(releases):
            count += _tell(release_id, what, now)
    return count


def _untold(what: WaveMoment, now: datetime) -> QuerySet[Offer]:
    column = _COLUMN[what]
    told = WaveTold.objects.filter(offer=OuterRef("pk"), what=what.value, moment=OuterRef(column))
    return Offer.objects.filter(
        ~Exists(told),
        is_active=True,
        group__is_test=False,
        **{f"{column}__lte": now, f"{column}__gt": now - FRESH},
    )


@transaction.atomic
def _tell(release_id: int, what: WaveMoment, now: datetime) -> int:
    """Locks the release, so that two workers take turns."""
    lock_rows(Release.objects.filter(pk=release_id))
    waves: dict[datetime, list[Offer]] = defaultdict(list)
    untold = _untold(what, now).filter(release=release_id).select_related("group", "release")
    for offer in untold.order_by("group__rank", "group__name", "pk"):
        waves[getattr(offer, _COLUMN[what])].append(offer)
    for moment, offers in sorted(waves.items()):
        WaveTold.objects.bulk_create(
            WaveTold(offer=offer, what=what.value, moment=moment, told_at=now) for offer in offers
        )
        release = offers[0].release
        report = report_of(release, now)
        lines = [line for line in report.groups if line.offer in offers]
        react(
            "wave.told",
            what=what.value,
            release=release.name,
            reference=release.reference,
            groups=[offer.group.name for offer in offers],
            moment=moment,
            rows=_opened(lines) if what is WaveMoment.OPENED else _closed(report, lines),
            totals=_total(lines),
            now=now,
        )
    return len(waves)


def _opened(lines: list[GroupLine]) -> list[Row]:
    """What each group may take, and how many of it are invited."""
    return [
        [
            line.offer.group.name,
            ", ".join(
                [
                    say_count(line.people.offered, "customer", "customers"),
                    say_count(line.figures.offered, "bottle", "bottles"),
                    f"{_number(line.people.invited)} invited",
                ]
            ),
        ]
        for line in lines
    ]


def _closed(report: Report, lines: list[GroupLine]) -> list[Row]:
    """What each group took, then each wine, as of now."""
    groups = [
        [
            line.offer.group.name,
            f"{_taken(line.figures.bought, line.figures.offered)}, {_number(line.people.bought)} of "
            f"{_number(line.people.offered)} customers",
        ]
        for line in lines
    ]
    wines = []
    for wine in report.wines:
        own = add_up(
            figures for sku, figures in chain.from_iterable(line.wines for line in lines) if sku == wine.sku
        )
        if own.offered:
            left = f"{_number(own.left)} left" + (f", {_number(own.wished)} wished" if own.wished else "")
            wines.append([str(wine.sku), f"{_taken(own.bought, own.offered)}, {left}"])
    return groups + wines


def _total(lines: list[GroupLine]) -> list[Row]:
    figures = add_up(line.figures for line in lines)
    minor = figures.wine_minor + sum(line.off_minor for line in lines)
    winery = current_winery()
    money = say_money(Money(minor, winery.currency), winery.locale)
    return [["In all", f"{_taken(figures.bought, figures.offered)}, {money}"]]


def _taken(bought: int, offered: int) -> str:
    share = (
        f" ({format_percent(bought / offered, '#,##0%', locale=current_winery().locale)})" if offered else ""
    )
    return f"{_number(bought)} of {_number(offered)} bottles{share}"


def _number(count: int) -> str:
    return str(format_decimal(count, locale=current_winery().locale))
