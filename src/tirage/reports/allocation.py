"""The report of a release as it stands: by wine, by group, by day, its people, its goals, and the release before it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from tirage.catalog.models import Sku
from tirage.core.sql import day_out
from tirage.core.winery import local_time
from tirage.inventory.queries import NO_STOCK, stock_figures
from tirage.offers.models import Offer, OfferItem, Release
from tirage.offers.rules import OfferStatus, offer_status
from tirage.reports.before import DAYS, Before, before_of, begins_of
from tirage.reports.models import Goal
from tirage.reports.rules import Figures, People, Sold, add_up, reached, run_up
from tirage.reports.statements import Among, people_of, sold_by_day, wished_by_day
from tirage.wishes.reallocation.statements import unused_by_item


@dataclass(frozen=True, slots=True)
class Aim:
    """A goal and how far it is reached."""

    bottles: int | None
    wine_minor: int | None
    bought: int
    brought_minor: int

    @property
    def bottles_reached(self) -> Decimal | None:
        return reached(self.bought, self.bottles)

    @property
    def wine_reached(self) -> Decimal | None:
        return reached(self.brought_minor, self.wine_minor)


@dataclass(frozen=True, slots=True)
class WineLine:
    """A wine over all offers of the release; ``free`` pieces are on hand, not sold and not held."""

    sku: Sku
    figures: Figures
    free: int
    aim: Aim | None


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One offer. ``off_minor``: discounts on whole orders of its people, nought or less."""

    offer: Offer
    status: OfferStatus
    people: People
    wines: Sequence[tuple[Sku, Figures]]
    off_minor: int

    @property
    def figures(self) -> Figures:
        return add_up(figures for _, figures in self.wines)


@dataclass(frozen=True, slots=True)
class DayLine:
    """A day of the release's life: what was sold on it and until its end, of what was offered by then."""

    day: date
    sold: Sold
    so_far: Sold
    offered: int
    wished: int

    @property
    def take_rate(self) -> Decimal | None:
        return Decimal(self.so_far.bottles) / self.offered if self.offered else None

    @property
    def left(self) -> int:
        return self.offered - self.so_far.bottles


@dataclass(frozen=True, slots=True)
class Report:
    """Figures in bottles. ``outside``: bought by people whom nothing was offered to, or of wines outside their offer;
    ``off_minor``: discounts on whole orders; ``sold`` is everything, after discounts.
    """

    release: Release
    now: datetime
    opens_at: datetime | None
    closes_at: datetime | None
    status: OfferStatus
    wines: Sequence[WineLine]
    groups: Sequence[GroupLine]
    days: Sequence[DayLine]
    outside: Sold
    off_minor: int
    aim: Aim | None
    before: Before | None

    @property
    def total(self) -> Figures:
        return add_up(line.figures for line in self.wines)

    @property
    def people(self) -> People:
        total = People()
        for line in self.groups:
            total += line.people
        return total

    @property
    def sold(self) -> Sold:
        total = self.total
        whole = total.wine_minor + self.outside.wine_minor + self.off_minor
        return Sold(total.bought + self.outside.bottles, whole)


@dataclass(frozen=True, slots=True)
class _Ledger:
    """What was sold and wished: by offer and sku, by day, besides the offers, and off whole orders by offer."""

    by_item: Mapping[tuple[int, int], Sold]
    by_day: Mapping[date, Sold]
    outside: Sold
    off: Mapping[int | None, int]


def report_of(
    release: Release, now: datetime, *, against: Release | None = None, among: Among = None
) -> Report:
    """The report at a moment; sixteen statements at most, however many customers there are. Reads only.

    ``against``: the release to compare with, else the one that opened before it. ``among``: only of these customers, in
    both; goals are everybody's, so there are none then. Offers to test groups don't count.
    """
    offers = list(
        Offer.objects.filter(release=release)
        .select_related("group")
        .order_by("group__rank", "group__name", "id")
    )
    ours = {offer.pk: offer for offer in offers if not offer.group.is_test}
    tests = {offer.pk for offer in offers} - set(ours)
    items = _items(release)
    counted = {
        place: figures
        for place, figures in _counted(release.pk, items, now, among).items()
        if place[0] in ours
    }
    ledger = _read_ledger(release.pk, set(counted), tests, now, among)
    wishes, wished_on = _read_wishes(release.pk, now, among)
    if among is not None:
        # Who wished may be offered nothing any more while nobody else of these is.
        counted = {place: Figures() for place in wishes if place[0] in ours} | counted
    figures = {
        place: one + _money(ledger.by_item.get(place, Sold())) + wishes.get(place, Figures())
        for place, one in counted.items()
    }
    people = {
        row["offer_id"]: People(*(int(row[name]) for name in _PEOPLE))
        for row in people_of(release.pk, now, among)
    }
    skus = {item.sku_id: item.sku for item in items if (item.offer_id, item.sku_id) in figures}
    shown = [offer for pk, offer in ours.items() if any(place[0] == pk for place in figures)]
    groups = [
        GroupLine(
            offer,
            _status(offer, now),
            people.get(offer.pk, People()),
            [(sku, figures[offer.pk, key]) for key, sku in skus.items() if (offer.pk, key) in figures],
            ledger.off.get(offer.pk, 0),
        )
        for offer in shown
    ]
    found = Goal.objects.filter(release=release) if among is None else Goal.objects.none()
    goals = {goal.sku_id: goal for goal in found}
    wines = _wines(skus, figures, goals, now)
    opens_at = min((begins_of(offer) for offer in shown), default=None)
    closes_at = max((offer.closes_at for offer in shown), default=None)
    in_all = Sold()
    for sold in ledger.by_day.values():
        in_all += sold
    return Report(
        release=release,
        now=now,
        opens_at=opens_at,
        closes_at=closes_at,
        status=_first_status(groups),
        wines=wines,
        groups=groups,
        days=_days(groups, ledger.by_day, wished_on, closes_at, now),
        outside=ledger.outside,
        off_minor=sum(ledger.off.values()),
        aim=_aim(goals.get(None), in_all.bottles, in_all.wine_minor),
        before=before_of(release, opens_at, closes_at, against, now, among) if opens_at else None,
    )


_PEOPLE = ("offered", "invited", "seen", "in_cart", "bought")


def _items(release: Release) -> list[OfferItem]:
    return list(
        OfferItem.objects.filter(offer__release=release).select_related("sku").order_by("position", "id")
    )


def _counted(
    release_id: int, items: Iterable[OfferItem], now: datetime, among: Among
) -> dict[tuple[int, int], Figures]:
    units = {item.sku_id: item.sku.units for item in items}
    found: dict[tuple[int, int], Figures] = defaultdict(Figures)
    for row in unused_by_item(release_id, now, among=among):
        each = units[row["sku_id"]]
        found[row["offer_id"], row["sku_id"]] += Figures(
            offered=int(row["entitled"]) * each,
            taken=int(row["taken"]) * each,
            beyond=int(row["beyond"]) * each,
            held=int(row["held"]) * each,
            left=int(row["unused"]) * each,
        )
    return dict(found)


def _read_ledger(
    release_id: int, places: set[tuple[int, int]], tests: set[int], now: datetime, among: Among
) -> _Ledger:
    by_item: dict[tuple[int, int], Sold] = defaultdict(Sold)
    by_day: dict[date, Sold] = defaultdict(Sold)
    off: dict[int | None, int] = defaultdict(int)
    outside = Sold()
    for row in sold_by_day(release_id, now, among):
        offer_id, sku_id = row["offer_id"], row["sku_id"]
        sold, day = Sold(int(row["bottles"]), int(row["minor"])), day_out(row["day"])
        if offer_id in tests or day is None:
            continue
        by_day[day] += sold
        if sku_id is None:
            off[offer_id] += sold.wine_minor
        elif (offer_id, sku_id) in places:
            by_item[offer_id, sku_id] += sold
        else:
            outside += sold
    return _Ledger(dict(by_item), dict(by_day), outside, dict(off))


def _read_wishes(
    release_id: int, now: datetime, among: Among
) -> tuple[dict[tuple[int, int], Figures], dict[date, int]]:
    by_item: dict[tuple[int, int], Figures] = defaultdict(Figures)
    by_day: dict[date, int] = defaultdict(int)
    for row in wished_by_day(release_id, now, among):
        wished = int(row["wished"])
        by_item[row["offer_id"], row["sku_id"]] += Figures(wished=wished, granted=int(row["granted"]))
        if day := day_out(row["day"]):
            by_day[day] += wished
    return dict(by_item), dict(by_day)


def _money(sold: Sold) -> Figures:
    return Figures(wine_minor=sold.wine_minor)


def _wines(
    skus: Mapping[int, Sku],
    figures: Mapping[tuple[int, int], Figures],
    goals: Mapping[int | None, Goal],
    now: datetime,
) -> list[WineLine]:
    stock = stock_figures(list(skus), now)
    found = []
    for key, sku in skus.items():
        whole = add_up(one for place, one in figures.items() if place[1] == key)
        free = max(stock.get(key, NO_STOCK).available, 0) * sku.units
        found.append(WineLine(sku, whole, free, _aim(goals.get(key), whole.bought, whole.wine_minor)))
    return found


def _aim(goal: Goal | None, bought: int, brought_minor: int) -> Aim | None:
    return Aim(goal.bottles, goal.wine_minor, bought, brought_minor) if goal else None


def _status(offer: Offer, now: datetime) -> OfferStatus:
    status = offer_status(
        is_active=offer.is_active, opens_at=offer.opens_at, closes_at=offer.closes_at, now=now
    )
    # It was shown, or it wouldn't be counted: who deactivates an offer ends it.
    return OfferStatus.CLOSED if status is OfferStatus.NONE else status


def _first_status(groups: Sequence[GroupLine]) -> OfferStatus:
    found = {line.status for line in groups}
    order = (OfferStatus.OPEN, OfferStatus.NOT_YET, OfferStatus.CLOSED)
    return next((status for status in order if status in found), OfferStatus.NONE)


def _days(
    groups: Sequence[GroupLine],
    by_day: Mapping[date, Sold],
    wished_on: Mapping[date, int],
    closes_at: datetime | None,
    now: datetime,
) -> list[DayLine]:
    """From the opening until today, or until the close and whatever was changed after it."""
    began = [(local_time(begins_of(line.offer)).date(), line.figures.offered) for line in groups]
    if not began or closes_at is None:
        return []
    first, today = min(day for day, _ in began), local_time(now).date()
    last = max([min(local_time(closes_at).date(), today), *by_day, *wished_on])
    last = min(last, today, first + timedelta(days=DAYS - 1))
    if last < first:
        return []
    found = []
    for number, so_far in enumerate(run_up(by_day, first, last)):
        day = first + timedelta(days=number)
        offered = sum(bottles for from_day, bottles in began if from_day <= day)
        found.append(DayLine(day, by_day.get(day, Sold()), so_far, offered, wished_on.get(day, 0)))
    return found
