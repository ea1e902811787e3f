"""The walls of signing up and of the line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.world import World
from tirage.joining.models import SignUp, WaitingPlace


def sign_up(world: World, **changes: Any) -> SignUp:
    facts: dict[str, Any] = {
        "email": "zoe@example.com",
        "token_hash": "a",
        "made_at": world.now,
        "expires_at": world.now + timedelta(days=3),
    }
    return SignUp.objects.create(**{**facts, **changes})


def place(world: World, times: int = 1, **changes: Any) -> None:
    facts: dict[str, Any] = {"customer": world.ana, "since": world.now, "changed_at": world.now, **changes}
    for _ in range(times):
        WaitingPlace.objects.create(**facts)


BREACHES: dict[str, Breach] = {
    "sign_up_confirmed_is_somebody": lambda world: sign_up(world, confirmed_at=world.now),
    "sign_up_agreed_to_words": lambda world: sign_up(world, agrees=True),
    "waiting_place_state_is_legal": lambda world: place(world, state="odd"),
    "waiting_place_one_live_a_customer": lambda world: place(world, times=2),
    "waiting_place_invited_until": lambda world: place(world, state="invited"),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
