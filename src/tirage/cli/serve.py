"""``tirage serve``: the shop and the back office, behind granian."""

from __future__ import annotations

import argparse
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tirage.cli.assets import gather_assets
from tirage.cli.starting import require_tables, start_django
from tirage.core.errors import DomainError

#: Requests that may wait for a thread, for each worker; beyond it a crowd waits in the kernel's queue.
BACKPRESSURE = 64
#: How long somebody may take to say what is asked for. What is sent with it has no limit here: the proxy holds it.
HEADERS_MS = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (%(default)s)")
    parser.add_argument(
        "--workers", type=_positive, default=2, help="processes, one for each core (%(default)s)"
    )
    parser.add_argument(
        "--access-log", action="store_true", help="write a line for each request, without mailed keys"
    )
    parser.add_argument("--threads", type=_positive, default=4, help="threads of each process (%(default)s)")


def run(options: argparse.Namespace) -> int:
    start_django("page")
    refuse_public_demo(options.host)
    require_tables()
    require_free_port(options.host, options.port)
    gather_assets()
    with counting_together():
        serve(
            host=options.host,
            port=options.port,
            workers=options.workers,
            threads=options.threads,
            access_log=options.access_log,
        )
    return 0


@contextmanager
def counting_together() -> Iterator[None]:
    """Where the server's processes count their requests, so that whichever is asked for figures knows all of them.

    In memory where there is such a folder: a full disk must not end a server that counts.
    """
    from django.conf import settings

    if not settings.TIRAGE_METRICS_TOKEN:
        yield
        return
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    place = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="tirage-metrics-", dir=place) as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield


def serve(
    *, host: str, port: int, workers: int, threads: int, log_level: str = "info", access_log: bool = False
) -> None:
    """Serves until stopped by SIGINT or SIGTERM, with running requests finished."""
    from django.db import connections

    # The server forks its workers: a connection or pool opened before would be one socket in two processes.
    for connection in connections.all():
        connection.close()
        close_pool = getattr(connection, "close_pool", None)  # SQLite's wrapper has none
        if close_pool:
            close_pool()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tirage.config.settings"
    run_server(
        "tirage.config.wsgi:application",
        host=host,
        port=port,
        workers=workers,
        threads=threads,
        log_level=log_level,
        access_log=access_log,
    )


def run_server(
    target: str,
    *,
    host: str,
    port: int,
    workers: int,
    threads: int,
    log_level: str = "info",
    access_log: bool = False,
) -> None:
    """Serves any WSGI callable, named as ``module:name``, the way the shop is; the benchmark compares by it."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    from tirage.parts.logs import SERVER_LOGGING

    Granian(
        target,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        backpressure=BACKPRESSURE,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_MS),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=30,
        log_level=LogLevels(log_level),
        log_dictconfig=SERVER_LOGGING,
        log_access=access_log,
        log_access_format='%(addr)s "%(method)s %(path)s %(protocol)s" %(status)d %(dt_ms).1f ms',
    ).serve()


def refuse_public_demo(host: str) -> None:
    """Raises DomainError when a demo, whose mails anybody can read, would be open to other machines."""
    from django.conf import settings

    if not settings.PRODUCTION and host not in {"127.0.0.1", "::1", "localhost"}:
        raise DomainError(
            "public_demo",
            f"TIRAGE_MODE={settings.MODE} serves this machine only. Set production, or --host 127.0.0.1.",
        )


def require_free_port(host: str, port: int) -> None:
    """Raises DomainError when something listens there already, or the address isn't this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as problem:
            reason = getattr(problem, "strerror", None) or str(problem)
            raise DomainError(
                "no_port", f"Can't listen on {host}:{port}: {reason}. Choose another with --port or --host."
            ) from None


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)
