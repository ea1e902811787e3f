"""A PostgreSQL that stands still: people are told in time, and everything goes on when it does."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from tests.live.processes import GIVE_UP, environment, not_ready, serving, standing_still, wait_for
from tirage.cli.cluster import Cluster


@pytest.fixture
def asking() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def fetch(url: str) -> requests.Response:
    """A page that asks the database each time: the picture of a label that there isn’t."""
    return requests.get(f"{url}/labels/{'a' * 64}/", timeout=GIVE_UP)


def test_a_page_gives_up_a_database_that_stands_still(
    cluster: Cluster, database_url: str, tmp_path: Path, asking: ThreadPoolExecutor
) -> None:
    """Control: the other server has no limit, and its page waits as long as PostgreSQL stands still."""
    with ExitStack() as stack:
        limited, patient = (
            stack.enter_context(
                serving(environment(tmp_path / limit, database_url, TIRAGE_DATABASE_SILENCE=limit))
            )
            for limit in ("1", "0")
        )
        # Each has a connection that it keeps.
        assert [fetch(url).status_code for url in (limited, patient)] == [404, 404]
        with standing_still(cluster):
            waiting: Future[requests.Response] = asking.submit(fetch, patient)
            answer = asking.submit(fetch, limited).result(GIVE_UP)
            assert answer.status_code == 503 and answer.headers["Retry-After"] == "15"
            assert "Please try again in a minute" in answer.text
            ready = wait_for(lambda: not_ready(limited))
            assert ready.startswith("the database doesn't answer")
            assert not waiting.done()
        assert waiting.result(GIVE_UP).status_code == 404
        assert fetch(limited).status_code == 404
        wait_for(lambda: not not_ready(limited))
