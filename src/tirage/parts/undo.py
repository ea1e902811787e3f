"""A notice that can be undone: the way back is the server's, one press, without scripts too."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest

#: What marks such a message; the path that undoes it follows.
UNDO = "undo:"


def say_undoable(request: HttpRequest, words: str, path: str) -> None:
    """Says that something was done, with a button *Undo* that posts to ``path``."""
    messages.success(request, words, extra_tags=f"{UNDO}{path}")


def undo_path(tags: str) -> str:
    """The path that a message's tags carry; empty for one that can't be undone."""
    return tags.removeprefix(UNDO) if tags.startswith(UNDO) else ""
