"""A search for notes: begun by the schedule or by somebody, worked through by the worker, family by family."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from tirage.core.actors import Actor, system
from tirage.core.errors import DomainError
from tirage.core.jobs import queue_job
from tirage.core.locks import lock_row
from tirage.core.reactions import react
from tirage.core.runs import SILENCE, in_the_name_of, take_up
from tirage.core.winery import local_time
from tirage.insights.note_models import Note, NotesRun
from tirage.insights.note_states import SETTLED, NotesState, NoteState
from tirage.insights.noting.families import FAMILIES
from tirage.insights.noting.homes import Gathered
from tirage.insights.noting.quartering import find_empty_quarters
from tirage.insights.noting.scene import Scene
from tirage.insights.rules.facts import Fact, chosen, is_news, judged, stands_out

TASK = "tirage.insights.tasks.look_for_notes"
#: From which hour of a Monday the schedule begins; searches that are kept.
FROM_HOUR, MOST_KEPT = 5, 60
#: Families, the empty quarters, and what stands out of all: the steps of the bar.
STEPS = len(FAMILIES) + 2
Clock = Callable[[], datetime]


def begin_monday_notes(*, now: datetime) -> int:
    """Begins this Monday's search, once; how many. Run by the schedule."""
    today = local_time(now)
    if today.weekday() != 0 or today.hour < FROM_HOUR:
        return 0
    if NotesRun.objects.filter(monday=today.date()).exists():
        return 0
    try:
        start_notes(monday=today.date(), actor=system(), now=now)
    except DomainError:
        return 0
    return 1


def start_notes(*, monday: date | None = None, actor: Actor, now: datetime, queue: bool = True) -> NotesRun:
    """Lets the worker look for notes in the twelve months until yesterday; without ``queue`` the caller does.

    Raises DomainError ``under_way`` while another search is.
    """
    try:
        with transaction.atomic():
            made = NotesRun.objects.create(
                monday=monday,
                last_day=local_time(now).date() - timedelta(days=1),
                made_at=now,
                changed_at=now,
                **in_the_name_of(actor),
            )
            if queue:
                queue_job(TASK, made.reference)
    except IntegrityError:
        raise DomainError("under_way", "A search for notes is under way already.") from None
    return made


def look_for_notes(*, run: NotesRun, clock: Clock) -> NotesRun:
    """Works through the families that aren't done yet, then tells what stands out of all of them.

    Each family is kept when it is done: another worker goes on after it. Two at once find the same; one of them tells.
    Looks between two families whether somebody stopped it.
    """
    scene = Scene(run.last_day)
    fresh: dict[str, Gathered] = {}
    for family, gather in FAMILIES.items():
        if family not in run.found:
            fresh[family] = gathered = gather(scene)
            kept = {"tests": gathered.tests, "facts": [fact.to_json() for fact in gathered.facts]}
            if not _keep(run, clock, found={**run.found, family: kept}):
                return run
    if run.quarters is None:
        quarters = [one.to_json() for one in find_empty_quarters(scene)]
        if not _keep(run, clock, quarters=quarters):
            return run
    _tell(run, scene, fresh, clock())
    run.refresh_from_db()
    return run


def _keep(run: NotesRun, clock: Clock, **what: Any) -> bool:
    """Notes what is done; False once somebody stopped it, or another worker finished it."""
    here = NotesRun.objects.filter(pk=run.pk, state=NotesState.RUNNING.value)
    is_ours = bool(here.update(changed_at=clock(), **what))
    run.refresh_from_db()
    return is_ours


def _tell(run: NotesRun, scene: Scene, fresh: dict[str, Gathered], now: datetime) -> None:
    """Writes the notes that are told now, and lets those pass that aren't told any more. Locks the search."""
    tests = sum(family["tests"] for family in run.found.values())
    facts = [Fact.from_json(fact) for family in run.found.values() for fact in family["facts"]]
    found = judged(facts, tests)
    told = chosen(found, _still_settled(found))
    people = _people_of(told, run, scene, fresh)
    with transaction.atomic():
        if lock_row(NotesRun.objects.filter(pk=run.pk, state=NotesState.RUNNING.value)) is None:
            return
        open_before = {note.subject: note for note in Note.objects.filter(state=NoteState.OPEN.value)}
        for rank, fact in enumerate(told, 1):
            _write(open_before.pop(fact.subject, None), run, rank, fact, people[fact.subject], now)
        gone = [note.pk for note in open_before.values()]
        Note.objects.filter(pk__in=gone, state=NoteState.OPEN.value).update(state=NoteState.PASSED.value)
        NotesRun.objects.filter(pk=run.pk).update(
            state=NotesState.FINISHED.value,
            tests=tests,
            stood_out=sum(stands_out(fact) for fact in found),
            changed_at=now,
        )
        _forget_old(run)
        if run.monday and told:
            react("notes.found", run_id=run.pk, now=now)


def _write(
    before: Note | None, run: NotesRun, rank: int, fact: Fact, people: list[int], now: datetime
) -> None:
    """An open note of the subject is brought up to date; otherwise there is a new one."""
    facts = {"run": run, "rank": rank, "fact": fact.to_json(), "people": people, "found_at": now}
    if before is None:
        Note.objects.create(subject=fact.subject, **facts)
    else:
        Note.objects.filter(pk=before.pk, state=NoteState.OPEN.value).update(**facts)


def _still_settled(found: list[Fact]) -> set[str]:
    """Subjects that somebody acted on or dismissed, and whose figures are about what they were then."""
    by_subject = {fact.subject: fact for fact in found}
    settled = Note.objects.filter(state__in=[state.value for state in SETTLED], subject__in=by_subject)
    last = dict(settled.order_by("settled_at", "pk").values_list("subject", "fact"))
    return {
        subject
        for subject, before in last.items()
        if not is_news(Fact.from_json(before), by_subject[subject])
    }


def _people_of(
    told: list[Fact], run: NotesRun, scene: Scene, fresh: dict[str, Gathered]
) -> dict[str, list[int]]:
    """Whom each fact is about; what another worker had found is gathered again."""
    family_of = {
        Fact.from_json(fact).subject: name for name, family in run.found.items() for fact in family["facts"]
    }
    people = {}
    for fact in told:
        family = family_of[fact.subject]
        if family not in fresh:
            fresh[family] = FAMILIES[family](scene)
        people[fact.subject] = sorted(fresh[family].people.get(fact.subject, []))
    return people


def _forget_old(run: NotesRun) -> None:
    """Searches beyond those that are kept go, with their notes that passed; settled and open ones stay."""
    kept = NotesRun.objects.exclude(pk=run.pk).order_by("-pk").values_list("pk", flat=True)[: MOST_KEPT - 1]
    old = NotesRun.objects.exclude(pk__in=[run.pk, *kept])
    Note.objects.filter(run__in=old, state=NoteState.PASSED.value).delete()
    old.filter(notes__isnull=True).delete()


def stop_notes(*, run: NotesRun, now: datetime) -> NotesRun:
    """Ends a search without telling anything. One that is over is returned as it is."""
    NotesRun.objects.filter(pk=run.pk, state=NotesState.RUNNING.value).update(
        state=NotesState.STOPPED.value, changed_at=now
    )
    run.refresh_from_db()
    return run


def sweep_stopped_notes(*, now: datetime) -> int:
    """Queues again a search whose worker died; how many. Run by the schedule."""
    still = NotesRun.objects.filter(state=NotesState.RUNNING.value, changed_at__lt=now - SILENCE)
    return take_up(TASK, list(still.values_list("reference", flat=True)), now=now)
