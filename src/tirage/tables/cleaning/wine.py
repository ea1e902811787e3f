"""Vintages and bottle formats."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from tirage.tables.cleaning.text import clean_text, is_empty
from tirage.tables.errors import CellError

NON_VINTAGE = "NV"
EARLIEST_VINTAGE, LATEST_VINTAGE = 1800, 2100
LARGEST_MILLILITRES, LARGEST_UNITS = 30_000, 120
#: Millilitres in each unit that a list of sizes may be in.
UNITS = {"ml": 1, "cl": 10, "l": 1000}

_NON_VINTAGE = frozenset({"nv", "nonvintage", "novintage", "mv", "multivintage", "multi"})
_NAMED = {
    "nebuchadnezzar": 15_000,
    "double magnum": 3_000,
    "dbl magnum": 3_000,
    "half magnum": 750,
    "half bottle": 375,
    "salmanazar": 9_000,
    "methuselah": 6_000,
    "balthazar": 12_000,
    "jeroboam": 3_000,
    "rehoboam": 4_500,
    "imperiale": 6_000,
    "imperial": 6_000,
    "melchior": 18_000,
    "standard": 750,
    "magnum": 1_500,
    "piccolo": 187,
    "quarter": 187,
    "split": 187,
    "demi": 375,
    "half": 375,
}
_USUAL = frozenset(
    map(
        Decimal,
        (
            100, 187, 200, 250, 330, 375, 500, 620, 700, 720, 750, 1000, 1500, 1750, 2000, 2250, 3000, 4500, 5000, 6000,
            9000, 12_000, 15_000, 18_000,
        ),
    )
)  # fmt: skip
_MILLILITRES = {
    "ml": 1,
    "cl": 10,
    "dl": 100,
    "l": 1000,
    "lt": 1000,
    "ltr": 1000,
    "liter": 1000,
    "litre": 1000,
}
_SIZE = re.compile(r"(?<![\d.,])(\d+(?:[.,]\d+)?)\s*(ml|cl|dl|ltr|lt|l|liter|litre)s?\b")
_TIMES = re.compile(r"(?<![\d.,])(\d{1,3})\s*(?:x|×|\*|/)\s*(?=\d|[a-z])")
_TIMES_AFTER = re.compile(r"(?<=[a-z\s])[x×]\s*(\d{1,3})\s*$")
_PACK = re.compile(
    r"(?<![\d.,])(\d{1,3})\s*-?\s*(?:packs?|pks?|bottles?|btls?|pc|pieces?)\b|\b(?:case|pack|box|set)\s+of\s+(\d{1,3})\b"
)
_FILLER = re.compile(
    r"\b(?:bottles?|btls?|packs?|cases?|box|of|owc|wooden|wood|gift|size|format|each)\b|[()\[\],;:.\-–/]"
)


@dataclass(frozen=True, slots=True)
class BottleFormat:
    """`millilitres` of one bottle and how many bottles are sold as one."""

    millilitres: int
    units: int = 1


def parse_vintage(value: str) -> int | str | None:
    """The year as int, NON_VINTAGE for NV and its spellings, None when empty. CellError otherwise."""
    if is_empty(value):
        return None
    text = clean_text(value)
    if re.sub(r"[^a-z]", "", text.lower()) in _NON_VINTAGE:
        return NON_VINTAGE
    match = re.fullmatch(r"(?:vintage\s*)?(\d{4})(?:\.0+)?(?:\s*vintage)?", text, re.IGNORECASE)
    if match is None or not EARLIEST_VINTAGE <= int(match[1]) <= LATEST_VINTAGE:
        raise CellError(f"“{text}” is not a vintage. Write the year with four digits, or NV.")
    return int(match[1])


def parse_format(value: str, *, unit: str = "") -> BottleFormat | None:
    """ "750ml", "75 cl", "1.5L", "Magnum", "Magnum (1.5 L)", "3 x 750ml", "3pk". None when empty.

    A pack without a size holds bottles of 750 ml; a bare number is in ``unit`` (ml, cl, l), without one millilitres
    from 100 and litres up to 30. A jeroboam is 3 litres, as in most of the trade. Raises CellError for anything else,
    also when a name and a size disagree.
    """
    if is_empty(value):
        return None
    shown = clean_text(value)
    text, units = _take_units(shown.lower(), shown)
    text, sizes = _take_sizes(text)
    rest = _FILLER.sub(" ", text).split()
    if not sizes and re.fullmatch(r"\d+([.,]\d+)?", _bare_number(text)):
        sizes, rest = {_bare_size(_bare_number(text), shown, unit)}, []
    if not sizes and not rest and (units is not None or "bottle" in shown.lower()):
        sizes = {750}
    if rest or len(sizes) != 1:
        raise CellError(f"“{shown}” is not a bottle format. Write it as 750 ml, 1.5 L or 3 x 750 ml.")
    millilitres = sizes.pop()
    if not 1 <= millilitres <= LARGEST_MILLILITRES or not 1 <= (units or 1) <= LARGEST_UNITS:
        raise CellError(f"“{shown}” is an unlikely bottle format. Write it as 750 ml, 1.5 L or 3 x 750 ml.")
    return BottleFormat(millilitres, units or 1)


def _bare_number(text: str) -> str:
    return text.strip(" ()[]-").removesuffix(".0")


def _take_units(text: str, shown: str) -> tuple[str, int | None]:
    found: set[int] = set()

    def note(match: re.Match[str]) -> str:
        found.add(int(next(group for group in match.groups() if group)))
        return " "

    text = _PACK.sub(note, _TIMES_AFTER.sub(note, _TIMES.sub(note, text)))
    if len(found) > 1:
        raise CellError(f"“{shown}” names two numbers of bottles. Write it as 3 x 750 ml.")
    return text, found.pop() if found else None


def _take_sizes(text: str) -> tuple[str, set[int]]:
    sizes: set[int] = set()

    def note(match: re.Match[str]) -> str:
        exact = Decimal(match[1].replace(",", ".")) * _MILLILITRES[match[2]]
        sizes.add(int(exact))
        return " "

    text = _SIZE.sub(note, text)
    for name, millilitres in _NAMED.items():
        shorter = re.sub(rf"\b{re.escape(name)}s?\b", " ", text)
        if shorter != text:
            sizes.add(millilitres)
            text = shorter
    return text, sizes


def bare_size(value: str) -> Decimal | None:
    """The number of a format that names no unit: 75 of "75" and of "6 x 75"; None for every other format."""
    if is_empty(value):
        return None
    text, _ = _take_units(clean_text(value).lower(), value)
    number = _bare_number(text)
    return Decimal(number.replace(",", ".")) if re.fullmatch(r"\d+([.,]\d+)?", number) else None


def likely_unit(sizes: Iterable[Decimal]) -> str:
    """The unit in which all of the numbers are usual sizes of bottles; empty when none or several are."""
    seen = list(sizes)
    fitting = [unit for unit, factor in UNITS.items() if all(size * factor in _USUAL for size in seen)]
    return fitting[0] if seen and len(fitting) == 1 else ""


def _bare_size(number: str, shown: str, unit: str) -> int:
    size = Decimal(number.replace(",", "."))
    if unit:
        exact = size * UNITS[unit]
        return int(exact) if exact >= 1 else 0
    if size >= 100 and size == size.to_integral_value():
        return int(size)
    if size <= 30:
        return int(size * 1000)
    raise CellError(f"“{shown}” may be ml or cl. Write it with its unit, as 750 ml.")
