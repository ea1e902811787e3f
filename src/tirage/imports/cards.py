"""Saved cards by a processor's token map, and the refusal of every file that may hold a card's number."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import IO

from tirage.core.errors import DomainError
from tirage.imports.things import ThingImporter, ThingRow
from tirage.moving.states import Thing
from tirage.tables.staging import RowReader
from tirage.tables.thing_columns import CARD_FIELDS

REFUSED = (
    "This file holds what looks like a card number, so nothing of it was kept. Ask your processor for a file of "
    "tokens alone, and delete this one wherever it lies."
)
OLD_WORKBOOK = (
    "Save it as CSV or XLSX: what an older workbook holds can’t be looked through for card numbers."
)
_NUMBER = re.compile(r"(?<![0-9A-Za-z_])[0-9](?:[ .\-]?[0-9]){12,18}(?![0-9A-Za-z_])")
_SCIENTIFIC = re.compile(r"(?<![0-9A-Za-z_.])[0-9]\.[0-9]{1,18}[eE]\+?1[2-8](?![0-9])")
_TAG = re.compile(r"<[^>]*>")
_TOKEN = re.compile(r"[A-Za-z]{2,8}_[A-Za-z0-9_]{1,110}")
_CHUNK, _OVERLAP, _MOST = 1 << 20, 64, 1 << 29


class CardImporter(ThingImporter):
    fields = CARD_FIELDS
    thing = Thing.CARD
    twice = "Row {} has the same payment method of this customer already. Leave one of them out."

    def read(self, reader: RowReader, email: str) -> ThingRow:
        found = {}
        for name in ("former_customer", "token"):
            found[name] = reader.text(name, longest=120)
            if not _TOKEN.fullmatch(found[name]) and not reader.problems:
                reader.problem(name, "Write the processor’s own name, such as cus_… and pm_….")
        return ThingRow(reader.number, email, (found["token"],), found)

    def show(self, row: ThingRow) -> list[tuple[str, str]]:
        return [
            ("E-mail", row.email),
            ("Stripe customer", row.data["former_customer"]),
            ("Payment method", row.data["token"]),
        ]

    def afterwards(self) -> str:
        return " The cards are looked up at the processor under Settings, Move in."


def refuse_card_numbers(file: IO[bytes], name: str) -> None:
    """Looks through the whole file, every sheet of it, before anything of it is kept.

    Raises DomainError ``card_number`` and ``file_unreadable``, neither with a word of what stands there.
    """
    file.seek(0)
    start = file.read(8)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise DomainError("file_unreadable", OLD_WORKBOOK)
    texts = _of_workbook(file) if start.startswith(b"PK") else _of_bytes(file)
    if holds_card_number(name) or any(holds_card_number(text) for text in texts):
        raise DomainError("card_number", REFUSED)
    file.seek(0)


def holds_card_number(text: str) -> bool:
    """13 to 19 digits, parted or not, whose last is the check digit of the others."""
    found = (re.sub(r"\D", "", one) for one in _NUMBER.findall(text))
    written = (str(int(Decimal(one))) for one in _SCIENTIFIC.findall(text))
    return any(_passes(number) for number in (*found, *written))


def _passes(number: str) -> bool:
    if not 13 <= len(number) <= 19 or not number.strip("0"):
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0


def _of_bytes(file: IO[bytes]) -> Iterator[str]:
    """In pieces that overlap; of texts with two or four bytes a letter the noughts between are left out."""
    file.seek(0)
    behind = ""
    while chunk := file.read(_CHUNK):
        text = behind + chunk.replace(b"\0", b"").decode("latin-1")
        yield text
        behind = text[-_OVERLAP:]


def _of_workbook(file: IO[bytes]) -> Iterator[str]:
    """Every part of the workbook, its cells apart from each other."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as whole:
            if sum(one.file_size for one in whole.infolist()) > _MOST:
                raise DomainError("file_unreadable", "This workbook is too large. Save it as CSV.")
            for one in whole.infolist():
                yield one.filename
                with whole.open(one) as part:
                    for text in _of_stream(part):
                        # Digits of one cell may be in several runs of letters.
                        yield _TAG.sub("\n", text)
                        yield re.sub(r"</?(?:r|t|rPr|span|text:span)\b[^>]*>", "", text)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as problem:
        raise DomainError(
            "file_unreadable", "This workbook can’t be read. Save it again, as CSV."
        ) from problem


def _of_stream(part: IO[bytes]) -> Iterator[str]:
    behind = ""
    while chunk := part.read(_CHUNK):
        text = behind + chunk.decode("latin-1")
        yield text
        behind = text[-4096:]
