"""``tirage migrate``: create or upgrade the tables."""

from __future__ import annotations

import argparse
from pathlib import Path

from tirage.cli.starting import missing_migrations, start_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--check", action="store_true", help="only say whether migrations are missing (exit code 1)"
    )


def run(options: argparse.Namespace) -> int:
    start_django("migration")
    make_database_folder()
    missing = missing_migrations()
    if options.check:
        print("\n".join(missing) or "The database is up to date.")
        return 1 if missing else 0
    apply_migrations()
    print(f"The database is up to date ({len(missing)} migrations applied).")
    return 0


def make_database_folder() -> None:
    """SQLite makes its file, not the folder around it."""
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and name != ":memory:" and not name.startswith("file:"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)


def apply_migrations() -> None:
    """Brings the tables to this version, without a word unless something fails."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
