"""The analyst's notes, and the searches that found them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.core.fields import reference_field, state_check
from tirage.insights.note_states import NotesState, NoteState


class NotesRun(models.Model):
    """One search of the worker's: subject by subject, then what stands out of all of them."""

    reference = reference_field("NTR")
    state = models.CharField(max_length=10, default=NotesState.RUNNING.value)
    #: The Monday that it was begun for by the schedule; empty where somebody asked.
    monday = models.DateField(null=True)
    #: Whole days until this one are looked at, on the winery's clock.
    last_day = models.DateField()
    #: By family how many tests it made, and the facts that may stand out: what is done isn't done anew.
    found = models.JSONField(default=dict)
    #: ``rules.quarters``; none until they have been looked for.
    quarters = models.JSONField(null=True)
    #: How many questions were asked in all, and how many answers stood out; what is told are ten at most.
    tests = models.PositiveIntegerField(default=0)
    stood_out = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [
            state_check("state", NotesState, "notes_run_state_is_legal"),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="running"), name="notes_run_one_at_a_time"
            ),
            models.UniqueConstraint(fields=["monday"], name="notes_run_once_a_monday"),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="notes_run_by_state")]

    def __str__(self) -> str:
        return self.reference


class Note(models.Model):
    """Something worth knowing, as it was found; its sentence is made of ``fact`` when it is shown."""

    reference = reference_field("NTE")
    run = models.ForeignKey(NotesRun, on_delete=models.CASCADE, related_name="notes")
    #: What it is about, whatever its figures (``Fact.subject``).
    subject = models.CharField(max_length=80)
    state = models.CharField(max_length=10, default=NoteState.OPEN.value)
    #: 1 is told first.
    rank = models.PositiveSmallIntegerField()
    fact = models.JSONField()
    #: Ids of the customers whom it is about; one who was merged since is missed by nobody.
    people = models.JSONField(default=list)
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=200, blank=True)
    #: What was done about it, in words after the name of who did it.
    settled_words = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            state_check("state", NoteState, "note_state_is_legal"),
            models.UniqueConstraint(
                fields=["subject"], condition=Q(state="open"), name="note_open_once_a_subject"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["acted", "dismissed"], settled_at__isnull=False)
                | (~Q(state__in=["acted", "dismissed"]) & Q(settled_at__isnull=True)),
                name="note_settled_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "rank"], name="note_by_state"),
            models.Index(fields=["subject", "-id"], name="note_by_subject"),
        ]

    def __str__(self) -> str:
        return self.reference
