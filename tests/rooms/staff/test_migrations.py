"""A database whose staff tables another app had made goes on as it is."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from tirage.staff.models import SharedMemory, StaffMember

pytestmark = pytest.mark.django_db

#: What such a database remembers of them.
BEFORE = [("backoffice", "0001_initial"), ("backoffice", "0002_shared_memory")]


def test_nothing_is_made_twice() -> None:
    recorder = MigrationRecorder(connection)
    recorder.migration_qs.filter(app="staff").delete()
    for app, name in BEFORE:
        recorder.record_applied(app, name)
    executor = MigrationExecutor(connection)
    executor.loader.check_consistent_history(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []


def test_the_tables_keep_their_names() -> None:
    assert StaffMember._meta.db_table == "backoffice_staffmember"
    assert SharedMemory._meta.db_table == "backoffice_sharedmemory"
