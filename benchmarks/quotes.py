"""How long the quote of a checkout of twelve wines takes: ``python benchmarks/quotes.py [--postgres] [--json FILE]``.

Its delivery by three methods, its tax by five jurisdictions and three fees, and a place's laws and volume limits,
counted with what its customer received before: all that stands between a cart and its price. Prints the median as
``quote_12_lines_ms`` and answers with exit code 1 when it is longer than 5 ms.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from database import fresh_database

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT), str(ROOT / "benchmarks")]

MOST_MS = 5
TIMES = 600
WARM_UP = 60
LINES = 12
NOW = datetime(2026, 10, 6, 16, 0, tzinfo=UTC)


def prepare() -> dict[str, Any]:
    """Ana's cart of twelve wines; what the checkout asks of it."""
    from changes import library

    from tests.rooms.checkout.journey import buy, hold
    from tests.rooms.taxes.tables import deposits, fee, rate, setup
    from tests.world import build_world
    from tirage.catalog.models import Vintage
    from tirage.checkout.queries import load_offer_page
    from tirage.checkout.volumes import Parcel, parts_of
    from tirage.delivery.models import Law, VolumeLimit

    world = build_world(NOW)
    setup(world, state="CA", county="Sonoma", city="Healdsburg")
    rate(world, "CA", "State of California", 7.25)
    for name in ("San Francisco County", "Transit", "Districts", "Measure"):
        rate(world, "CA", name, 0.3, county="San Francisco")
    deposits(world)
    fee(world, "CA", "Delivery fee", 28)
    begun = {"destination": world.california, "first_day": date(2020, 1, 1)}
    for subject, period in (("person", "month"), ("household", "year")):
        VolumeLimit.objects.create(
            **begun, subject=subject, period=period, unit="bottle", millilitres=750_000
        )
    Law.objects.create(**begun, kind="alcohol", tenths=240)
    wines = library(world, 2 * LINES)
    Vintage.objects.update(alcohol_percent=Decimal("14.2"))
    buy(world, world.ana, {sku.code: 1 for sku in wines[LINES:]}, NOW)
    hold(world.ana, {sku.code: 2 for sku in wines[:LINES]}, NOW)
    page = load_offer_page(world.ana, NOW)
    assert page.cart is not None and len(page.cart.lines) == LINES
    home = world.ana_home
    parcel = Parcel(world.ana.pk, page.cart.millilitres, parts_of(home), NOW, skus=page.cart.skus)
    return {
        "page": page,
        "country": home.country,
        "state": home.state,
        "city": home.city,
        "postal_code": home.postal_code,
        "customer_id": world.ana.pk,
        "proposes": True,
        "parcel": parcel,
    }


def measure(question: dict[str, Any]) -> tuple[list[float], int, int]:
    """Milliseconds of each quote, its statements and its taxes and fees."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tirage.checkout.queries import quote_checkout

    def quote() -> int:
        found = quote_checkout(**question)
        assert found.chosen is not None, found.problem
        return len(found.taxes)

    quote()
    with CaptureQueriesContext(connection) as asked:
        taxes = quote()
    for _ in range(WARM_UP):
        quote()
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        quote()
        took.append((time.perf_counter() - began) * 1000)
    return took, len(asked), taxes


def run(*, postgres: bool, kept: Path | None) -> int:
    """Prepares a database of its own, measures, prints; 1 when the median is too long."""
    with fresh_database(postgres=postgres):
        from django.db import connection

        took, statements, taxes = measure(prepare())
        median, slow = statistics.median(took), statistics.quantiles(took, n=20)[-1]
        found = {
            "engine": connection.vendor,
            "quote_12_lines_ms": round(median, 2),
            "p95_ms": round(slow, 2),
            "statements": statements,
            "taxes_and_fees": taxes,
        }
    print(f"{json.dumps(found)} (asked of ourselves: at most {MOST_MS} ms)")
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(found, indent=2) + "\n")
    return int(median > MOST_MS)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    return run(postgres=options.postgres, kept=options.json)


if __name__ == "__main__":
    sys.exit(main())
