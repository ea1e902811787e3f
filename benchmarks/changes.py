"""How long the quote of an order change takes: ``python benchmarks/changes.py [--postgres]``.

Prepares a change by staff of an order of twelve wines (two pieces more of six of them, three off, three new ones,
another address, a faster way, two discounts) in a database of its own, then quotes it a few hundred times, each from
the draft's row on, as its page does. Prints the median and the 95th percentile with the number of statements, and
answers with exit code 1 when the median is 20 ms or longer.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from database import fresh_database

if TYPE_CHECKING:
    from tests.world import World
    from tirage.catalog.models import Sku

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

MOST_MS = 20
TIMES = 400
WARM_UP = 40
NOW = datetime(2026, 10, 6, 16, 0, tzinfo=UTC)


def prepare() -> str:
    """Ana's order of twelve wines and a change of all of them; the draft's reference."""
    from tests.rooms.changes.journey import draft_of, key_of
    from tests.rooms.checkout.journey import buy
    from tests.world import build_world
    from tirage.changes.rules import AddWine, StaffCharge
    from tirage.orders.models import Order

    world = build_world(NOW)
    wines = library(world, 15)
    placed = buy(world, world.ana, {sku.code: 2 for sku in wines[:12]}, world.now)
    order = Order.objects.get(reference=placed.order_reference)
    pieces = {key_of(order, sku): 4 for sku in wines[:6]} | {key_of(order, sku): 0 for sku in wines[6:9]}
    draft = draft_of(
        world,
        order,
        world.staff,
        pieces=pieces,
        add=[AddWine(sku.pk, 1) for sku in wines[12:]],
        address_reference=world.ana_brooklyn.reference,
        method_reference=world.overnight.reference,
        add_charges=[
            StaffCharge("discount", "Ten years with us", percent_bp=500),
            StaffCharge("discount", "A scratched label", amount_minor=-10_00, sku_id=wines[0].pk),
        ],
        override_reason="A regular",
    )
    return str(draft.reference)


def library(world: World, count: int) -> list[Sku]:
    """So many wines in Premier's offer, six pieces each."""
    from tirage.catalog.models import Sku, Vintage, Wine
    from tirage.inventory.models import Movement, Stock
    from tirage.offers.models import OfferItem

    wine = Wine.objects.create(
        name="Library Red", variety="Syrah", appellation="Sonoma Mountain", colour="red"
    )
    found = []
    for number in range(count):
        vintage = Vintage.objects.create(wine=wine, year=2000 + number)
        sku = Sku.objects.create(
            code=f"LIB{number}", vintage=vintage, name=str(vintage), price_minor=60_00 + number * 100
        )
        stock = Stock.objects.create(sku=sku, on_hand=100)
        Movement.objects.create(stock=stock, at=NOW, quantity=100, reason="opening", actor_label="Bench")
        OfferItem.objects.create(offer=world.premier_offer, sku=sku, purchase_maximum=6)
        found.append(sku)
    return found


def measure(reference: str) -> tuple[list[float], int, int]:
    """Milliseconds of each quote, its statements and its lines."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tirage.changes.models import ChangeDraft
    from tirage.changes.queries import quote_draft, with_order

    def quote() -> int:
        draft = with_order(ChangeDraft.objects.filter(reference=reference)).get()
        return len(quote_draft(draft, NOW).lines)

    with CaptureQueriesContext(connection) as asked:
        lines = quote()
    for _ in range(WARM_UP):
        quote()
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        quote()
        took.append((time.perf_counter() - began) * 1000)
    return took, len(asked), lines


def run(*, postgres: bool) -> int:
    """Prepares a database of its own, measures, prints; 1 when the median is too long."""
    with fresh_database(postgres=postgres):
        from django.db import connection

        took, statements, lines = measure(prepare())
        median, slow = statistics.median(took), statistics.quantiles(took, n=20)[-1]
        print(
            f"quote of a change, {lines} lines, {connection.vendor}: p50 {median:.1f} ms, p95 {slow:.1f} ms, "
            f"{statements} statements (asked of ourselves: p50 below {MOST_MS} ms)"
        )
        return int(median >= MOST_MS)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--postgres", action="store_true")
    return run(postgres=parser.parse_args().postgres)


if __name__ == "__main__":
    sys.exit(main())
