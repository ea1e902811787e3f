"""A winery that was bought: ten years of it in three systems' files, not moved in yet, with its yearly sums."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from tirage.core.actors import Actor
from tirage.demo.second_winery import sold, write_files
from tirage.imports.operations import run_import, start_import
from tirage.imports.options import ImportOptions
from tirage.imports.states import ImportKind
from tirage.moving.reconciling import keep_figures
from tirage.moving.states import By

CUSTOMERS, ORDERS, YEARS = 120, 600, 10


def leave_history(now: datetime, manager: Actor) -> None:
    """Its files wait under *Settings, Move in*: to be looked at, brought in and compared in five minutes."""
    with tempfile.TemporaryDirectory() as folder:
        orders = list(sold(CUSTOMERS, ORDERS, first_year=now.year - YEARS, years=YEARS))
        files, control = write_files(Path(folder), orders)
        for number, path in enumerate(files):
            _bring(path, now - timedelta(minutes=40 - number), manager)
    keep_figures(by=By.YEAR, figures=dict(control.by_year), actor=manager, now=now)


def _bring(path: Path, at: datetime, manager: Actor) -> None:
    with path.open("rb") as file:
        run = start_import(
            kind=ImportKind.ORDERS.value,
            file=file,
            file_name=path.name,
            options=ImportOptions(),
            actor=manager,
            now=at,
        )
    run_import(reference=run.reference, actor=manager, now=at)
