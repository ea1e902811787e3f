"""Names of columns: what of them counts, and which row of a file holds them."""

import re
import unicodedata
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
#: What may stand in brackets behind a name without making it another: whether it must be filled in, its currency, its
#: unit, how it is written. Everything else counts: On hand (new) isn't On hand (current), nor Stock (cases) Stock.
_NEUTRAL = frozenset(
    "required optional mandatory recommended usd us eur gbp chf cad aud nzd jpy zar "
    "ml cl l liter liters litre litres litros pct percent utc gmt pst est bottles bottle each "
    "inclvat exclvat incltax excltax yyyymmdd mmddyyyy ddmmyyyy yesno yn truefalse txt".split()
)
#: How far down a header is looked for.
LOOKED_AT = 20


def normalise_header(header: str) -> str:
    """What of a header counts: letters and digits without case, accents, spaces or punctuation.

    "E-Mail\u00a0Address *", "email_address" and "EmailAddress" are all "emailaddress".
    """
    decomposed = unicodedata.normalize("NFKD", header).casefold()
    return "".join(character for character in decomposed if character.isalnum())


def in_brackets(header: str) -> list[str]:
    """What stands in each pair of brackets, as written: ["cl"] of "Bottle Size (cl)"."""
    return _BRACKETS.findall(header)


def header_keys(header: str) -> tuple[str, ...]:
    """As written, then without brackets that say nothing of the meaning: "Price (USD)", "Email (required)"."""
    full = normalise_header(header)
    bare = normalise_header(_BRACKETS.sub(_unless_it_counts, header))
    return (full,) if full == bare or not bare else (full, bare)


def _unless_it_counts(found: re.Match[str]) -> str:
    words = normalise_header(found.group(1))
    # A lone figure: the second column of that name, as we number them.
    says_nothing = not words or words in _NEUTRAL or (words.isdigit() and len(words) == 1)
    return " " if says_nothing else found.group(0)


def known_among(cells: Sequence[str], expected: AbstractSet[str]) -> int:
    """How many of the cells are names of columns that are expected (normalised)."""
    return sum(any(key in expected for key in header_keys(cell)) for cell in cells if 0 < len(cell) <= 80)


def width_of(cells: Sequence[str]) -> int:
    """How many cells are filled."""
    return sum(bool(cell and not cell.isspace()) for cell in cells)


def find_header(rows: Sequence[tuple[int, list[str]]], expected: AbstractSet[str]) -> int:
    """The place in ``rows`` (filled ones, from the top) of the row that names the columns.

    That with the most names that are expected, if it has two or more; else the first, or below a title of one cell
    the first row that is wide.
    """
    counts = [known_among(cells, expected) for _, cells in rows[:LOOKED_AT]]
    best = max(counts, default=0)
    if best >= 2:
        return counts.index(best)
    if best == 1 and width_of(rows[counts.index(1)][1]) == 1:
        return counts.index(1)
    if rows and width_of(rows[0][1]) == 1:
        for place, (_, cells) in enumerate(rows[1:LOOKED_AT], start=1):
            if width_of(cells) > 2:
                return place
    return 0


def column_letter(index: int) -> str:
    """The letter Excel shows above the column: 0 is A, 26 is AA."""
    letters = ""
    while index >= 0:
        letters = chr(ord("A") + index % 26) + letters
        index = index // 26 - 1
    return letters
