"""A database of a benchmark's own, empty and up to date."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))


@contextmanager
def fresh_database(*, postgres: bool) -> Iterator[Path]:
    """SQLite in a temporary folder, or a PostgreSQL server with its default durability; answers the folder.

    Django starts here, so nothing that knows a model may have been imported before.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tirage-benchmark-")))
        (folder / "static").mkdir()
        os.environ |= {"TIRAGE_MODE": "test", "TIRAGE_VAR": str(folder), "TIRAGE_DATABASE_POOL": "0"}
        os.environ["TIRAGE_DATABASE_URL"] = f"sqlite:///{folder / 'benchmark.sqlite3'}"
        if postgres:
            from tirage.cli.cluster import Cluster

            os.environ["TIRAGE_DATABASE_URL"] = stack.enter_context(Cluster(durable=True)).url()
        os.environ["DJANGO_SETTINGS_MODULE"] = "tirage.config.settings"
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        stack.callback(connections.close_all)
        call_command("migrate", verbosity=0)
        yield folder
