"""Settings of the tests: mode test, the engine chosen by TIRAGE_DATABASE_URL (SQLite when unset)."""

import os

os.environ["TIRAGE_MODE"] = "test"
os.environ.setdefault("TIRAGE_DATABASE_URL", "sqlite:///:memory:")
os.environ.setdefault("TIRAGE_SECRET_KEY", "tests-only-" + "x" * 48)

from tirage.config.settings import *  # noqa: E402, F403
