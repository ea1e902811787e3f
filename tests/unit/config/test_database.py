"""From the address of a database to Django's settings: nothing that was asked for is dropped."""

from __future__ import annotations

from typing import Any

import pytest

from tirage.config.database import LIMITS, SILENCE, read_database
from tirage.config.environment import UnsafeSettings

pytestmark = pytest.mark.once


def read(url: str, work: str = "page", *, prepare: bool = True) -> dict[str, Any]:
    return read_database(url, work=work, pool_size=0, prepare=prepare)


def test_every_option_of_postgresql_is_kept() -> None:
    url = "postgresql://ana:p%40ss@db:6432/wine?sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=3&application_name=shop"
    found = read(url)
    assert (found["USER"], found["PASSWORD"], found["HOST"]) == ("ana", "p@ss", "db")
    assert (found["NAME"], found["PORT"]) == ("wine", "6432")
    options = found["OPTIONS"]
    assert options["sslmode"] == "verify-full" and options["sslrootcert"] == "/ca.pem"
    assert options["connect_timeout"] == "3" and options["application_name"] == "shop"


def test_a_server_that_is_away_is_noticed() -> None:
    options = read("postgresql:///wine?host=/run/postgresql")["OPTIONS"]
    assert options["connect_timeout"] == "5" and options["tcp_user_timeout"] == "15000"


@pytest.mark.parametrize("work", list(LIMITS))
def test_each_kind_of_work_has_its_limits(work: str) -> None:
    statement, lock, idle = LIMITS[work]
    options = read("postgresql:///wine", work)["OPTIONS"]["options"]
    assert f"-c statement_timeout={statement}" in options and f"-c lock_timeout={lock}" in options
    assert f"-c idle_in_transaction_session_timeout={idle}" in options


def test_options_of_ones_own_come_last_and_win() -> None:
    options = read("postgresql:///wine?options=-c%20lock_timeout%3D1000")["OPTIONS"]["options"]
    assert options.endswith("-c lock_timeout=1000")


def test_a_pooler_that_hands_out_transactions_gets_none() -> None:
    assert read("postgresql:///wine", prepare=False)["OPTIONS"]["options"] == ""


@pytest.mark.parametrize(
    ("url", "work", "words"),
    [
        ("postgresql:///wine?sslrootcrt=/ca.pem", "page", "no connection option sslrootcrt"),
        ("mysql://ana:secret@db/wine", "page", "db/wine"),
        ("postgresql:///wine", "party", "write page, job or migration"),
        ("postgresql://ana:secret/x@db/wine", "page", "can't be read as an address"),
        ("postgresql://ana:secret#x@db/wine", "page", "can't be read as an address"),
        ("postgresql://ana:secret@db:port/wine", "page", "can't be read as an address"),
        ("sqlite://var/wine.sqlite3", "page", "sqlite:////absolute/path"),
        ("sqlite:///", "page", "sqlite:////absolute/path"),
    ],
)
def test_what_isnt_understood_is_refused_in_words(url: str, work: str, words: str) -> None:
    with pytest.raises(UnsafeSettings, match=words) as refused:
        read(url, work)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("work", list(LIMITS))
def test_a_silent_server_is_given_up_after_its_own_limits(work: str) -> None:
    """Later than the server itself would have ended what it was asked; a migration never."""
    statement = LIMITS[work][0] / 1000
    silence = read("postgresql:///wine", work)["OPTIONS"]["silence"]
    assert silence == SILENCE[work] and (silence > statement if statement else silence == 0)


def test_the_patience_with_a_silent_server_can_be_set_and_reaches_a_pool() -> None:
    found = read_database("postgresql:///wine", work="page", pool_size=2, silence=0.5)
    options: Any = found["OPTIONS"]
    assert options["silence"] == 0.5
    assert options["pool"]["connection_class"].silence == 0.5
