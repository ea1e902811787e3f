"""What follows from what: one table, named by the settings, read on one page (``config/subscriptions.py``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

Reaction = Callable[..., None]


@cache
def _subscriptions() -> Mapping[str, Sequence[Reaction]]:
    table: Mapping[str, Sequence[str]] = import_string(settings.TIRAGE_SUBSCRIPTIONS)
    return {name: [import_string(path) for path in paths] for name, paths in table.items()}


def react(name: str, **facts: Any) -> None:
    """Runs the reactions to ``name`` inside the caller's transaction, in the table's order."""
    for reaction in _subscriptions().get(name, ()):
        reaction(**facts)
