"""What was planned of a release before it opens, kept to be compared."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tirage.core.fields import reference_field, state_check
from tirage.offers.models import Release
from tirage.planning.states import RehearsalState


class Rehearsal(models.Model):
    """A release lived through many times by the worker: its plan, and what it came to."""

    reference = reference_field("RHL")
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="rehearsals")
    #: The one that this is a what-if of.
    beside = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="what_ifs")
    state = models.CharField(max_length=10, default=RehearsalState.RUNNING.value)
    #: All that it needs to know (``simulation.plan.Plan``); what the release becomes later changes nothing.
    plan = models.JSONField()
    #: The same seed and plan give the same days.
    seed = models.PositiveIntegerField()
    days = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    #: ``simulation.figures``; empty until it is finished.
    figures = models.JSONField(null=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10, default="staff")
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [
            state_check("state", RehearsalState, "rehearsal_state_is_legal"),
            models.CheckConstraint(
                condition=Q(state="finished", figures__isnull=False)
                | (~Q(state="finished") & Q(figures__isnull=True)),
                name="rehearsal_finished_has_its_figures",
            ),
            models.CheckConstraint(condition=Q(done__lte=F("days")), name="rehearsal_done_within_its_days"),
        ]
        indexes = [
            models.Index(fields=["release", "-id"], name="rehearsal_by_release"),
            models.Index(fields=["state", "changed_at"], name="rehearsal_by_state"),
        ]

    def __str__(self) -> str:
        return self.reference
