"""A PostgreSQL server of our own in a temporary folder, for tests and the benchmark. Linux and macOS."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

#: Where Debian, Fedora and Homebrew keep the server's programs, newest first.
_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/bin",
)
OLDEST_VERSION = 15
#: What a test doesn't need: every byte on disk before the answer.
_FORGETFUL = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


class ClusterMissing(RuntimeError):
    """PostgreSQL's server programs aren't on this machine."""


class Cluster:
    """One server, reachable through a unix socket only. ``durable`` keeps PostgreSQL's own defaults.

    ``start()`` and ``stop()``, or a ``with`` block. ``url(name)`` is for TIRAGE_DATABASE_URL. It doesn't outlive the
    process that started it: should that be killed, a watcher stops the server and removes the folder.
    """

    def __init__(self, *, durable: bool = False, settings: dict[str, str] | None = None) -> None:
        self.durable = durable
        self.settings = dict(settings or {})
        self.programs = find_programs()
        self.folder = Path()
        self._watcher: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Cluster:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Makes the folder and the server; takes about a second."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tirage-pg-"))
        if os.geteuid() == 0:
            postgres = pwd.getpwnam("postgres")
            os.chown(self.folder, postgres.pw_uid, postgres.pw_gid)
        self._watch()
        self._run(
            "initdb", "-D", self._data, "-U", "tirage", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"
        )
        self._serve()
        self._run("createdb", "-h", str(self.folder), "-U", "tirage", "tirage")

    def _serve(self) -> None:
        options = ["-k", str(self.folder), "-c", "listen_addresses="]
        options += [] if self.durable else _FORGETFUL
        for name, value in self.settings.items():
            options += ["-c", f"{name}={value}"]
        self._run(
            "pg_ctl", "-D", self._data, "-l", str(self.folder / "log"), "-o", " ".join(options), "-w", "start"
        )

    def stop(self) -> None:
        """Ends the server at once and removes its folder; nothing of it is kept."""
        if self.folder.name:
            self._run(*self._stopping, check=False)
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = Path()
        # Last, so that whoever is killed in the middle of this is still watched.
        if self._watcher:
            self._watcher.kill()
            self._watcher.wait()
            self._watcher = None

    def _watch(self) -> None:
        """A process in a session of its own, so that no Ctrl-C and no killed process group takes it along."""
        watch = str(Path(__file__).with_name("cluster_watch.py"))
        stop = self._command(*self._stopping)
        self._watcher = subprocess.Popen(
            [sys.executable, "-IS", watch, str(os.getpid()), str(self.folder), *stop],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_plain_environment(),
            start_new_session=True,
        )

    def url(self, name: str = "tirage") -> str:
        """The address of a database of this server."""
        return f"postgresql://tirage@/{name}?host={self.folder}"

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    @property
    def _stopping(self) -> tuple[str, ...]:
        return ("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def _command(self, program: str, *arguments: str) -> list[str]:
        """PostgreSQL's programs refuse to be run as root."""
        command = [str(self.programs / program), *arguments]
        return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        done = subprocess.run(
            self._command(program, *arguments),
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=_plain_environment(),
        )
        if check and done.returncode:
            raise RuntimeError(f"{program} failed:\n{done.stdout}{done.stderr}")


def _plain_environment() -> dict[str, str]:
    """The environment without variables that would point PostgreSQL's programs elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def find_programs() -> Path:
    """The folder of ``initdb`` and ``pg_ctl`` of PostgreSQL 15 or newer. Raises ClusterMissing."""
    programs = [program for place in _PLACES for program in Path("/").glob(f"{place[1:]}/initdb")]
    if on_path := shutil.which("initdb"):
        programs.append(Path(on_path))
    # Resolved, because a link to initdb alone may lie in a folder without the other programs.
    folders = {program.resolve().parent for program in programs}
    usable = [(version, folder) for folder in folders if (version := _version(folder)) >= OLDEST_VERSION]
    if not usable:
        raise ClusterMissing(
            f"PostgreSQL {OLDEST_VERSION} or newer isn't installed. On Debian: apt-get install postgresql."
        )
    return max(usable)[1]


def _version(folder: Path) -> int:
    if not (folder / "pg_ctl").exists():
        return 0
    answer = subprocess.run([str(folder / "initdb"), "--version"], capture_output=True, text=True, check=True)
    return int(answer.stdout.split()[2].split(".")[0])
