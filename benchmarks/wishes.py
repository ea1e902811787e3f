"""How long granting wishes takes: ``python benchmarks/wishes.py [--postgres] [--json FILE]``.

In a database of its own: shares bottles out among 20,000 open wishes by each rule, read from the database and written
as a draft (``grants_20000_s`` is the slowest), then grants 2,000 wishes, each a change of its customer's order that is
charged on the test gateway, by one worker (``charged_grants_2000_s``). Answers with exit code 1 when sharing out takes
10 seconds or longer, or granting 5 minutes, or when rehearsing a release (``rehearsals.py``) takes 10 seconds or a
gigabyte. ``--wishes`` and ``--charged`` ask for fewer.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

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


def shared(world: World, rule: str, pieces: int, customer_cap: int | None = None) -> tuple[GrantRun, float]:
    """A draft by that rule, and the seconds that it took."""
    from tirage.wishes.granting import Give, Terms, draft_granting
    from tirage.wishes.rules import Rule

    began = time.perf_counter()
    run = draft_granting(
        release=world.release,
        stock={world.cabernet.pk: Give(pieces)},
        rule=Rule(rule),
        terms=Terms(customer_cap=customer_cap),
        actor=world.staff,
        now=NOW,
    )
    return run, time.perf_counter() - began


def granted(world: World, run: GrantRun) -> float:
    """The seconds that the worker takes for all of a run."""
    from tirage.wishes.granting import continue_granting, start_granting
    from tirage.wishes.states import GrantState

    run = start_granting(run=run, actor=world.staff, now=NOW)
    began = time.perf_counter()
    while run.state == GrantState.RUNNING:
        run = continue_granting(run=run, limit=50, now=NOW)
    return time.perf_counter() - began


def measure(wishes: int, charged: int) -> dict[str, float]:
    from tests.world import build_world
    from tirage.wishes.models import GrantLine, Wish
    from tirage.wishes.rules import Rule

    world = build_world(NOW)
    people(world, wishes)
    figures: dict[str, float] = {}
    slowest = 0.0
    for rule in Rule:
        run, seconds = shared(world, rule.value, 2 * wishes)
        print(f"  {rule.value:13} {seconds:6.2f} s for {wishes:,} wishes")
        slowest = max(slowest, seconds)
        run.delete()
    figures[f"grants_{wishes}_s"] = round(slowest, 2)
    first, _ = shared(world, "oldest", charged, customer_cap=1)
    orders = granted(world, first)
    open_ = Wish.objects.filter(granted=1).values("pk")
    Wish.objects.exclude(pk__in=open_).update(state="withdrawn")
    second, _ = shared(world, "oldest", charged, customer_cap=1)
    changes = granted(world, second)
    done = GrantLine.objects.filter(outcome="granted").count()
    if done != 2 * charged:
        raise RuntimeError(f"{done} of {2 * charged} were granted")
    print(f"  {charged:,} grants as orders of their own {orders:.1f} s, as changes of orders {changes:.1f} s")
    figures[f"charged_grants_{charged}_s"] = round(changes, 1)
    return figures


def run(*, postgres: bool, wishes: int, charged: int, kept: str) -> int:
    """Prepares a database of its own, measures, prints; 1 when something took too long."""
    with fresh_database(postgres=postgres):
        from django.db import connection

        print(f"granting wishes, {connection.vendor}")
        figures = measure(wishes, charged)
    sharing, granting = figures.values()
    simulated = rehearsals.measured()
    figures |= simulated
    print(", ".join(f"{name} {seconds:g}" for name, seconds in figures.items()))
    if kept:
        Path(kept).parent.mkdir(parents=True, exist_ok=True)
        Path(kept).write_text(json.dumps(figures, indent=1) + "\n")
    is_slow = sharing >= MOST_SHARING_S or granting >= MOST_GRANTING_S
    is_slow |= simulated["simulation_s"] >= MOST_SIMULATING_S
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
