"""How long the report of a large release takes: ``python benchmarks/reports.py [--postgres] [--json FILE]``.

20,000 customers in three groups, twelve wines each, two releases; three in five have ordered, some changed it, some
hold bottles, wished, were invited or looked. Prints a line of JSON: ``report_s``, the report with the release before
beside it, the fastest and the slowest of five; ``reminders_s``, queueing one to each of those who haven't bought.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from database import fresh_database

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

PEOPLE, WINES, GROUPS = 20_000, 12, 3
BATCH = 2_000


def measure(people: int, *, postgres: bool) -> dict[str, Any]:
    """In a database of its own."""
    with fresh_database(postgres=postgres):
        from django.db import connection

        from tirage.core.clock import read_clock
        from tirage.notifications.reminding import save_reminders, send_due_reminders, values_of_plans
        from tirage.reports.allocation import report_of

        now = read_clock()
        release, actor = fill(people, now)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        took = []
        for _ in range(5):
            began = time.perf_counter()
            found = report_of(release, now)
            took.append(time.perf_counter() - began)
        assert found.before is not None and found.total.bought
        values = values_of_plans(release) | {"not_yet": True, "not_yet_hours": 1}
        save_reminders(release=release, values=values, actor=actor, now=now)
        began, queued = time.perf_counter(), 0
        while portion := send_due_reminders(now=now):
            queued += portion
        return {
            "people": people,
            "report_s": round(min(took), 3),
            "report_slowest_s": round(max(took), 3),
            "reminders": queued,
            "reminders_s": round(time.perf_counter() - began, 2),
        }


def fill(people: int, now: Any) -> Any:
    """The release that is open, and who acts."""
    from tirage.core.actors import Actor, ActorKind
    from tirage.customers.models import Customer, Group, Membership
    from tirage.offers.models import Offer, OfferItem, Release
    from tirage.orders.statements import recount_orders

    lot = random.Random(5)
    groups = [
        Group.objects.create(name=f"Tier {number}", kind="allocation", rank=number)
        for number in range(GROUPS)
    ]
    skus = cellar()
    Customer.objects.bulk_create(
        (
            Customer(
                reference=f"CUS-{number:08d}",
                email=f"guest{number}@example.com",
                signed_up_at=now - timedelta(days=900),
                marketing_consent_at=now if lot.random() < 0.8 else None,
            )
            for number in range(people)
        ),
        batch_size=BATCH,
    )
    ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    Membership.objects.bulk_create(
        (
            Membership(
                customer_id=pk, group=groups[at % GROUPS], kind="allocation", since=now - timedelta(days=800)
            )
            for at, pk in enumerate(ids)
        ),
        batch_size=BATCH,
    )
    for name, opened in (("Spring", 200), ("Autumn", 5)):
        release = Release.objects.create(name=name, made_at=now)
        opens = now - timedelta(days=opened)
        offers = [
            Offer.objects.create(
                release=release,
                group=group,
                is_active=True,
                activated_at=opens,
                opens_at=opens,
                closes_at=opens + timedelta(days=14),
            )
            for group in groups
        ]
        items = OfferItem.objects.bulk_create(
            OfferItem(offer=offer, sku=sku, position=at, purchase_maximum=6, wish_maximum=6)
            for offer in offers
            for at, sku in enumerate(skus)
        )
        trade(lot, release, offers, items, skus, ids, opens)
    recount_orders(0, 2**62)
    return release, Actor(ActorKind.STAFF, None, "Olive")


def cellar() -> list[Any]:
    from tirage.catalog.models import Sku, Vintage, Wine
    from tirage.inventory.models import Stock

    found = []
    for number in range(WINES):
        wine = Wine.objects.create(name=f"Wine {number}", colour="red")
        vintage = Vintage.objects.create(wine=wine, year=2023)
        sku = Sku.objects.create(
            vintage=vintage, code=f"W{number}", name=f"Wine {number} 2023", millilitres=750, price_minor=90_00
        )
        Stock.objects.create(sku=sku, on_hand=200_000)
        found.append(sku)
    return found


def trade(lot: random.Random, release: Any, offers: Any, items: Any, skus: Any, ids: Any, opens: Any) -> None:
    """Orders with four wines each, looks, invitations, wishes and carts."""
    from tirage.checkout.models import Cart, OfferLook
    from tirage.inventory.models import Hold, Stock
    from tirage.notifications.models import OfferInvitation
    from tirage.orders.models import Order, OrderChange, OrderCharge, OrderLine
    from tirage.wishes.models import Wish

    now = opens + timedelta(days=5)
    stocks = list(Stock.objects.order_by("pk"))
    of_offer = {offer.pk: [item for item in items if item.offer_id == offer.pk] for offer in offers}
    orders, wishes, looks, invitations, carts = [], [], [], [], []
    for at, pk in enumerate(ids):
        offer = offers[at % GROUPS]
        invitations.append(OfferInvitation(offer=offer, customer_id=pk, at=opens))
        if lot.random() < 0.75:
            looks.append(OfferLook(offer=offer, customer_id=pk, first_at=opens))
        if lot.random() < 0.6:
            placed = opens + timedelta(days=5) * lot.random() ** 2
            orders.append(
                Order(
                    reference=f"ORD-{release.pk}{at:07d}",
                    customer_id=pk,
                    release=release,
                    offer=offer,
                    state="placed",
                    currency="USD",
                    made_at=placed,
                    placed_at=placed,
                )
            )
        elif lot.random() < 0.1:
            carts.append(
                Cart(reference=f"CRT-{release.pk}{at:07d}", customer_id=pk, release=release, changed_at=now)
            )
        if lot.random() < 0.15:
            item = lot.choice(of_offer[offer.pk])
            wishes.append(
                Wish(
                    reference=f"WSH-{release.pk}{at:07d}",
                    customer_id=pk,
                    offer_item=item,
                    kind="promise",
                    asked=3,
                    agreed_at=now,
                    made_at=now,
                    changed_at=now,
                )
            )
    for rows in (orders, wishes, looks, invitations, carts):
        type(rows[0]).objects.bulk_create(rows, batch_size=BATCH)
    changes = OrderChange.objects.bulk_create(
        (
            OrderChange(
                order=order,
                number=1,
                kind="placing",
                at=order.placed_at,
                actor_label="Guest",
                difference_minor=0,
            )
            for order in orders
        ),
        batch_size=BATCH,
    )
    OrderLine.objects.bulk_create(
        (
            OrderLine(
                order_id=change.order_id,
                change=change,
                sku=sku,
                quantity=lot.randint(1, 6),
                unit_price_minor=90_00,
            )
            for change in changes
            for sku in lot.sample(skus, 4)
        ),
        batch_size=BATCH,
    )
    OrderCharge.objects.bulk_create(
        (
            OrderCharge(order_id=change.order_id, change=change, kind="discount", amount_minor=-20_00)
            for change in changes[::3]
        ),
        batch_size=BATCH,
    )
    if release.name == "Autumn":
        Hold.objects.bulk_create(
            Hold(
                stock=lot.choice(stocks),
                holder=cart.reference,
                quantity=2,
                expires_at=now + timedelta(minutes=30),
            )
            for cart in carts
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", type=int, nargs="?", default=PEOPLE)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = measure(options.people, postgres=options.postgres)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(figures))
    print(json.dumps(figures))
