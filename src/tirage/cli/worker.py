"""``tirage worker``: runs jobs; beside them a thread for urgent ones, and one that keeps queue and schedule going."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from threading import Event, Thread
from typing import Any

from tirage.cli.right_clock import require_right_clock
from tirage.cli.starting import require_tables, start_django
from tirage.cli.troubles import say_database
from tirage.core.errors import DomainError

#: Seconds between two looks at an empty queue, and between two looks at the schedule.
INTERVAL = 1.0
#: How often a single run is tried on a database that others keep; each try waits for them itself.
TRIES_ONCE = 10
KEEPER_INTERVAL = 5.0
#: The queue of what somebody waits for, and how often it is looked at.
URGENT, URGENT_INTERVAL = "urgent", 0.5

logger = logging.getLogger("tirage.worker")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--queues", default="*", help="queues to serve, separated by commas (all)")
    parser.add_argument("--once", action="store_true", help="do what is due now, then end")


def run(options: argparse.Namespace) -> int:
    start_django()
    require_tables()
    require_right_clock()
    names = options.queues.split(",")
    if options.once:
        _patiently(keep_once)
        _patiently(_make_worker(names, once=True).run)
        return 0
    stop, beside = Event(), [_keep]
    if "*" in names or (URGENT in names and len(names) > 1):
        beside.append(_work_urgently)
        names = [name for name in names if name != URGENT]
    threads = [Thread(target=work, args=(stop,), name=work.__name__, daemon=True) for work in beside]
    for thread in threads:
        thread.start()
    worker = _make_worker(names, without=[URGENT] if len(beside) > 1 else [])
    worker.configure_signals()
    try:
        _work_on(worker, stop)
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=30)
    return 0


def _patiently(act: Callable[[], object]) -> None:
    """Does it again while another process keeps the database, some of minutes; what it had done it finds done."""
    for _ in range(TRIES_ONCE):
        try:
            act()
        except outages() as problem:
            if "locked" not in str(problem):
                raise
            _say_away(problem)
            time.sleep(INTERVAL)
        else:
            return
    act()


def _work_urgently(stop: Event) -> None:
    """What somebody waits for, while the rest works through thousands. Ends no earlier than the worker itself."""
    from django.db import connections

    worker = _make_worker([URGENT], name=URGENT, interval=URGENT_INTERVAL)
    watch = Thread(target=_let_end, args=(stop, worker), daemon=True)
    watch.start()
    _work_on(worker, stop)
    connections.close_all()


def _work_on(worker: Any, stop: Event) -> None:
    """Runs jobs until told to end. A database that is away for a while is waited for."""
    from django.db import connections

    from tirage.cli.jobs import give_back_jobs

    was_away = False
    while worker.running:
        try:
            if was_away:
                # What it had begun when the database went, this thread no longer does.
                give_back_jobs(worker.worker_id)
                was_away = False
            worker.run()
        except outages() as problem:
            was_away = True
            _say_away(problem)
            connections.close_all()
            stop.wait(KEEPER_INTERVAL)
        except Exception:
            # What a database that was locked or gone leaves behind has many names; none of them may end the worker.
            was_away = True
            logger.exception("Jobs failed to run; it tries again.")
            connections.close_all()
            stop.wait(KEEPER_INTERVAL)


def outages() -> tuple[type[Exception], ...]:
    """What a database raises that is away, busy or silent."""
    from django.db import InterfaceError, OperationalError

    return OperationalError, InterfaceError


def _say_away(problem: Exception) -> None:
    logger.warning("The worker waits. %s", say_database(problem))


def _let_end(stop: Event, worker: Any) -> None:
    stop.wait()
    worker.running = False


def _make_worker(  # type: ignore[no-untyped-def]  # the package has no types
    queues: Sequence[str],
    *,
    once: bool = False,
    without: Sequence[str] = (),
    name: str = "",
    interval: float = INTERVAL,
):
    from django_tasks_db.management.commands.db_worker import Worker

    return Worker(
        queue_names=list(queues),
        excluded_queue_names=list(without),
        interval=interval,
        batch=once,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=f"{socket.gethostname()[:40]}-{os.getpid()}{name and '-' + name}",
    )


def keep_once() -> None:
    """One look at the queue and the schedule."""
    from django.conf import settings
    from django.utils.module_loading import import_string

    from tirage.cli.jobs import release_dead_jobs, retry_failed_jobs, run_due
    from tirage.core.clock import read_clock
    from tirage.core.heartbeats import WORKER, note_success, write_notes

    now = read_clock()
    # First, and whatever becomes of the rest: that it is there at all.
    note_success(WORKER, now)
    write_notes()
    release_dead_jobs(now=now)
    retry_failed_jobs(now=now)
    run_due(import_string(settings.TIRAGE_SCHEDULE), now=now)
    note_success(WORKER, read_clock())
    write_notes()


def _keep(stop: Event) -> None:
    from django.db import close_old_connections, connections

    while not stop.is_set():
        close_old_connections()
        try:
            require_right_clock()
            keep_once()
        except DomainError as refusal:
            # The clock was set while the worker ran: what it does by that clock is wrong, so it ends.
            logger.critical("%s", refusal)
            os.kill(os.getpid(), signal.SIGTERM)
            return
        except outages() as problem:
            _say_away(problem)
            connections.close_all()
        except Exception:  # whatever it was must not end the keeper
            logger.exception("The keeper failed; it tries again.")
        stop.wait(KEEPER_INTERVAL)
    connections.close_all()
