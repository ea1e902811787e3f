"""When each scheduled operation is due next; one row for each, shared by all workers."""

from __future__ import annotations

from django.db import models


class ScheduledRun(models.Model):
    name = models.CharField(max_length=60, unique=True)
    due_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.name
