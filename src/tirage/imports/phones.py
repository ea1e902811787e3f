"""Telephone numbers as files hold them: as people write them, or as a spreadsheet has mangled them."""

from __future__ import annotations

import re

from tirage.places.telephones import is_dialable, keep_telephone
from tirage.tables.cleaning import clean_text
from tirage.tables.staging import RowReader

LONGEST = 40
#: No telephone has fewer digits, not even within a firm's town; what is shorter is a zero or a word for none.
FEWEST_DIGITS = 5
#: Nor has any in the world more (E.164), the country's included; extensions and further numbers stand apart.
MOST_DIGITS = 15
_APART = re.compile(r"[a-z/;,|&]+|\s-\s", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"^[+-]?\d(?:[.,]\d+)?E[+-]?\d+$", re.IGNORECASE)
_WHOLE = re.compile(r"^\+?(\d+)(?:[.,]0+)?$")
#: So many noughts at its end are those that a spreadsheet of fifteen digits, or one shown in thousands, has put there.
_ROUNDED_BY = "0" * 6
_NO_PART = re.compile(r"^(\+?\d{7,})[.,]0+$")
_SCHEME = re.compile(r"^(?:tel|phone|callto)\s*:\s*", re.IGNORECASE)


def is_mangled(text: str) -> bool:
    """Whether a spreadsheet has made a number of it and lost its last digits: ``4.47701E+11``."""
    return bool(_SCIENTIFIC.match(text.strip()))


def _is_rounded(text: str) -> bool:
    """Whether all that stands at its end is noughts: ``447701000000``."""
    whole = _WHOLE.match(text)
    return whole is not None and len(whole[1]) > len(_ROUNDED_BY) and whole[1].endswith(_ROUNDED_BY)


def read_phone(reader: RowReader, name: str) -> str:
    """The number; empty with a notice where its digits are lost or too few, so that one known before stays."""
    text = reader.text(name)
    stays = "It is left out; a number known before stays."
    if is_mangled(text) or _is_rounded(text.strip()):
        reader.notice(name, f"“{text}” has lost its last digits to a spreadsheet. {stays}")
        return ""
    digits = [sum(character.isdigit() for character in part) for part in _APART.split(text)]
    if text and (sum(digits) < FEWEST_DIGITS or max(digits) > MOST_DIGITS):
        reader.notice(name, f"“{text}” is no telephone number. {stays}")
        return ""
    return (reader.get(name, _number) or "") if text else ""


def kept_phone(reader: RowReader, name: str, phone: str, country: str) -> str:
    """As telephones are kept; with a notice where it can't be called as the file has it, which it stays then."""
    kept = keep_telephone(phone, country)
    if kept and not is_dialable(kept):
        reader.notice(name, f"“{kept}” can’t be called as it is written. It is kept so.")
    return kept


def _number(value: str) -> str:
    """As people write it, without what a spreadsheet or a link puts around it: ``17075550142.0``, ``tel:``."""
    bare = _NO_PART.sub(r"\1", _SCHEME.sub("", value.strip()))
    return clean_text(bare, longest=LONGEST)
