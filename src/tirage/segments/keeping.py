"""What filters name stays as long as somebody's filter names it.

Filters are kept as text, so no foreign key says no: who deletes a segment or a list locks it and asks everybody who
keeps filters (``TIRAGE_FILTERS_KEPT``); who keeps a filter locks what it names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils.module_loading import import_string

from tirage.core.errors import Conflict, DomainError
from tirage.core.locks import lock_rows
from tirage.core.texts import say_names
from tirage.segments.models import CustomerList, SavedPlace, Segment
from tirage.segments.rules import Node, conditions

_SHOWN = 5

NamesThem = Callable[[str], Sequence[str]]


def users_of(text: str) -> list[str]:
    """Whoever keeps a filter with ``text`` in it, by name; a statement for each kind of them."""
    found: list[str] = []
    for path in import_string(settings.TIRAGE_FILTERS_KEPT):
        names: NamesThem = import_string(path)
        found += names(text)
    return found


def refuse_used(text: str, what: str) -> None:
    """Raises Conflict ``in_use`` naming everybody whose filter has ``text`` in it."""
    users = users_of(text)
    if not users:
        return
    named = users[:_SHOWN] + ([f"{len(users) - _SHOWN:,} more"] if len(users) > _SHOWN else [])
    change = "Change that first" if len(users) == 1 else "Change those first"
    words = f"This {what} is still used by {say_names(named)}. {change}, or let it be."
    raise Conflict("in_use", words)


def hold_named(node: Node) -> None:
    """Locks the segments and lists that a filter names, until the filter is kept. Raises DomainError ``filter``."""
    asked: dict[str, set[str]] = {"segment": set(), "list": set(), "place": set()}
    for one in conditions(node):
        if one.word in asked:
            asked[one.word].add(one.text(one.word))
    _hold(Segment.objects.filter(reference__in=asked["segment"]), len(asked["segment"]), "segment")
    _hold(CustomerList.objects.filter(reference__in=asked["list"]), len(asked["list"]), "list")
    _hold(SavedPlace.objects.filter(reference__in=asked["place"]), len(asked["place"]), "place")


def _hold(rows: QuerySet[Model], wanted: int, what: str) -> None:
    if wanted and len(lock_rows(rows)) < wanted:
        raise DomainError(
            "filter", f"Somebody deleted a {what} that this filter names. Choose another {what}."
        )


def segments_that_name(text: str) -> list[str]:
    found = Segment.objects.filter(definition__contains=text).order_by("name")
    return [f"the segment {one.name}" for one in found]
