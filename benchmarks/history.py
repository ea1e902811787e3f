"""How long a winery's ten years take to move in: ``python benchmarks/history.py [--postgres] [--json FILE]``.

Writes the files of three systems of a made-up winery (200,000 orders, 600,000 lines of 30,000 customers), brings them,
makes orders of them and compares the sums, in a database of its own. Answers with exit code 1 when bringing and writing
took longer than ten minutes, memory grew past its limit, or a sum isn't that of the files to the cent.

``bring_s``: the files read, checked and kept by order, both passes over every row. ``write_s``: orders put together and
written. ``orders_200000_s``: both. ``mb``: the most memory of the process. ``reconcile_s``: the slowest of the six
kinds of sums. ``again_s``: the same files once more, which change nothing.
``mb_at``: the most memory of the process with the files in, and by how many orders were written: flat, where it doesn't
grow with them.
``export_everything_s``, ``export_mb``: all of it written into one file as the worker does, and the most memory by then.
A winery's ten years as one has them: ``--orders 60000 --customers 5000``.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from database import fresh_database

ORDERS, CUSTOMERS = 200_000, 30_000
MOST_S, MOST_MB = 600, 500


def bring(paths: list[Path]) -> int:
    """Every file as the page brings it, the long ones in parts; how many rows are kept."""
    from tirage.core.actors import system
    from tirage.core.clock import read_clock
    from tirage.imports.operations import run_import, start_import
    from tirage.imports.options import ImportOptions

    count = 0
    for path in paths:
        facts: dict[str, Any] = {"actor": system(), "now": read_clock()}
        with path.open("rb") as file:
            run = start_import(
                kind="orders", file=file, file_name=path.name, options=ImportOptions(), **facts
            )
        run = run_import(reference=run.reference, **facts)
        assert run.state == "done" and not run.bad, run.problems[:3]
        count += run.written
        print(f"  {path.name}: {run.written:,} rows", flush=True)
    return count


def peak_mb() -> int:
    """The most memory that the process ever had."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def move(along: dict[str, int] | None = None) -> dict[str, int]:
    """Makes orders of everything; ``along`` gets the most memory by each quarter of them."""
    from tirage.core.actors import system
    from tirage.core.clock import read_clock
    from tirage.moving.running import begin_move, go_on
    from tirage.moving.states import MoveAct

    run = begin_move(act=MoveAct.BRING_IN, queue=False, actor=system(), now=read_clock())

    def note(done: int, total: int) -> None:
        if along is not None and done * 4 // total > len(along):
            along[f"{done:,}"] = peak_mb()

    run = go_on(run=run, clock=read_clock, progress=note)
    assert not run.problems, run.problems[:3]
    return dict(run.counts)


def write_all() -> Any:
    """Everything as the page of moving out has it written."""
    from tirage.core.actors import system
    from tirage.core.clock import read_clock
    from tirage.leaving.exporting import begin_export, write_export

    export = begin_export(queue=False, actor=system(), now=read_clock())
    export = write_export(reference=export.reference, now=read_clock())
    assert export.state == "ready", export.problem
    return export


def written(folder: Path, customers: int, orders: int) -> tuple[list[Path], Any]:
    """The files and what they come to: by another process, so that its memory isn't taken for ours."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as writer:
        return writer.submit(write, folder, customers, orders).result()


def write(folder: Path, customers: int, orders: int) -> tuple[list[Path], Any]:
    from tirage.demo.second_winery import sold, write_files

    return write_files(folder, list(sold(customers, orders)))


def timed(what: str, act: Any) -> tuple[float, Any]:
    began = time.perf_counter()
    found = act()
    seconds = time.perf_counter() - began
    print(f"  {what}: {seconds:.1f} s", flush=True)
    return seconds, found


def measure(folder: Path, orders: int, customers: int, *, once: bool) -> dict[str, Any]:
    from tirage.core.models import Winery
    from tirage.moving.reconciling import sums
    from tirage.moving.states import By

    Winery.objects.get_or_create(pk=1, defaults={"name": "Halfmoon Ridge"})
    paths, control = written(folder, customers, orders)
    bring_s, rows = timed("files brought", lambda: bring(paths))
    brought_mb, along = peak_mb(), dict[str, int]()
    write_s, counts = timed("orders written", lambda: move(along))
    print(f"  memory: {brought_mb} MB with the files in, then by orders {along}", flush=True)
    assert counts["new"] == orders == control.orders, counts
    compared = [timed(f"sums by {by.value}", lambda by=by: sums(by)) for by in By]
    by_kind = dict(zip(By, (found for _, found in compared), strict=True))
    assert by_kind[By.YEAR] == dict(control.by_year), "sums by year differ"
    assert by_kind[By.CUSTOMER] == dict(control.by_customer), "sums by customer differ"
    mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    export_s, export = timed("everything into one file", write_all)
    again_s = 0.0
    if not once:
        again_s, same = timed("the same once more", lambda: (bring(paths), move())[1])
        assert same["same"] == orders, same
    return {
        "customers": customers,
        "orders": orders,
        "rows": rows,
        "bring_s": round(bring_s, 1),
        "write_s": round(write_s, 1),
        "orders_200000_s": round((bring_s + write_s) * ORDERS / orders, 1),
        "mb": round(mb),
        "mb_at": {"brought": brought_mb, **along},
        "reconcile_s": round(max(seconds for seconds, _ in compared), 2),
        "again_s": round(again_s, 1),
        "export_everything_s": round(export_s, 1),
        "export_rows": export.rows,
        "export_file_mb": round(export.size / 1e6),
        "export_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--orders", type=int, default=ORDERS, help="fewer take less long; times are scaled")
    parser.add_argument("--customers", type=int, help="as many for each order as in the whole, else")
    parser.add_argument("--once", action="store_true", help="don't bring the same files again")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with fresh_database(postgres=given.postgres) as folder:
        customers = given.customers or max(CUSTOMERS * given.orders // ORDERS, 10)
        found = measure(folder, given.orders, customers, once=given.once)
    print(json.dumps(found))
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return int(found["orders_200000_s"] > MOST_S or found["mb"] > MOST_MB)


if __name__ == "__main__":
    sys.exit(main())
