"""What the pages of moving in say of files and runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef
from django.urls import reverse

from tirage.core.money import Money
from tirage.core.winery import current_winery
from tirage.imports.kinds import kind_of
from tirage.imports.models import ImportRun
from tirage.imports.states import ImportKind
from tirage.moving.models import BroughtThing, MovedRow, MoveRun
from tirage.moving.running import say_counts
from tirage.moving.states import MoveAct, MoveState

_ACTS = {
    MoveAct.PREVIEW: "A look ahead",
    MoveAct.BRING_IN: "Bringing in",
    MoveAct.TAKE_BACK: "Taking back",
    MoveAct.CARDS: "Looking cards up",
}
_NOUNS = {MoveAct.CARDS: "cards", MoveAct.TAKE_BACK: "orders and rows"}
_STATES = {
    MoveState.RUNNING: ("Under way", "live"),
    MoveState.STOPPED: ("Stopped", "warning"),
    MoveState.FINISHED: ("Finished", "good"),
}


def brought_files() -> list[ImportRun]:
    """The files of orders whose rows are here, the newest first."""
    rows = MovedRow.objects.filter(file=OuterRef("reference"))
    runs = ImportRun.objects.filter(Exists(rows), kind=ImportKind.ORDERS.value).order_by("-pk")
    return list(runs.only("reference", "file_name", "written", "finished_at", "actor_label", "facts")[:100])


@dataclass(frozen=True, slots=True)
class ThingFile:
    """A file that brought something besides orders: what, and how many rows of it stand."""

    file: ImportRun
    what: str
    count: int


def brought_things() -> list[ThingFile]:
    """The files that brought anything besides orders which is here, the newest first; two statements."""
    things = BroughtThing.objects.filter(file=OuterRef("reference"))
    runs = list(ImportRun.objects.filter(Exists(things)).order_by("-pk")[:100])
    here = BroughtThing.objects.filter(file__in=[one.reference for one in runs])
    counts = dict(here.values_list("file").annotate(Count("pk")))
    return [ThingFile(one, kind_of(one.kind).label, counts.get(one.reference, 0)) for one in runs]


def files_by_reference(references: Collection[str]) -> dict[str, str]:
    """The names of files, by the import that brought them."""
    runs = ImportRun.objects.filter(reference__in=references)
    return dict(runs.values_list("reference", "file_name"))


def say_rows(rows: Iterable[tuple[str, int]], names: Mapping[str, str]) -> str:
    """``orders.csv rows 12, 13, 14; payments.csv row 9``: rows of files by the imports that brought them."""
    found: dict[str, list[str]] = {}
    for file, row in rows:
        found.setdefault(names.get(file, file), []).append(str(row))
    return "; ".join(f"{name} row{'s' * (len(some) > 1)} {', '.join(some)}" for name, some in found.items())


@dataclass(frozen=True, slots=True)
class RunWords:
    act: str
    state: str
    tone: str
    counts: str


def outcome_words(run: MoveRun) -> RunWords:
    """``Bringing in``, ``Finished``, ``1,200 new, 3 refused``."""
    state, tone = _STATES[MoveState(run.state)]
    return RunWords(_ACTS[MoveAct(run.act)], state, tone, say_counts(run.counts))


def missing_groups(run: MoveRun) -> list[tuple[str, int]]:
    """Names of groups that orders had and that aren't here, the most frequent first."""
    start = "group:"
    found = [(name[len(start) :], int(n)) for name, n in run.counts.items() if name.startswith(start)]
    return sorted(found, key=lambda one: (-one[1], one[0]))[:20]


def shown_orders(run: MoveRun) -> list[dict[str, Any]]:
    """The first orders as they come in, amounts as money."""
    currency = current_winery().currency
    return [
        {
            **one,
            "at": datetime.fromisoformat(one["at"]),
            "total": Money(one["total"], currency),
            "paid": [(words, Money(minor, currency)) for words, minor in one["paid"]],
        }
        for one in run.shown
    ]


def named_problems(run: MoveRun) -> list[tuple[str, str, str]]:
    """Number, words and rows of what can't come in, with the files' own names."""
    found = {part.split(" ")[0] for _, _, where in run.problems for part in where.split(", ") if part}
    names = files_by_reference(found)
    said = []
    for number, words, where in run.problems:
        text = where
        for reference, name in names.items():
            text = text.replace(reference, name)
        said.append((number, words, text))
    return said


def bar_of(run: MoveRun) -> dict[str, Any]:
    """What ``parts/progress.html`` takes."""
    return {
        "name": "moving_progress",
        "label": _ACTS[MoveAct(run.act)],
        "value": run.done if run.total else None,
        "max": max(run.total, 1),
        "words": f"{run.done:,} of {run.total:,} {_NOUNS.get(MoveAct(run.act), 'orders')}"
        if run.total
        else "",
        "url": reverse("backoffice:moving_progress", args=[run.reference]),
    }
