"""How long granting wishes takes: ``python benchmarks/wishes.py [--postgres] [--json FILE]``.

In a database of its own: shares bottles out among 20,000 open wishes, read from the database and written as a draft
with what each rule would give (``grants_20000_s`` is the slowest with a simple rule, ``optimiser_20000_s`` the slowest
goal of the optimiser, or of the optimiser alone, without a database, where hardly two wish for the same). Then
it grants 2,000 wishes, each a change of its customer's order that is charged on the test gateway, by two workers on
PostgreSQL and by one on SQLite (``charged_grants_2000_s``). Answers with exit code 1 when sharing out takes 10 seconds
or longer, or granting 5 minutes, or when rehearsing a release (``rehearsals.py``) takes 10 seconds or a gigabyte,
or when forecast bands (``forecasts.py``, ``band_cover``) hold fewer than 70 or more than 90 outcomes in a hundred.
Beside seconds of the clock stand those of processors (``…_cpu_s``), the application's and PostgreSQL's together, and
of a grant also apart: what else the machine does is in them much less. ``--wishes`` and ``--charged`` ask for fewer.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
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


@dataclass
class Took:
    """Seconds of the clock, and of processors: this process with its workers, and PostgreSQL."""

    clock: float = 0.0
    application: float = 0.0
    postgresql: float = 0.0

    @property
    def cpu(self) -> float:
        return self.application + self.postgresql


@contextmanager
def timed() -> Iterator[Took]:
    """What the block takes; known when it ends."""
    from tirage.bench.measure import descendants, processor_seconds

    postmaster = _postmaster()

    def spent() -> tuple[float, float, float]:
        server = processor_seconds(descendants(postmaster)) if postmaster else 0.0
        return time.perf_counter(), processor_seconds([os.getpid()]), server

    took, before = Took(), spent()
    yield took
    took.clock, took.application, took.postgresql = (
        after - earlier for after, earlier in zip(spent(), before, strict=True)
    )


def _postmaster() -> int:
    """The process of this machine's PostgreSQL that all others of it come from; nought on SQLite."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        return int(Path(cursor.fetchone()[0], "postmaster.pid").read_text().split()[0])


def shared(
    world: World, rule: str, pieces: int, customer_cap: int | None = None, objective: str = "equal"
) -> tuple[GrantRun, Took]:
    """A draft by that rule, and what it took."""
    from tirage.wishes.granting import Give, Terms, draft_granting
    from tirage.wishes.rules import Rule

    with timed() as took:
        run = draft_granting(
            release=world.release,
            stock={world.cabernet.pk: Give(pieces)},
            rule=Rule(rule),
            terms=Terms(customer_cap=customer_cap, objective=objective),
            actor=world.staff,
            now=NOW,
        )
    return run, took


def different(wishes: int) -> dict[str, Took]:
    """What the optimiser takes by objective, where hardly two customers wish for the same: four of ten wines each."""
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
    found = {}
    for objective in Objective:
        with timed() as took:
            share_out(Rule.OPTIMISER, asks, stock, Caps(customer=8), aim=Aim(objective))
        found[objective.value] = took
    return found


def granted(world: World, run: GrantRun, workers: int) -> Took:
    """What so many workers, a process each, take for all of a run."""
    from django.db import connections

    from tirage.wishes.granting import continue_granting, start_granting
    from tirage.wishes.models import GrantRun
    from tirage.wishes.states import GrantState

    start_granting(run=run, actor=world.staff, now=NOW, queue=False)
    children = []
    with timed() as took:
        connections.close_all()
        for _ in range(workers):
            child = os.fork()
            if child == 0:
                failed = 1
                try:
                    mine = GrantRun.objects.select_related("release").get(pk=run.pk)
                    while mine.state == GrantState.RUNNING:
                        mine = continue_granting(run=mine, limit=5, now=NOW)
                    failed = 0
                except Exception:
                    traceback.print_exc()
                finally:
                    connections.close_all()
                    os._exit(failed)
            children.append(child)
        if any(os.waitpid(child, 0)[1] for child in children):
            raise RuntimeError("a worker failed")
    return took


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
    slowest = Took()
    for rule in SIMPLE:
        run, took = shared(world, rule.value, 2 * wishes)
        print(f"  {rule.value:13} {took.clock:6.2f} s ({took.cpu:.2f} s of CPU) for {wishes:,} wishes")
        slowest = max(slowest, took, key=lambda one: one.clock)
        run.delete()
    figures[f"grants_{wishes}_s"] = round(slowest.clock, 2)
    figures[f"grants_{wishes}_cpu_s"] = round(slowest.cpu, 2)
    goals = different(wishes)
    for objective in Objective:
        run, took = shared(world, "optimiser", 2 * wishes, customer_cap=4, objective=objective.value)
        alone = goals[objective.value]
        print(
            f"  optimiser {objective.value:8} {took.clock:6.2f} s ({took.cpu:.2f} s of CPU),"
            f" {alone.clock:.2f} s ({alone.cpu:.2f}) of different wishes alone"
        )
        goals[objective.value] = max(took, alone, key=lambda one: one.clock)
        run.delete()
    slowest = max(goals.values(), key=lambda one: one.clock)
    figures[f"optimiser_{wishes}_s"] = round(slowest.clock, 2)
    figures[f"optimiser_{wishes}_cpu_s"] = round(slowest.cpu, 2)
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
    for words, took in (("new orders", orders), ("changes of orders", changes)):
        print(
            f"  {charged:,} grants by {workers} as {words}: {took.clock:.1f} s; CPU of each"
            f" {1000 * took.application / charged:.0f} ms, of PostgreSQL {1000 * took.postgresql / charged:.0f} ms"
        )
    figures[f"charged_grants_{charged}_s"] = round(changes.clock, 1)
    figures[f"charged_grants_{charged}_cpu_s"] = round(changes.cpu, 1)
    return figures


def run(*, postgres: bool, wishes: int, charged: int, kept: str) -> int:
    """Prepares a database of its own, measures, prints; 1 when something took too long."""
    with fresh_database(postgres=postgres):
        from django.db import connection

        print(f"granting wishes, {connection.vendor}")
        figures = measure(wishes, charged)
    sharing = [figures[f"{name}_{wishes}_s"] for name in ("grants", "optimiser")]
    granting = figures[f"charged_grants_{charged}_s"]
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
