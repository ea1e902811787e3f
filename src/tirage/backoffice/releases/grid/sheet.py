"""A release grid as its page shows it: wines down, groups across, what each cell says and what it said before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from tirage.backoffice.frame.acting import MoneyField
from tirage.backoffice.releases.grid import facts
from tirage.backoffice.releases.grid.facts import Before, CellFacts
from tirage.catalog.models import Sku
from tirage.core.winery import current_winery
from tirage.offers.grid.drafts import NOTHING
from tirage.offers.grid.rules import Cell, as_meant, read_cell
from tirage.offers.models import Offer, OfferItem, Release
from tirage.offers.rules import OfferStatus, offer_status
from tirage.offers.states import GridField
from tirage.tables.errors import CellError

#: What cells may show, by the word that forms and addresses use.
LAYERS = {
    "maximum": GridField.MAXIMUM,
    "minimum": GridField.MINIMUM,
    "wish": GridField.WISH,
    "price": GridField.PRICE,
}
LAYER_OF = {field: name for name, field in LAYERS.items()}
LABELS = {"maximum": "Maximums", "minimum": "Minimums", "wish": "Wish maximums", "price": "Prices"}
#: A row and a column of the page, and the field.
Spot = tuple[int, int, GridField]


@dataclass(frozen=True, slots=True)
class Column:
    """One offer: its members, and what its group took in each of the releases before (None where it wasn't asked)."""

    offer: Offer
    status: OfferStatus
    members: int
    rates: tuple[tuple[str, Decimal], ...]

    @property
    def counts(self) -> bool:
        """Whether what it promises may still be taken."""
        return self.status is not OfferStatus.CLOSED


@dataclass(frozen=True, slots=True)
class Row:
    """One wine: pieces to sell, and what active offers of other releases promise of them."""

    sku: Sku
    there: int
    elsewhere: int


@dataclass
class Sheet:
    """The grid. ``texts`` are what cells say where it isn't what stands; ``problems`` words, ``clashes`` three
    values.
    """

    release: Release
    rows: list[Row]
    columns: list[Column]
    items: Mapping[tuple[int, int], OfferItem]
    facts: Mapping[tuple[int, int], CellFacts]
    before: Before
    texts: dict[Spot, str] = field(default_factory=dict)
    problems: dict[Spot, str] = field(default_factory=dict)
    clashes: dict[Spot, tuple[str, str, str]] = field(default_factory=dict)

    def spots(self) -> Iterable[Spot]:
        return (
            (row, column, one)
            for row in range(len(self.rows))
            for column in range(len(self.columns))
            for one in GridField
        )

    def cell(self, spot: Spot) -> Cell:
        return Cell(self.columns[spot[1]].offer.pk, self.rows[spot[0]].sku.pk, spot[2])

    @cached_property
    def spot_of(self) -> dict[str, Spot]:
        """Spots by ``Cell.name``."""
        return {self.cell(spot).name: spot for spot in self.spots()}

    def item(self, row: int, column: int) -> OfferItem | None:
        return self.items.get((self.columns[column].offer.pk, self.rows[row].sku.pk))

    def standing(self, spot: Spot) -> int | None:
        item = self.item(*spot[:2])
        found: int | None = getattr(item, spot[2].value) if item else NOTHING[spot[2].value]
        return found

    def standing_text(self, spot: Spot) -> str:
        return say(spot[2], self.standing(spot))

    def text(self, spot: Spot) -> str:
        return self.texts.get(spot, self.standing_text(spot))

    def number(self, spot: Spot) -> int | None:
        """What a cell says; raises CellError."""
        text = self.texts.get(spot)
        if text is None:
            return self.standing(spot)
        return as_meant(spot[2], read_cell(text, spot[2], current_winery().currency))

    def is_changed(self, spot: Spot) -> bool:
        try:
            return spot in self.texts and self.number(spot) != self.standing(spot)
        except CellError:
            return True

    def changed(self) -> list[Spot]:
        return [spot for spot in self.texts if self.is_changed(spot)]

    def known(self, spot: Spot) -> int | None:
        """The number of a cell, None for one that can't be read."""
        try:
            return self.number(spot)
        except CellError:
            return None

    def facts_at(self, row: int, column: int) -> CellFacts:
        offer = self.columns[column].offer
        place = (offer.pk, self.rows[row].sku.pk)
        return self.facts.get(place) or CellFacts(people=self.columns[column].members)

    def rate(self, row: int, column: int) -> Decimal | None:
        """What the group took of the wine in this format when it was offered last."""
        sku = self.rows[row].sku
        wine = (sku.vintage.wine_id, sku.millilitres, sku.units)
        return self.before.wines.get((self.columns[column].offer.group_id, wine))

    def expected_rate(self, row: int, column: int) -> Decimal | None:
        """What the group may be expected to take: of this wine, else of all wines of the latest release."""
        found, rates = self.rate(row, column), self.columns[column].rates
        return found if found is not None else rates[0][1] if rates else None

    def likely(self, row: int) -> int:
        """Pieces of the wine that the groups will take if they do as before; what is promised elsewhere is left out."""
        return round(
            sum(
                self.facts_at(row, index).likely(
                    self.known((row, index, GridField.MAXIMUM)), self.expected_rate(row, index)
                )
                for index, column in enumerate(self.columns)
                if column.counts
            )
        )

    def promised(self, row: int) -> int:
        """Pieces that the release's offers may have to give of a wine, and those elsewhere."""
        return self.rows[row].elsewhere + sum(
            self.facts_at(row, index).promised(self.known((row, index, GridField.MAXIMUM)))
            for index, column in enumerate(self.columns)
            if column.counts
        )

    def each(self, column: int) -> tuple[int, int]:
        """The bottles and the money that one member may spend in an offer."""
        bottles = minor = 0
        for row, one in enumerate(self.rows):
            maximum = self.known((row, column, GridField.MAXIMUM)) or 0
            price = self.known((row, column, GridField.PRICE))
            bottles += maximum * one.sku.units
            minor += maximum * (one.sku.price_minor if price is None else price)
        return bottles, minor

    def stands(self) -> dict[str, list[int | None]]:
        """All that the page shows of items, as its form carries it."""
        return {
            self.key(row, column): [self.standing((row, column, one)) for one in GridField]
            for row in range(len(self.rows))
            for column in range(len(self.columns))
            if self.item(row, column)
        }

    def key(self, row: int, column: int) -> str:
        return f"{self.columns[column].offer.reference} {self.rows[row].sku.code}"


def build_sheet(release: Release, now: datetime, more: Sequence[str] = ()) -> Sheet:
    """The grid as it stands, with the wines of its offers and those of the codes in ``more``; the number of statements
    doesn't grow with rows and columns.
    """
    offers = list(release.offers.select_related("group").order_by("group__rank", "group__name", "id"))
    items = list(
        OfferItem.objects.filter(offer__in=offers)
        .select_related("sku__vintage")
        .order_by("offer__group__rank", "offer__group__name", "offer", "position", "id")
    )
    skus = {item.sku.code: item.sku for item in items}
    if missing := [code for code in more if code not in skus]:
        found = Sku.objects.select_related("vintage").in_bulk(missing, field_name="code")
        skus |= {code: found[code] for code in missing if code in found}
    sku_ids = [sku.pk for sku in skus.values()]
    members = facts.members_of(offers)
    before = facts.taken_before(release, offers, now)
    there, elsewhere = facts.stock_of(sku_ids, now), facts.promised_elsewhere(release, sku_ids, now)
    return Sheet(
        release=release,
        rows=[Row(sku, there[sku.pk], elsewhere.get(sku.pk, 0)) for sku in skus.values()],
        columns=[_column(offer, members.get(offer.group_id, 0), before, now) for offer in offers],
        items={(item.offer_id, item.sku_id): item for item in items},
        facts=facts.facts_of(release, offers, members, now),
        before=before,
    )


def _column(offer: Offer, members: int, before: Before, now: datetime) -> Column:
    status = offer_status(
        is_active=offer.is_active, opens_at=offer.opens_at, closes_at=offer.closes_at, now=now
    )
    if offer.closes_at <= now:
        status = OfferStatus.CLOSED
    rates = tuple(
        (one.name, before.groups[one.pk, offer.group_id])
        for one in before.releases
        if (one.pk, offer.group_id) in before.groups
    )
    return Column(offer, status, members, rates)


def say(one: GridField, value: int | None) -> str:
    """A cell's number as it is typed: empty for what needs no words (see ``as_meant``)."""
    if value is None or (value == 0 and one in (GridField.MINIMUM, GridField.WISH)):
        return ""
    return str(MoneyField().prepare_value(value)) if one is GridField.PRICE else str(value)


def say_long(one: GridField, value: Any) -> str:
    """The same for people who compare."""
    if text := say(one, value):
        return text
    return {GridField.MAXIMUM: "not offered", GridField.PRICE: "list price"}.get(one, "0")
