"""Buyers at a shop whose processes die under them: whatever dies, nobody pays for nothing and nothing is sold twice.

Everything is as its owner runs it, and is looked at from outside only, by HTTP. ``TIRAGE_SEED`` runs a failure again.
"""

from __future__ import annotations

import json
import os
import random
import secrets
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import settings

from tests.concurrency.outside_buyers import Told, crowd
from tests.concurrency.shop_outside import PATIENCE, Shop
from tests.mail_server import mail_server

pytestmark = [pytest.mark.postgres]
IS_THOROUGH = settings().max_examples > 100
#: What dies how often in one run; in an order of chance.
BLOWS = {"child": 18, "session": 12, "backend": 12, "worker": 8, "server": 5, "postmaster": 5}
ROUNDS = 10 if IS_THOROUGH else 1
BUYERS, PEOPLE_A_BLOW = 3, 3
#: Answers of the shop between two blows: a blow is to meet work that is under way.
BETWEEN = 3


@pytest.fixture
def seed() -> int:
    """Printed, so that a failure can be run again."""
    chosen = int(os.environ.get("TIRAGE_SEED") or (secrets.randbelow(10**9) if IS_THOROUGH else 7))
    print(f"TIRAGE_SEED={chosen}")
    return chosen


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with mail_server() as mails:
        shop = Shop(tmp_path, mails.port)
        try:
            yield shop
        finally:
            shop.stop()


def test_the_books_agree_whatever_dies(shop: Shop, seed: int) -> None:
    chance = random.Random(seed)
    blows = [name for name, count in BLOWS.items() for _ in range(count * ROUNDS)]
    chance.shuffle(blows)
    told = Told()
    people = shop.start(len(blows) * PEOPLE_A_BLOW)
    struck = strike_while_they_buy(shop, told, people, blows, chance)
    log = "\n".join(path.read_text(errors="replace")[-3_000:] for path in shop.var.glob("*.log"))
    assert struck == len(blows), log
    assert not told.faults, "\n".join(told.faults[:5]) + log
    shop.run("-m", "tests.concurrency.outside_facts", "settle")
    books = books_of(shop)
    assert wrong_in(books, told) == []
    placed = [reference for reference, (state, _, _) in books["orders"].items() if state == "placed"]
    # Each blow waited for answers, so there was work between them.
    assert len(placed) >= 5, (len(placed), told.answers, told.broken)
    assert told.changes and told.broken
    # The controls: one cent in one book, one bottle too many, one order that nobody can find.
    reference = next(one for one, (_, paid, _) in books["orders"].items() if paid)
    shop.sql("UPDATE test_gateway_testcharge SET amount_minor = amount_minor + 1, captured_minor = captured_minor + 1 "
             "WHERE id = (SELECT min(id) FROM test_gateway_testcharge WHERE captured_minor > 0)")  # fmt: skip
    assert any("the gateway" in words for words in wrong_in(books_of(shop), told))
    told.placed.add("ORD-NEVERMADE")
    assert any("ORD-NEVERMADE" in words for words in wrong_in(books, told))
    shop.sql(f"UPDATE orders_order SET paid_minor = paid_minor + 1 WHERE reference = '{reference}'")
    assert any("doctor" in words and "order_paid" in words for words in wrong_in(books_of(shop), told))


def strike_while_they_buy(
    shop: Shop, told: Told, people: list[dict[str, Any]], blows: list[str], chance: random.Random
) -> int:
    """Lets them buy while everything is struck in turn; how many blows fell while somebody was at the shop."""
    live = crowd(told, shop.port, people, chance)
    threads = [Thread(target=live, daemon=True) for _ in range(BUYERS)]
    for thread in threads:
        thread.start()
    struck = 0
    for blow in blows:
        if not wait_for_answers(shop, told, threads):
            break
        shop.strike(blow, chance)
        struck += 1
    wait_for_answers(shop, told, threads)
    told.over.set()
    for thread in threads:
        thread.join(60)
    return struck


def wait_for_answers(shop: Shop, told: Told, threads: list[Thread]) -> bool:
    """Until the shop has answered so often since now; false when nobody is left who asks."""
    before, pause = told.answered, Event()
    for _ in range(PATIENCE):
        if told.answered >= before + BETWEEN:
            return True
        if not any(thread.is_alive() for thread in threads):
            return False
        shop.revive()
        pause.wait(0.05)
    raise AssertionError(f"the shop is away for good: {told.answers}, {told.broken} broken")


def books_of(shop: Shop) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shop.run("-m", "tests.concurrency.outside_facts", "books"))
    return found


def wrong_in(books: dict[str, Any], told: Told) -> list[str]:
    """What doesn't agree, in words."""
    wrong = [
        f"{reference} ({state}) has {paid} paid, the gateway {taken}"
        for reference, (state, paid, taken) in books["orders"].items()
        if paid != taken
    ]
    wrong += [f"the gateway took {key} for nobody" for key in books["strangers"]]
    wrong += [f"{code} is oversold" for code in books["oversold"]]
    wrong += [f"doctor: {words}" for words in books["doctor"]]
    states = {reference: state for reference, (state, _, _) in books["orders"].items()}
    wrong += [
        f"{reference} was placed and is {states.get(reference, 'not there')}"
        for reference in sorted(told.placed)
        if states.get(reference) not in {"placed", "shipped"}
    ]
    wrong += [f"{reference} was listed and is not there" for reference in sorted(told.listed - set(states))]
    return wrong
