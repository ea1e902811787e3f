"""What goes wrong around Tirage is said in a sentence that helps, with an exit code: never as a traceback."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.live.processes import environment, tirage, wait_for
from tirage.cli.cluster import Cluster
from tirage.cli.migrate import LOCK

COMMANDS = (
    ["serve", "--port", "1"],
    ["worker", "--once"],
    ["migrate"],
    ["doctor"],
    ["export", "orders"],
    ["import", "skus", __file__],
    ["staff", "unlock", "anna@example.com"],
)
#: Runs them one after the other in one process, which is quicker; each ends in a line with its exit code.
_EACH = f"""
import sys
from tirage.cli.main import main
for words in {COMMANDS!r}:
    print("ended", main(words), file=sys.stderr)
"""


def start(settings: dict[str, str], *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tirage", *words]
    return subprocess.Popen(command, env=settings, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def one_sentence(error: str, name: str) -> str:
    assert "Traceback" not in error
    assert error.startswith(f"tirage {name}: ") and error.count("\n") == 1, error
    return error


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (
            "postgresql://tirage@/tirage?host=/nowhere",
            "Is PostgreSQL running, and is TIRAGE_DATABASE_URL right?",
        ),
        ("sqlite:////proc/nowhere/tirage.sqlite3", "The database file can't be opened"),
    ],
)
def test_every_command_says_that_there_is_no_database(address: str, words: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _EACH]
    done = subprocess.run(
        command, env=environment(tmp_path, address), capture_output=True, text=True, timeout=120
    )
    said = done.stderr.split("ended 1\n")
    assert said.pop() == "" and len(said) == len(COMMANDS), done.stderr
    for line, error in zip(COMMANDS, said, strict=True):
        # SQLite's file would be made in a folder of its own first.
        assert (words in one_sentence(error, line[0])) or (line == ["migrate"] and "/proc/nowhere" in error)


def test_who_is_not_let_in_hears_why(cluster: Cluster, tmp_path: Path) -> None:
    for address, words in (
        (cluster.url("elsewhere"), "no such database or role"),
        (cluster.url().replace("tirage@", "nobody@"), "no such database or role"),
    ):
        done = tirage(environment(tmp_path, address), "doctor")
        assert done.returncode == 1
        assert words in one_sentence(done.stderr, "doctor")


def test_a_database_that_can_only_be_read(cluster: Cluster, database_url: str, tmp_path: Path) -> None:
    settings = environment(tmp_path, f"{database_url}&options=-c%20default_transaction_read_only%3Don")
    for name, line in (
        ("worker", ["worker", "--once"]),
        ("staff", ["staff", "add", "a@example.com", "--link"]),
    ):
        done = tirage(settings, *line)
        assert done.returncode == 1, done.stderr
        assert "can only be read" in one_sentence(done.stderr.splitlines(keepends=True)[-1], name)


@pytest.mark.parametrize("words", [["serve", "--port", "1"], ["demo", "--no-serve"]])
def test_a_folder_that_cant_be_written(words: list[str], database_url: str, tmp_path: Path) -> None:
    """Nobody, root neither, makes folders under this one."""
    settings = environment(tmp_path, database_url, TIRAGE_VAR="/proc/tirage")
    if words[0] == "serve":
        words = ["serve", "--port", "0"]
    done = tirage(settings, *words)
    assert done.returncode == 1
    assert "/proc/tirage" in one_sentence(done.stderr, words[0])


def test_of_two_who_migrate_at_once_one_waits(cluster: Cluster, tmp_path: Path) -> None:
    """Without the lock both begin, and one fails at a table that the other has just made."""
    cluster.make_database("unborn")
    settings = environment(tmp_path, cluster.url("unborn"))
    done = [process.communicate(timeout=120) for process in [start(settings, "migrate") for _ in range(2)]]
    assert sum("(0 migrations applied)" in out for out, _ in done) == 1, done
    assert all("The database is up to date" in out and "Traceback" not in error for out, error in done)


def test_who_has_to_wait_says_so(database_url: str, tmp_path: Path) -> None:
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        waiting = start(environment(tmp_path, database_url), "migrate")
        assert waiting.stderr
        assert "Another tirage migrate is at work" in waiting.stderr.readline()
        assert waiting.poll() is None
    out, _ = waiting.communicate(timeout=60)
    assert waiting.returncode == 0 and "0 migrations applied" in out


def test_on_sqlite_too(tmp_path: Path) -> None:
    file = tmp_path / "shop.sqlite3"
    with file.with_name("shop.sqlite3.migrating").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        waiting = start(environment(tmp_path, f"sqlite:///{file}"), "migrate")
        assert waiting.stderr
        assert "Another tirage migrate is at work" in waiting.stderr.readline()
        assert not file.exists()
    # The system takes the lock back with whoever had it, however that ended.
    wait_for(file.exists)
    waiting.kill()
    waiting.communicate()
