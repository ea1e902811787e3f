"""What the analyst found about the demo's customers, and one note that somebody has dismissed."""

from __future__ import annotations

from datetime import datetime

from tirage.core.actors import Actor
from tirage.insights.note_models import Note
from tirage.insights.note_states import NoteState
from tirage.insights.noting.running import look_for_notes, start_notes
from tirage.insights.noting.settling import dismiss_note
from tirage.insights.noting.words import fact_of
from tirage.insights.rules.facts import Topic


def leave_notes(now: datetime, by: Actor) -> None:
    """Everybody must be on the map. That releases open at nine is no news to the team."""
    look_for_notes(run=start_notes(actor=by, now=now, queue=False), clock=lambda: now)
    told = Note.objects.filter(state=NoteState.OPEN.value).order_by("rank", "pk")
    known = [note for note in told if fact_of(note).topic is Topic.TIMING]
    if known:
        dismiss_note(note=known[0], actor=by, now=now)
