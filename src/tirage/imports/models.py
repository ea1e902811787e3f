"""Imports: who brought which file, what was found in it and what came of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.core.fields import reference_field, state_check
from tirage.imports.states import BUSY, ImportKind, ImportState, PartOf


class ImportRun(models.Model):
    """One file on its way in. The file itself is kept in parts until the import is over; see ``files.py``.

    ``attempt`` counts checks and runs: whoever finishes must still be the latest, so that a run taken for dead
    can't finish after another has taken its place.
    """

    reference = reference_field("IMP")
    kind = models.CharField(max_length=12)
    state = models.CharField(max_length=10, default=ImportState.UPLOADED.value)
    attempt = models.PositiveIntegerField(default=0)
    file_name = models.CharField(max_length=200)
    #: Field name to header, as ``tables.Mapping`` writes it.
    mapping = models.JSONField(default=dict)
    #: See ``options.py``.
    options = models.JSONField(default=dict)
    #: The same for files with the same columns: what was said about one is taken for the next.
    headers_digest = models.CharField(max_length=64, blank=True)
    #: How the file was read at its last check: what was asked, the first rows as understood; see ``engine.HowRead``.
    reading = models.JSONField(default=dict)
    #: What the file is, as the worker found it; empty until then. See ``facts.py``.
    facts = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)
    good = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0)
    #: Of the good rows, in their order: how many are in. They and this number are written in one transaction.
    written = models.PositiveIntegerField(default=0)
    #: What became of them, by the importer's own words (created, changed, …).
    counts = models.JSONField(default=dict)
    #: Whoever began it left the bad rows out; so does what goes on with it.
    skip_bad = models.BooleanField(default=False)
    notice_count = models.PositiveIntegerField(default=0)
    #: The first problems and notices, ``[row, column, value, reason]`` each; all problems are in the report file.
    problems = models.JSONField(default=list)
    notices = models.JSONField(default=list)
    #: What came of it, or why it failed, for people.
    outcome = models.CharField(max_length=500, blank=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    #: A job was asked to check or run it and has not begun.
    queued_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            state_check("kind", ImportKind, "import_kind_is_legal"),
            state_check("state", ImportState, "import_state_is_legal"),
            models.CheckConstraint(
                condition=~Q(state=ImportState.DONE.value) | Q(finished_at__isnull=False),
                name="import_done_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["-made_at", "-id"], name="import_by_time"),
            models.Index(fields=["kind", "headers_digest", "-made_at"], name="import_by_headers"),
        ]

    def __str__(self) -> str:
        return str(self.reference)

    @property
    def is_busy(self) -> bool:
        return self.state in BUSY


class ImportPart(models.Model):
    """A megabyte of an upload or of the report of its problems, or a portion of its good rows."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="parts")
    of = models.CharField(max_length=10)
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [
            state_check("of", PartOf, "import_part_of_is_legal"),
            models.UniqueConstraint(fields=["run", "of", "number"], name="import_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.of} {self.number}"


class ImportProgress(models.Model):
    """How far a check or a run is; see ``progress.py``. No foreign key: it is written beside the run's transaction."""

    reference = models.CharField(max_length=12, unique=True)
    phase = models.CharField(max_length=10)
    done = models.PositiveIntegerField()
    total = models.PositiveIntegerField()
    #: About how many seconds are left; empty as long as nobody can tell.
    seconds_left = models.PositiveIntegerField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.reference
