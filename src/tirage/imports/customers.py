"""Customers: matched by e-mail address, written in portions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from tirage.core.winery import local_time
from tirage.customers.models import Group
from tirage.imports.asking import MOST_WORDS
from tirage.imports.customer_checking import CustomerCheck
from tirage.imports.customer_rows import CustomerRow, Reading, read_customer, show_customer
from tirage.imports.customer_saving import CustomerWriter, known_tags
from tirage.imports.customer_seen import Seen
from tirage.imports.engine import Finding, Importer, RowRefused, Setting
from tirage.imports.meanings import (
    COLUMNS,
    Meaning,
    consent_date_questions,
    country_questions,
    meaning_questions,
)
from tirage.imports.remarks import Remarks
from tirage.tables.matching import Mapping
from tirage.tables.questions import Question
from tirage.tables.reading import Table
from tirage.tables.staging import RowReader
from tirage.tables.survey import Survey
from tirage.tables.synonyms import CUSTOMER_FIELDS

MOST_COUNTRIES = 80


class CustomerImporter(Importer[CustomerRow]):
    fields = CUSTOMER_FIELDS
    date_fields: ClassVar[tuple[str, ...]] = (
        *("birth_date", "signed_up_at", "opted_in_at", "opted_out_at"),
        *("opted_in", "opted_out", "do_not_contact", "deceased"),
    )
    word_fields: ClassVar[dict[str, int]] = {
        **dict.fromkeys(COLUMNS, MOST_WORDS),
        "country": MOST_COUNTRIES,
        "ship_country": MOST_COUNTRIES,
    }
    blank_fields: ClassVar[dict[str, tuple[str, ...]]] = {
        "country": ("line_1", "city", "postal_code"),
        "ship_country": ("ship_line_1", "ship_city", "ship_postal_code"),
    }

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.counts = Counter[str]()
        self._seen = Seen(Group.objects.all())
        self._check = CustomerCheck(self._seen, self.options)
        self._writer = CustomerWriter(self._seen, setting, self.counts)

    def ask(self, found: Survey, mapping: Mapping) -> list[Question]:
        labels = {name: mapping.matched[name] for name in self.word_fields if name in mapping.matched}
        words = meaning_questions(found, labels)
        speaks_of_mail = "opted_in" in mapping.matched or any(
            one.guess in (Meaning.AGREED, Meaning.NO, Meaning.LEFT) for one in words
        )
        return [
            *super().ask(found, mapping),
            *([] if speaks_of_mail else consent_date_questions(mapping)),
            *words,
            *country_questions(found, labels.get("country") or labels.get("ship_country", "")),
        ]

    def look(self, table: Table, mapping: Mapping) -> None:
        super().look(table, mapping)
        self._reading = Reading(
            groups={group.name.casefold(): group for group in self._seen.groups.values()},
            zone=self.zone,
            order=self.order,
            now=self.setting.now,
            today=local_time(self.setting.now).date(),
            tags=frozenset(known_tags()),
            said=self.said,
            remarks=Remarks(),
        )

    def parse(self, reader: RowReader) -> CustomerRow:
        return read_customer(reader, self._reading)

    def remember(self, rows: Sequence[CustomerRow]) -> None:
        self._seen.remember(rows)

    def show(self, row: CustomerRow) -> list[tuple[str, str]]:
        return show_customer(row, {pk: group.name for pk, group in self._seen.groups.items()}, self.zone)

    def check(self, rows: Sequence[CustomerRow]) -> list[Finding]:
        findings = self._check.findings(rows, self.mapping.matched if self.mapping else ())
        self.questions += [one for one in self._check.asked.values() if one not in self.questions]
        return findings

    def write(self, rows: Sequence[CustomerRow]) -> None:
        """The list may have changed since the check. Raises RowRefused."""
        for finding in self.check(rows):
            if not finding.is_notice:
                raise RowRefused(finding.row, finding.reason)
        self._writer.write(rows)

    def outcome(self) -> str:
        new, changed, same = (self.counts[name] for name in ("created", "changed", "unchanged"))
        parts = [f"{new:,} new {'customer' if new == 1 else 'customers'}"]
        parts += [f"{changed:,} changed"] if changed else []
        parts += [f"{same:,} as they were"] if same else []
        return ", ".join(parts) + "."
