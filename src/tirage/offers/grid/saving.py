"""Saving a release grid: many cells of many offers at once, all or none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from django.db import transaction

from tirage.catalog.models import Sku
from tirage.core.actors import Actor
from tirage.core.audit import build_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import Clash, Overtaken, is_same, settle
from tirage.core.locks import lock_rows
from tirage.core.models import Event
from tirage.core.uses import used_among
from tirage.offers.grid.drafts import NOTHING, mark_applied
from tirage.offers.grid.rules import Cell, as_meant
from tirage.offers.models import CustomAllowance, GridDraft, Offer, OfferItem, Release
from tirage.offers.operations.items import ItemValues
from tirage.offers.states import GridField

#: An item by its offer's and its sku's id.
Place: TypeAlias = tuple[int, int]
_WORDS = {"purchase_minimum": "minimum", "wish_maximum": "wish maximum", "price_minor": "price"}
#: What of an item a save may write.
_COLUMNS = (*(field.value for field in GridField), "default_quantity")


@dataclass(slots=True)
class GridSaved:
    """What a save did; ``lowered`` are items whose maximum came down, with what it was."""

    added: list[OfferItem] = field(default_factory=list)
    changed: list[OfferItem] = field(default_factory=list)
    removed: list[OfferItem] = field(default_factory=list)
    lowered: list[tuple[OfferItem, int]] = field(default_factory=list)
    #: Items whose default quantity was above the new maximum and came down with it.
    defaults: list[OfferItem] = field(default_factory=list)
    #: How many cells say something else than before; one of an item that was taken out.
    cells: int = 0

    @property
    def offer_ids(self) -> set[int]:
        return {item.offer_id for item in (*self.added, *self.changed, *self.removed)}


def save_grid(
    *,
    release: Release,
    typed: Mapping[Cell, int | None],
    shown: Mapping[Cell, Any] | None = None,
    draft: GridDraft | None = None,
    actor: Actor,
    now: datetime,
) -> GridSaved:
    """Writes what differs from what stands: a maximum in an empty cell adds the wine to the offer, an emptied one takes
    it out, and of what was ``shown`` only what was changed is written.

    ``typed`` in pieces and minor units, None for an empty cell (see ``as_meant``). ``shown`` None: all of it is meant.
    A default quantity above a new maximum comes down with it. ``draft`` is marked as applied. Locks the offers. The
    number of statements doesn't grow with the cells. Raises, with names as ``Cell.name``, DomainError ``grid_invalid``
    and Overtaken; Conflict ``offer_gone``. Records ``offer.items_saved`` for each offer with what changed in it.
    """
    with transaction.atomic():
        sheet = _Sheet.locked(release, {cell.offer_id for cell in typed}, {cell.sku_id for cell in typed})
        meant = {cell: as_meant(cell.field, value) for cell, value in typed.items()}
        wanted = sheet.settled(meant, shown)
        saved = sheet.write(wanted)
        Event.objects.bulk_create(
            build_event(
                EventName.OFFER_ITEMS_SAVED,
                "offer",
                offer_id,
                text=f"{words} in the offer to {sheet.offers[offer_id].group.name}",
                actor=actor,
                now=now,
            )
            for offer_id, words in sheet.said.items()
        )
        if draft is not None:
            mark_applied(draft=draft, actor=actor, now=now)
    return saved


@dataclass(slots=True)
class _Sheet:
    """The offers, locked, with their items as they stand."""

    offers: dict[int, Offer]
    items: dict[Place, OfferItem]
    skus: dict[int, Sku]
    said: dict[int, str] = field(default_factory=dict)
    last: dict[int, int] = field(default_factory=dict)

    @staticmethod
    def locked(release: Release, offer_ids: Collection[int], sku_ids: Collection[int]) -> _Sheet:
        offers = lock_rows(Offer.objects.filter(release=release, pk__in=offer_ids).select_related("group"))
        if len(offers) < len(offer_ids):
            raise Conflict(
                "offer_gone", f"An offer of {release.name} was deleted meanwhile. Open the grid again."
            )
        items = OfferItem.objects.filter(offer__in=offer_ids).select_related("sku").order_by("position", "id")
        return _Sheet(
            {offer.pk: offer for offer in offers},
            {(item.offer_id, item.sku_id): item for item in items},
            Sku.objects.in_bulk(sku_ids),
        )

    def standing(self, cell: Cell) -> int | None:
        item = self.items.get(cell[:2])
        found: int | None = getattr(item, cell.field.value) if item else NOTHING[cell.field.value]
        return found

    def settled(
        self, typed: Mapping[Cell, int | None], shown: Mapping[Cell, Any] | None
    ) -> dict[Place, dict[str, int | None]]:
        """The values that items shall have, by place, each with all of its fields. Raises Overtaken."""
        stands = {cell.name: self.standing(cell) for cell in typed}
        seen = None if shown is None else {cell.name: value for cell, value in shown.items()}
        clashes: dict[str, Clash] = {}
        values: dict[str, Any] = {}
        try:
            values = settle({cell.name: value for cell, value in typed.items()}, shown=seen, stands=stands)
        except Overtaken as refused:
            clashes |= refused.clashes
        places: dict[Place, list[Cell]] = defaultdict(list)
        for cell in typed:
            places[cell.offer_id, cell.sku_id].append(cell)
        for place, cells in places.items():
            clashes |= self._removed_by_one(place, cells, typed, shown)
        if clashes:
            raise Overtaken(clashes, stands)
        return {
            place: {
                column.value: values.get(Cell(*place, column).name, self.standing(Cell(*place, column)))
                for column in GridField
            }
            for place, cells in places.items()
        }

    def _removed_by_one(
        self,
        place: Place,
        cells: Iterable[Cell],
        typed: Mapping[Cell, int | None],
        shown: Mapping[Cell, Any] | None,
    ) -> dict[str, Clash]:
        """One took the wine out of the offer, another changed something else of it."""
        maximum = Cell(*place, GridField.MAXIMUM)
        if shown is None or maximum not in typed or maximum not in shown:
            return {}
        was, stands, yours = shown[maximum], self.standing(maximum), typed[maximum]
        if is_same(was, None) or (stands is None) == (yours is None):
            return {}
        others = [cell for cell in cells if cell != maximum and cell in shown]
        if stands is None:
            touched = any(not is_same(typed[cell], shown[cell]) for cell in others)
            return {maximum.name: Clash(was, stands, yours)} if touched else {}
        return {
            cell.name: Clash(shown[cell], self.standing(cell), None)
            for cell in others
            if not is_same(shown[cell], self.standing(cell))
        }

    def write(self, wanted: Mapping[Place, Mapping[str, int | None]]) -> GridSaved:
        """Raises DomainError ``grid_invalid`` before anything is written."""
        saved = GridSaved()
        problems: dict[str, str] = {}
        said: dict[int, list[str]] = defaultdict(list)
        for place, values in wanted.items():
            if values["purchase_maximum"] is None:
                words, found = self._leave_out(place, values, saved)
            else:
                words, found = self._take_in(place, values, saved)
            problems |= found
            if words:
                said[place[0]].append(words)
        problems |= _refuse_used(saved.removed)
        if problems:
            raise DomainError("grid_invalid", "Some cells need another look.", problems)
        OfferItem.objects.bulk_create(saved.added)
        if saved.changed:
            OfferItem.objects.bulk_update(saved.changed, _COLUMNS)
        if saved.removed:
            OfferItem.objects.filter(pk__in=[item.pk for item in saved.removed]).delete()
        self.said = {offer_id: "; ".join(words) for offer_id, words in said.items()}
        return saved

    def _leave_out(
        self, place: Place, values: Mapping[str, int | None], saved: GridSaved
    ) -> tuple[str, dict[str, str]]:
        """The words of the act, and what is wrong by cell."""
        if item := self.items.get(place):
            saved.removed.append(item)
            saved.cells += 1
            return f"took out {item.sku}", {}
        if all(values[name] == NOTHING[name] for name in NOTHING):
            return "", {}
        words = "This group isn’t offered the wine yet: write how many each may take."
        return "", {Cell(*place, GridField.MAXIMUM).name: words}

    def _take_in(
        self, place: Place, values: Mapping[str, int | None], saved: GridSaved
    ) -> tuple[str, dict[str, str]]:
        """The same for a wine that is offered, or shall be."""
        item = self.items.get(place)
        before = {name: getattr(item, name) for name in _COLUMNS} if item else None
        if before and all(before[name] == values[name] for name in values):
            return "", {}
        if found := self._problems(place, values, item):
            return "", found
        if item is None:
            item = OfferItem(
                offer=self.offers[place[0]], sku=self.skus[place[1]], position=self._next_position(place[0])
            )
            saved.added.append(item)
        else:
            saved.changed.append(item)
        self._set(item, values, before, saved)
        return _say(item, before), {}

    def _next_position(self, offer_id: int) -> int:
        """After the others; counted once, then on from there."""
        if offer_id not in self.last:
            places = (item.position for item in self.items.values() if item.offer_id == offer_id)
            self.last[offer_id] = max(places, default=-1)
        self.last[offer_id] += 1
        return self.last[offer_id]

    def _problems(
        self, place: Place, values: Mapping[str, int | None], item: OfferItem | None
    ) -> dict[str, str]:
        sku = self.skus.get(place[1])
        if sku is None:
            return {Cell(*place, GridField.MAXIMUM).name: "This wine is no longer in the cellar."}
        meant = ItemValues(
            sku_id=sku.pk,
            multiple=item.multiple if item else 1,
            default_quantity=_default(item, values),
            **values,  # type: ignore[arg-type]  # the fields of the grid are its own
        )
        return {
            Cell(*place, _FIELDS.get(name, GridField.MAXIMUM)).name: words
            for name, words in meant.problems().items()
        }

    @staticmethod
    def _set(
        item: OfferItem, values: Mapping[str, int | None], before: Mapping[str, Any] | None, saved: GridSaved
    ) -> None:
        default = _default(item if before else None, values)
        saved.cells += sum(value != (before or NOTHING)[name] for name, value in values.items())
        for name, value in values.items():
            setattr(item, name, value)
        if before is None:
            return
        if item.purchase_maximum < before["purchase_maximum"]:
            saved.lowered.append((item, before["purchase_maximum"]))
        if default != item.default_quantity:
            item.default_quantity = default
            saved.defaults.append(item)


_FIELDS = {field.value: field for field in GridField} | {"price": GridField.PRICE}


def _refuse_used(removed: Sequence[OfferItem]) -> dict[str, str]:
    """Words by cell for items that carts, orders or wishes point at."""
    used = used_among(removed, ignoring=(CustomAllowance,))
    words = "It is in carts, orders or wishes of this offer, so it stays. Write 0: then nobody can take more of it."
    return {
        Cell(item.offer_id, item.sku_id, GridField.MAXIMUM).name: words for item in removed if item.pk in used
    }


def _default(item: OfferItem | None, values: Mapping[str, int | None]) -> int:
    """The default quantity, down to the new maximum."""
    return min(item.default_quantity, values["purchase_maximum"] or 0) if item else 0


def _say(item: OfferItem, before: Mapping[str, Any] | None) -> str:
    """``raised Estate Cabernet 2023 750 ml from 4 to 6``, ``added …, at most 6 each``, ``changed … : minimum``."""
    if before is None:
        return f"added {item.sku}, at most {item.purchase_maximum} each"
    words = []
    was, is_now = before["purchase_maximum"], item.purchase_maximum
    if was != is_now:
        words.append(f"{'raised' if is_now > was else 'lowered'} {item.sku} from {was} to {is_now}")
    others = [said for name, said in _WORDS.items() if before[name] != getattr(item, name)]
    if others:
        words.append(f"changed {item.sku}: {', '.join(others)}")
    return "; ".join(words)
