"""Text as meant: no invisible characters, no spreadsheet tricks, one space between words."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator

from tirage.tables.cleaning.characters import visible
from tirage.tables.cleaning.html import text_of_html
from tirage.tables.errors import CellError

EMPTY_MARKS = frozenset({"", "-", "--", "—", "–", "N/A", "n/a", "#N/A", "NULL", "(null)", "#REF!", "#VALUE!"})
"""What exports write for nothing. Exactly these: Null and Na are people's names."""

_QUOTED_FORMULA = re.compile(r'^="(.*)"$', re.DOTALL)
_FORMULA = re.compile(r"^=|^[+\-@]\s*[A-Za-z_.]+\s*[(|!]")
_LEADING_APOSTROPHE = re.compile(r"^'(?=[=+\-@＝＋－＠'\d\s])")
#: A whole cell in single marks, as some databases write texts; a mark inside is doubled.
_SINGLE_QUOTED = re.compile(r"^'((?:[^']|'')+)'$")
_LOST = "\ufffd"
_QUOTED_PART = re.compile(r'(?<!")"((?:[^"]|"")*+)"(?=\s*(?:[;|,]|$))')
_NEEDS_QUOTES = re.compile(r'[;|,"]|^\s|\s$')


def clean_note(value: str) -> str:
    """Several lines: each cleaned, blank lines at either end dropped. Raises CellError as `clean_text`."""
    lines = [_squeeze(line) for line in _plain(text_of_html(value)).splitlines()]
    return "\n".join(lines).strip("\n")


def clean_text(value: str, *, longest: int | None = None) -> str:
    """One line without invisible characters, double spaces, Excel's leading apostrophe, ="…" or '…' around it.

    Raises CellError for a formula, a character lost in another program, or more than `longest` characters.
    """
    text = _squeeze(_plain(value))
    if longest is not None and len(text) > longest:
        raise CellError(f"This text has {len(text)} characters; {longest} are possible. Shorten it.")
    return text


def is_mistakable(text: str) -> bool:
    """Whether `clean_text` would read the text as something else, unless an apostrophe stands before it."""
    read_otherwise = (_LEADING_APOSTROPHE, _QUOTED_FORMULA, _FORMULA, _SINGLE_QUOTED)
    return any(pattern.match(text) for pattern in read_otherwise)


def is_empty(value: str) -> bool:
    """Whether the cell says nothing: blank, or a mark such as N/A, NULL or a lone dash."""
    return _squeeze(visible(value)) in EMPTY_MARKS


def clean_list(value: str, known: Collection[str] = ()) -> tuple[str, ...]:
    """The parts of a cell such as `VIP; Napa` or `VIP, Napa`, in order, each once whatever its case.

    Lines and the strongest of `;`, `|` and `,` part them: in `Napa, CA; VIP` the comma belongs to a name. A part in
    quotation marks is one, as `join_list` writes it: `"Vertical; 2019"; VIP`. So is every name of ``known`` (in
    small letters), whatever stands in it.
    """
    if is_empty(value):
        return ()
    found: dict[str, str] = {}
    for line in _plain(value).splitlines():
        for part in _parts(line, known):
            if text := _squeeze(part):
                found.setdefault(text.casefold(), text)
    return tuple(found.values())


def is_parted(value: str) -> bool:
    """Whether `;`, `|` or `,` parts the names in a cell, and no quotation marks show that this is meant."""
    text = _plain(value)
    return any(mark in text for mark in ";|,") and not any(map(_QUOTED_PART.search, text.splitlines()))


def join_list(parts: Iterable[str]) -> str:
    """Names in one cell, `; ` between them; a name that holds a separator or quotation mark is quoted."""
    return "; ".join(
        '"' + part.replace('"', '""') + '"' if _NEEDS_QUOTES.search(part) else part for part in parts
    )


def _parts(line: str, known: Collection[str]) -> Iterator[str]:
    unquoted = _QUOTED_PART.sub("", line)
    separator = next((mark for mark in ";|," if mark in unquoted), ";")
    pieces: list[tuple[str, bool]] = []
    place = 0
    for quoted in _QUOTED_PART.finditer(line):
        before = line[place : quoted.start()]
        if before.strip() and not before.rstrip().endswith(separator):
            continue
        pieces += [(piece, False) for piece in before.split(separator)]
        pieces.append((quoted[1].replace('""', '"'), True))
        place = quoted.end()
    pieces += [(piece, False) for piece in line[place:].split(separator)]
    yield from _joined(pieces, separator, known)


def _joined(pieces: list[tuple[str, bool]], separator: str, known: Collection[str]) -> Iterator[str]:
    """The pieces, several as one where together they are a known name; the longest such name counts."""
    longest = max((name.count(separator) for name in known), default=0)
    place = 0
    while place < len(pieces):
        taken = 1
        for more in range(min(longest, len(pieces) - place - 1), 0, -1):
            together = pieces[place : place + more + 1]
            if any(is_quoted for _, is_quoted in together):
                continue
            whole = separator.join(piece for piece, _ in together)
            if _squeeze(whole).casefold() in known:
                taken = more + 1
                break
        yield pieces[place][0] if taken == 1 else separator.join(p for p, _ in pieces[place : place + taken])
        place += taken


def _plain(value: str) -> str:
    text = visible(value).strip()
    shown = _LEADING_APOSTROPHE.sub("", text)
    # An apostrophe is a spreadsheet's own way of saying that what follows is text; our exports write it too.
    is_text = shown != text
    text = shown
    if not is_text and (wrapped := _QUOTED_FORMULA.match(text)):
        text = wrapped.group(1).replace('""', '"')
    if not is_text and (wrapped := _SINGLE_QUOTED.match(text)):
        text = wrapped.group(1).replace("''", "'").strip()
    if not is_text and _FORMULA.match(text):
        raise CellError("This cell holds a formula. Replace it with its value.")
    if _LOST in text:
        raise CellError("A character of this cell was lost (shown as \ufffd). Write it again.")
    return text


def _squeeze(text: str) -> str:
    """Every run of white space (non-breaking ones too) as one space; other control characters dropped."""
    joined = " ".join(text.split())
    if joined.isprintable():
        return joined
    return "".join(character for character in joined if unicodedata.category(character) != "Cc")
