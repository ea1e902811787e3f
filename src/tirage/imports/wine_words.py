"""What the words and bare numbers of a list of wines mean: sizes of bottles, strengths, colours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from tirage.catalog.models import format_name
from tirage.catalog.states import Colour
from tirage.imports.asking import word_key, word_questions
from tirage.tables.cleaning import BottleFormat, bare_size, clean_text, likely_unit, parse_format
from tirage.tables.errors import CellError
from tirage.tables.matching import Mapping as Columns
from tirage.tables.questions import Choice, Question, answered
from tirage.tables.survey import Survey, Word, fold

MOST_FORMATS, MOST_STRENGTHS = 60, 200
FORMAT_UNIT, ALCOHOL = "format_unit", "alcohol"
FRACTIONS, PERCENT = "fractions", "percent"
_UNITS: tuple[tuple[str, Any], ...] = (
    ("ml", gettext_lazy("Milliliters: 750")),
    ("cl", gettext_lazy("Centiliters: 75")),
    ("l", gettext_lazy("Liters: 0.75")),
)
_UNIT_WORDS = {
    **dict.fromkeys(("ml", "millilitres", "milliliters", "millilitre", "milliliter"), "ml"),
    **dict.fromkeys(("cl", "centilitres", "centiliters", "centilitre", "centiliter"), "cl"),
    **dict.fromkeys(("l", "lt", "ltr", "litres", "liters", "litre", "liter"), "l"),
}
_SIZES = (187, 375, 500, 750, 1000, 1500, 3000, 4500, 5000, 6000, 9000, 12_000, 15_000, 18_000)
_PACKS = (2, 3, 4, 6, 12)
#: Where wine lies between: 0.145 among others like it is 14.5 %, and 0.5 a wine without its alcohol.
_FRACTIONS = (Decimal("0.05"), Decimal("0.25"))
_COLOURS = {
    "red": Colour.RED,
    "white": Colour.WHITE,
    "rose": Colour.ROSE,
    "rosé": Colour.ROSE,
    "pink": Colour.ROSE,
    "sparkling": Colour.SPARKLING,
    "champagne": Colour.SPARKLING,
    "sweet": Colour.SWEET,
    "dessert": Colour.SWEET,
    "fortified": Colour.SWEET,
    "port": Colour.SWEET,
    "orange": Colour.OTHER,
    "other": Colour.OTHER,
}


def wine_questions(found: Survey, mapping: Columns, answers: Mapping[str, str]) -> list[Question]:
    """What a list of wines leaves open, and what each distinct format and colour means."""
    unit = _unit_question(found, mapping)
    alcohol = _alcohol_question(found)
    return [
        *([unit] if unit else []),
        *([alcohol] if alcohol else []),
        *_format_questions(found, mapping, answered(unit, answers) if unit else ""),
        *_colour_questions(found, mapping),
    ]


def _unit_question(found: Survey, mapping: Columns) -> Question | None:
    """In which unit bare numbers are; the header may say it."""
    texts = [word.text for word in found.words.get("format", {}).values()]
    sizes = {text: size for text in texts if (size := bare_size(text)) is not None}
    if not sizes:
        return None
    header = mapping.matched["format"]
    told = _told_unit(header)
    shown = tuple(sizes)[:3]
    words = f"In which unit are sizes such as {', '.join(shown)} in “{header}”?"
    units = tuple(Choice(value, str(label)) for value, label in _UNITS)
    return Question(FORMAT_UNIT, words, units, told or likely_unit(sizes.values()), shown, sure=bool(told))


def _told_unit(header: str) -> str:
    told = {_UNIT_WORDS[word] for word in re.findall(r"[a-z]+", header.casefold()) if word in _UNIT_WORDS}
    return told.pop() if len(told) == 1 else ""


def _alcohol_question(found: Survey) -> Question | None:
    numbers = {
        word.text: number
        for word in found.words.get("alcohol", {}).values()
        if (number := _number(word.text))
    }
    small = [text for text, number in numbers.items() if number < 1]
    if not small:
        return None
    low, high = _FRACTIONS
    guess = FRACTIONS if all(low <= number <= high for number in numbers.values()) else PERCENT
    shown = small[0]
    choices = (
        Choice(PERCENT, f"Percent: {shown} is {shown} %"),
        Choice(FRACTIONS, f"Parts of one: {shown} is {(numbers[shown] * 100).normalize():f} %"),
    )
    return Question(ALCOHOL, f"How is alcohol such as {shown} read?", choices, guess, tuple(small[:3]))


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None


def _format_questions(found: Survey, mapping: Columns, unit: str) -> list[Question]:
    words = {
        key: word
        for key, word in found.words.get("format", {}).items()
        if unit or _says_unit(word.text) or _readable(word.text, unit)
    }
    if not words or "format" in found.crowded:
        return []
    read = {key: _readable(word.text, unit) for key, word in words.items()}
    guesses = {key: _value(size) for key, size in read.items() if size}
    choices = _format_choices(size for size in read.values() if size)
    sure = [key for key, word in words.items() if guesses.get(key) and _says_unit(word.text)]
    label = f"“{mapping.matched['format']}”"
    return word_questions("format", label, words, choices, guesses, sure)


def _says_unit(text: str) -> bool:
    return bare_size(text) is None


def _readable(text: str, unit: str) -> BottleFormat | None:
    try:
        return parse_format(text, unit=unit)
    except CellError:
        return None


def _format_choices(read: Iterable[BottleFormat]) -> tuple[Choice, ...]:
    usual = [BottleFormat(size) for size in _SIZES] + [BottleFormat(750, units) for units in _PACKS]
    every = sorted({*usual, *read}, key=lambda one: (one.units, one.millilitres))
    return tuple(Choice(_value(one), format_name(one.millilitres, one.units)) for one in every)


def _value(size: BottleFormat) -> str:
    return f"{size.millilitres}x{size.units}"


def read_format(value: str, said: Mapping[str, str]) -> BottleFormat | None:
    """By the answers to the file's questions. Raises CellError for what nobody knows yet."""
    text = clean_text(value)
    key = word_key("format", fold(text))
    if key not in said:
        if FORMAT_UNIT in said and not said[FORMAT_UNIT] and bare_size(text) is not None:
            raise CellError(f"“{text}” of what? Say the unit for all rows, or write it as 750 ml.")
        return parse_format(value, unit=said.get(FORMAT_UNIT, ""))
    if not said[key]:
        raise CellError(
            f"Which format is “{text}”? Say it for all rows, or write it as 750 ml or 3 x 750 ml."
        )
    millilitres, _, units = said[key].partition("x")
    return BottleFormat(int(millilitres), int(units))


def _colour_questions(found: Survey, mapping: Columns) -> list[Question]:
    words: dict[str, Word] = found.words.get("colour", {})
    if not words or "colour" in found.crowded:
        return []
    guesses = {key: colour for key, word in words.items() if (colour := _colour_of(word.text))}
    choices = tuple(Choice(one.value, one.value.capitalize()) for one in Colour)
    return word_questions("colour", f"“{mapping.matched['colour']}”", words, choices, guesses, guesses)


def read_colour(value: str, said: Mapping[str, str]) -> str:
    """By the answers to the file's questions. Raises CellError with the colours that there are."""
    text = clean_text(value)
    colour = said.get(word_key("colour", fold(text)), "") or _colour_of(text)
    if not colour:
        known = ", ".join(one.value for one in Colour)
        words = gettext("“%s” is not a color that is known. Say which it is, or write one of: %s.")
        raise CellError(words % (text, known))
    return colour


def _colour_of(text: str) -> str:
    """``Red Wine``, ``Rosé``, ``sparkling`` as one of the colours; empty for what is none."""
    words = re.findall(r"\w+", text.casefold())
    return next((_COLOURS[word].value for word in words if word in _COLOURS), "")
