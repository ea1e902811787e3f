"""The tables as they are on file: none is renamed, lost or made unseen, on either engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

#: ``table: its columns``, then the names of its constraints and indexes; what a migration changes is changed here.
ON_FILE = Path(__file__).with_name("schema.txt")


def described() -> list[str]:
    """Columns as the database has them, constraints and indexes by the names that both engines know."""
    models = {model._meta.db_table: model._meta for model in apps.get_models(include_auto_created=True)}
    found = []
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            columns = sorted(
                column.name for column in connection.introspection.get_table_description(cursor, table)
            )
            own = (*models[table].constraints, *models[table].indexes) if table in models else ()
            named = sorted(one.name for one in own)
            there = connection.introspection.get_constraints(cursor, table)
            missing = [name for name in named if name not in there]
            assert missing == [], f"{table} lacks {missing}"
            found.append(f"{table}: {' '.join(columns)}" + (f" | {' '.join(named)}" if named else ""))
    return found


@pytest.mark.django_db
def test_the_tables_are_those_on_file() -> None:
    assert described() == ON_FILE.read_text().splitlines(), (
        f"What differs from {ON_FILE.name}, a migration changed."
    )
