"""The wheel alone, outside the checkout: it has everything in it.

No network is needed: the wheel is built without isolation, installed with ``--no-deps`` into a fresh
environment, and its dependencies are found through a path file that leads to this run's own site-packages.
The checkout itself isn't on that path: the test asserts where the package was imported from.
"""

from __future__ import annotations

import os
import re
import signal
import site
import socket
import subprocess
import sys
import time
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of an environment that has the wheel."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False, symlinks=True)
    target = next((folder / "lib").glob("python*/site-packages"))
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(folder / "bin" / "python"),
        "install",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*pip, "--quiet", str(wheel)], check=True, capture_output=True)
    # Plain lines, not site.addsitedir: the path files over there, which lead to the checkout, aren't read.
    (target / "dependencies.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    return folder / "bin"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("TIRAGE_", "PYTHON"))}
    return plain | {
        "TIRAGE_MODE": "demo",
        "TIRAGE_SECRET_KEY": "w" * 48,
        "TIRAGE_VAR": str(tmp_path / "var"),
        "TIRAGE_DATABASE_URL": f"sqlite:///{tmp_path / 'var' / 'wheel.sqlite3'}",
    }


def test_every_asset_is_in_the_wheel(wheel: Path) -> None:
    package = ROOT / "src" / "tirage"
    ours = subprocess.run(["git", "ls-files", "."], cwd=package, capture_output=True, text=True, check=True)
    committed = {f"tirage/{name}" for name in ours.stdout.splitlines() if (package / name).exists()}
    assert committed - set(zipfile.ZipFile(wheel).namelist()) == set()
    for kind in (".html", ".css", ".woff2", ".csv.gz", "migrations/0001_initial.py"):
        assert any(name.endswith(kind) for name in committed), kind


def test_the_package_comes_from_the_wheel(
    installed: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    command = [str(installed / "python"), "-c", "import tirage; print(tirage.__file__)"]
    out = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert out.startswith(str(installed.parent))


def test_version(installed: Path, environment: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        [installed / "tirage", "--version"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.fullmatch(r"tirage \d+\.\d+\.\d+\n", done.stdout)


def test_migrate_then_serve(installed: Path, environment: dict[str, str], tmp_path: Path) -> None:
    command = installed / "tirage"
    refused = subprocess.run(
        [command, "serve"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    subprocess.run([command, "migrate"], cwd=tmp_path, env=environment, check=True, capture_output=True)
    port = free_port()
    server = subprocess.Popen(
        [command, "serve", "--port", str(port), "--workers", "1"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        site_url = f"http://127.0.0.1:{port}"
        assert fetch_when_up(f"{site_url}/readyz", server).startswith(b"ready\n")
        page = urllib.request.urlopen(f"{site_url}/").read().decode()
        sheet = re.search(r'href="(/static/[^"]+\.css)"', page)
        assert sheet, page
        assert b"@layer" in urllib.request.urlopen(site_url + sheet[1]).read()
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=30) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetch_when_up(url: str, server: subprocess.Popen[bytes]) -> bytes:
    for _ in attempts(seconds=40):
        assert server.poll() is None, "the server ended"
        try:
            answer: bytes = urllib.request.urlopen(url, timeout=5).read()
        except OSError:
            continue
        return answer
    raise AssertionError(f"{url} never answered")


def attempts(seconds: float) -> Iterator[None]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        yield
        time.sleep(0.1)
