"""What a person says of a file: which column is what, and what its words and marks mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.imports.models import ImportRun
from tirage.imports.operations.steps import refuse_settled
from tirage.imports.options import ImportOptions
from tirage.imports.queries import importer_of, mapping_of, options_of, read_facts
from tirage.imports.states import ImportState
from tirage.tables.errors import TableError

#: Answers by which a file has other columns, or other names for them.
ABOUT_COLUMNS = ("sheet", "header_row", "delimiter", "encoding", "twice_encoded")


def choose_columns(
    *,
    run: ImportRun,
    choices: dict[str, str | None],
    options: ImportOptions,
    actor: Actor,
    now: datetime,
) -> ImportRun:
    """Keeps which column is which field (field name to header; None leaves the field out) and the options.

    Raises DomainError ``columns_invalid`` when they don't fit the file, Conflict when the import is under way.
    """
    refuse_settled(run)
    try:
        mapping = mapping_of(run, read_facts(run)).override(choices)
        mapping.require_complete()
        importer_of(run, options, now).prepare(mapping)
    except TableError as problem:
        raise DomainError("columns_invalid", problem.message) from problem
    run.mapping, run.options, run.changed_at = mapping.matched, options.to_json(), now
    run.save(update_fields=["mapping", "options", "changed_at"])
    return run


def answer_questions(*, run: ImportRun, answers: Mapping[str, str], actor: Actor, now: datetime) -> ImportRun:
    """Keeps what the person says about the file's words and marks, beside what they said before; "" takes it back.

    The file is to be checked again then. Raises Conflict when the import is under way or over.
    """
    refuse_settled(run)
    options = options_of(run)
    said = {key: value for key, value in {**options.answers, **answers}.items() if value}
    run.options, run.changed_at = replace(options, answers=said).to_json(), now
    run.save(update_fields=["options", "changed_at"])
    if any(options.answers.get(key, "") != said.get(key, "") for key in ABOUT_COLUMNS):
        _forget_facts(run)
    return run


def _forget_facts(run: ImportRun) -> None:
    """Other columns may come of another sheet or encoding: the file is recognised anew."""
    run.state, run.facts, run.mapping, run.reading = ImportState.UPLOADED.value, {}, {}, {}
    run.save(update_fields=["state", "facts", "mapping", "reading"])
