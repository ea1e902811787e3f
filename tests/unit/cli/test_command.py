"""The ``tirage`` command's manners: help, one plain sentence for a mistake, exit codes."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.world import World
from tirage import __version__
from tirage.cli import main as command
from tirage.cli import starting
from tirage.core.models import Event
from tirage.staff.models import StaffMember


def run(*words: str) -> int:
    """The exit code, whether argparse ended the run or the command did."""
    try:
        return command.main(words)
    except SystemExit as end:
        return int(end.code or 0)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"tirage {__version__}\n"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    out = capsys.readouterr().out
    assert {entry.name for entry in command.COMMANDS} <= set(
        re.findall(r"^    ([a-z-]+)\s", out, re.MULTILINE)
    )


def test_every_commands_arguments_are_read_before_django_is_started() -> None:
    """In a process of its own: this one has started it long ago."""
    program = (
        "from tirage.cli.main import COMMANDS, build_parser\nfor one in COMMANDS: build_parser([one.name])"
    )
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "TIRAGE"))}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=bare)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [entry.name for entry in command.COMMANDS])
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(name, "--help") == 0
    assert f"usage: tirage {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["pour"], "invalid choice: 'pour'"),
        ([], "required: COMMAND"),
        (["serve", "--port", "http"], "argument --port"),
        (["serve", "--workers", "0"], "'0' is not a number from 1"),
    ],
)
def test_a_mistake_gets_one_line_and_code_2(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == command.MISUSED
    err = capsys.readouterr().err
    assert says in err
    assert "--help" in err
    assert err.count("\n") == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "words", [["serve"], ["worker", "--once"], ["staff", "add", "a@example.com", "--link"]]
)
def test_missing_migrations_are_refused(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(starting, "missing_migrations", lambda: ["orders.0002_tags", "orders.0003_more"])
    assert run(*words) == command.REFUSED
    assert "lacks 2 migrations (first orders.0002_tags). Run: tirage migrate" in capsys.readouterr().err
    assert not StaffMember.objects.exists()


@pytest.mark.django_db
def test_staff_add_prints_a_link_to_set_a_password(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("staff", "add", "Olive@Example.com", "--name", "Olive", "--link") == 0
    member = StaffMember.objects.get()
    assert (member.email, member.role) == ("olive@example.com", "owner")
    assert not member.has_usable_password()
    assert "/winery/sign-in/password/reset/key/" in capsys.readouterr().out
    assert Event.objects.get().name == "staff.invited"


def test_staff_add_refuses_whom_it_knows(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("staff", "add", world.owner.email, "--link") == command.REFUSED
    assert "is on the team already" in capsys.readouterr().err
    assert StaffMember.objects.count() == 1


@pytest.mark.django_db
def test_staff_add_refuses_what_is_no_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("staff", "add", "olive", "--link") == command.REFUSED
    assert "Nobody was added" in capsys.readouterr().err
    assert not StaffMember.objects.exists()


@pytest.mark.django_db
def test_staff_add_refuses_a_weak_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tirage.staff.commands.getpass", lambda _: "short")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert run("staff", "add", "olive@example.com") == command.REFUSED
    assert "Nobody was added" in capsys.readouterr().err
    assert not StaffMember.objects.exists()


@pytest.mark.django_db
def test_a_demo_is_never_open_to_other_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("serve", "--host", "0.0.0.0") == command.REFUSED
    assert "serves this machine only" in capsys.readouterr().err
