"""A database whose staff tables another app had made goes on as it is, from whichever version it comes."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from tirage.staff.models import SharedMemory, StaffMember

pytestmark = pytest.mark.django_db


def remember(*names: str) -> MigrationExecutor:
    """As the database would be that knows these migrations of the other app and none of ours."""
    recorder = MigrationRecorder(connection)
    recorder.migration_qs.filter(app__in=["staff", "backoffice"]).delete()
    for name in names:
        recorder.record_applied("backoffice", name)
    executor = MigrationExecutor(connection)
    executor.loader.check_consistent_history(connection)
    return executor


def planned(executor: MigrationExecutor) -> list[str]:
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def test_nothing_is_made_twice() -> None:
    assert planned(remember("0001_initial", "0002_shared_memory")) == []


@pytest.mark.django_db(transaction=True)
def test_the_first_version_gets_what_came_after_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE backoffice_sharedmemory")
    executor = remember("0001_initial")
    assert planned(executor) == ["staff.0002_shared_memory"]
    executor.migrate(executor.loader.graph.leaf_nodes())
    assert SharedMemory.objects.count() == 0


def test_the_tables_keep_their_names() -> None:
    assert StaffMember._meta.db_table == "backoffice_staffmember"
    assert SharedMemory._meta.db_table == "backoffice_sharedmemory"


def test_no_migration_is_missing() -> None:
    """Models and migrations say the same."""
    told = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=told)
    assert "No changes detected" in told.getvalue()
