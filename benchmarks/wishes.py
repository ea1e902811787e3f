"""How long granting wishes takes: ``python benchmarks/wishes.py [--postgres] [--json FILE]``.

In a database of its own: shares bottles out among 20,000 open wishes, read from the database and written as a draft
with what each rule would give (``grants_20000_s`` is the slowest with a simple rule, ``optimiser_20000_s`` the slowest
goal of the optimiser, or of the optimiser alone, without a database, where hardly two wish for the same). Then
it grants 2,000 wishes, each a change of its customer's order that is charged on the test gateway, by two workers on
PostgreSQL and by one on SQLite (``charged_grants_2000_s``). Answers with exit code 1 when sharing out takes 10 seconds
or longer, or granting 5 minutes, or when rehearsing a release (``rehearsals.py``) takes 10 seconds or a gigabyte,
or when forecast bands (``forecasts.py``, ``band_cover``) hold fewer than 70 or more than 90 outcomes in a hundred.
``--wishes`` and ``--charged`` ask for fewer.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import forecasts
import rehearsals
from database import fresh_database

if TYPE_CHECKING:
    from tests.world import World
    from tirage.wishes.models import GrantRun

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

NOW = datetime(2026, 10, 6, 16, 0, tzinfo=UTC)
MOST_SHARING_S, MOST_GRANTING_S = 10, 300
MOST_SIMULATING_S, MOST_SIMULATING_MB = 10, 1_000
BATCH = 2_000


def people(world: World, count: int) -> None:
    """So many members of Estate with an address, a card that works and a wish for one to six Cabernets."""
    from tirage.customers.models import Address, Customer, Membership
    from tirage.integrations.test_gateway.models import TestCard
    from tirage.inventory.operations import move_stock
    from tirage.inventory.states import MovementReason
    from tirage.payments.models import PaymentMethod
    from tirage.wishes.models import Wish

    move_stock(
        sku_id=world.cabernet.pk,
        quantity=4 * count,
        reason=MovementReason.RECEIVED,
        actor=world.staff,
        now=NOW,
    )
    customers = Customer.objects.bulk_create(
        (
            Customer(
                email=f"bench{number}@example.com",
                first_name="Bench",
                last_name=str(number),
                adult_confirmed_at=NOW,
                signed_up_at=NOW,
                lifetime_minor=number * 7_919 % 900_000,
            )
            for number in range(count)
        ),
        batch_size=BATCH,
    )
    home = {name: getattr(world.ben_home, name) for name in ("line1", "city", "state", "postal_code")}
    Membership.objects.bulk_create(
        (Membership(customer=one, group=world.estate, kind="allocation", since=NOW) for one in customers),
        batch_size=BATCH,
    )
    Address.objects.bulk_create(
        (Address(customer=one, recipient=one.name, is_default=True, **home) for one in customers),
        batch_size=BATCH,
    )
    facts = {"brand": "Visa", "last4": "4242", "exp_month": 12, "exp_year": NOW.year + 3}
    TestCard.objects.bulk_create(
        (
            TestCard(
                token=f"card_bench_{one.pk}",
                idempotency_key=f"bench-{one.pk}",
                fingerprint=f"card_bench_{one.pk}",
                customer_reference=one.reference,
                behaviour="succeeds",
                saved_at=NOW,
                **facts,
            )
            for one in customers
        ),
        batch_size=BATCH,
    )
    PaymentMethod.objects.bulk_create(
        (
            PaymentMethod(
                customer=one,
                gateway="test",
                token=f"card_bench_{one.pk}",
                is_default=True,
                saved_at=NOW,
                **facts,
            )
            for one in customers
        ),
        batch_size=BATCH,
    )
    item = world.item(world.estate_offer, world.cabernet)
    Wish.objects.bulk_create(
        (
            Wish(
                customer=one,
                offer_item=item,
                kind="promise",
                asked=2 + number % 5,
                agreed_at=NOW,
                made_at=NOW + timedelta(seconds=number),
                changed_at=NOW,
            )
            for number, one in enumerate(customers)
        ),
        batch_size=BATCH,
    )


def shared(
    world: World, rule: str, pieces: int, customer_cap: int | None = None, objective: str = "equal"
) -> tuple[GrantRun, float]:
    """A draft by that rule, and the seconds that it took."""
    from tirage.wishes.granting import Give, Terms, draft_granting
    from tirage.wishes.rules import Rule

    began = time.perf_counter()
    run = draft_granting(
        release=world.release,
        stock={world.cabernet.pk: Give(pieces)},
        rule=Rule(rule),
        terms=Terms(customer_cap=customer_cap, objective=objective),
        actor=world.staff,
        now=NOW,
    )
    return run, time.perf_counter() - began


def different(wishes: int) -> dict[str, float]:
    """Seconds of the optimiser by objective, where hardly two customers wish for the same: four of ten wines each."""
    import random

    from tirage.wishes.rules import Aim, Ask, Caps, Objective, Rule, share_out

    chance, asks = random.Random(11), []
    for customer in range(wishes // 4):
        spend = int(chance.expovariate(1 / 2000)) * 100 + chance.randrange(100)
        for sku in chance.sample(range(10), 4):
            key, pieces = len(asks), chance.randint(1, 6)
            asks.append(Ask(key, f"W{key}", sku, customer, pieces, f"home {customer}", key, 1, spend))
            asks[-1] = replace(asks[-1], price_minor=80_00 + 15_50 * sku)
    stock = {sku: sum(ask.pieces for ask in asks if ask.sku == sku) // 3 for sku in range(10)}
    seconds = {}
    for objective in Objective:
        began = time.perf_counter()
        share_out(Rule.OPTIMISER, asks, stock, Caps(customer=8), aim=Aim(objective))
        seconds[objective.value] = time.perf_counter() - began
    return seconds


def granted(world: World, run: GrantRun, workers: int) -> float:
    """The seconds that so many workers, a process each, take for all of a run."""
    from django.db import connections

    from tirage.wishes.granting import continue_granting, start_granting
    from tirage.wishes.models import GrantRun
    from tirage.wishes.states import GrantState

    start_granting(run=run, actor=world.staff, now=NOW, queue=False)
    connections.close_all()
    began, children = time.perf_counter(), []
    for _ in range(workers):
        child = os.fork()
        if child == 0:
            failed = 1
            try:
                mine = GrantRun.objects.select_related("release").get(pk=run.pk)
                while mine.state == GrantState.RUNNING:
                    mine = continue_granting(run=mine, limit=5, now=NOW)
                failed = 0
            finally:
                connections.close_all()
                os._exit(failed)
        children.append(child)
    if any(os.waitpid(child, 0)[1] for child in children):
        raise RuntimeError("a worker failed")
    return time.perf_counter() - began


def measure(wishes: int, charged: int) -> dict[str, float]:
    from django.db import connection

    from tests.world import build_world
    from tirage.wishes.models import GrantLine, Wish
    from tirage.wishes.rules import SIMPLE, Objective

    world = build_world(NOW)
    people(world, wishes)
    with connection.cursor() as cursor:
        # As the server does by itself a minute after so many rows have come.
        cursor.execute("ANALYZE")
    figures: dict[str, float] = {}
    slowest = 0.0
    for rule in SIMPLE:
        run, seconds = shared(world, rule.value, 2 * wishes)
        print(f"  {rule.value:13} {seconds:6.2f} s for {wishes:,} wishes")
        slowest = max(slowest, seconds)
        run.delete()
    figures[f"grants_{wishes}_s"] = round(slowest, 2)
    goals = different(wishes)
    for objective in Objective:
        run, seconds = shared(world, "optimiser", 2 * wishes, customer_cap=4, objective=objective.value)
        alone = goals[objective.value]
        print(f"  optimiser {objective.value:8} {seconds:6.2f} s, {alone:.2f} s of different wishes alone")
        goals[objective.value] = max(seconds, alone)
        run.delete()
    figures[f"optimiser_{wishes}_s"] = round(max(goals.values()), 2)
    workers = 2 if connection.vendor == "postgresql" else 1
    first, _ = shared(world, "oldest", charged, customer_cap=1)
    orders = granted(world, first, workers)
    open_ = Wish.objects.filter(granted=1).values("pk")
    Wish.objects.exclude(pk__in=open_).update(state="withdrawn")
    second, _ = shared(world, "oldest", charged, customer_cap=1)
    changes = granted(world, second, workers)
    done = GrantLine.objects.filter(outcome="granted").count()
    if done != 2 * charged:
        raise RuntimeError(f"{done} of {2 * charged} were granted")
    print(
        f"  {charged:,} grants by {workers}: as new orders {orders:.1f} s, as changes of orders {changes:.1f} s"
    )
    figures[f"charged_grants_{charged}_s"] = round(changes, 1)
    return figures


def run(*, postgres: bool, wishes: int, charged: int, kept: str) -> int:
    """Prepares a database of its own, measures, prints; 1 when something took too long."""
    with fresh_database(postgres=postgres):
        from django.db import connection

        print(f"granting wishes, {connection.vendor}")
        figures = measure(wishes, charged)
    *sharing, granting = figures.values()
    simulated = rehearsals.measured()
    figures |= simulated
    held = forecasts.measured()
    figures |= held
    print(", ".join(f"{name} {seconds:g}" for name, seconds in figures.items()))
    if kept:
        Path(kept).parent.mkdir(parents=True, exist_ok=True)
        Path(kept).write_text(json.dumps(figures, indent=1) + "\n")
    is_slow = max(sharing) >= MOST_SHARING_S or granting >= MOST_GRANTING_S
    is_slow |= simulated["simulation_s"] >= MOST_SIMULATING_S
    is_slow |= forecasts.is_off(held)
    return int(is_slow or simulated["simulation_mb"] >= MOST_SIMULATING_MB)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--wishes", type=int, default=20_000)
    parser.add_argument("--charged", type=int, default=2_000)
    parser.add_argument("--json", default="")
    asked = parser.parse_args()
    return run(postgres=asked.postgres, wishes=asked.wishes, charged=asked.charged, kept=asked.json)


if __name__ == "__main__":
    sys.exit(main())
