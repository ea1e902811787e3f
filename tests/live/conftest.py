"""One PostgreSQL of these tests' own, which they stop, restart and fill; tables are made once and copied."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.processes import environment, tirage
from tirage.cli.cluster import Cluster

_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """At the present moment and with a PostgreSQL: that run's."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.postgres)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with Cluster() as one:
        yield one


@pytest.fixture(scope="session")
def tables(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with empty tables, to be copied."""
    done = tirage(environment(tmp_path_factory.mktemp("tables"), cluster.url()), "migrate")
    assert done.returncode == 0, done.stderr
    return "tirage"


@pytest.fixture
def database_url(cluster: Cluster, tables: str) -> str:
    """A database of the test's own with empty tables."""
    name = f"live{next(_numbers)}"
    cluster.make_database(name, like=tables)
    return cluster.url(name)
