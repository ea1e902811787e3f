"""``tirage worker``: runs jobs, and beside them a thread that keeps the queue and the schedule going."""

from __future__ import annotations

import argparse
import logging
import os
import socket
from collections.abc import Sequence
from threading import Event, Thread

from tirage.cli.starting import require_tables, start_django

#: Seconds between two looks at an empty queue, and between two looks at the schedule.
INTERVAL = 1.0
KEEPER_INTERVAL = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--queues", default="*", help="queues to serve, separated by commas (all)")
    parser.add_argument("--once", action="store_true", help="do what is due now, then end")


def run(options: argparse.Namespace) -> int:
    start_django()
    require_tables()
    worker = _make_worker(options.queues.split(","), once=options.once)
    if options.once:
        keep_once()
        worker.run()
        return 0
    worker.configure_signals()
    stop = Event()
    keeper = Thread(target=_keep, args=(stop,), name="keeper", daemon=True)
    keeper.start()
    try:
        worker.run()
    finally:
        stop.set()
        keeper.join(timeout=30)
    return 0


def _make_worker(queues: Sequence[str], *, once: bool):  # type: ignore[no-untyped-def]  # the package has no types
    from django_tasks_db.management.commands.db_worker import Worker

    return Worker(
        queue_names=list(queues),
        excluded_queue_names=[],
        interval=INTERVAL,
        batch=once,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=f"{socket.gethostname()[:40]}-{os.getpid()}",
    )


def keep_once() -> None:
    """One look at the queue and the schedule."""
    from django.conf import settings
    from django.utils.module_loading import import_string

    from tirage.cli.jobs import release_dead_jobs, retry_failed_jobs, run_due
    from tirage.core.clock import read_clock

    now = read_clock()
    release_dead_jobs(now=now)
    retry_failed_jobs(now=now)
    run_due(import_string(settings.TIRAGE_SCHEDULE), now=now)


def _keep(stop: Event) -> None:
    from django.db import close_old_connections, connections

    logger = logging.getLogger("tirage.worker")
    while not stop.is_set():
        close_old_connections()
        try:
            keep_once()
        except Exception:  # a database that is away for a minute must not end the keeper
            logger.exception("The keeper failed; it tries again.")
        stop.wait(KEEPER_INTERVAL)
    connections.close_all()
