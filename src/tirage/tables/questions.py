"""What a file leaves open, asked of the person who brought it: once a file, with the likeliest answer told.

    question = Question("dates", "How are dates such as 3/4/2020 read?", choices, guess="day_first")
    answered(question, {"dates": "month_first"})     # "month_first"
    answered(question, {})                           # "day_first", the guess

Nobody asks for what can only mean one thing. A question without a guess stays open until somebody answers it: what
hangs on it is refused, with words that say so, and never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Choice:
    """``value`` is kept, ``label`` is for people."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """``key`` names it from file to file: ``dates``, ``sheet``, ``word:status:unsubscribed``."""

    key: str
    words: str
    choices: tuple[Choice, ...]
    #: The value of the choice that is taken until somebody chooses; empty: nobody can tell.
    guess: str = ""
    #: Texts of the file that it is about.
    shown: tuple[str, ...] = ()
    #: In how many cells that stands; 0: not counted.
    count: int = 0
    #: The guess is what everybody would read: shown, changeable, but not called a guess.
    sure: bool = False
    #: The name of a list that the choices are, where many questions share it; such choices aren't kept with each.
    among: str = ""

    def label_of(self, value: str) -> str:
        """The words of a choice; empty for what is none."""
        return next((choice.label for choice in self.choices if choice.value == value), "")

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "words": self.words,
            "choices": [] if self.among else [[choice.value, choice.label] for choice in self.choices],
            "guess": self.guess,
            "shown": list(self.shown),
            "count": self.count,
            "sure": self.sure,
            "among": self.among,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any], lists: Mapping[str, tuple[Choice, ...]]) -> Question:
        """``lists``: the shared choices by name."""
        choices = tuple(Choice(value, label) for value, label in kept["choices"])
        return cls(
            kept["key"],
            kept["words"],
            lists.get(kept["among"], ()) if kept["among"] else choices,
            kept["guess"],
            tuple(kept["shown"]),
            kept["count"],
            kept["sure"],
            kept["among"],
        )


def answered(question: Question, answers: Mapping[str, str]) -> str:
    """What the person said, if that is still one of the choices; else the guess, which may be empty."""
    given = answers.get(question.key, "")
    return given if question.label_of(given) else question.guess


def open_questions(questions: Sequence[Question], answers: Mapping[str, str]) -> list[Question]:
    """Those that nothing answers yet."""
    return [question for question in questions if not answered(question, answers)]
