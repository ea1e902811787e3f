"""Text as meant: no invisible characters, no spreadsheet tricks, one space between words."""

import re
import unicodedata

from tirage.tables.errors import CellError

EMPTY_MARKS = frozenset({"", "-", "--", "—", "–", "N/A", "n/a", "#N/A", "NULL", "(null)", "#REF!", "#VALUE!"})
"""What exports write for nothing. Exactly these: Null and Na are people's names."""

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]")
_QUOTED_FORMULA = re.compile(r'^="(.*)"$', re.DOTALL)
_FORMULA = re.compile(r"^=|^[+\-@]\s*[A-Za-z_.]+\s*[(|!]")
_LEADING_APOSTROPHE = re.compile(r"^'(?=[=+\-@\d\s])")
_LOST = "\ufffd"


def clean_note(value: str) -> str:
    """Several lines: each cleaned, blank lines at either end dropped. Raises CellError as `clean_text`."""
    lines = [_squeeze(line) for line in _plain(value).splitlines()]
    return "\n".join(lines).strip("\n")


def clean_text(value: str, *, longest: int | None = None) -> str:
    """One line without invisible characters, double spaces, Excel's leading apostrophe or ="…" around it.

    Raises CellError for a formula, a character lost in another program, or more than `longest` characters.
    """
    text = _squeeze(_plain(value))
    if longest is not None and len(text) > longest:
        raise CellError(f"This text has {len(text)} characters; {longest} are possible. Shorten it.")
    return text


def is_empty(value: str) -> bool:
    """Whether the cell says nothing: blank, or a mark such as N/A, NULL or a lone dash."""
    return _squeeze(_visible(value)) in EMPTY_MARKS


def clean_list(value: str) -> tuple[str, ...]:
    """The parts of a cell such as "VIP; Napa, local", in order, each once whatever its case."""
    if is_empty(value):
        return ()
    found: dict[str, str] = {}
    for part in re.split(r"[;,|\n]", _plain(value)):
        if text := clean_text(part):
            found.setdefault(text.casefold(), text)
    return tuple(found.values())


def _plain(value: str) -> str:
    text = _visible(value).strip()
    shown = _LEADING_APOSTROPHE.sub("", text)
    # An apostrophe is a spreadsheet's own way of saying that what follows is text; our exports write it too.
    is_text = shown != text
    text = shown
    if wrapped := _QUOTED_FORMULA.match(text):
        text = wrapped.group(1).replace('""', '"')
    if not is_text and _FORMULA.match(text):
        raise CellError("This cell holds a formula. Replace it with its value.")
    if _LOST in text:
        raise CellError("A character of this cell was lost (shown as \ufffd). Write it again.")
    return text


def _visible(value: str) -> str:
    if value.isascii():
        return value
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", value))


def _squeeze(text: str) -> str:
    """Every run of white space (non-breaking ones too) as one space; other control characters dropped."""
    joined = " ".join(text.split())
    if joined.isprintable():
        return joined
    return "".join(character for character in joined if unicodedata.category(character) != "Cc")
