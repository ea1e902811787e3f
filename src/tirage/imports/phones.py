"""Telephone numbers as files hold them: as people write them, or as a spreadsheet has mangled them."""

from __future__ import annotations

import re

from tirage.tables.cleaning import clean_text
from tirage.tables.staging import RowReader

LONGEST = 40
_SCIENTIFIC = re.compile(r"^[+-]?\d(?:[.,]\d+)?E[+-]?\d+$", re.IGNORECASE)


def is_mangled(text: str) -> bool:
    """Whether a spreadsheet has made a number of it and lost its last digits: ``4.47701E+11``."""
    return bool(_SCIENTIFIC.match(text.strip()))


def read_phone(reader: RowReader, name: str) -> str:
    """The number; empty with a notice where its digits are lost, so that one known before stays."""
    text = reader.text(name)
    if is_mangled(text):
        reader.notice(
            name,
            f"“{text}” has lost its last digits to a spreadsheet. It is left out; a number known before stays.",
        )
        return ""
    return (reader.get(name, lambda value: clean_text(value, longest=LONGEST)) or "") if text else ""
