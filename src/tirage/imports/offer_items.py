"""Items of one offer, by the builder's own rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from tirage.catalog.models import Sku
from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.core.uses import count_uses
from tirage.imports.engine import Finding, Importer, Setting
from tirage.imports.skus import say_counts, skus_by_code
from tirage.offers.checks import planned_items
from tirage.offers.models import CustomAllowance, Offer, OfferItem
from tirage.offers.operations import ItemValues, remove_item, save_items
from tirage.offers.operations.items import FIELDS
from tirage.offers.rules import CheckoutRules, find_conflicts
from tirage.tables.cleaning import parse_money
from tirage.tables.staging import RowReader
from tirage.tables.synonyms import OFFER_ITEM_FIELDS

#: Field of the file, field of an item.
GIVEN = {
    "purchase_minimum": "purchase_minimum",
    "purchase_maximum": "purchase_maximum",
    "wish_maximum": "wish_maximum",
    "default_quantity": "default_quantity",
    "multiple": "multiple",
    "price": "price_minor",
}


@dataclass(frozen=True, slots=True)
class ItemRow:
    """``given`` holds only what the row says, by field of an item."""

    row: int
    code: str
    given: dict[str, int]


class OfferItemImporter(Importer[ItemRow]):
    fields = OFFER_ITEM_FIELDS
    #: All at once: an offer's items are judged together.
    batch: ClassVar[int] = 10_000
    portion: ClassVar[int] = 10_000
    piece_fields: ClassVar[tuple[str, ...]] = (
        *("purchase_minimum", "purchase_maximum", "wish_maximum", "default_quantity"),
    )

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        offer = Offer.objects.select_related("group").filter(reference=self.options.offer.upper()).first()
        if offer is None:
            named = f"There is no offer {self.options.offer}." if self.options.offer else "Name the offer."
            raise DomainError(
                "offer_missing", f"{named} Items are imported into one offer, such as OFR-7K2M9QXA."
            )
        self.offer = offer
        self._first_row: dict[int, int] = {}
        self._notices: list[str] = []
        self.counts = Counter[str]()

    def parse(self, reader: RowReader) -> ItemRow:
        parse_price = partial(parse_money, currency=self.winery.currency, mark=self.mark)
        given = {}
        for name, target in GIVEN.items():
            value = reader.get(name, parse_price) if name == "price" else self.pieces(reader, name)
            if value is not None:
                given[target] = value
        return ItemRow(reader.number, reader.text("code"), given)

    def show(self, row: ItemRow) -> list[tuple[str, str]]:
        """The row as it was read, for people."""
        currency = self.winery.currency
        found = [("Sku", row.code)]
        for name, target in GIVEN.items():
            if target in row.given:
                value = row.given[target]
                shown = str(Money(value, currency)) if name == "price" else f"{value:,}"
                found.append((name.replace("_", " ").capitalize(), shown))
        return found

    def check(self, rows: Sequence[ItemRow]) -> list[Finding]:
        skus = skus_by_code([row.code for row in rows])
        present = self._present()
        findings: list[Finding] = []
        planned: dict[int, OfferItem] = {} if self.options.replace else dict(present)
        for row in rows:
            sku = skus.get(row.code.casefold())
            found = self._check_row(row, sku, present)
            findings += found
            if sku is not None and all(finding.is_notice for finding in found):
                planned[sku.pk] = _planned(self.offer, sku, _values(row, sku.pk, present))
        self._notices = self._conflicts(list(planned.values())) + self._removals(present, planned)
        return findings

    def closing_notices(self) -> list[str]:
        return self._notices

    def _check_row(self, row: ItemRow, sku: Sku | None, present: dict[int, OfferItem]) -> list[Finding]:
        if sku is None:
            words = f"There is no sku {row.code}. Correct it, or import skus first."
            return [Finding(row.row, "code", row.code, words)]
        if sku.pk in self._first_row:
            words = f"{sku.code} is in row {self._first_row[sku.pk]} already. Keep one of the two rows."
            return [Finding(row.row, "code", row.code, words)]
        problems = _values(row, sku.pk, present).problems()
        if not problems:
            self._first_row[sku.pk] = row.row
            retired = f"{sku} is no longer active in the cellar."
            return [] if sku.is_active else [Finding(row.row, "code", row.code, retired, is_notice=True)]
        return [
            Finding(row.row, name, str(row.given.get(GIVEN.get(name, name), "")), words)
            for name, words in problems.items()
        ]

    def _present(self) -> dict[int, OfferItem]:
        return {item.sku_id: item for item in self.offer.items.select_related("sku")}

    def _conflicts(self, items: list[OfferItem]) -> list[str]:
        """Checkout rules of the offer that no cart can meet with these items."""
        offer = self.offer
        rules = CheckoutRules(offer.bottles_minimum, offer.bottles_maximum, offer.spend_minimum_minor)
        return find_conflicts(rules, planned_items(items)) if items else []

    def _removals(self, present: dict[int, OfferItem], planned: dict[int, OfferItem]) -> list[str]:
        if not self.options.replace:
            return []
        words = []
        for sku_id, item in present.items():
            if sku_id in planned:
                continue
            wanted = count_uses(item, ignoring=(CustomAllowance,))
            words.append(
                f"{item.sku} isn't in the file, but customers have it in carts, orders or wishes, so it can't be "
                "removed: the import would be refused."
                if wanted
                else f"{item.sku} isn't in the file and will be removed from the offer."
            )
        return words

    def write(self, rows: Sequence[ItemRow]) -> None:
        """Locks the offer."""
        skus = skus_by_code([row.code for row in rows])
        present = self._present()
        values = [_values(row, skus[row.code.casefold()].pk, present) for row in rows]
        if self.options.replace:
            values = [replace(item, position=position) for position, item in enumerate(values)]
        actor, now = self.setting.actor, self.setting.now
        named = {item.sku_id for item in values}
        for other in present.values():
            if self.options.replace and other.sku_id not in named:
                remove_item(item=other, actor=actor, now=now)
                self.counts["removed"] += 1
        save_items(offer=self.offer, items=values, actor=actor, now=now)
        for item in values:
            self.counts[_kind(item, present.get(item.sku_id))] += 1

    def outcome(self) -> str:
        words = say_counts(self.counts, "item", "items").removesuffix(".")
        removed = self.counts["removed"]
        words += f", {removed:,} removed" if removed else ""
        return f"{words}, in the offer to {self.offer.group.name}."


def _values(row: ItemRow, sku_id: int, present: dict[int, OfferItem]) -> ItemValues:
    """The item as the row leaves it: what the row doesn't say stays as it is."""
    item = present.get(sku_id)
    kept = {name: getattr(item, name) for name in FIELDS if item is not None}
    return ItemValues(sku_id=sku_id, **{**kept, **row.given})


def _planned(offer: Offer, sku: Sku, values: ItemValues) -> OfferItem:
    item = OfferItem(offer=offer, sku=sku)
    for name in FIELDS:
        if name != "position":
            setattr(item, name, getattr(values, name))
    return item


def _kind(values: ItemValues, item: OfferItem | None) -> str:
    if item is None:
        return "created"
    same = all(getattr(values, name) == getattr(item, name) for name in FIELDS if name != "position")
    return "unchanged" if same else "changed"
