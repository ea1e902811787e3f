"""Waits that grow with each wrong password or code: seconds first, then minutes, up to an hour.

Tries are counted by account, and within it by where they come from: each device that the account knows for itself, and
all others together, from whichever address. So nobody guesses on by changing addresses, and a flood of guesses, from
however many, never makes the account's owner wait on a known device. A try counts before it is looked at, in one
locked step, so that many at the same moment are as many tries; the right password or code forgets them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import F

from tirage.core.errors import DomainError
from tirage.core.locks import lock_row
from tirage.core.models import WrongTries

#: The wait after each wrong try in turn; the last for every further one.
WAITS = (
    timedelta(0),
    timedelta(0),
    timedelta(seconds=5),
    timedelta(seconds=15),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
)
#: From this wait on the log says whose account is tried; it can't be flooded, for who waits isn't counted.
_TOLD_FROM = timedelta(minutes=1)
#: Wrong tries are forgotten when none was made for so long.
FORGOTTEN_AFTER = timedelta(days=1)
#: Where tries come from that no known device makes.
ELSEWHERE = ""

logger = logging.getLogger("tirage.waits")


class Door(StrEnum):
    """What is tried."""

    STAFF_PASSWORD = "staff_password"  # noqa: S105  # a door's name
    STAFF_CODE = "staff_code"
    CUSTOMER_CODE = "customer_code"
    CUSTOMER_PASSKEY = "customer_passkey"


class TooSoon(DomainError):
    """The try was not looked at; ``wait`` is how long until the next one is."""

    def __init__(self, door: Door, wait: timedelta) -> None:
        super().__init__("too_soon", f"Too many wrong tries. The next one counts in {say_wait(wait)}.")
        self.door = door
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Try:
    """A try under way: forgotten with all before it when it was right, taken back when it could not be looked at."""

    door: Door
    account: str
    device: str
    free_at: datetime


def wait_after(wrong: int) -> timedelta:
    """How long the next try has to wait after so many wrong ones."""
    return WAITS[min(wrong, len(WAITS)) - 1] if wrong > 0 else timedelta(0)


def begin_try(*, door: Door, account: str, device: str, now: datetime) -> Try:
    """Counts a try for ``account`` (an address in lower case, known or not) from a known ``device``, or ELSEWHERE.

    Locks the count. Raises TooSoon with nothing counted: those who keep trying don't make the wait longer.
    """
    account, device = account[:254], device[:64]
    with transaction.atomic():
        row = _locked(WrongTries(door=door.value, account=account, device=device, last_at=now, free_at=now))
        # A time that a wrong clock has written down isn't believed.
        if now < row.free_at <= now + WAITS[-1]:
            raise TooSoon(door, row.free_at - now)
        if row.last_at <= now - FORGOTTEN_AFTER:
            row.wrong = 0
        row.wrong, row.last_at = row.wrong + 1, now
        row.free_at = now + wait_after(row.wrong)
        row.save(update_fields=["wrong", "last_at", "free_at"])
    if wait_after(row.wrong) >= _TOLD_FROM:
        logger.warning("wrong tries at %s for %s: %d in a row", door.value, account, row.wrong)
    return Try(door, account, device, row.free_at)


def _locked(fresh: WrongTries) -> WrongTries:
    """The count, locked; made when there is none, and again when somebody's right try forgets it in that moment."""
    mine = WrongTries.objects.filter(door=fresh.door, account=fresh.account, device=fresh.device)
    row = None
    while row is None:
        WrongTries.objects.bulk_create([fresh], ignore_conflicts=True)
        row = lock_row(mine)
    return row


def forget_tries(tried: Try) -> None:
    """The try was right: it and the wrong ones before it, from there, are forgotten."""
    WrongTries.objects.filter(door=tried.door.value, account=tried.account, device=tried.device).delete()


def take_back(tried: Try, *, now: datetime) -> None:
    """The try was not looked at after all, so it doesn't count."""
    mine = WrongTries.objects.filter(door=tried.door.value, account=tried.account, device=tried.device)
    mine.filter(free_at=tried.free_at, wrong__gt=0).update(wrong=F("wrong") - 1, free_at=now)


def forget_account(account: str) -> int:
    """Forgets every wrong try for the account, wherever it was made; how many there were."""
    rows = WrongTries.objects.filter(account=account)
    count = sum(rows.values_list("wrong", flat=True))
    rows.delete()
    return count


def prune_wrong_tries(*, now: datetime) -> int:
    """Forgets counts that nobody added to for a day; how many."""
    gone, _ = WrongTries.objects.filter(last_at__lte=now - FORGOTTEN_AFTER).delete()
    return gone


def say_wait(wait: timedelta) -> str:
    """``5 seconds``, ``1 minute``, ``1 hour``: rounded up, so that who waits that long has waited enough."""
    seconds = -(-wait // timedelta(seconds=1))
    if seconds < 60:
        return _count(max(seconds, 1), "second")
    minutes = -(-seconds // 60)
    return _count(minutes, "minute") if minutes < 60 else _count(-(-minutes // 60), "hour")


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
