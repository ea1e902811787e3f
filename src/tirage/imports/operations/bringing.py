"""Bringing a file and recognising it: its sheet, its columns, the system it is from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import IO

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.runs import in_the_name_of
from tirage.imports import files
from tirage.imports.cards import refuse_card_numbers
from tirage.imports.engine import READING
from tirage.imports.facts import facts_of
from tirage.imports.kinds import kind_of
from tirage.imports.layouts.matching import match
from tirage.imports.models import ImportRun
from tirage.imports.options import ImportOptions
from tirage.imports.progress import Listener, telling
from tirage.imports.queries import open_upload, options_of
from tirage.imports.same_person import OTHER, SHARED
from tirage.imports.states import ImportKind, ImportState
from tirage.tables.matching import normalise_header
from tirage.tables.staging import shown_text

#: Answers that are about who is in one file, and not about how its program writes.
ABOUT_PEOPLE = (SHARED, OTHER)


def start_import(
    *, kind: str, file: IO[bytes], file_name: str, options: ImportOptions, actor: Actor, now: datetime
) -> ImportRun:
    """Keeps the file and recognises it at once. ``file`` is binary and seekable.

    Raises DomainError ``no_such_kind``, ``file_unreadable``; then nothing is kept.
    """
    run = bring_file(kind=kind, file=file, file_name=file_name, options=options, actor=actor, now=now)
    try:
        return recognise_import(reference=run.reference)
    except DomainError:
        run.delete()
        raise


def bring_file(
    *, kind: str, file: IO[bytes], file_name: str, options: ImportOptions, actor: Actor, now: datetime
) -> ImportRun:
    """Keeps the file as it is and looks at nothing of it: that is the worker's. Raises DomainError ``no_such_kind``.

    A file of saved cards is looked through for card numbers first: with one, nothing is kept (``card_number``).
    """
    known = kind_of(kind)
    if known.kind is ImportKind.CARDS:
        refuse_card_numbers(file, file_name)
    run = ImportRun(
        kind=known.name,
        file_name=shown_text(file_name[-200:]),
        options=options.to_json(),
        made_at=now,
        changed_at=now,
        **in_the_name_of(actor),
    )
    with transaction.atomic():
        run.save()
        files.keep_upload(run, file)
    return run


def recognise_import(*, reference: str, listener: Listener | None = None) -> ImportRun:
    """What the file is: its sheet, its columns, the system it is from, its first rows. Harmless when that is known.

    Raises DomainError ``file_unreadable`` (the run is failed then and says why), ``file_gone``.
    """
    run = ImportRun.objects.get(reference=reference)
    if run.facts or run.state != ImportState.UPLOADED:
        return run
    known = kind_of(run.kind)
    try:
        with telling(run.reference, listener) as progress:
            progress.tell(READING, 0, 0, at_once=True)
            with open_upload(run) as table:
                run.facts = facts_of(table, known.kind).to_json()
                run.total = table.row_count_hint
                run.mapping = match(table, known.kind, known.fields).matched
                run.headers_digest = _digest_of(table.headers)
    except DomainError as refusal:
        ImportRun.objects.filter(pk=run.pk).update(
            state=ImportState.FAILED.value,
            outcome=refusal.message[:500],
            queued_at=None,
            changed_at=read_clock(),
        )
        raise
    _take_over(run, options_of(run))
    run.queued_at, run.changed_at = None, read_clock()
    run.save(
        update_fields=[
            "facts",
            "total",
            "mapping",
            "headers_digest",
            "options",
            "queued_at",
            "changed_at",
        ]
    )
    return run


def _take_over(run: ImportRun, options: ImportOptions) -> None:
    """What was chosen and said for the last file with these columns, but for what was said about its people."""
    same = ImportRun.objects.filter(kind=run.kind, headers_digest=run.headers_digest)
    before = same.exclude(state=ImportState.CANCELLED.value).order_by("-made_at", "-pk").first()
    if before is None:
        return
    said = {key: value for key, value in options_of(before).answers.items() if key not in ABOUT_PEOPLE}
    # The same columns may be written otherwise: E-mail and Email.
    if set(before.mapping.values()) <= set(run.facts["headers"]):
        run.mapping = {**run.mapping, **before.mapping}
    run.options = replace(options, answers={**said, **options.answers}).to_json()


def _digest_of(headers: Sequence[str]) -> str:
    """The same for files with the same columns."""
    return hashlib.sha256("\x1f".join(map(normalise_header, headers)).encode()).hexdigest()
