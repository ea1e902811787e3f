"""A process killed in the middle of its writing leaves whole portions, and the import goes on behind them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django_tasks_db.models import DBTaskResult

from tests.rooms.imports.conftest import upload
from tirage.core.actors import system
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.customers.models import Address, Customer
from tirage.imports.operations import run_import, sweep_stopped

#: Writes three portions, says so in the middle of the third, and waits to be killed with its transaction open.
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
    if len(batches) == 3:
        print("half way", flush=True)
        threading.Event().wait()
CustomerImporter.write, CustomerImporter.portion = write, 20
run_import(reference=sys.argv[1], actor=system(), now=read_clock())
"""


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_killed_import_goes_on_where_it_stood() -> None:
    people = "Email,Name,Address,City,State,Zip\n" + "".join(
        f"p{n}@x.com,Person {n},{n + 1} Main St,Napa,CA,94558\n" for n in range(100)
    )
    run = upload("customers", people, read_clock())
    facts = connection.settings_dict
    environment = {
        **os.environ,
        "TIRAGE_MODE": "test",
        "TIRAGE_VAR": str(settings.VAR),
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
    assert run.written == 40
    assert (Customer.objects.count(), Address.objects.count(), Event.objects.count()) == (40, 40, 40)
    later = read_clock() + timedelta(minutes=2)
    assert sweep_stopped(now=later) == 1
    run.refresh_from_db()
    assert run.state == "failed" and "40 of 100 rows are in" in run.outcome
    job = DBTaskResult.objects.get(task_path="tirage.imports.tasks.import_file")
    assert job.args_kwargs["args"] == [run.reference, False], "the worker goes on by itself"
    assert run_import(reference=run.reference, actor=system(), now=later).state == "done"
    created = Event.objects.filter(name="customer.created").count()
    assert (Customer.objects.count(), Address.objects.count(), created) == (100, 100, 100)
