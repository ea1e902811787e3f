"""What must be so at the moment in which the server forks its workers."""

from __future__ import annotations

import http.client
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections

from tests.world import World
from tirage.cli.serve import serve
from tirage.core.clock import read_clock
from tirage.customers.consent import unsubscribe_url
from tirage.customers.sign_in import make_campaign_link
from tirage.payments.models import PayLink
from tirage.payments.operations import card_link_url, pay_link_url
from tirage.staff.adapter import password_key, password_link


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


def ask(port: int, path: str) -> int:
    """The status of a real request; waits for the server to answer the first one."""
    for _ in range(300):
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as line:
                line.request("GET", path, headers={"Host": "127.0.0.1"})
                return line.getresponse().status
        except ConnectionError:
            time.sleep(0.1)
    raise AssertionError("the server never came up")


def wait_for_line(log: Path, words: str, times: int = 2) -> None:
    """The server writes a request's line after its answer; one that is ended at once leaves it out."""
    for _ in range(300):
        if log.read_text().count(words) >= times:
            return
        time.sleep(0.1)
    raise AssertionError(f"{words} stands in the log less than {times} times")


@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_no_mailed_key_is_in_the_log_of_a_server(world_today: World, tmp_path: Path) -> None:
    """Real requests to a real server, one of which fails inside; what it wrote is read."""
    now = read_clock()
    links = [
        make_campaign_link(world_today.ana, "/offer/", now=now),
        card_link_url(world_today.ben, now),
        unsubscribe_url(world_today.ben),
        password_link(password_key(world_today.owner)),
        pay_link_url(PayLink(reference="LNK-7K2M9QXA")),
        f"{settings.SITE_URL}/sign-in/c2lnbi1pbiBrZXkgb2YgYW5h/",
    ]
    copy = tmp_path / "copy.sqlite3"
    with sqlite3.connect(str(connection.settings_dict["NAME"])) as kept:
        kept.execute("VACUUM INTO ?", [str(copy)])
    with sqlite3.connect(copy) as broken:
        broken.execute("DROP TABLE payments_paylink")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    environment = os.environ | {"TIRAGE_DATABASE_URL": f"sqlite:///{copy}", "TIRAGE_VAR": str(tmp_path)}
    words = [sys.executable, "-m", "tirage", "serve", "--port", str(port), "--workers", "1", "--access-log"]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(words, env=environment, stdout=log, stderr=log)
    try:
        answers = [ask(port, link.removeprefix(settings.SITE_URL)) for link in links]
        ask(port, f"/sign-in/?next={links[1].removeprefix(settings.SITE_URL).replace('/', '%2F')}")
        wait_for_line(tmp_path / "log", '"GET /sign-in/')
    finally:
        server.terminate()
        server.wait(30)
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines() if line.startswith("{")]
    said = "\n".join(str(words) for line in lines for words in line.values())
    assert answers[:4] == [302, 200, 200, 302] and answers[4] >= 500 and answers[5] == 410, said
    for link in links:
        assert link.rstrip("/").rpartition("/")[2] not in (tmp_path / "log").read_text(), link
    for room in ("/in", "/card", "/unsubscribe", "/winery/sign-in/password/reset/key", "/pay", "/sign-in"):
        assert f'"GET {room}/…/ HTTP/1.1"' in said, room
    assert "no such table: payments_paylink" in said, "the error is there, its address without its key"
