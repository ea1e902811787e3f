"""A search for notes whose process is killed goes on after what is done, and tells nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django_tasks_db.models import DBTaskResult

from tests.rooms.insights.test_noting import seattle_grows
from tests.world import World
from tirage.core.winery import forget_winery
from tirage.insights.note_models import Note, NotesRun
from tirage.insights.noting import running
from tirage.insights.noting.families import FAMILIES
from tirage.insights.noting.homes import Gathered
from tirage.insights.noting.scene import Scene

#: Says when it is there, and waits to be killed: having gathered the third family and not kept it, or with the first
#: note written and its transaction open.
VICTIM = """
import sys, threading
import django
django.setup()
from datetime import datetime
from tirage.core.clock import read_clock
from tirage.insights.note_models import Note, NotesRun
from tirage.insights.noting import families, running
reference, moment = sys.argv[1:]
def wait():
    print("there", flush=True)
    threading.Event().wait()
if moment == "gathering":
    third = list(families.FAMILIES)[2]
    gather = families.FAMILIES[third]
    families.FAMILIES[third] = lambda scene: (gather(scene), wait())[0]
else:
    write = running._write
    running._write = lambda *what: (write(*what), wait())[0]
running.look_for_notes(run=NotesRun.objects.get(reference=reference), clock=read_clock)
"""


@pytest.fixture(autouse=True)
def winery_of_this_test() -> Iterator[None]:
    forget_winery()
    yield
    forget_winery()


def killed(run: NotesRun, moment: str) -> None:
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
        [sys.executable, "-c", VICTIM, run.reference, moment],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as victim:
        assert victim.stdout and victim.stdout.readline() == "there\n"
        victim.send_signal(signal.SIGKILL)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("moment", ["gathering", "telling"])
def test_a_killed_search_goes_on_and_tells_nothing_twice(
    world_today: World, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seattle_grows(world_today)
    run = running.start_notes(actor=world_today.staff, now=world_today.now)
    killed(run, moment)
    run.refresh_from_db()
    done = list(FAMILIES)[:2] if moment == "gathering" else list(FAMILIES)
    assert (run.state, set(run.found)) == ("running", set(done))
    assert not Note.objects.exists(), "nothing is told by halves"
    DBTaskResult.objects.all().delete()
    later = run.changed_at + timedelta(minutes=5)
    assert running.sweep_stopped_notes(now=later) == 1
    job = DBTaskResult.objects.get(task_path=running.TASK)
    assert job.args_kwargs["args"] == [run.reference], "another worker takes it up"

    again: list[str] = []

    def counted(name: str, gather: Callable[[Scene], Gathered]) -> Callable[[Scene], Gathered]:
        def inner(scene: Scene) -> Gathered:
            again.append(name)
            return gather(scene)

        return inner

    for name, gather in FAMILIES.items():
        monkeypatch.setitem(FAMILIES, name, counted(name, gather))
    before = set(run.found)
    assert running.look_for_notes(run=run, clock=lambda: later).state == "finished"
    told = [note.subject for note in Note.objects.all()]
    assert "growing:metro:42660" in told and len(told) == len(set(told))
    assert set(again) - before == set(FAMILIES) - before, "what wasn't done is done"
    assert running.look_for_notes(run=run, clock=lambda: later).state == "finished"
    assert sorted(note.subject for note in Note.objects.all()) == sorted(told)
