"""A winery of some size in a benchmark's own database: customers, orders, wishes, groups of today and before."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import bulk

#: Customers, orders and order lines of the whole; ``scale`` takes a share of each.
CUSTOMERS, ORDERS, LINES = 50_000, 240_000, 1_000_000
RELEASES = 20
BATCH = 5_000
NOW = datetime(2026, 10, 6, 16, 0, tzinfo=UTC)


def in_batches(rows: Iterator[Any]) -> None:
    from django.db import transaction

    from tirage.core.sql import insert_many

    with transaction.atomic():
        while batch := list(islice(rows, BATCH)):
            insert_many(batch, batch_size=BATCH)


def reference(prefix: str, number: int) -> str:
    return f"{prefix}-{number:08d}"


def fill(scale: float, homes: int = 2_000, *, whole: bool = True) -> dict[str, str]:
    """Makes the rows; what conditions can name. ``homes``: ZIPs that customers live in.

    Without ``whole`` only people, orders and wishes.
    """
    from django.db import connection

    lot = random.Random(12)
    customers, orders, lines = (int(count * scale) for count in (CUSTOMERS, ORDERS, LINES))
    print(f"  {customers:,} customers, {orders:,} orders, {lines:,} order lines", flush=True)
    things = _surroundings()
    with bulk.unchecked():
        _people(lot, customers, homes)
        _orders(customers, orders, lines)
        _wishes(lot, customers)
        if whole:
            _clubs()
            _writing(lot)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # What its autovacuum would do within minutes.
            cursor.execute("VACUUM ANALYZE")
    return things


def _writing(lot: random.Random) -> None:
    """Who was invited to the latest offers, looked at them, has something in the cart, and whose mailbox refused."""
    from tirage.checkout.models import Cart, OfferLook
    from tirage.customers.models import Customer, Membership
    from tirage.inventory.models import Hold, Stock
    from tirage.notifications.models import OfferInvitation, SentMail
    from tirage.offers.models import Offer, OfferItem, Release

    people = dict(Customer.objects.order_by("pk").values_list("pk", "email"))
    groups = list(Membership.objects.order_by("pk").values_list("customer", "group"))
    latest = list(Release.objects.order_by("-pk")[:4])
    offers = {(one.release_id, one.group_id): one.pk for one in Offer.objects.filter(release__in=latest)}
    offered = [
        (person, offers[release.pk, group])
        for release in latest
        for person, group in groups
        if (release.pk, group) in offers
    ]
    in_batches((OfferInvitation(offer_id=o, customer_id=p, at=NOW) for p, o in offered))
    looked = (one for one in offered if lot.random() < 0.6)
    in_batches((OfferLook(offer_id=o, customer_id=p, first_at=NOW) for p, o in looked))
    in_batches(
        (
            SentMail(
                customer_id=pk,
                kind="offer_invitation",
                to=email,
                due_at=NOW,
                ended="refused",
                refused_by=email,
            )
            for pk, email in people.items()
            if pk % 25 == 0
        ),
    )
    carts = [
        Cart(
            reference=reference("CRT", pk),
            customer_id=pk,
            release=latest[1],
            changed_at=NOW,
            expires_at=NOW + timedelta(minutes=10),
        )
        for pk in list(people)[::25]
    ]
    in_batches(iter(carts))
    sku = OfferItem.objects.filter(offer__release=latest[1])[0].sku
    stock = Stock.objects.create(sku=sku, on_hand=10 * len(people), held=2 * len(carts))
    in_batches(
        (Hold(stock=stock, holder=cart.reference, quantity=2, expires_at=cart.expires_at) for cart in carts),
    )


def _surroundings() -> dict[str, str]:
    from tirage.catalog.models import Sku, Vintage, Wine
    from tirage.customers.models import Group, Tag
    from tirage.offers.models import Offer, OfferItem, Release

    skus = []
    for number in range(12):
        wine = Wine.objects.create(name=f"Wine {number}")
        for year in range(2020, 2025):
            vintage = Vintage.objects.create(wine=wine, year=year)
            skus.append(
                Sku.objects.create(
                    code=f"W{number}-{year}", vintage=vintage, name=f"Wine {number}", price_minor=90_00
                )
            )
    groups = [Group.objects.create(name=f"Tier {n}", kind="allocation", rank=n) for n in range(6)]
    releases = []
    for number in range(RELEASES):
        opens = NOW - timedelta(days=90 * (RELEASES - number))
        release = Release.objects.create(name=f"Release {number}", made_at=opens)
        releases.append(release)
        for group in groups:
            offer = Offer.objects.create(
                release=release,
                group=group,
                is_active=True,
                activated_at=opens,
                opens_at=opens,
                closes_at=opens + timedelta(days=21),
            )
            OfferItem.objects.bulk_create(
                OfferItem(offer=offer, sku=sku, purchase_maximum=6) for sku in lot_of(skus, number)
            )
    tag = Tag.objects.create(name="VIP")
    return {
        "sku": "W0-2024",
        "wine": skus[0].vintage.wine.reference,
        "vintage": f"{skus[0].vintage.wine.reference}.2024",
        "group": groups[0].reference,
        "release": releases[-2].reference,
        "tag": tag.name,
        "state": "CA",
        "source": "web",
    }


def lot_of(skus: list[Any], number: int) -> list[Any]:
    return [skus[(number * 7 + step) % len(skus)] for step in range(12)]


def _people(lot: random.Random, count: int, zips: int) -> None:
    from tirage.customers.models import Address, Customer, Group, Membership, PastMembership, Tag
    from tirage.payments.models import PaymentMethod
    from tirage.places import all_zips

    in_batches(
        (
            Customer(
                reference=reference("CUS", n),
                email=f"someone.{n}@example.com",
                first_name="Someone",
                last_name=str(n),
                birth_date=date(1950, 1, 1) + timedelta(days=lot.randrange(18_000)),
                status="suspended" if n % 50 == 0 else "active",
                marketing_consent_at=NOW if n % 3 else None,
                signed_up_at=NOW - timedelta(minutes=n * 60),
                source="web" if n % 2 else "tasting room",
                credit_minor=50_00 if n % 20 == 0 else 0,
            )
            for n in range(count)
        ),
    )
    people = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    groups = list(Group.objects.all())
    places = [zip for zip in all_zips() if zip.is_located]
    homes = [lot.choice(places) for _ in range(zips)]
    in_batches(
        (
            Address(
                reference=reference("ADR", pk),
                customer_id=pk,
                recipient="Someone",
                line1="1 Street",
                city=home.city,
                state=home.state,
                postal_code=home.zip,
                is_default=True,
            )
            for pk in people
            for home in [lot.choice(homes)]
        ),
    )
    in_batches(
        (
            Membership(
                customer_id=pk,
                group=lot.choice(groups),
                kind="allocation",
                since=NOW - timedelta(days=lot.randrange(1500)),
            )
            for pk in people
            if pk % 10
        ),
    )
    in_batches(
        (
            PastMembership(
                customer_id=pk, group=lot.choice(groups), since=since, until=since + timedelta(days=300)
            )
            for pk in people
            for since in [NOW - timedelta(days=lot.randrange(400, 1800))]
        ),
    )
    through = Tag.customers.through
    in_batches(through(customer_id=pk, tag_id=Tag.objects.get().pk) for pk in people[::7])
    in_batches(
        (
            PaymentMethod(
                reference=reference("CRD", pk),
                customer_id=pk,
                gateway="test",
                token=f"card_{pk}",
                brand="Visa",
                last4="4242",
                exp_month=1 + pk % 12,
                exp_year=2026 + pk % 5,
                is_default=True,
                saved_at=NOW,
            )
            for pk in people[::2]
        ),
    )


def _orders(customers: int, count: int, lines: int) -> None:
    """By statements of the engine's own, which take a tenth of the time that objects take."""
    from tirage.catalog.models import Sku
    from tirage.customers.models import Customer
    from tirage.offers.models import Release
    from tirage.orders.models import Order, OrderChange, OrderLine
    from tirage.payments.models import Payment

    def first_of(model: Any) -> int:
        return int(model.objects.order_by("pk").values_list("pk", flat=True)[0])

    person, release, sku = (first_of(model) for model in (Customer, Release, Sku))
    hot = Sku.objects.get(code="W0-2024").pk
    bulk.run(
        f"CREATE TEMPORARY TABLE cases AS SELECT s.n AS n, s.n * {count} / {lines} AS at,"
        f" CASE WHEN s.n % 5 = 0 THEN {hot} ELSE"
        f" {sku} + {bulk.index(f'{bulk.chance(1)} * {Sku.objects.count()}')} END AS sku,"
        f" 1 + {bulk.index(f'{bulk.chance(2)} * 6')} AS quantity FROM {bulk.series(lines)}"
    )
    states = ("placed",) * 4 + ("shipped",) * 15 + ("cancelled",)
    at = bulk.moment(NOW - timedelta(days=1800), f"{1800 * 86_400} * (s.n * 1.0 / {count})")
    paid = "CASE WHEN s.n % 30 = 0 THEN 30000 ELSE 40000 END"
    spread = bulk.chance(3)
    bulk.write(
        Order,
        f"(SELECT s.n AS n, {bulk.choice(states, 4)} AS state, {at} AS moment"
        f" FROM {bulk.series(count)}) s JOIN (SELECT at, sum(quantity) AS bottles FROM cases GROUP BY at) c"
        " ON c.at = s.n ORDER BY s.n",
        {
            "reference": bulk.code("ORD", "s.n"),
            "customer_id": f"{person} + {bulk.index(f'{customers} * {spread} * {spread}')}",
            "release_id": f"{release} + s.n * {RELEASES} / {count}",
            "state": "s.state",
            "made_at": "s.moment",
            "placed_at": "s.moment",
            "shipped_at": "CASE WHEN s.state = 'shipped' THEN s.moment END",
            "owed_minor": paid,
            "paid_minor": paid,
            "wine_minor": "c.bottles * 9000",
            "bottle_count": "c.bottles",
        },
        {"currency": "USD"},
    )
    first = first_of(Order)
    bulk.write(
        OrderChange,
        "orders_order o ORDER BY o.id",
        {"order_id": "o.id"},
        {"number": 1, "kind": "placing", "at": NOW, "actor_label": "Bench", "difference_minor": 1},
    )
    bulk.write(
        OrderLine,
        f"cases l JOIN orders_orderchange c ON c.order_id = l.at + {first} ORDER BY l.n",
        {"order_id": "c.order_id", "change_id": "c.id", "sku_id": "l.sku", "quantity": "l.quantity"},
        {"unit_price_minor": 90_00},
    )
    bulk.run("DROP TABLE cases")
    settled: dict[str, Any] = {
        "gateway": "test",
        "currency": "USD",
        "state": "settled",
        "made_at": NOW,
        "settled_at": NOW,
    }
    bulk.write(
        Payment,
        "orders_order o ORDER BY o.id",
        {
            "reference": bulk.code("PAY", "o.id"),
            "idempotency_key": bulk.code("p", "o.id"),
            "order_id": "o.id",
        },
        settled | {"kind": "charge", "amount_minor": 400_00},
    )
    bulk.write(
        Payment,
        f"payments_payment y WHERE (y.order_id - {first}) % 30 = 0 ORDER BY y.id",
        {
            "reference": bulk.code("REF", "y.order_id"),
            "idempotency_key": bulk.code("r", "y.order_id"),
            "order_id": "y.order_id",
            "parent_id": "y.id",
        },
        settled | {"kind": "refund", "amount_minor": 100_00},
    )
    _figures()


def _figures() -> None:
    """The customers' figures."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE figures AS SELECT customer_id, COUNT(*) AS orders, SUM(wine_minor) AS spent,"
            " MIN(placed_at) AS first, MAX(placed_at) AS last FROM orders_order"
            " WHERE state IN ('placed', 'shipped') GROUP BY customer_id"
        )
        cursor.execute(
            "UPDATE customers_customer SET orders_count = figures.orders, lifetime_minor = figures.spent,"
            " first_order_at = figures.first, last_order_at = figures.last"
            " FROM figures WHERE figures.customer_id = customers_customer.id"
        )


def _clubs() -> None:
    from tirage.clubs.models import Club, ClubMember
    from tirage.customers.models import Customer, Group

    people = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    club = Club.objects.create(
        name="Good club",
        reference="CLB-GOODCLUB",
        terms="Terms.",
        group=Group.objects.order_by("pk")[0],
        made_at=NOW,
    )
    in_batches(
        (
            ClubMember(
                club=club,
                customer_id=pk,
                state=state,
                joined_at=NOW,
                changed_at=NOW,
                left_at=NOW if state == "left" else None,
                version=1,
                words="Terms.",
            )
            for n, pk in enumerate(people[::3])
            for state in [("active", "paused", "left")[n % 3]]
        ),
    )


def _wishes(lot: random.Random, customers: int) -> None:
    from tirage.customers.models import Customer, Membership
    from tirage.offers.models import CustomAllowance, OfferItem
    from tirage.segments.models import CustomerList, CustomerListMember, Segment
    from tirage.wishes.models import Wish

    people = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    items = list(OfferItem.objects.values_list("pk", flat=True))
    chosen = dict(OfferItem.objects.filter(pk__in=items[::10]).values_list("pk", "offer__group"))
    members: dict[int, list[int]] = {}
    for group, person in Membership.objects.values_list("group", "customer"):
        members.setdefault(group, []).append(person)
    in_batches(
        (
            CustomAllowance(customer_id=person, offer_item_id=item, purchase_maximum=12)
            for item, group in chosen.items()
            for person in members.get(group, [])[: customers // 250]
        ),
    )
    in_batches(
        (
            Wish(
                reference=reference("WSH", n),
                customer_id=people[n % len(people)],
                offer_item_id=items[(n * 7 + n // len(people)) % len(items)],
                kind="promise",
                state=state,
                asked=3,
                granted=2 if state == "granted" else 0,
                agreed_at=NOW,
                made_at=NOW - timedelta(days=n % 1500),
                changed_at=NOW,
            )
            for n in range(2 * customers)
            for state in [lot.choice(("open", "granted", "declined"))]
        ),
    )
    Segment.objects.create(
        name="Good ones",
        reference="SEG-GOODONES",
        definition="all(spent(from:2000,last:24months),tier())",
        made_at=NOW,
        changed_at=NOW,
    )
    kept = CustomerList.objects.create(
        name="Kept",
        reference="LST-KEPTONES",
        definition="tier()",
        said="",
        made_at=NOW,
        total=len(people) // 2,
        actor_label="Bench",
    )
    in_batches(CustomerListMember(list=kept, customer_id=pk) for pk in people[::2])
