"""Waits that grow with each wrong try."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.world import World
from tirage.core.models import WrongTries
from tirage.core.waits import (
    ELSEWHERE,
    FORGOTTEN_AFTER,
    WAITS,
    Door,
    TooSoon,
    Try,
    begin_try,
    forget_account,
    forget_tries,
    prune_wrong_tries,
    say_wait,
    take_back,
    wait_after,
)

pytestmark = pytest.mark.django_db
ANA = "ana@example.com"


def attempt(
    now: datetime, *, account: str = ANA, device: str = ELSEWHERE, door: Door = Door.STAFF_CODE
) -> Try:
    return begin_try(door=door, account=account, device=device, now=now)


def wait_of(now: datetime, device: str = ELSEWHERE) -> timedelta:
    with pytest.raises(TooSoon) as refused:
        attempt(now, device=device)
    return refused.value.wait


def test_waits_grow_from_seconds_to_an_hour_and_no_further(now: datetime) -> None:
    waited, at = [], now
    for _ in range(12):
        begun = attempt(at)
        waited.append(begun.free_at - at)
        at = begun.free_at
    assert waited == [*WAITS, *[WAITS[-1]] * 4]
    assert waited[:2] == [timedelta(0)] * 2 and waited == sorted(waited) and WAITS[-1] == timedelta(hours=1)
    assert [wait_after(count) for count in (0, 1, 3, 99)] == [timedelta(0), timedelta(0), WAITS[2], WAITS[-1]]


def test_the_log_names_whose_account_is_tried_and_cant_be_flooded(
    now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    at = now
    for _ in range(5):
        at = attempt(at).free_at
    for _ in range(50):
        wait_of(at - timedelta(seconds=1))
    assert [record.getMessage() for record in caplog.records if record.name == "tirage.waits"] == [
        "wrong tries at staff_code for ana@example.com: 5 in a row"
    ]


def test_trying_on_does_not_make_the_wait_longer(now: datetime) -> None:
    for _ in range(3):
        attempt(now)
    assert [wait_of(now + timedelta(seconds=second)) for second in range(5)] == [
        timedelta(seconds=left) for left in (5, 4, 3, 2, 1)
    ]
    assert WrongTries.objects.get().wrong == 3
    attempt(now + WAITS[2])


def test_accounts_doors_and_known_devices_wait_for_themselves(now: datetime) -> None:
    for _ in range(3):
        attempt(now)
    assert wait_of(now)
    attempt(now, account="ben@example.com")
    attempt(now, door=Door.CUSTOMER_CODE)
    for _ in range(3):
        attempt(now, device="her telephone")
    assert wait_of(now, "her telephone")
    attempt(now, device="her desk")


def test_the_right_one_forgets_the_wrong_ones_from_there(now: datetime) -> None:
    for device in (ELSEWHERE, "her telephone"):
        for _ in range(3):
            begun = attempt(now, device=device)
    forget_tries(begun)
    attempt(now, device="her telephone")
    assert wait_of(now)


def test_what_was_not_looked_at_does_not_count(now: datetime) -> None:
    for _ in range(20):
        take_back(attempt(now), now=now)
    assert WrongTries.objects.get().wrong == 0


def test_a_day_without_a_wrong_one_forgets_them(now: datetime) -> None:
    for _ in range(3):
        attempt(now)
    assert prune_wrong_tries(now=now + FORGOTTEN_AFTER - timedelta(seconds=1)) == 0
    assert attempt(now + FORGOTTEN_AFTER).free_at == now + FORGOTTEN_AFTER
    assert prune_wrong_tries(now=now + 2 * FORGOTTEN_AFTER) == 1


def test_a_wrong_clock_locks_nobody_out(now: datetime) -> None:
    attempt(now)
    WrongTries.objects.update(free_at=now + timedelta(days=400))
    attempt(now)


def test_an_account_is_let_in_again(world: World, now: datetime) -> None:
    for door in (Door.STAFF_CODE, Door.STAFF_PASSWORD):
        for device in (ELSEWHERE, "x"):
            attempt(now, door=door, device=device)
    attempt(now, account="ben@example.com")
    assert forget_account(ANA) == 4
    assert WrongTries.objects.get().account == "ben@example.com"


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (timedelta(milliseconds=1), "1 second"),
        (timedelta(seconds=5), "5 seconds"),
        (timedelta(seconds=59.2), "1 minute"),
        (timedelta(seconds=61), "2 minutes"),
        (timedelta(minutes=59, seconds=1), "1 hour"),
        (timedelta(hours=1), "1 hour"),
    ],
)
def test_the_words_never_promise_too_little(wait: timedelta, words: str) -> None:
    assert say_wait(wait) == words
