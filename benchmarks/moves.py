"""How long a bulk move takes: ``python benchmarks/moves.py [--postgres] [--customers N]``.

Fills a database of its own with customers of three groups, of which one has an open offer with carts and wishes; then
chooses all, previews the move with what leaves the open offer, runs it portion by portion as the worker does, and
gives everybody the groups of before. Prints the seconds of each; exit code 1 when the preview takes 2 s or the move 20.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from database import fresh_database

NOW = datetime(2026, 10, 6, 16, 0, tzinfo=UTC)
MOST_PREVIEW, MOST_MOVE = 2.0, 20.0
BATCH = 2_000


def fill(count: int) -> Any:
    """The customers, in groups; the group that they are to move to."""
    from tirage.checkout.models import Cart
    from tirage.customers.models import Customer, Group, Membership
    from tirage.offers.models import Offer, Release

    names = ("Premier", "Estate", "Friends", "Reserve")
    kinds = ("allocation", "allocation", "standard", "allocation")
    groups = [Group.objects.create(name=name, kind=kind) for name, kind in zip(names, kinds, strict=True)]
    people = [
        Customer(email=f"p{number}@example.com", first_name="P", last_name=str(number), signed_up_at=NOW)
        for number in range(count)
    ]
    Customer.objects.bulk_create(people, batch_size=BATCH)
    rows = []
    for number, one in enumerate(people):
        rows.append(Membership(customer=one, group=groups[number % 2], kind="allocation", since=NOW))
        if number % 3 == 0:
            rows.append(Membership(customer=one, group=groups[2], kind="standard", since=NOW))
    Membership.objects.bulk_create(rows, batch_size=BATCH)
    release = Release.objects.create(name="Autumn", kind="allocation", made_at=NOW)
    day = timedelta(days=1)
    Offer.objects.create(
        release=release, group=groups[0], opens_at=NOW - day, closes_at=NOW + day, is_active=True
    )
    Cart.objects.bulk_create(
        (
            Cart(customer=one, release=release, changed_at=NOW, expires_at=NOW + day)
            for number, one in enumerate(people)
            if number % 20 == 0
        ),
        batch_size=BATCH,
    )
    return groups[3]


def timed(name: str, act: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    answer = act()
    seconds = time.perf_counter() - began
    print(f"  {name:<28}{seconds:8.2f} s", flush=True)
    return answer, seconds


def measure(count: int) -> dict[str, float]:
    """Prints each step; the seconds of the preview and of the move."""
    from tirage.backoffice.customers.leaving import leaving_open_offers
    from tirage.core.actors import system
    from tirage.customers.models import Customer
    from tirage.customers.operations import continue_move, continue_undo, draft_move
    from tirage.customers.queries import preview_run

    group = fill(count)
    ids = list(Customer.objects.values_list("pk", flat=True))
    facts = {"actor": system(), "now": NOW}
    run, _ = timed("chosen", lambda: draft_move(customer_ids=ids, group=group, **facts))
    preview, seconds = timed("previewed", lambda: (preview_run(run), leaving_open_offers(run, NOW))[0])
    assert preview.changing == count

    def work(act: Callable[..., Any], until: str) -> int:
        at, portions = run, 0
        while at.state != until:
            at, portions = act(run=at, **facts), portions + 1
        return portions

    _, moving = timed("moved", lambda: work(continue_move, "finished"))
    timed("given back", lambda: work(continue_undo, "undone"))
    return {f"move_{count}_s": round(moving, 2), f"move_preview_{count}_s": round(seconds, 2)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--customers", type=int, default=40_000)
    options = parser.parse_args()
    print(f"A bulk move of {options.customers:,} on {'PostgreSQL' if options.postgres else 'SQLite'}")
    with fresh_database(postgres=options.postgres):
        moving, preview = measure(options.customers).values()
        return int(preview >= MOST_PREVIEW or moving >= MOST_MOVE)


if __name__ == "__main__":
    sys.exit(main())
