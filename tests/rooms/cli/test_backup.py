"""A backup is whole or it is the one before, can be restored, and its age is known."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.conftest import on_postgres
from tests.world import World, build_world
from tirage.cli import backup
from tirage.cli.cluster import find_programs
from tirage.cli.main import main
from tirage.core.clock import read_clock
from tirage.core.models import Heartbeat

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db: None) -> World:
    return build_world(read_clock())


def customers_in(file: Path, aside: Path) -> int:
    """Restored elsewhere and counted."""
    if not on_postgres():
        with closing(sqlite3.connect(file)) as restored:
            return int(restored.execute("SELECT count(*) FROM customers_customer").fetchone()[0])
    command = [find_programs() / "pg_restore", "--data-only", "--table=customers_customer", "-f", aside, file]
    subprocess.run([str(word) for word in command], check=True)
    rows = aside.read_text().partition("FROM stdin;\n")[2].partition("\n\\.")[0]
    return len(rows.splitlines())


def test_a_backup_has_everything_is_its_owners_alone_and_is_noted(shop: World, tmp_path: Path) -> None:
    file = tmp_path / "tirage.backup"
    assert main(["backup", str(file)]) == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM customers_customer")
        assert customers_in(file, tmp_path / "rows.sql") == cursor.fetchone()[0] > 3
    assert file.stat().st_mode & 0o777 == 0o600
    assert Heartbeat.objects.get(name="backup").ok_at
    assert list(tmp_path.glob("*.part")) == []


def test_a_backup_that_fails_leaves_the_one_before_and_notes_nothing(
    shop: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "tirage.backup"
    file.write_text("yesterday's")

    def half(aside: Path) -> None:
        aside.write_text("half")
        raise backup._failed("the disk is full")

    monkeypatch.setattr(backup, "_dump", half)
    monkeypatch.setattr(backup, "_copy", half)
    assert main(["backup", str(file)]) == 1
    assert capsys.readouterr().err == "tirage backup: No backup was made: the disk is full.\n"
    assert [path.read_text() for path in tmp_path.iterdir()] == ["yesterday's"]
    assert not Heartbeat.objects.filter(name="backup").exists()


@pytest.mark.postgres
def test_what_pg_dump_says_is_passed_on(
    shop: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any, **__: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, "", "pg_dump: error: permission denied\nfor table x\n")

    def miss(*_: Any, **__: Any) -> None:
        raise FileNotFoundError("pg_dump")

    for run, words in ((fail, "permission denied for table x"), (miss, "pg_dump isn't installed")):
        monkeypatch.setattr("tirage.cli.backup.subprocess.run", run)
        assert main(["backup", str(tmp_path / "x")]) == 1
        assert words in capsys.readouterr().err


def test_another_tools_backup_is_noted(shop: World) -> None:
    assert main(["backup", "--made"]) == 0
    assert Heartbeat.objects.get(name="backup").ok_at


@pytest.mark.parametrize("words", [[], ["x", "--made"]])
def test_where_to_is_asked_for(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", *words]) == 1
    assert "Say where to: tirage backup FILE." in capsys.readouterr().err
