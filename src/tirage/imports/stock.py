"""Stock: counts and movements, each by the cellar's own rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from tirage.core.errors import DomainError
from tirage.imports.engine import Finding, Importer, RowRefused, Setting
from tirage.imports.skus import skus_by_code
from tirage.inventory.operations import count_stock, lock_stock, move_stock
from tirage.inventory.queries import NO_STOCK, StockFigures, stock_figures
from tirage.inventory.states import MovementReason
from tirage.tables.cleaning import clean_text
from tirage.tables.errors import CellError, TableError
from tirage.tables.matching import Mapping
from tirage.tables.staging import RowReader
from tirage.tables.synonyms import STOCK_FIELDS

_REASONS = {
    "receipt": MovementReason.RECEIVED,
    "receive": MovementReason.RECEIVED,
    "delivery": MovementReason.RECEIVED,
    "count": MovementReason.COUNTED,
    "adjustment": MovementReason.COUNTED,
    "broken": MovementReason.BREAKAGE,
    "breakage": MovementReason.BREAKAGE,
    "damaged": MovementReason.BREAKAGE,
    "tasting room": MovementReason.TASTING,
    "sample": MovementReason.TASTING,
    "samples": MovementReason.TASTING,
    "transferred": MovementReason.TRANSFER,
    "return": MovementReason.RETURNED,
    "opening stock": MovementReason.OPENING,
} | {reason.value: reason for reason in MovementReason}


@dataclass(frozen=True, slots=True)
class StockRow:
    """Pieces counted, or moved; both None: the row says nothing."""

    row: int
    code: str
    counted: int | None
    movement: int | None
    reason: MovementReason | None
    note: str


class StockImporter(Importer[StockRow]):
    fields = STOCK_FIELDS
    batch: ClassVar[int] = 20_000
    piece_fields: ClassVar[tuple[str, ...]] = ("counted", "movement")

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        #: What each sku has on hand as the rows so far leave it.
        self._on_hand: dict[int, int] = {}
        self._counted: dict[int, int] = {}
        self.counts = Counter[str]()

    def prepare(self, mapping: Mapping) -> None:
        super().prepare(mapping)
        chosen = [name for name in ("counted", "movement") if name in mapping.matched]
        if not chosen:
            raise TableError(
                "Say which column holds the bottles: what was counted (Counted), or what came and went (Movement)."
            )
        if len(chosen) > 1:
            both = f"“{mapping.matched['counted']}” and “{mapping.matched['movement']}”"
            raise TableError(f"A file either counts or moves, and {both} say both. Leave one of them out.")

    def parse(self, reader: RowReader) -> StockRow:
        counted, movement = self.pieces(reader, "counted"), self.pieces(reader, "movement")
        if not reader.problems and counted is None and movement in (None, 0):
            reader.notice("counted" if reader.has("counted") else "movement", "Nothing to book in this row.")
        return StockRow(
            row=reader.number,
            code=reader.text("code"),
            counted=counted,
            movement=movement,
            reason=reader.get("reason", parse_reason),
            note=reader.text("note", longest=200),
        )

    def show(self, row: StockRow) -> list[tuple[str, str]]:
        """The row as it was read, for people."""
        return [
            ("Sku", row.code),
            ("Counted", "" if row.counted is None else f"{row.counted:,}"),
            ("Moved", "" if row.movement is None else f"{row.movement:+,}"),
            ("Reason", row.reason.value if row.reason else ""),
            ("Note", row.note),
        ]

    def check(self, rows: Sequence[StockRow]) -> list[Finding]:
        skus = skus_by_code([row.code for row in rows])
        figures = stock_figures([sku.pk for sku in skus.values()], self.setting.now)
        findings = []
        for row in rows:
            sku = skus.get(row.code.casefold())
            if sku is None:
                words = f"There is no sku {row.code}. Correct it, or import skus first."
                findings.append(Finding(row.row, "code", row.code, words))
            elif finding := self._check_row(row, sku.pk, figures.get(sku.pk, NO_STOCK)):
                findings.append(finding)
        return findings

    def _check_row(self, row: StockRow, sku_id: int, figures: StockFigures) -> Finding | None:
        field, given = ("movement", row.movement) if row.counted is None else ("counted", row.counted)
        if given is None or (field == "movement" and given == 0):
            return None
        if field == "counted" and sku_id in self._counted:
            words = f"{row.code} is counted in row {self._counted[sku_id]} already. Add the two counts up in one row."
            return Finding(row.row, field, str(given), words)
        left = given if field == "counted" else self._on_hand.get(sku_id, figures.on_hand) + given
        if words := self._shortage(row.code, left, figures):
            return Finding(row.row, field, str(given), words)
        self._on_hand[sku_id] = left
        if field == "counted":
            self._counted[sku_id] = row.row
        return None

    def _shortage(self, code: str, left: int, figures: StockFigures) -> str:
        if left < figures.sold:
            return f"{figures.sold} of {code} are promised to orders, so {left} can't be right. Count again."
        if left < figures.sold + figures.held and not self.options.release_holds:
            return (
                f"{figures.held} of {code} are in carts or for changes of orders right now, and {left} isn't enough "
                "for them. Wait until those end, or have the import let them go."
            )
        return ""

    def write(self, rows: Sequence[StockRow]) -> None:
        """Locks the stock of all skus of the batch first, in the order that everybody uses."""
        skus = skus_by_code([row.code for row in rows])
        lock_stock([sku.pk for sku in skus.values()])
        for row in rows:
            sku = skus.get(row.code.casefold())
            if sku is None:
                raise RowRefused(row.row, f"The sku {row.code} is gone.")
            try:
                self._book(row, sku.pk)
            except DomainError as refusal:
                raise RowRefused(row.row, refusal.message) from refusal

    def _book(self, row: StockRow, sku_id: int) -> None:
        actor, now, release = self.setting.actor, self.setting.now, self.options.release_holds
        if row.counted is not None:
            booked = count_stock(
                sku_id=sku_id, counted=row.counted, note=row.note, release_holds=release, actor=actor, now=now
            )
            self.counts["unchanged" if booked is None else "changed"] += 1
        elif row.movement:
            move_stock(
                sku_id=sku_id,
                quantity=row.movement,
                reason=row.reason or self._usual_reason(row.movement),
                note=row.note,
                release_holds=release,
                actor=actor,
                now=now,
            )
            self.counts["changed"] += 1
        else:
            self.counts["unchanged"] += 1

    def _usual_reason(self, movement: int) -> MovementReason:
        if self.options.reason:
            return MovementReason(self.options.reason)
        return MovementReason.RECEIVED if movement > 0 else MovementReason.OTHER

    def outcome(self) -> str:
        changed, same = self.counts["changed"], self.counts["unchanged"]
        words = f"{changed:,} {'movement' if changed == 1 else 'movements'} booked"
        return words + (f", {same:,} {'sku' if same == 1 else 'skus'} as they were." if same else ".")


def parse_reason(value: str) -> MovementReason:
    """Raises CellError with the reasons there are."""
    text = clean_text(value)
    reason = _REASONS.get(text.casefold())
    if reason is None:
        known = ", ".join(reason.value for reason in MovementReason)
        raise CellError(f"“{text}” is not a reason that is known. Write one of: {known}.")
    return reason
