"""What the pages of the tiering say: from where to where, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from tirage.backoffice.segments.page import SaidReason, said_reasons
from tirage.customers.models import Group
from tirage.segments.naming import Things
from tirage.segments.queries import Reason
from tirage.tiers.placing import Tiering

NO_GROUP = "No group"


@dataclass(frozen=True, slots=True)
class Square:
    """A cell of the matrix: how many, of whom so many are kept; whether they are where they belong."""

    count: int
    kept: int
    is_right: bool
    url: str
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A group that customers are in now, and where they belong, column by column."""

    name: str
    squares: list[Square | None]
    total: int


@dataclass(frozen=True, slots=True)
class Matrix:
    columns: list[str]
    lines: list[Line]
    totals: list[int]


def matrix_of(found: Tiering) -> Matrix:
    """From → to, in the order of the tiering, those without a group last; empty lines and columns are left out."""
    counts: dict[tuple[int | None, int | None], tuple[int, int]] = {}
    for cell in found.cells:
        count, kept = counts.get((cell.origin, cell.target), (0, 0))
        counts[cell.origin, cell.target] = (count + cell.count, kept + cell.count * cell.pinned)
    order: list[int | None] = [*found.groups, None]
    columns = [pk for pk in order if any(target == pk for _, target in counts)]
    lines = [_line(found, pk, columns, counts) for pk in order if any(origin == pk for origin, _ in counts)]
    totals = [sum(count for (_, target), (count, _) in counts.items() if target == pk) for pk in columns]
    return Matrix([_name(found, pk) for pk in columns], lines, totals)


def _line(
    found: Tiering,
    origin: int | None,
    columns: Sequence[int | None],
    counts: Mapping[tuple[int | None, int | None], tuple[int, int]],
) -> Line:
    squares: list[Square | None] = []
    for target in columns:
        count, kept = counts.get((origin, target), (0, 0))
        if not count:
            squares.append(None)
            continue
        words = belongs(found.groups.get(origin or 0), found.groups.get(target or 0))
        squares.append(Square(count, kept, origin == target, _url(found, origin, target), words))
    return Line(_name(found, origin), squares, sum(one.count for one in squares if one))


def _name(found: Tiering, pk: int | None) -> str:
    return found.groups[pk].name if pk else NO_GROUP


def _url(found: Tiering, origin: int | None, target: int | None) -> str:
    said = {
        "from": found.groups[origin].reference if origin else "",
        "to": found.groups[target].reference if target else "",
    }
    return f"{reverse('backoffice:tiering_people')}?{urlencode(said)}"


def belongs(origin: Group | None, target: Group | None) -> str:
    """Who a cell is, in words."""
    if origin == target:
        return f"In {origin.name}, and belong there" if origin else "In no group, and fit none"
    if target is None:
        return f"In {origin.name if origin else ''}, and shouldn’t be"
    return f"In {origin.name if origin else 'no group'}, and should be in {target.name}"


def belongs_then(origin: Group | None, target: Group | None) -> str:
    """Who would have been elsewhere, in words."""
    was = f"Were in {origin.name}" if origin else "Were in no group"
    return f"{was}, would have been in {target.name if target else 'no group'}"


@dataclass(frozen=True, slots=True)
class GroupVerdict:
    """A group, whether its criteria fit somebody, and each condition in words."""

    group: Group
    holds: bool
    reasons: list[SaidReason]


def verdicts_of(
    reasons: Mapping[int, Reason], groups: Sequence[Group | None], things: Things
) -> list[GroupVerdict]:
    """Of each group that has criteria, whether they fit and why or why not."""
    return [
        GroupVerdict(group, reasons[group.pk].holds, said_reasons(reasons[group.pk], things))
        for group in dict.fromkeys(groups)
        if group is not None and group.pk in reasons
    ]
