"""What every file has in common that brings one thing of a customer in each row, beside orders (``moving.things``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from tirage.core.errors import DomainError
from tirage.imports.engine import Finding, Importer, RowRefused, Setting
from tirage.moving.holding import refuse_signed_off, share_history
from tirage.moving.models import BroughtThing
from tirage.moving.states import Thing
from tirage.moving.things import (
    CHANGED,
    NEW,
    SAME,
    Brought,
    ThingRefused,
    becomes,
    bring_things,
    ids_by_email,
    key_of,
    things_of,
)
from tirage.moving.writers import WRITERS
from tirage.tables.cleaning import parse_moment
from tirage.tables.errors import TableError
from tirage.tables.matching import Mapping
from tirage.tables.staging import RowReader

NOBODY = "No customer here has this address. Bring the customers first."


@dataclass(frozen=True, slots=True)
class ThingRow:
    """``telling`` is what tells several things of one person apart."""

    row: int
    email: str
    telling: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    amount: int = 0

    def key(self) -> str:
        return key_of(self.email, *self.telling)


class ThingImporter(Importer[ThingRow]):
    """``read`` reads a row's own columns; ``judge`` says what the database has against rows of known customers."""

    thing: ClassVar[Thing]
    #: Why two rows can't be of the same thing.
    twice: ClassVar[str] = "Row {} says the same of this customer already. Leave one of them out."

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.counts = Counter[str]()
        self.foreseen = Counter[str]()
        self._rows_by_key: dict[str, int] = {}

    def prepare(self, mapping: Mapping) -> None:
        super().prepare(mapping)
        try:
            refuse_signed_off()
        except DomainError as refusal:
            raise TableError(refusal.message) from refusal

    def parse(self, reader: RowReader) -> ThingRow:
        emails = reader.get("email")
        email = emails.identity if emails else ""
        if not email and not reader.problems:
            reader.problem("email", "Whose is it? Write the customer’s e-mail address.")
        return self.read(reader, email)

    def read(self, reader: RowReader, email: str) -> ThingRow:
        raise NotImplementedError

    def moment(self, reader: RowReader, name: str) -> str:
        """A day or moment as an ISO text, empty where none is said."""
        found: datetime | None = reader.get(name, partial(parse_moment, zone=self.zone, order=self.order))
        return found.isoformat() if found else ""

    def check(self, rows: Sequence[ThingRow]) -> list[Finding]:
        customers = ids_by_email({row.email for row in rows})
        here = things_of(self.thing, [row.key() for row in rows])
        findings = [*self._unknown(rows, customers), *self._twice(rows)]
        good = [row for row in rows if row.row not in {one.row for one in findings}]
        findings += self.judge(good, customers, here)
        bad = {one.row for one in findings if not one.is_notice}
        for row in good:
            if row.row not in bad:
                thing = here.get(row.key())
                outcome = becomes(thing, self._brought(row, customers))
                self.foreseen[outcome] += 1
                if outcome == CHANGED and thing is not None:
                    findings.append(
                        Finding(row.row, "email", row.email, self.change_words(thing, row), is_notice=True)
                    )
        return findings

    def _unknown(self, rows: Sequence[ThingRow], customers: AnyMapping[str, int]) -> list[Finding]:
        return [
            Finding(row.row, "email", row.email, NOBODY, is_notice=False)
            for row in rows
            if row.email not in customers
        ]

    def _twice(self, rows: Sequence[ThingRow]) -> list[Finding]:
        found = []
        for row in rows:
            first = self._rows_by_key.setdefault(row.key(), row.row)
            if first != row.row:
                found.append(Finding(row.row, "email", row.email, self.twice.format(first)))
        return found

    def judge(
        self, rows: Sequence[ThingRow], customers: AnyMapping[str, int], here: AnyMapping[str, BroughtThing]
    ) -> list[Finding]:
        """Findings of the kind's own."""
        return []

    def change_words(self, thing: BroughtThing, row: ThingRow) -> str:
        return "It came in otherwise before, and is changed."

    def closing_notices(self) -> list[str]:
        said = _say(self.foreseen, "would come in new", "would change", "as they were")
        return [f"Of these rows: {said}."] if said else []

    def write(self, rows: Sequence[ThingRow]) -> None:
        customers = ids_by_email({row.email for row in rows})
        for row in rows:
            if row.email not in customers:
                raise RowRefused(row.row, NOBODY)
        facts: dict[str, Any] = {
            "file": self.setting.source,
            "actor": self.setting.actor,
            "now": self.setting.now,
        }
        brought = [self._brought(row, customers) for row in rows]
        try:
            share_history()
            self.counts.update(bring_things(self.thing, brought, WRITERS[self.thing], **facts))
        except ThingRefused as refusal:
            raise RowRefused(refusal.row, refusal.words) from refusal

    def _brought(self, row: ThingRow, customers: AnyMapping[str, int]) -> Brought:
        return Brought(row.row, row.key(), customers[row.email], self.data(row), row.amount)

    def data(self, row: ThingRow) -> dict[str, Any]:
        return row.data

    def outcome(self) -> str:
        said = _say(self.counts, "new", "changed", "as they were")
        return f"{said or 'Nothing'}.{self.afterwards()}"

    def afterwards(self) -> str:
        return ""


def _say(counts: AnyMapping[str, int], new: str, changed: str, same: str) -> str:
    words = ((NEW, new), (CHANGED, changed), (SAME, same))
    return ", ".join(f"{counts[name]:,} {said}" for name, said in words if counts.get(name))
