"""Settings of the tests: mode test, on SQLite unless TIRAGE_TEST_ENGINE=postgres or TIRAGE_DATABASE_URL says else.

With TIRAGE_TEST_ENGINE=postgres alone, a server is started for this run and thrown away after it;
xdist's workers inherit its address and make their own databases on it.
"""

import atexit
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path


def _end_with(run: int) -> None:
    """Ends with the run that started this: one that was killed leaves no tests behind, nor their server."""
    while True:
        try:
            os.kill(run, 0)
        except ProcessLookupError:
            os._exit(1)
        time.sleep(1)


if "TIRAGE_TEST_RUN" in os.environ:
    threading.Thread(target=_end_with, args=(int(os.environ["TIRAGE_TEST_RUN"]),), daemon=True).start()

os.environ["TIRAGE_MODE"] = "test"
os.environ.setdefault("TIRAGE_SECRET_KEY", "tests-only-" + "x" * 48)
os.environ.setdefault("TIRAGE_DATABASE_POOL", "0")
os.environ.setdefault("TIRAGE_DATABASE_WORK", "job")
_folder = tempfile.mkdtemp(prefix="tirage-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ.setdefault("TIRAGE_VAR", _folder)

if not os.environ.get("TIRAGE_DATABASE_URL"):
    os.environ.setdefault("TIRAGE_TEST_TABLES", str(Path(__file__).parents[1] / ".pytest_cache" / "tables"))
    if os.environ.get("TIRAGE_TEST_ENGINE", "sqlite") == "postgres":
        from tirage.cli.cluster import Cluster

        _cluster = Cluster()
        _cluster.start()
        atexit.register(_cluster.stop)
        os.environ["TIRAGE_DATABASE_URL"] = _cluster.url()
    else:
        # A file, not memory: each thread of a live server needs a connection of its own.
        os.environ["TIRAGE_DATABASE_URL"] = f"sqlite:///{_folder}/never-opened.sqlite3"

from tirage.config.settings import *
from tirage.config.settings import DATABASES, STATIC_ROOT

# whitenoise warns of a folder that isn't there, and warnings are errors.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": f"{_folder}/tests.sqlite3"}
