"""Make .venv from a hashed lock file, or leave it alone when the lock hasn't changed.

    python3 tools/environment.py runtime|dev

Needs nothing but Python 3.11 or newer; run by the Makefile.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv"
STAMP = FOLDER / "tirage-lock.json"
LOCKS = {"runtime": ROOT / "requirements.txt", "dev": ROOT / "requirements-dev.txt"}
LAUNCHER = """#!{python}
import sys

from tirage.cli.main import main

sys.exit(main())
"""


def main() -> None:
    wanted = sys.argv[1] if len(sys.argv) == 2 else ""
    if wanted not in LOCKS:
        sys.exit("Say which environment: runtime or dev.")
    if _is_current(wanted):
        return
    _make_folder()
    print(f"Installing what {LOCKS[wanted].name} lists ...", flush=True)
    _install(LOCKS[wanted])
    _link_sources()
    # The larger lock holds all of the smaller one, in the same versions.
    kept = {name: _digest(name) for name in (LOCKS if wanted == "dev" else ["runtime"])}
    STAMP.write_text(json.dumps(kept), encoding="utf-8")


def _is_current(wanted: str) -> bool:
    if not STAMP.exists() or not _python().exists():
        return False
    return json.loads(STAMP.read_text(encoding="utf-8")).get(wanted) == _digest(wanted)


def _digest(name: str) -> str:
    return hashlib.sha256(LOCKS[name].read_bytes()).hexdigest()


def _python() -> Path:
    return FOLDER / "bin" / "python"


def _make_folder() -> None:
    if _python().exists() and _has_pip() and _version_of(_python()) == list(sys.version_info[:2]):
        return
    _bring_venv()
    print(f"Making .venv with Python {sys.version.split()[0]} ...", flush=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    venv.create(FOLDER, with_pip=True, symlinks=True)


def _has_pip() -> bool:
    return subprocess.run([_python(), "-c", "import pip"], capture_output=True).returncode == 0


def _version_of(python: Path) -> list[int]:
    code = "import json, sys; print(json.dumps(sys.version_info[:2]))"
    return json.loads(subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout)


def _bring_venv() -> None:
    """Debian keeps the making of environments in a package of its own."""
    if find_spec("ensurepip"):
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(
            f"Python can't make environments here. Install {package} (apt-get install {package}), then retry."
        )
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=environment)
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], check=True, env=environment
    )


def _install(lock: Path) -> None:
    command = [
        _python(),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "-r",
        lock,
    ]
    if subprocess.run(command).returncode:
        sys.exit(
            f"pip could not install {lock.name}; its message is above. Check the connection, then retry."
        )


def _link_sources() -> None:
    """The package is used where it lies: a path file, and the command beside python."""
    site = next((FOLDER / "lib").glob("python*/site-packages"))
    (site / "tirage-sources.pth").write_text(f"{ROOT / 'src'}\n", encoding="utf-8")
    launcher = FOLDER / "bin" / "tirage"
    launcher.write_text(LAUNCHER.format(python=_python()), encoding="utf-8")
    launcher.chmod(0o755)


if __name__ == "__main__":
    main()
