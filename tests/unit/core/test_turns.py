"""Acts that take turns: one that fails keeps no other waiting, and isn't forgotten."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tirage.core.turns import take_turns


def act(name: str, done: list[str], problem: Exception | None = None) -> Callable[[], str]:
    def inner() -> str:
        done.append(name)
        if problem:
            raise problem
        return name.upper()

    return inner


def test_answers_come_in_turn() -> None:
    assert take_turns([act("a", []), act("b", [])]) == ["A", "B"] and take_turns([]) == []


def test_one_that_fails_keeps_no_other_waiting() -> None:
    done: list[str] = []
    with pytest.raises(KeyError, match="gone"):
        take_turns([act("a", done), act("b", done, KeyError("gone")), act("c", done)])
    assert done == ["a", "b", "c"]


def test_several_that_fail_are_told_together() -> None:
    done: list[str] = []
    with pytest.raises(ExceptionGroup, match="2 acts failed") as told:
        take_turns([act("a", done, KeyError("one")), act("b", done), act("c", done, ValueError("two"))])
    assert [type(one) for one in told.value.exceptions] == [KeyError, ValueError] and done == ["a", "b", "c"]
