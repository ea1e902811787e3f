"""``tirage demo``: a winery to look around in, on this machine only."""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tirage import __version__
from tirage.cli.assets import gather_assets
from tirage.cli.migrate import apply_migrations
from tirage.cli.serve import require_free_port, serve
from tirage.cli.starting import start_django

#: Called by the loader with what it is doing and how much of everything is done, 0 to 1.
Progress = Callable[[str, float], None]
HOST = "127.0.0.1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reset", action="store_true", help="throw the demo's data away and load it again")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (%(default)s)")
    parser.add_argument("--no-serve", action="store_true", help="load the data, but don't start the server")


def run(options: argparse.Namespace) -> int:
    folder = Path(os.environ.get("TIRAGE_VAR") or "var").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if not options.no_serve:
        require_free_port(HOST, options.port)
    site = f"http://{HOST}:{options.port}"
    use_demo_settings(folder, site)
    load_once(folder, reset=options.reset)
    if options.no_serve:
        return 0
    gather_assets()
    _greet(site)
    with _worker():
        serve(host=HOST, port=options.port, workers=2, threads=4, log_level="warning")
    print("\nStopped. The data stays; make demo continues, make demo-reset starts over.")
    return 0


def use_demo_settings(folder: Path, site: str) -> None:
    """The demo has settings and a database of its own: it never touches a winery's real data."""
    for name in [name for name in os.environ if name.startswith("TIRAGE_")]:
        del os.environ[name]
    os.environ.update(
        TIRAGE_MODE="demo",
        TIRAGE_VAR=str(folder),
        TIRAGE_DATABASE_URL=f"sqlite:///{_database(folder)}",
        TIRAGE_SITE_URL=site,
        TIRAGE_SECRET_KEY=_secret_key(folder / "demo-secret-key"),
        TIRAGE_LOG_LEVEL="WARNING",
    )
    start_django("page")


def load_once(folder: Path, *, reset: bool) -> None:
    """Loads the winery unless it is there, whole and of this data's version; a load cut short starts over."""
    from tirage.demo.loader import load_demo

    mark = folder / "demo-loaded"
    if reset or not mark.exists():
        mark.unlink(missing_ok=True)
        for suffix in ("", "-wal", "-shm"):
            Path(f"{_database(folder)}{suffix}").unlink(missing_ok=True)
        # The mails of the data that has just gone, and their links, would lead nowhere.
        shutil.rmtree(folder / "mail", ignore_errors=True)
    apply_migrations()
    if not mark.exists():
        with _progress() as progress:
            load_demo(progress)
        mark.write_text(f"{__version__}\n", encoding="utf-8")


def _database(folder: Path) -> Path:
    return folder / "demo.sqlite3"


def _secret_key(path: Path) -> str:
    """One key for server, worker and the next start, so that nobody is signed out by a restart."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="utf-8")
    return path.read_text(encoding="utf-8")


@contextmanager
def _progress() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description:<40}"), BarColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("Loading the demo winery", total=1.0)
        yield lambda text, done: bar.update(task, description=text, completed=done)


@contextmanager
def _worker() -> Iterator[None]:
    """A worker beside the server, ended with it. Ctrl-C reaches both."""
    from django.db import connections

    connections.close_all()
    process = subprocess.Popen([sys.executable, "-m", "tirage", "worker"])
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _greet(site: str) -> None:
    from tirage.demo.loader import sign_ins

    print(f"\nThe demo winery is at {site}  (Ctrl-C stops it)\n", flush=True)
    for line in sign_ins(site):
        print(f"  {line}", flush=True)
    print(flush=True)
