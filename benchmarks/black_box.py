"""What the black box costs a release day: ``python benchmarks/black_box.py [--postgres] [--json FILE]``.

An offer page of twelve wines is noted and written down thousands of times. Prints a line of JSON: ``note_us``, the
microseconds of processor that a page takes to note what it showed; ``write_us``, what writing it down takes the same
process later, off the page; ``bytes_each``, what a page takes on file, indexes included (PostgreSQL);
``minute_ms``, looking a customer's minute up among all of them.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from database import fresh_database

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

PAGES, WINES, PORTION = 50_000, 12, 10_000


def measure(pages: int, *, postgres: bool) -> dict[str, Any]:
    """In a database of its own."""
    with fresh_database(postgres=postgres):
        from django.db import connection

        from tests.world import build_world
        from tirage.checkout.recorded import minute_of
        from tirage.checkout.recording import ShownWine, note_shown, write_recordings
        from tirage.core.clock import read_clock
        from tirage.customers.models import Customer

        now, luck = read_clock(), random.Random(9)
        world = build_world(now)
        people = Customer.objects.bulk_create(
            [Customer(email=f"guest{number}@example.com", signed_up_at=now) for number in range(2_000)]
        )
        skus = [world.cabernet.pk, world.magnum.pk, world.chardonnay.pk, world.syrah_pack.pk] * 3

        def page(customer: Customer, at: datetime) -> None:
            wines = [
                ShownWine(sku, 3, 6, "3 of your 6", "4 left", "", 0, False, 0, 0, 3, 4, 20) for sku in skus
            ]
            note_shown(
                customer_id=customer.pk,
                offer_id=world.premier_offer.pk,
                name="offer",
                status="open",
                wines=wines,
                at=at,
            )

        noting = writing = 0.0
        for portion in range(0, pages, PORTION):
            began = time.process_time()
            for number in range(portion, portion + PORTION):
                page(luck.choice(people), now + timedelta(milliseconds=36 * number))
            noting += time.process_time() - began
            began = time.process_time()
            write_recordings()
            writing += time.process_time() - began
        size = 0
        if postgres:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_total_relation_size('checkout_recording')")
                size = cursor.fetchone()[0]
        began = time.perf_counter()
        for customer in people[:20]:
            minute_of(customer, now + timedelta(minutes=20))
        return {
            "pages": pages,
            "note_us": round(noting / pages * 1e6, 1),
            "write_us": round(writing / pages * 1e6, 1),
            "bytes_each": size // pages,
            "minute_ms": round((time.perf_counter() - began) / 20 * 1_000, 2),
        }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pages", type=int, default=PAGES)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = measure(options.pages, postgres=options.postgres)
    print(json.dumps(figures))
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(figures) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
