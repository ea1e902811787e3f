"""What a release will take: of each wine from each group, in pieces and money, with bands."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from tirage.core.money import Money
from tirage.core.winery import current_winery
from tirage.inventory.queries import stock_figures
from tirage.offers.models import Offer, OfferItem, Release
from tirage.offers.rules import OfferStatus, offer_status
from tirage.planning.forecast.cells import Cell, Taken
from tirage.planning.forecast.checking import Tried, try_on_past
from tirage.planning.forecast.fitting import learn
from tirage.planning.forecast.predicting import Band, Prediction, band_of, predict
from tirage.planning.forecast.watching import SoFar, narrow, share_so_far
from tirage.planning.history import History, PastRelease, Planned, read_history
from tirage.planning.statements import came_by

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class Basis:
    """What an item's forecast rests on: in how many past releases its wine was offered to its group, and to how many
    customers at most; in how many to others; in how many the group was offered anything.
    """

    own: int
    customers: int
    wine: int
    group: int
    releases: int


@dataclass(frozen=True, slots=True)
class ItemForecast:
    """An item's pieces: ``taken`` so far, the ``band`` of what it takes in all, what is ``further`` to come of that."""

    item: OfferItem
    cell: Cell
    status: OfferStatus
    taken: int
    band: Band
    rate: Band
    further: Band
    basis: Basis


@dataclass(frozen=True, slots=True)
class SumForecast:
    """Several items together, in pieces and money; ``entitled`` pieces, ``taken`` so far."""

    entitled: int
    taken: int
    band: Band
    money: tuple[Money, Money, Money]
    """Expected, low and high."""


@dataclass(frozen=True, slots=True)
class WineForecast:
    """A sku over all groups: what is wanted of it, ``stock`` that can still be sold, the chance that it runs out."""

    sku_id: int
    items: tuple[ItemForecast, ...]
    sums: SumForecast
    stock: int
    chance_out: float


class ReleaseForecast:
    """The forecast of one release. ``items`` are in the order of groups and positions."""

    def __init__(
        self,
        release: Release,
        history: History,
        items: Sequence[ItemForecast],
        prediction: Prediction,
        stock: dict[int, int],
    ) -> None:
        self.release, self.past, self.items = release, history.past, tuple(items)
        self.prediction, self._stock = prediction, stock
        self.currency = current_winery().currency

    @cached_property
    def by_item(self) -> dict[int, ItemForecast]:
        """By the offer item's id."""
        return {one.item.pk: one for one in self.items}

    @cached_property
    def groups(self) -> list[tuple[Offer, tuple[ItemForecast, ...], SumForecast]]:
        """Each offer with its items and their sum."""
        return [
            (
                self.items[places[0]].item.offer,
                tuple(self.items[place] for place in places),
                self._sum(places),
            )
            for places in self._places(lambda one: one.item.offer_id)
        ]

    @cached_property
    def wines(self) -> list[WineForecast]:
        """Each sku over all groups."""
        found = []
        for places in self._places(lambda one: one.item.sku_id):
            items = tuple(self.items[place] for place in places)
            sku_id = items[0].item.sku_id
            stock = self._stock.get(sku_id, 0)
            coming = self._coming(places)
            out = float((coming > stock).mean()) if items and coming.any() else 0.0
            found.append(WineForecast(sku_id, items, self._sum(places), stock, out))
        return found

    @cached_property
    def total(self) -> SumForecast:
        """Everything wanted, whether or not there is enough of it."""
        return self._sum(range(len(self.items)))

    @cached_property
    def sold(self) -> SumForecast:
        """Everything that can be sold of what is wanted: of a wine no more than there is."""
        import numpy as np

        pieces = self.prediction.pieces.copy()
        for places in self._places(lambda one: one.item.sku_id):
            coming = self._coming(places)
            stock = self._stock.get(self.items[places[0]].item.sku_id, 0)
            share = np.minimum(1.0, stock / np.maximum(coming, 1))
            for place in places:
                taken = self.items[place].taken
                pieces[:, place] = taken + (pieces[:, place] - taken) * share
        return self._sum(range(len(self.items)), pieces)

    def tried(self) -> list[Tried]:
        """Each past release forecast from those before it, beside what came."""
        return try_on_past([one.cells for one in self.past])

    def _places(self, key: Callable[[ItemForecast], Hashable]) -> list[list[int]]:
        found: dict[Hashable, list[int]] = {}
        for place, one in enumerate(self.items):
            found.setdefault(key(one), []).append(place)
        return list(found.values())

    def _coming(self, places: Sequence[int]) -> np.ndarray:
        taken = sum(self.items[place].taken for place in places)
        coming: np.ndarray = self.prediction.pieces[:, list(places)].sum(axis=1) - taken
        return coming

    def _sum(self, places: Sequence[int], pieces: np.ndarray | None = None) -> SumForecast:
        import numpy as np

        chosen = list(places)
        draws = (self.prediction.pieces if pieces is None else pieces)[:, chosen]
        prices = np.array([self.items[place].cell.price_minor for place in chosen], dtype=float)
        money = band_of(draws @ prices) if chosen else Band(0, 0, 0)
        return SumForecast(
            sum(self.items[place].cell.entitled for place in chosen),
            sum(self.items[place].taken for place in chosen),
            band_of(draws.sum(axis=1)) if chosen else Band(0, 0, 0),
            (self._money(money.expected), self._money(money.low), self._money(money.high)),
        )

    def _money(self, minor: float) -> Money:
        return Money(round(minor), self.currency)


def forecast_release(release: Release, now: datetime) -> ReleaseForecast:
    """What the release's offers will take, from the releases that were over when it opened, or now if it hasn't.

    Of open offers what they have taken so far counts too; closed ones have taken what they have. Reads only, 17
    statements at most.
    """
    opens = Offer.objects.filter(release=release, group__is_test=False).order_by("opens_at")
    first = opens.values_list("opens_at", flat=True).first()
    history = read_history(before=min(first or now, now), now=now, release=release)
    planned = [one for one in history.planned if one.cell.entitled]
    cells = [one.cell for one in planned]
    fit = learn([cell for past in history.past for cell in past.cells], cells)
    prediction = predict(fit, cells)
    known = _so_far(planned, history.past, now)
    if any(one.share for one in known):
        prediction = narrow(prediction, known, fit.alike)
    figures = stock_figures({one.item.sku_id for one in planned}, now)
    stock = {pk: max(one.unsold, 0) for pk, one in figures.items()}
    items = [
        _item(one, place, prediction, history.past, now, known[place].taken)
        for place, one in enumerate(planned)
    ]
    return ReleaseForecast(release, history, items, prediction, stock)


def _item(
    planned: Planned,
    place: int,
    prediction: Prediction,
    past: Sequence[PastRelease],
    now: datetime,
    taken: int,
) -> ItemForecast:
    pieces = prediction.pieces[:, place]
    return ItemForecast(
        planned.item,
        planned.cell,
        _status(planned.item.offer, now),
        taken,
        band_of(pieces),
        prediction.rate(place),
        band_of(pieces - taken),
        basis_of(planned.cell, past),
    )


def basis_of(cell: Cell, past: Sequence[PastRelease]) -> Basis:
    """What of the past speaks for the cell."""

    def releases(fits: Callable[[Taken], bool]) -> int:
        return sum(any(fits(one) for one in release.cells) for release in past)

    own = [
        one.cell.people
        for release in past
        for one in release.cells
        if (one.cell.group, one.cell.wine) == (cell.group, cell.wine)
    ]
    return Basis(
        own=releases(lambda one: (one.cell.group, one.cell.wine) == (cell.group, cell.wine)),
        customers=max(own, default=0),
        wine=releases(lambda one: one.cell.wine == cell.wine and one.cell.group != cell.group),
        group=releases(lambda one: one.cell.group == cell.group),
        releases=len(past),
    )


def _status(offer: Offer, now: datetime) -> OfferStatus:
    return offer_status(
        is_active=offer.is_active, opens_at=offer.opens_at, closes_at=offer.closes_at, now=now
    )


def _so_far(planned: Sequence[Planned], past: Sequence[PastRelease], now: datetime) -> list[SoFar]:
    """What has been taken by now. How much of it that is, past offers of the group tell at the same moment."""
    offers = {one.item.offer_id: one.item.offer for one in planned}
    begun = {
        pk: offer
        for pk, offer in offers.items()
        if (offer.is_active or offer.deactivated_at) and offer.opens_at < now
    }
    running = {pk: offer for pk, offer in begun.items() if now < offer.closes_at}
    shares = _shares(running, past, now)
    found = []
    for one in planned:
        pk = one.item.offer_id
        if pk in running:
            share, spread = shares[pk]
            found.append(SoFar(one.sold.taken, share, spread))
        else:
            found.append(SoFar(one.sold.taken, 1.0 if pk in begun else 0.0))
    return found


def _shares(
    running: dict[int, Offer], past: Sequence[PastRelease], now: datetime
) -> dict[int, tuple[float, float]]:
    moments: dict[int, datetime] = {}
    alike: dict[int, list[int]] = {}
    for pk, offer in running.items():
        before = [one for release in past for one in release.offers if one.group_id == offer.group_id]
        alike[pk] = [one.pk for one in before]
        moments |= {one.pk: _same_moment(one, offer, now) for one in before}
    came = {row["offer_id"]: (int(row["early"]), int(row["orders"])) for row in came_by(moments)}
    return {
        pk: share_so_far(
            [came[one] for one in alike[pk] if one in came],
            (now - offer.opens_at) / (offer.closes_at - offer.opens_at),
        )
        for pk, offer in running.items()
    }


def _same_moment(then: Offer, offer: Offer, now: datetime) -> datetime:
    """As long after the opening in the first half of the window, as long before the close in the second."""
    half = (offer.closes_at - offer.opens_at) / 2
    if now - offer.opens_at <= half:
        return min(then.opens_at + (now - offer.opens_at), then.closes_at)
    return max(then.closes_at - (offer.closes_at - now), then.opens_at + timedelta(minutes=1))


def further_take(release: Release, now: datetime) -> dict[tuple[int, int], Band]:
    """Pieces still to be taken of each item, by offer id and sku id: of open offers what is to come, of others all."""
    return {(one.item.offer_id, one.item.sku_id): one.further for one in forecast_release(release, now).items}


def rates_for(release: Release, now: datetime) -> dict[tuple[int, int], Band]:
    """Taken ÷ entitled that is expected of each item, by group id and sku id."""
    return {
        (one.item.offer.group_id, one.item.sku_id): one.rate for one in forecast_release(release, now).items
    }
