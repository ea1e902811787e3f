"""What the page of a forecast shows: one row an item, sums, and how far the forecast has held on the past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from tirage.backoffice.forecasts.words import is_thin, say_basis
from tirage.core.money import Money
from tirage.offers.models import Offer, Release
from tirage.offers.rules import OfferStatus
from tirage.parts.charts import band_bar
from tirage.planning.forecast.checking import cover
from tirage.planning.forecast.predicting import Band
from tirage.planning.forecasting import ItemForecast, ReleaseForecast, SumForecast, WineForecast


@dataclass(frozen=True, slots=True)
class Shown:
    """A band in whole pieces: what is expected, from, to."""

    expected: int
    low: int
    high: int

    @classmethod
    def of(cls, band: Band) -> Shown:
        return cls(round(band.expected), round(band.low), round(band.high))


@dataclass(frozen=True, slots=True)
class Row:
    """One item as the page shows it."""

    one: ItemForecast
    pieces: Shown
    further: Shown
    money: Money
    plot: str
    basis: str
    thin: bool


@dataclass(frozen=True, slots=True)
class OfferRows:
    """An offer's rows and their sum."""

    offer: Offer
    rows: list[Row]
    sums: SumForecast
    pieces: Shown
    is_open: bool


@dataclass(frozen=True, slots=True)
class WineRow:
    """A wine over all groups beside its stock."""

    one: WineForecast
    sku: Any
    pieces: Shown
    coming: Shown
    plot: str


def forecast_context(forecast: ReleaseForecast, now: datetime) -> dict[str, Any]:
    """Everything on the page but its frame."""
    tried = forecast.tried()
    inside = sum(one.is_inside for one in tried)
    return {
        "release": forecast.release,
        "past": forecast.past,
        "past_offers": sum(len(one.offers) for one in forecast.past),
        "offers": [_offer(forecast, offer, items, sums) for offer, items, sums in forecast.groups],
        "wines": [_wine(one) for one in forecast.wines],
        "total": forecast.total,
        "pieces": Shown.of(forecast.total.band),
        "sold": forecast.sold,
        "sold_pieces": Shown.of(forecast.sold.band),
        "is_closed": bool(forecast.items) and all(one.item.offer.closes_at <= now for one in forecast.items),
        "tried": len(tried),
        "inside": inside,
        "cover": cover(tried),
    }


def _offer(
    forecast: ReleaseForecast, offer: Offer, items: tuple[ItemForecast, ...], sums: SumForecast
) -> OfferRows:
    return OfferRows(
        offer,
        [_row(one, forecast.currency) for one in items],
        sums,
        Shown.of(sums.band),
        any(one.status is OfferStatus.OPEN for one in items),
    )


def _row(one: ItemForecast, currency: str) -> Row:
    pieces = Shown.of(one.band)
    return Row(
        one,
        pieces,
        Shown.of(one.further),
        Money(pieces.expected * one.cell.price_minor, currency),
        band_bar(
            (pieces.low, pieces.expected, pieces.high),
            top=one.cell.entitled,
            title=f"{one.item.sku}, {one.item.offer.group.name}: pieces of those offered",
            reached=one.taken or None,
        ),
        say_basis(one.basis),
        is_thin(one.basis),
    )


def _wine(one: WineForecast) -> WineRow:
    pieces = Shown.of(one.sums.band)
    coming = Shown(
        *(max(number - one.sums.taken, 0) for number in (pieces.expected, pieces.low, pieces.high))
    )
    return WineRow(
        one,
        one.items[0].item.sku,
        pieces,
        coming,
        band_bar(
            (coming.low, coming.expected, coming.high),
            top=max(one.stock, coming.high),
            title=f"{one.items[0].item.sku}: pieces to come beside the stock",
            limit=one.stock,
        ),
    )


def release_crumbs(release: Release) -> list[tuple[str, str]]:
    """The way down to a release."""
    return [
        ("Releases", reverse("backoffice:releases")),
        (release.name, reverse("backoffice:release", args=[release.reference])),
    ]
