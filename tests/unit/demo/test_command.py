"""``tirage demo``: loads once, keeps its data, starts over when asked or when a load was cut short."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tirage.demo import command


class Loader:
    """Stands in for the real one, which takes half a minute."""

    def __init__(self) -> None:
        self.loads = 0
        self.breaks = False

    def __call__(self, progress: Callable[[str, float], None]) -> None:
        self.loads += 1
        progress("People", 0.5)
        if self.breaks:
            raise KeyboardInterrupt
        progress("Orders", 1.0)


@pytest.fixture
def loader(monkeypatch: pytest.MonkeyPatch) -> Loader:
    fake = Loader()
    monkeypatch.setattr("tirage.demo.loader.load_demo", fake, raising=False)
    monkeypatch.setattr(command, "apply_migrations", lambda: 0)
    return fake


def touch_database(folder: Path) -> Path:
    database = folder / "demo.sqlite3"
    database.write_text("data", encoding="utf-8")
    return database


def test_a_second_run_keeps_the_data(loader: Loader, tmp_path: Path) -> None:
    command.load_once(tmp_path, reset=False)
    database = touch_database(tmp_path)
    command.load_once(tmp_path, reset=False)
    assert loader.loads == 1
    assert database.exists()


def test_reset_starts_over(loader: Loader, tmp_path: Path) -> None:
    command.load_once(tmp_path, reset=False)
    database = touch_database(tmp_path)
    command.load_once(tmp_path, reset=True)
    assert loader.loads == 2
    assert not database.exists()


def test_a_load_that_was_cut_short_starts_over(loader: Loader, tmp_path: Path) -> None:
    loader.breaks = True
    with pytest.raises(KeyboardInterrupt):
        command.load_once(tmp_path, reset=False)
    database = touch_database(tmp_path)
    loader.breaks = False
    command.load_once(tmp_path, reset=False)
    assert loader.loads == 2
    assert not database.exists()


def test_the_demo_never_uses_a_real_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("TIRAGE_")]:
            patch.delenv(name)
        patch.setenv("TIRAGE_DATABASE_URL", "postgresql://real@db/real")
        patch.setenv("TIRAGE_MODE", "production")
        before = dict(os.environ)
        command.use_demo_settings(tmp_path, "http://127.0.0.1:8000")
        assert os.environ["TIRAGE_DATABASE_URL"] == f"sqlite:///{tmp_path / 'demo.sqlite3'}"
        assert os.environ["TIRAGE_MODE"] == "demo"
        key = os.environ["TIRAGE_SECRET_KEY"]
        command.use_demo_settings(tmp_path, "http://127.0.0.1:8000")
        assert os.environ["TIRAGE_SECRET_KEY"] == key
        assert (tmp_path / "demo-secret-key").stat().st_mode & 0o077 == 0
        for name in set(os.environ) - set(before):
            del os.environ[name]
        os.environ.update(before)
