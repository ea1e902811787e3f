"""Many acts in a row, of which one may fail without keeping the others waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def take_turns(acts: Iterable[Callable[[], T]]) -> list[T]:
    """Runs each act, whatever became of the one before; what they answered.

    For what is done by the clock: one broken row must not stop the rest, at this run and at every later one. Whatever
    went wrong is raised once all had their turn. No transaction may be open.
    """
    answers: list[T] = []
    problems: list[Exception] = []
    for act in acts:
        try:
            answers.append(act())
        except Exception as problem:  # raised below, when all had their turn
            problems.append(problem)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise ExceptionGroup(f"{len(problems)} acts failed", problems)
    return answers
