"""The form of what a file leaves open: each question with what is taken for its answer, to be changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField

from tirage.tables.questions import Question, answered, open_questions

#: From here on the choices stand in a list that opens.
MOST_RADIOS = 8
WORD = "word:"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its field; ``mark`` says where what is taken comes from, empty where nobody would ask."""

    question: Question
    field: BoundField
    mark: str
    tone: str


@dataclass(frozen=True, slots=True)
class WordColumn:
    """The words of one column."""

    header: str
    words: list[Asked]

    @property
    def is_guess(self) -> bool:
        return any(asked.mark for asked in self.words)


class AnswersForm(forms.Form):
    """``answers`` is what the person said: key to value, "" for words that are left to the guess."""

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        questions: Sequence[Question],
        answers: Mapping[str, str],
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(data)
        self._questions, self._answers, self._headers = questions, answers, headers
        for question in questions:
            self.fields[_name(question)] = _field(question, answered(question, answers))

    @property
    def answers(self) -> dict[str, str]:
        said = {}
        for question in self._questions:
            value = self.cleaned_data[_name(question)]
            # Words that nobody has touched follow the guess, which other answers may change.
            untouched = question.key.startswith(WORD) and value == question.guess
            said[question.key] = "" if untouched else value
        return said

    @property
    def open_count(self) -> int:
        return len(open_questions(self._questions, self._answers))

    def asked(self) -> list[Asked]:
        """Questions about the file, those that are open first."""
        found = [self._asked(one) for one in self._questions if not one.key.startswith(WORD)]
        return sorted(found, key=lambda asked: asked.tone != "problem")

    def word_columns(self) -> list[WordColumn]:
        """Words by their column."""
        columns: dict[str, list[Asked]] = {}
        for question in self._questions:
            if question.key.startswith(WORD):
                columns.setdefault(question.key.split(":")[1], []).append(self._asked(question))
        return [WordColumn(self._headers.get(name) or name, words) for name, words in columns.items()]

    def lists(self) -> Iterator[tuple[str, list[str]]]:
        """Shared choices, for inputs that offer them while one types: name and labels."""
        shared = {question.among: question for question in self._questions if question.among}
        return ((name, [choice.label for choice in one.choices]) for name, one in shared.items())

    def _asked(self, question: Question) -> Asked:
        field = self[_name(question)]
        if not answered(question, self._answers):
            return Asked(question, field, "to say", "problem")
        if question.label_of(self._answers.get(question.key, "")):
            return Asked(question, field, "as you said", "good")
        return Asked(question, field, "" if question.sure else "a guess", "warning")


class LabelField(forms.CharField):
    """A choice named by its words, from a list too long to open for every word of a file."""

    def __init__(self, *, question: Question, initial: str) -> None:
        self._question = question
        super().__init__(
            label=question.words,
            required=False,
            max_length=120,
            initial=question.label_of(initial),
            widget=forms.TextInput(attrs={"list": f"list-{question.among}", "autocomplete": "off"}),
        )

    def clean(self, value: Any) -> str:
        text = str(super().clean(value)).strip()
        if not text:
            return ""
        for choice in self._question.choices:
            if text.casefold() in (choice.label.casefold(), choice.value.casefold()):
                return choice.value
        raise forms.ValidationError(f"“{text}” is not on the list. Choose one from it.")


def _field(question: Question, value: str) -> forms.Field:
    if question.among:
        return LabelField(question=question, initial=value)
    is_word = question.key.startswith(WORD)
    choices = [(choice.value, choice.label) for choice in question.choices]
    as_list = is_word or len(choices) > MOST_RADIOS
    if as_list and not question.guess:
        choices.insert(0, ("", "Say what it means"))
    return forms.ChoiceField(
        label=question.words,
        required=False,
        choices=choices,
        initial=value,
        widget=forms.Select() if as_list else forms.RadioSelect(),
    )


def _name(question: Question) -> str:
    """The same however many questions come before it: the file may have been checked again meanwhile."""
    return "answer_" + hashlib.sha256(question.key.encode()).hexdigest()[:12]
