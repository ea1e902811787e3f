"""The questions that every kind of file may leave open: the order of its dates, its decimal mark, pieces in a case."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from babel.numbers import get_currency_name

from tirage.tables.cleaning import DateOrder, DecimalMark
from tirage.tables.errors import TableError
from tirage.tables.headers import in_brackets
from tirage.tables.matching import Mapping as Columns
from tirage.tables.questions import Choice, Question
from tirage.tables.survey import Survey, Word

#: More different words than these are no words of a column, but its texts.
MOST_WORDS = 40
DATES, NUMBERS = "dates", "numbers"
_ORDERS = (
    Choice(DateOrder.MONTH_FIRST.value, "Month first: 3/4 is March 4"),
    Choice(DateOrder.DAY_FIRST.value, "Day first: 3/4 is April 3"),
)
_MARKS = (
    Choice(DecimalMark.POINT.value, "A point before decimals: 1.000 is one, 1,000 a thousand"),
    Choice(DecimalMark.COMMA.value, "A comma before decimals: 1,000 is one, 1.000 a thousand"),
)
_SIGNS = {"€": "EUR", "£": "GBP", "¥": "JPY"}
_CASES = frozenset({"case", "cases", "cs", "boxes", "cartons", "packs"})


def date_question(found: Survey, *, american: bool) -> Question | None:
    """One order for the whole file; None when every date can only mean one day."""
    if not found.doubtful_dates:
        return None
    told = set(found.orders)
    shown = ", ".join(found.doubtful_dates)
    if len(told) > 1:
        words = f"Some dates of the file have the day first, others the month. How are the rest read, such as {shown}?"
        return Question(DATES, words, _ORDERS, "", tuple(found.doubtful_dates))
    usual = DateOrder.MONTH_FIRST if american else DateOrder.DAY_FIRST
    guess = next(iter(told)) if told else usual
    return Question(
        DATES, f"How are dates such as {shown} read?", _ORDERS, guess.value, tuple(found.doubtful_dates)
    )


def number_question(found: Survey) -> Question | None:
    """One decimal mark for the whole file; None when every number can only mean one."""
    shown = tuple((found.doubtful_numbers + found.shown_numbers)[:3])
    if not shown:
        return None
    told = set(found.marks)
    words = f"How are numbers such as {' and '.join(shown)} read?"
    if len(told) > 1:
        words = f"Some numbers of the file have a comma before decimals, others a point. {words}"
    guess = next(iter(told)).value if len(told) == 1 else ""
    return Question(NUMBERS, words, _MARKS, guess, shown)


def case_questions(mapping: Columns, names: Iterable[str]) -> list[Question]:
    """How many pieces are in one of what a column counts, if its header says that it counts cases."""
    return [
        Question(
            f"case:{name}",
            f"“{header}” counts cases. How many pieces are in one?",
            tuple(
                Choice(str(size), "1: they are pieces" if size == 1 else str(size))
                for size in (1, 2, 3, 4, 6, 12, 24)
            ),
        )
        for name in names
        if (header := mapping.matched.get(name)) and _counts_cases(header)
    ]


def _counts_cases(header: str) -> bool:
    words = (word for inside in in_brackets(header) for word in re.findall(r"\w+", inside.casefold()))
    return not _CASES.isdisjoint(words)


def refuse_other_currency(header: str, currency: str) -> None:
    """``Price (EUR)`` where amounts are in dollars. Raises TableError."""
    for inside in in_brackets(header):
        named = _SIGNS.get(inside.strip(), inside.strip())
        if (
            re.fullmatch("[A-Z]{3}", named)
            and named != currency
            and get_currency_name(named, locale="en_US") != named
        ):
            raise TableError(
                f"“{header}” is in {named}, and amounts here are in {currency}. Convert it, or leave it out."
            )


def word_key(name: str, word: str) -> str:
    """The key of what a word of a column means."""
    return f"word:{name}:{word}"


def word_questions(
    name: str,
    label: str,
    words: Mapping[str, Word],
    choices: tuple[Choice, ...],
    guesses: Mapping[str, str],
    sure: Iterable[str] = (),
    among: str = "",
) -> list[Question]:
    """What each word of a column means; ``guesses`` by word, ``sure`` are those that everybody reads alike.

    ``among``: the name of a list that the choices are, which isn't kept with each question.
    """
    certain = set(sure)
    return [
        Question(
            word_key(name, key),
            f"“{word.text}” in {label}",
            choices,
            guesses.get(key, ""),
            (word.text,),
            word.rows,
            key in certain,
            among,
        )
        for key, word in words.items()
        if key
    ]
