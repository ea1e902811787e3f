"""What commands share: Django with our settings, a database that is there and whose tables are the right ones."""

from __future__ import annotations

import os

import django
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from tirage.cli.troubles import say_database
from tirage.core.errors import DomainError


def start_django(work: str = "job") -> None:
    """Loads the settings, ours whatever the shell says, and the apps. Refuses unsafe settings in their words.

    ``work`` says how long the database may be kept: page, job or migration (config/database.py).
    """
    if apps.ready:
        return
    os.environ.setdefault("TIRAGE_DATABASE_WORK", work)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tirage.config.settings"
    try:
        settings.INSTALLED_APPS  # noqa: B018 - reading one setting loads them all
    except RuntimeError as problem:
        raise DomainError("unsafe_settings", str(problem)) from None
    django.setup()


def missing_migrations() -> list[str]:
    """Names of migrations that the database lacks, such as ``orders.0002_tags``.

    Raises DomainError when the database can't be reached.
    """
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
    except (DatabaseError, InterfaceError) as problem:
        raise DomainError("no_database", say_database(problem)) from problem
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def require_tables() -> None:
    """Raises DomainError unless the database has exactly the tables that this version works with."""
    if missing := missing_migrations():
        count = f"{len(missing)} migration" + ("s" if len(missing) > 1 else "")
        raise DomainError(
            "not_migrated", f"The database lacks {count} (first {missing[0]}). Run: tirage migrate"
        )
