"""A process killed in the middle of its writing leaves nothing, and the import can be started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from tests.rooms.imports.conftest import upload
from tirage.core.actors import system
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.customers.models import Address, Customer
from tirage.imports.operations import run_import, sweep_stopped

#: Writes two batches, says so, and then waits to be killed with its transaction open.
VICTIM = """
import sys, threading
import django
django.setup()
from tirage.core.actors import system
from tirage.core.clock import read_clock
from tirage.imports.customers import CustomerImporter
from tirage.imports.operations import run_import
written, batches = CustomerImporter.write, []
def write(self, rows):
    written(self, rows)
    batches.append(1)
    if len(batches) == 2:
        print("half way", flush=True)
        threading.Event().wait()
CustomerImporter.write, CustomerImporter.batch = write, 20
run_import(reference=sys.argv[1], actor=system(), now=read_clock())
"""


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_killed_import_leaves_nothing(tmp_path: Path) -> None:
    people = "Email,Name,Address,City,State,Zip\n" + "".join(
        f"p{n}@x.com,Person {n},{n + 1} Main St,Napa,CA,94558\n" for n in range(100)
    )
    run = upload("customers", people, read_clock())
    facts = connection.settings_dict
    environment = {
        **os.environ,
        "TIRAGE_MODE": "test",
        "TIRAGE_VAR": str(tmp_path),
        "TIRAGE_DATABASE_URL": f"postgresql://{facts['USER']}@/{facts['NAME']}?host={facts['HOST']}",
        "DJANGO_SETTINGS_MODULE": "tirage.config.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    with subprocess.Popen(
        [sys.executable, "-c", VICTIM, run.reference], env=environment, stdout=subprocess.PIPE, text=True
    ) as victim:
        assert victim.stdout and victim.stdout.readline() == "half way\n"
        victim.send_signal(signal.SIGKILL)
    run.refresh_from_db()
    assert run.state == "running"
    assert (Customer.objects.count(), Address.objects.count(), Event.objects.count()) == (0, 0, 0)
    later = read_clock() + timedelta(minutes=2)
    assert sweep_stopped(now=later) == 1
    run.refresh_from_db()
    assert run.state == "failed" and "Nothing was imported" in run.outcome
    assert run_import(reference=run.reference, actor=system(), now=later).state == "done"
    assert Customer.objects.count() == 100
