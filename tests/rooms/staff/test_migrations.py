"""A database whose staff tables another app had made goes on as it is, from whichever version it comes."""

from __future__ import annotations

from importlib import import_module
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from tirage.core.sealing import unseal
from tirage.staff.models import SharedMemory, StaffMember, StaffSession

pytestmark = pytest.mark.django_db
#: What no other app has ever made.
LATER = [
    "staff.0003_sessions",
    "staff.0004_seal_second_factors",
    "staff.0005_permissions",
    "staff.0006_tour",
    "staff.0007_notes_mail",
]


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
    assert planned(remember("0001_initial", "0002_shared_memory")) == LATER


@pytest.mark.django_db(transaction=True)
def test_the_first_version_gets_what_came_after_it() -> None:
    MigrationExecutor(connection).migrate([("staff", "0005_permissions")])
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE backoffice_sharedmemory")
        cursor.execute("DROP TABLE staff_session")
        cursor.execute("ALTER TABLE backoffice_staffmember DROP COLUMN epoch")
    executor = remember("0001_initial")
    assert planned(executor) == ["staff.0002_shared_memory", *LATER]
    executor.migrate(executor.loader.graph.leaf_nodes())
    assert (SharedMemory.objects.count(), StaffSession.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_second_factors_kept_in_the_clear_get_sealed_and_still_work() -> None:
    """And back, for whoever goes back; what nobody uses any more is dropped with its contents."""
    member = StaffMember.objects.create_user("hugo@halcyon.example", name="Hugo")
    clear = [
        Authenticator(user=member, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"}),
        Authenticator(user=member, type="recovery_codes", data={"seed": "abc", "used_mask": 5}),
    ]
    for row in clear:
        row.save()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE django_session (session_key varchar(40), session_data text)")
        cursor.execute("INSERT INTO django_session VALUES ('the key', 'the data')")
    migration = import_module("tirage.staff.migrations.0004_seal_second_factors")
    for _ in range(2):
        migration.seal_all(apps, None)
    kept = {row.type: row.data for row in Authenticator.objects.all()}
    assert "JBSWY3DPEHPK3PXP" not in str(kept) and "abc" not in str(kept["recovery_codes"]["seed"])
    assert unseal(kept["totp"]["secret"]) == "JBSWY3DPEHPK3PXP"
    assert unseal(kept["recovery_codes"]["seed"]) == "abc" and kept["recovery_codes"]["used_mask"] == 5
    with connection.schema_editor() as editor:
        migration.drop_unused(apps, editor)
    assert "django_session" not in connection.introspection.table_names()
    migration.unseal_all(apps, None)
    assert Authenticator.objects.get(type="totp").data == {"secret": "JBSWY3DPEHPK3PXP"}


def test_the_tables_keep_their_names() -> None:
    assert StaffMember._meta.db_table == "backoffice_staffmember"
    assert SharedMemory._meta.db_table == "backoffice_sharedmemory"


def test_no_migration_is_missing() -> None:
    """Models and migrations say the same."""
    told = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=told)
    assert "No changes detected" in told.getvalue()
