"""What must be so at the moment in which the server forks its workers."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, connections

from tirage.cli.serve import serve


def test_no_connection_is_open_when_the_workers_fork(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One socket in two processes gives one customer's answer to another."""
    open_at_the_fork: list[Any] = []

    class Server:
        def __init__(self, *_: Any, **__: Any) -> None:
            pass

        def serve(self) -> None:
            open_at_the_fork.extend(one.connection for one in connections.all() if one.connection)

    connection.ensure_connection()
    assert connection.connection is not None
    monkeypatch.setattr("granian.Granian", Server)
    serve(host="127.0.0.1", port=1, workers=2, threads=1)
    assert open_at_the_fork == []
