"""Files of a former system brought and moved in, as the pages do it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.world import World
from tirage.imports.models import ImportRun
from tirage.imports.operations import run_import, start_import
from tirage.imports.options import ImportOptions
from tirage.moving.models import MoveRun
from tirage.moving.running import begin_move, go_on
from tirage.moving.staging import NewRow, keep_rows
from tirage.moving.states import MoveAct


def bring(world: World, content: bytes, name: str = "orders.csv") -> ImportRun:
    facts: dict[str, Any] = {"actor": world.staff, "now": world.now}
    run = start_import(
        kind="orders", file=io.BytesIO(content), file_name=name, options=ImportOptions(), **facts
    )
    return run_import(reference=run.reference, **facts)


def bring_file(world: World, path: Path) -> ImportRun:
    return bring(world, path.read_bytes(), path.name)


def table(rows: Sequence[Mapping[str, object]]) -> bytes:
    """Rows as a CSV file; columns in the order in which they first appear."""
    headers = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, headers, restval="")
    writer.writeheader()
    writer.writerows(dict(row) for row in rows)
    return out.getvalue().encode()


def move(
    world: World, act: MoveAct = MoveAct.BRING_IN, *, now: datetime | None = None, **options: bool
) -> MoveRun:
    run = begin_move(act=act, queue=False, actor=world.staff, now=now or world.now, **options)
    return go_on(run=run, clock=lambda: now or world.now)


def looked_ahead(world: World) -> MoveRun:
    """A run that only looked at one order, whose file isn't kept."""
    line = {
        "placed_at": "2019-10-01T07:00:00+00:00",
        "email": "ada@example.org",
        "sku": "OLD16",
        "quantity": 2,
    }
    keep_rows(
        [NewRow(2, "Former system", "77", line | {"unit_price": 50_00})], file="IMP-22222222", shape="few"
    )
    return move(world, MoveAct.PREVIEW)
