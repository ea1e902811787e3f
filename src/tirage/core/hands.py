"""Two people at one thing: each of them changes what they changed, and nobody undoes what they never saw.

A form carries what it showed when it was opened. The operation compares it, under its lock, with what stands: what
its person left alone stays as it is, whoever changed it; what both changed to something different is refused with all
three values, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.db.models import Model

from tirage.core.errors import Conflict
from tirage.core.texts import as_written

#: A value's name, or the number of its row.
N = TypeVar("N", str, int)


class _Unseen:
    """In the place of a value that nobody can say any more; different from every value."""

    def __repr__(self) -> str:
        return "UNSEEN"


UNSEEN: Final = _Unseen()


@dataclass(frozen=True, slots=True)
class Clash:
    """One value that two people changed: what both began with, what the other made of it, and this one."""

    was: Any
    theirs: Any
    yours: Any


class Overtaken(Conflict):
    """Somebody else changed meanwhile what this person changed, too. Nothing was written.

    ``clashes`` by name; ``stands`` is all that stands now, by the same names.
    """

    def __init__(self, clashes: Mapping[str, Clash], stands: Mapping[str, Any]) -> None:
        super().__init__(
            "overtaken",
            "This was changed after your page was opened, by somebody else or by you before you went back to it. "
            "Nothing was saved: look at both and save again.",
        )
        self.clashes = dict(clashes)
        self.stands = dict(stands)


def settle(
    typed: Mapping[N, Any],
    *,
    shown: Mapping[N, Any] | None,
    stands: Mapping[N, Any],
    decide: Callable[[Clash], Any] | None = None,
) -> dict[N, Any]:
    """The values to write: what stands, with what this person changed of what was ``shown`` to them.

    ``shown`` None: who writes has seen nothing before (a program, a new thing), and means all of it. A name that isn't
    in ``shown`` is meant, too. Values that are frozensets (tags, closed places) are settled element by element, and
    never clash. ``decide`` says what a value becomes that both changed, where that can be said without asking.
    Call it under the lock of what stands. Raises Overtaken.
    """
    if shown is None:
        return {**stands, **typed}
    found: dict[N, Any] = dict(stands)
    clashes: dict[str, Clash] = {}
    for name, value in typed.items():
        if name not in shown or name not in stands:
            found[name] = value
            continue
        was, theirs = shown[name], stands[name]
        if isinstance(value, frozenset) and isinstance(was, frozenset):
            found[name] = (theirs - (was - value)) | (value - was)
        elif is_same(value, was) or is_same(value, theirs):
            continue
        elif is_same(was, theirs):
            found[name] = value
        elif decide:
            found[name] = decide(Clash(was, theirs, value))
        else:
            clashes[str(name)] = Clash(was, theirs, value)
    if clashes:
        raise Overtaken(clashes, {str(name): value for name, value in stands.items()})
    return found


def is_same(one: Any, other: Any) -> bool:
    """Whether two values are the same to a person: line ends and space around a text don't count."""
    if isinstance(one, str) and isinstance(other, str):
        return as_written(one) == as_written(other)
    return bool(one == other)


def write_changed(record: Model, values: Mapping[str, Any]) -> list[str]:
    """Writes what differs onto ``record`` and saves these columns alone; their names. A new record is saved whole."""
    changed = [name for name, value in values.items() if getattr(record, name) != value]
    for name in changed:
        setattr(record, name, values[name])
    if record.pk is None:
        record.save()
    elif changed:
        record.save(update_fields=changed)
    return changed


def say_changed(names: list[str], words: Mapping[str, str] | None = None) -> str:
    """``the telephone, e-mail``-like list for an event's text: columns by their ``words``, else by their name."""
    known = words or {}
    return ", ".join(
        dict.fromkeys(known.get(name, name.removesuffix("_minor").replace("_", " ")) for name in names)
    )
