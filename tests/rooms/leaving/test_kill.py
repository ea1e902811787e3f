"""A worker killed in the middle of writing everything leaves nothing of it, and the next one writes it whole."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest

from tests.killing import killed
from tests.world import build_world
from tirage.core.clock import read_clock
from tirage.leaving.exporting import begin_export, look_after_exports, read_parts, write_export
from tirage.leaving.models import EverythingExport, EverythingPart

#: Keeps one part of the file, says so, and waits to be killed before the next.
VICTIM = """
import sys, threading
import django
django.setup()
from tirage.core.clock import read_clock
from tirage.leaving import exporting
exporting.PART_BYTES = 4096
make, times = exporting.EverythingPart.objects.create, []
def slowly(**facts):
    if len(times) == 2:
        print("half way", flush=True)
        threading.Event().wait()
    times.append(1)
    return make(**facts)
exporting.EverythingPart.objects.create = slowly
exporting.write_export(reference=sys.argv[1], now=read_clock())
"""


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_leaves_nothing_and_the_next_writes_it_whole() -> None:
    world = build_world(read_clock())
    export = begin_export(queue=False, actor=world.staff, now=read_clock())
    killed(VICTIM, export.reference)
    assert EverythingPart.objects.count() == 2
    assert EverythingExport.objects.get().state == "running"
    assert look_after_exports(now=read_clock() + timedelta(minutes=2)) == 1
    export = write_export(reference=export.reference, now=read_clock())
    assert (export.state, export.attempt) == ("ready", 2)
    data = b"".join(read_parts(export))
    assert len(data) == export.size and zipfile.ZipFile(io.BytesIO(data)).testzip() is None
    assert set(EverythingPart.objects.values_list("attempt", flat=True)) == {2}
