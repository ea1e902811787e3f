"""Orders of a former system: rows are read and kept by their order, and put together by ``tirage.moving``."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from tirage.core.money import Money, say_money
from tirage.imports.engine import Finding, Importer, Setting
from tirage.imports.layouts.matching import layout_name
from tirage.imports.states import ImportKind
from tirage.moving.staging import NewRow, keep_rows
from tirage.places import find_country, normalise_state, read_country
from tirage.tables.cleaning import clean_text, parse_moment, parse_money, parse_whole
from tirage.tables.errors import CellError
from tirage.tables.headers import normalise_header
from tirage.tables.matching import Mapping
from tirage.tables.order_columns import ORDER_AMOUNTS, ORDER_DATES, ORDER_FIELDS, ORDER_TEXTS
from tirage.tables.staging import RowReader

OTHER_SYSTEM = "Former system"
LONGEST_NUMBER, LONGEST_TEXT = 60, 400


@dataclass(frozen=True, slots=True)
class OrderRow:
    row: int
    #: The system whose file it is, and the file's columns in short: whoever writes the row hasn't seen them.
    system: str
    shape: str
    number: str
    data: dict[str, Any]


class OrderImporter(Importer[OrderRow]):
    fields = ORDER_FIELDS
    batch: ClassVar[int] = 2_000
    portion: ClassVar[int] = 2_000
    date_fields: ClassVar[tuple[str, ...]] = ORDER_DATES

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.counts = Counter[str]()
        self.system, self.shape = OTHER_SYSTEM, ""
        self._texts: tuple[str, ...] = ()
        self._dates: tuple[str, ...] = ()
        self._amounts: tuple[str, ...] = ()
        self._countries: dict[str, str] = {}

    def prepare(self, mapping: Mapping) -> None:
        super().prepare(mapping)
        self.system = layout_name(mapping.headers, ImportKind.ORDERS) or OTHER_SYSTEM
        columns = "\x1f".join(normalise_header(header) for header in mapping.headers)
        self.shape = hashlib.sha256(columns.encode()).hexdigest()[:16]
        # Which columns there are is asked once, and not for each of half a million rows.
        self._texts = tuple(name for name in ORDER_TEXTS if name in mapping.matched)
        self._dates = tuple(name for name in ORDER_DATES if name in mapping.matched)
        self._amounts = tuple(name for name in ORDER_AMOUNTS if name in mapping.matched)

    def parse(self, reader: RowReader) -> OrderRow:
        number = reader.text("number", longest=LONGEST_NUMBER).lstrip("#")
        data: dict[str, Any] = {}
        if of := reader.text("refund_of", longest=LONGEST_NUMBER).lstrip("#"):
            data |= {"refund_of": of, "own_number": number}
        self._read_values(reader, data)
        self._read_person(reader, data)
        self._read_place(reader, data)
        if (quantity := reader.get("quantity")) is not None:
            data["quantity"] = quantity
        if items := reader.raw("items"):
            data["items"] = self._items(reader, items)
        return OrderRow(reader.number, self.system, self.shape, of or number, data)

    def _read_values(self, reader: RowReader, data: dict[str, Any]) -> None:
        for name in self._texts:
            if text := reader.text(name):
                data[name] = text[:LONGEST_TEXT]
        moment = partial(parse_moment, zone=self.zone, order=self.order)
        for name in self._dates:
            at: datetime | None = reader.get(name, moment)
            if at is not None:
                data[name] = at.isoformat()
        for name in self._amounts:
            if (amount := reader.get(name)) is not None:
                data[name] = amount

    def _read_person(self, reader: RowReader, data: dict[str, Any]) -> None:
        if (emails := reader.get("email")) is not None:
            data["email"] = emails.identity
        named = "last_name" in data or "@" in reader.raw("full_name")
        if not named and (name := reader.get("full_name")):
            data |= {"first_name": name.first, "last_name": name.last}

    def _read_place(self, reader: RowReader, data: dict[str, Any]) -> None:
        """Where it went is history: it is kept as it was written where it can't be understood."""
        written = reader.text("ship_country")
        country = self._country(written) or "US"
        if state := reader.text("ship_state"):
            data["ship_state"] = normalise_state(country, state) or state[:60]
        if code := reader.text("ship_postal_code"):
            data["ship_postal_code"] = code.lstrip("'")[:16]
        if written:
            data["ship_country"] = country

    def _country(self, written: str) -> str:
        if written not in self._countries:
            found = read_country(written)[0]
            self._countries[written] = found if find_country(found) else ""
        return self._countries[written]

    def _items(self, reader: RowReader, text: str) -> list[dict[str, Any]]:
        try:
            return [self._item(one) for one in _unpacked(text)]
        except CellError as problem:
            reader.problem("items", problem.message)
            return []

    def _item(self, cells: dict[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = {
            name: clean_text(cells[name])[:LONGEST_TEXT]
            for name in ("sku", "wine", "vintage", "format")
            if cells.get(name)
        }
        found["quantity"] = parse_whole(cells.get("quantity", ""), mark=self.mark) or 0
        for name in ("unit_price", "line_total"):
            if (amount := parse_money(cells.get(name, ""), self.winery.currency, mark=self.mark)) is not None:
                found[name] = amount
        return found

    def show(self, row: OrderRow) -> list[tuple[str, str]]:
        """The row as it was read, for people."""
        data, locale = row.data, self.winery.locale
        total = data.get("total", data.get("line_total", data.get("paid")))
        return [
            ("Order", row.number),
            ("Ordered", str(data.get("placed_at", ""))[:10]),
            ("E-mail", str(data.get("email", ""))),
            ("Wine", " ".join(str(data.get(name, "")) for name in ("quantity", "sku", "wine")).strip()),
            ("Amount", "" if total is None else say_money(Money(total, self.winery.currency), locale)),
        ]

    def check(self, rows: Sequence[OrderRow]) -> list[Finding]:
        """Whether an order adds up is known once all of its files are here."""
        return []

    def write(self, rows: Sequence[OrderRow]) -> None:
        """Keeps the rows by their orders; they come into the ledger by a run of *Move in*."""
        kept = [NewRow(one.row, one.system, one.number, one.data) for one in rows]
        keep_rows(kept, file=self.setting.source, shape=rows[0].shape)
        self.counts["rows"] += len(rows)

    def outcome(self) -> str:
        return f"{self.counts['rows']:,} rows are kept. They come in as orders under Settings, Move in."


#: What other programs call the parts of a line in one cell.
_ITEM_NAMES = {
    "name": "wine",
    "title": "wine",
    "product": "wine",
    "qty": "quantity",
    "price": "unit_price",
    "total": "line_total",
    "subtotal": "line_total",
}


def _unpacked(text: str) -> list[dict[str, str]]:
    """JSON, or ``name:Estate Cabernet|sku:CAB19|quantity:2|total:120.00;name:…``. Raises CellError."""
    if text.lstrip().startswith("["):
        try:
            found = json.loads(text)
        except ValueError:
            raise CellError("These lines can't be read. Choose the columns of each line instead.") from None
        return [_renamed(one) for one in found if isinstance(one, dict)]
    parts = (dict(pair.split(":", 1) for pair in item.split("|") if ":" in pair) for item in text.split(";"))
    found = [_renamed(one) for one in parts if one]
    if not found:
        raise CellError("These lines can't be read. Choose the columns of each line instead.")
    return found


def _renamed(one: dict[str, Any]) -> dict[str, str]:
    return {
        _ITEM_NAMES.get(str(name).strip().casefold(), str(name).strip()): str(text)
        for name, text in one.items()
    }
