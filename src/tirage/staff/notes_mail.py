"""The notes of the week by mail, to those of the team who want them."""

from __future__ import annotations

from datetime import datetime

from tirage.insights.note_models import NotesRun
from tirage.insights.note_states import NoteState
from tirage.insights.noting.words import fact_of, headline_of, say_note
from tirage.notifications.operations import queue_notes_found
from tirage.staff.models import StaffMember
from tirage.staff.permissions import Permission, may


def choose_notes_mail(*, member: StaffMember, wants: bool) -> None:
    """Whether ``member`` is mailed on Mondays."""
    StaffMember.objects.filter(pk=member.pk).update(wants_notes=wants)


def tell_of_notes(*, run_id: int, now: datetime) -> None:
    """Queues a mail to each member who wants it and may see Insights; of the open notes of that search."""
    run = NotesRun.objects.get(pk=run_id)
    notes = list(run.notes.filter(state=NoteState.OPEN.value).order_by("rank", "pk"))
    if not notes:
        return
    rows = [[headline_of(fact_of(note)), say_note(note)] for note in notes]
    for member in StaffMember.objects.filter(is_active=True, wants_notes=True).order_by("pk"):
        if may(member, Permission.SEE_INSIGHTS):
            queue_notes_found(
                email=member.email,
                name=member.name,
                first=say_note(notes[0]).partition(":")[0],
                until=run.last_day,
                rows=rows,
                now=now,
            )
