"""Password checks that are slow on purpose, and never many at once."""

from __future__ import annotations

from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

from tirage.core.errors import DomainError

#: How long a sign-in waits for its turn before it is asked to try again.
TURN_SECONDS = 1.0
#: How many may wait; the others are asked at once, so that waiting takes no threads from the customers.
WAITING = 1
_turns = BoundedSemaphore(settings.TIRAGE_PASSWORD_CHECKS_AT_ONCE)
_places = BoundedSemaphore(settings.TIRAGE_PASSWORD_CHECKS_AT_ONCE + WAITING)


class PasswordChecksBusy(DomainError):
    def __init__(self) -> None:
        super().__init__("busy", "Many people are signing in right now. Try again in a minute.")


class CappedArgon2Hasher(Argon2PasswordHasher):
    """argon2id with 7 MiB, five passes, one lane (OWASP's minimum, the quickest of its equal choices),
    a few at a time per process: a crowd at the staff door must not take the processors from the customers inside.
    """

    time_cost = 5
    memory_cost = 7 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        return str(_in_turn(super().encode, password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        return bool(_in_turn(super().verify, password, encoded))


def _in_turn(work: Callable[..., Any], *arguments: str) -> Any:
    if not _places.acquire(blocking=False):
        raise PasswordChecksBusy
    try:
        if not _turns.acquire(timeout=TURN_SECONDS):
            raise PasswordChecksBusy
        try:
            return work(*arguments)
        finally:
            _turns.release()
    finally:
        _places.release()
