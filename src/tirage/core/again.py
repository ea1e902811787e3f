"""Begin an act once more when chance drew a reference that is taken."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError

P = ParamSpec("P")
R = TypeVar("R")


def again_when_taken(table: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """For acts that open their own transaction and write a row of ``table`` with a reference drawn in it.

    Costs nothing until one in 10¹¹ draws meets a taken one; then the act runs a second time with another.
    """

    def decorate(act: Callable[P, R]) -> Callable[P, R]:
        @wraps(act)
        def inner(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return act(*args, **kwargs)
            except IntegrityError as problem:
                if not _is_taken_reference(problem, table):
                    raise
                return act(*args, **kwargs)

        return inner

    return decorate


def _is_taken_reference(problem: IntegrityError, table: str) -> bool:
    """PostgreSQL names the constraint, SQLite the column."""
    words = str(problem)
    return f'"{table}_reference_' in words or words.endswith(f"{table}.reference")
