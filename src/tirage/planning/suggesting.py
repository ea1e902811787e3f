"""Maximums for a release to come: for a wanted share sold, a wanted chance that the first group finds all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.inventory.queries import stock_figures
from tirage.offers.grid.drafts import propose_maximums
from tirage.offers.models import GridDraft, Offer, OfferItem, Release
from tirage.planning.forecast.cells import Cell
from tirage.planning.forecast.choosing import Choice, Chosen, choose
from tirage.planning.forecast.fitting import learn
from tirage.planning.forecast.predicting import predict
from tirage.planning.history import read_history

SOURCE = "Suggest maximums"
#: A maximum grows to this many times what stands, and no wine is offered in more steps than these.
_TIMES, _STEPS = 4, 24


@dataclass(frozen=True, slots=True)
class Wanted:
    """The share of the stock that is to be sold, and the chance that nobody of the first group finds a wine gone."""

    sell_through: float
    chance: float


@dataclass(frozen=True, slots=True)
class WineSuggestion:
    """One sku with its items and what is suggested for each, in the order of groups; ``chosen`` has what that comes to.

    ``items`` are the item, its maximum as it stands, and the one that is suggested.
    """

    items: tuple[tuple[OfferItem, int, int], ...]
    stock: int
    chosen: Chosen
    wanted: Wanted

    @property
    def sells_enough(self) -> bool:
        return self.chosen.sell_through >= self.wanted.sell_through

    @property
    def is_safe(self) -> bool:
        return self.chosen.chance_kept >= self.wanted.chance


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What is suggested for a release; ``without_stock`` are wines of which there is nothing to share out yet."""

    release: Release
    first: Offer | None
    wines: tuple[WineSuggestion, ...]
    without_stock: tuple[OfferItem, ...]
    wanted: Wanted
    releases: int

    @property
    def cells(self) -> dict[tuple[int, int], int | None]:
        """Suggested maximums by offer id and sku id."""
        return {
            (item.offer_id, item.sku_id): maximum for wine in self.wines for item, _, maximum in wine.items
        }

    @property
    def changes(self) -> int:
        return sum(present != maximum for wine in self.wines for _, present, maximum in wine.items)


def suggest_maximums(release: Release, wanted: Wanted, now: datetime) -> Suggestion:
    """Reads only. Items that offer nothing (a maximum of 0) stay as they are. A maximum never goes below what an item's
    minimum and multiples ask, nor beyond the offer's most bottles, what there is, or four times what stands.

    Raises DomainError ``already_open`` when an offer of the release has begun.
    """
    offers = list(Offer.objects.filter(release=release, group__is_test=False).order_by("group__rank", "pk"))
    if any(offer.is_active and offer.opens_at <= now for offer in offers):
        raise DomainError(
            "already_open",
            "This release is open: people have seen their maximums. Change single ones on the grid.",
        )
    history = read_history(before=now, now=now, release=release)
    planned = [one for one in history.planned if one.item.purchase_maximum]
    figures = stock_figures({one.item.sku_id for one in planned}, now)
    stocks = {pk: max(one.unsold, 0) for pk, one in figures.items()}
    there = [one for one in planned if stocks.get(one.item.sku_id, 0) > 0]
    steps = {one.item.pk: _steps(one.item, stocks[one.item.sku_id]) for one in there}
    cells = [_with(one.cell, maximum) for one in there for maximum in steps[one.item.pk]]
    known = [cell for past in history.past for cell in past.cells]
    drawn = iter(predict(learn(known, cells), cells).pieces.T)
    takes = {one.item.pk: {maximum: next(drawn) for maximum in steps[one.item.pk]} for one in there}
    first = offers[0] if offers else None
    wines = []
    for sku_id in dict.fromkeys(one.item.sku_id for one in there):
        ours = [one.item for one in there if one.item.sku_id == sku_id]
        choices = [
            Choice(item.pk, item.purchase_maximum, takes[item.pk], _competes(item.offer, first))
            for item in ours
        ]
        chosen = choose(choices, stock=stocks[sku_id], sell_through=wanted.sell_through, chance=wanted.chance)
        items = tuple((item, item.purchase_maximum, chosen.maximums[item.pk]) for item in ours)
        wines.append(WineSuggestion(items, stocks[sku_id], chosen, wanted))
    return Suggestion(
        release,
        first,
        tuple(wines),
        tuple(one.item for one in planned if not stocks.get(one.item.sku_id)),
        wanted,
        len(history.past),
    )


def draft_suggestion(*, suggestion: Suggestion, actor: Actor, now: datetime) -> GridDraft:
    """Keeps what is suggested as a draft of the release's grid. Raises as ``propose_maximums``."""
    wanted = suggestion.wanted
    return propose_maximums(
        release=suggestion.release,
        cells=suggestion.cells,
        source=SOURCE,
        note=f"To sell {wanted.sell_through:.0%}, with a chance of {wanted.chance:.0%} that nobody in the first "
        f"group finds a wine gone; from {suggestion.releases} past releases.",
        actor=actor,
        now=now,
    )


def _steps(item: OfferItem, stock: int) -> Sequence[int]:
    """The maximums that may be chosen for the item, ascending: whole multiples, at least the minimum."""
    multiple = item.multiple
    least = max(multiple, -(-item.purchase_minimum // multiple) * multiple, item.default_quantity)
    least = -(-least // multiple) * multiple
    most = min(item.purchase_maximum * _TIMES, stock)
    if item.offer.bottles_maximum is not None:
        most = min(most, item.offer.bottles_maximum // item.sku.units)
    most = max(most - most % multiple, least)
    every = -(-((most - least) // multiple + 1) // _STEPS) * multiple
    return sorted({*range(least, most + 1, every), most})


def _with(cell: Cell, maximum: int) -> Cell:
    """The cell as if that were its maximum; own allowances stay."""
    return replace(
        cell, maximum=maximum, entitled=max(cell.entitled + (maximum - cell.maximum) * cell.people, 0)
    )


def _competes(offer: Offer, first: Offer | None) -> bool:
    """Whether the offer begins while the first group's is still open."""
    return first is None or offer.opens_at < first.closes_at
