"""The ``tirage`` command: finds the sub-command, runs it, and says what went wrong in one sentence."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import NoReturn

from tirage import __version__
from tirage.cli.starting import require_tables, start_django
from tirage.cli.troubles import say_trouble
from tirage.core.errors import DomainError


@dataclass(frozen=True, slots=True)
class Command:
    """A sub-command. Its module is imported when it is asked for; it holds ``add_arguments(parser)``, if the
    command takes any, and ``run(options) -> exit code``. With ``needs_tables`` Django is started and the
    database known to be of this version before it runs.
    """

    name: str
    help: str
    module: str
    arguments: str = "add_arguments"
    run: str = "run"
    needs_tables: bool = False


_TABLES = "tirage.imports.commands"
COMMANDS = (
    Command("serve", "serve the shop and the back office", "tirage.cli.serve"),
    Command("worker", "send mails, run jobs and the schedule", "tirage.cli.worker"),
    Command("migrate", "create or upgrade the database's tables", "tirage.cli.migrate"),
    Command("demo", "load the demo winery and serve it", "tirage.demo.command"),
    Command("import", "read a table into Tirage", _TABLES, "add_import_arguments", "run_import", True),
    Command("export", "write a table from Tirage", _TABLES, "add_export_arguments", "run_export", True),
    Command(
        "move-out",
        "write everything into one file",
        "tirage.leaving.commands",
        "add_out_arguments",
        "run_out",
        True,
    ),
    Command(
        "move-back",
        "bring such a file into an empty Tirage",
        "tirage.leaving.commands",
        "add_back_arguments",
        "run_back",
        True,
    ),
    Command("staff", "add a member of the winery's team", "tirage.staff.commands", needs_tables=True),
    Command(
        "reseal",
        "seal the database's secrets with the present secret key",
        "tirage.staff.resealing",
        needs_tables=True,
    ),
    Command(
        "doctor",
        "prove that stock, orders and payments agree",
        "tirage.cli.doctor",
        run="run_doctor",
        needs_tables=True,
    ),
    Command(
        "reconcile",
        "compare payments with the gateway's own list",
        "tirage.cli.reconcile",
        needs_tables=True,
    ),
    Command(
        "insights",
        "place customers on the map and add up what was sold where",
        "tirage.insights.commands",
        needs_tables=True,
    ),
    Command("backup", "copy the database into a file, and note that it was done", "tirage.cli.backup"),
    Command("bench", "run release day and print the figures", "tirage.bench"),
)
#: Exit codes, besides 0: what was asked was refused or failed; what was asked can't be understood.
REFUSED, MISUSED, INTERRUPTED = 1, 2, 130


class PlainParser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, and where to read on."""

    def error(self, message: str) -> NoReturn:
        self.exit(MISUSED, f"{self.prog}: {message}. Try: {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; answers its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    options = build_parser(words).parse_args(words)
    command: Command = options.command
    try:
        if command.needs_tables:
            start_django()
            require_tables()
        return int(getattr(import_module(command.module), command.run)(options) or 0)
    except DomainError as refusal:
        print(f"tirage {command.name}: {refusal}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as problem:
        # What is nobody's fault in the code: a database, a disk. Anything else is, and is shown whole.
        if not (trouble := say_trouble(problem)):
            raise
        print(f"tirage {command.name}: {trouble}", file=sys.stderr)
        return REFUSED


def build_parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The parser. Only the arguments of the command in ``words`` are known: the others aren't imported."""
    parser = PlainParser(prog="tirage", description="Commerce by allocation, for wineries.")
    parser.add_argument("--version", action="version", version=f"tirage {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        described = command.help[0].upper() + command.help[1:] + "."
        sub = commands.add_parser(command.name, help=command.help, description=described)
        sub.set_defaults(command=command)
        if command.name in words[:1]:
            add_arguments = getattr(import_module(command.module), command.arguments, None)
            if add_arguments:
                add_arguments(sub)
    return parser
