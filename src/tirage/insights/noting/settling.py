"""What becomes of a note: its people kept as a list, marked as seen to, dismissed, taken up again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.customers.models import Customer
from tirage.insights.note_models import Note
from tirage.insights.note_states import SETTLED, NoteState
from tirage.insights.noting.words import fact_of, nearest_filter, say_note
from tirage.segments.models import CustomerList
from tirage.segments.operations import freeze_list
from tirage.segments.queries import having_ids


def keep_people(*, note: Note, name: str, actor: Actor, now: datetime) -> CustomerList:
    """Keeps the customers whom the note is about as a list, and marks the note as acted on.

    Locks the note. Records ``list.frozen`` and ``note.acted``. Raises DomainError ``nobody``, ``name_missing``,
    ``name_taken``, Conflict ``note_passed``.
    """
    with transaction.atomic():
        found = _locked(note, NoteState.OPEN, *SETTLED)
        ids = list(
            having_ids(Customer.objects.all(), found.people).order_by("pk").values_list("pk", flat=True)
        )
        if not ids:
            raise DomainError("nobody", "None of the customers of this note is on the list any more.")
        kept = freeze_list(
            name=name,
            definition=nearest_filter(fact_of(found)),
            people=ids,
            said=f"is meant by a note: {say_note(found)}",
            actor=actor,
            now=now,
        )
        _settle(found, NoteState.ACTED, f"kept its customers as the list {kept.name}", actor, now)
    return kept


def mark_seen_to(*, note: Note, actor: Actor, now: datetime) -> Note:
    """Somebody did what there was to do. Locks the note. Records ``note.acted``. Raises Conflict ``note_passed``."""
    with transaction.atomic():
        found = _locked(note, NoteState.OPEN)
        _settle(found, NoteState.ACTED, "saw to it", actor, now)
    return found


def dismiss_note(*, note: Note, actor: Actor, now: datetime) -> Note:
    """Nobody wants to be told again unless it changes. Records ``note.dismissed``. Raises Conflict ``note_passed``."""
    with transaction.atomic():
        found = _locked(note, NoteState.OPEN)
        _settle(found, NoteState.DISMISSED, "dismissed it", actor, now)
    return found


def take_up_note(*, note: Note, actor: Actor, now: datetime) -> Note:
    """Opens a settled note again, unless there is an open one of its subject. Records ``note.taken_up``.

    Raises Conflict ``note_passed``, ``note_open``.
    """
    with transaction.atomic():
        found = _locked(note, *SETTLED)
        if Note.objects.filter(subject=found.subject, state=NoteState.OPEN.value).exists():
            raise Conflict("note_open", "There is a newer note of the same already.")
        found.state, found.settled_at = NoteState.OPEN.value, None
        found.settled_by = found.settled_words = ""
        found.save(update_fields=["state", "settled_at", "settled_by", "settled_words"])
        _record(EventName.NOTE_TAKEN_UP, found, "took up the note again", actor, now)
    return found


def _locked(note: Note, *states: NoteState) -> Note:
    found = lock_row(Note.objects.filter(pk=note.pk))
    if found is None or found.state not in [state.value for state in states]:
        raise Conflict("note_passed", "Somebody has seen to this note, or it isn’t told any more.")
    return found


def _settle(note: Note, state: NoteState, words: str, actor: Actor, now: datetime) -> None:
    note.state, note.settled_at = state.value, now
    note.settled_by, note.settled_words = actor.label[:200], words[:200]
    note.save(update_fields=["state", "settled_at", "settled_by", "settled_words"])
    is_dismissed = state is NoteState.DISMISSED
    name = EventName.NOTE_DISMISSED if is_dismissed else EventName.NOTE_ACTED
    _record(name, note, "dismissed the note" if is_dismissed else "acted on the note", actor, now)


def _record(name: EventName, note: Note, words: str, actor: Actor, now: datetime) -> None:
    record_event(name, "note", note.pk, text=f"{words} “{say_note(note)}”", actor=actor, now=now)
