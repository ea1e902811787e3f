"""``tirage move-out`` and ``tirage move-back``: everything into one file, and out of it into an empty Tirage."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from tirage.core.errors import DomainError

ACTOR = "Command line"


def add_out_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="where to, such as everything.zip")


def run_out(options: argparse.Namespace) -> int:
    """0 once the file is whole. It is written beside its place and renamed at the end."""
    from tirage.core.actors import system
    from tirage.core.audit import record_event
    from tirage.core.clock import read_clock
    from tirage.core.events import EventName
    from tirage.imports.commands import progress_bar
    from tirage.imports.progress import Telling
    from tirage.leaving.writing import write_everything

    now, aside = read_clock(), options.file.with_name(f"{options.file.name}.part")
    aside.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as file:
            with progress_bar() as listener:
                progress = Telling(listener)
                written = write_everything(
                    file, now=now, told=lambda done, total: progress.tell("writing", done, total)
                )
            os.fsync(file.fileno())
        aside.replace(options.file)
    finally:
        aside.unlink(missing_ok=True)
    record_event(
        EventName.EVERYTHING_EXPORTED,
        "everything",
        1,
        text=f"exported everything: {written.rows:,} rows",
        actor=system(ACTOR),
        now=now,
    )
    print(f"Everything is in {options.file}: {len(written.tables):,} tables, {written.rows:,} rows.")
    return 0


def add_back_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a file that tirage move-out wrote")


def run_back(options: argparse.Namespace) -> int:
    """0 once everything is in."""
    from tirage.core.actors import system
    from tirage.core.clock import read_clock
    from tirage.imports.commands import progress_bar
    from tirage.imports.progress import Telling
    from tirage.leaving.restoring import restore_everything

    if not options.file.is_file():
        raise DomainError("no_file", f"There is no file {options.file}.")
    with options.file.open("rb") as file, progress_bar() as listener:
        progress = Telling(listener)
        restored = restore_everything(
            file,
            told=lambda done, total: progress.tell("writing", done, total),
            actor=system(ACTOR),
            now=read_clock(),
        )
    print(f"Everything is in: {restored.tables:,} tables, {restored.rows:,} rows. Run tirage doctor.")
    return 0
