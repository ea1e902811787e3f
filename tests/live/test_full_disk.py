"""The disk of PostgreSQL, and SQLite's, fill up under a running server: it says so, and goes on when there is room."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.live.processes import GIVE_UP, ask, environment, serving, wait_for
from tirage.cli.cluster import Cluster


@pytest.fixture
def tablespace(cluster: Cluster) -> Iterator[Path]:
    """A small disk on which PostgreSQL keeps a database."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts a disk")
    folder = Path(tempfile.mkdtemp(prefix="tirage-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("this machine mounts no disk")
    shutil.chown(folder, "postgres")
    try:
        yield folder
    finally:
        ask(cluster.url("postgres"), "DROP DATABASE IF EXISTS crowded WITH (FORCE)")
        ask(cluster.url("postgres"), "DROP TABLESPACE IF EXISTS small")
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def fill(path: Path) -> None:
    """A file as large as the disk lets it be."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"\0" * 65_536) == 65_536:
            continue


def ready(url: str) -> requests.Response:
    return requests.get(f"{url}/readyz", timeout=GIVE_UP)


def test_readyz_says_that_the_databases_disk_is_full(
    cluster: Cluster, tables: str, tablespace: Path, tmp_path: Path
) -> None:
    ask(cluster.url("postgres"), f"CREATE TABLESPACE small LOCATION '{tablespace}'")
    ask(cluster.url("postgres"), f"CREATE DATABASE crowded TEMPLATE {tables} TABLESPACE small")
    with serving(environment(tmp_path, cluster.url("crowded"))) as url:
        wait_for(lambda: ready(url).status_code == 200)
        filling = tablespace / "filling"
        fill(filling)
        wait_for(lambda: ready(url).status_code == 503)
        assert ready(url).text.splitlines()[:2] == [
            "the database's disk is full",
            "database: late, the database's disk is full",
        ]
        filling.unlink()
        wait_for(lambda: ready(url).status_code == 200)


def test_readyz_says_that_the_database_can_only_be_read(
    cluster: Cluster, database_url: str, tmp_path: Path
) -> None:
    name = database_url.partition("@/")[2].partition("?")[0]
    with serving(environment(tmp_path, database_url)) as url:
        wait_for(lambda: ready(url).status_code == 200)
        ask(cluster.url("postgres"), f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        wait_for(lambda: ready(url).status_code == 503)
        assert ready(url).text.startswith("the database can only be read\n")
        ask(cluster.url("postgres"), f"ALTER DATABASE {name} RESET default_transaction_read_only")
        wait_for(lambda: ready(url).status_code == 200)
