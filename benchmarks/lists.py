"""How long the long lists take to answer: ``python benchmarks/lists.py [--postgres]``.

Fills a database of its own with 50,000 customers, 200,000 orders, 560,000 order lines and 230,000 payments, then asks
the customers, the orders and the payments list for every filter that they have (and for each order, search and far
page), each as one whole request of a signed-in member: guard, filters, exact count, rows, page. The month's daily
totals are asked too. Prints the median of three and answers with exit code 1 when one of them took 300 ms or longer.
What a list adds up over all of so many rows is fetched once the page stands: it may take a second and a half.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import re
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from database import fresh_database

if TYPE_CHECKING:
    from django.test import Client

    from tirage.backoffice.frame.lists import RowList


MOST_MS = 300
MOST_SUMS_MS = 1_500
TIMES = 3
BATCH = 2_000
NOW = datetime(2026, 10, 6, 16, 0, tzinfo=UTC)
FIRST = (
    "Ana Ben Clara Dora Emil Franz Grace Hugo Ines Jose Karl Lena Marco Nora Otto Paula Quinn Rosa Soren Uma"
).split()
LAST = (
    "Alvarez Baker Chen Diaz Evans Fischer Garcia Hughes Ito Jones Kim Lopez Moore Nguyen Park Reyes Smith"
).split()
STATES = ("CA",) * 8 + ("NY",) * 4 + ("TX", "FL", "FL", "IL", "WA", "OR", "CO", "MA", "NJ", "VA", "OH", "MT")
#: What people type: a name, half a name, an address, an order's number, and what everybody has.
SEARCHES = (
    *("ana", "baker", "ana baker", "hugo.11@", "@example.com", "a", "zebra", "nobody@nowhere"),
    *("ORD-7", "ORD-0001", "PAY-7", "PAY-0001", "CHG-7K2M9Q"),
)


def fill(customers: int, orders: int) -> None:
    """Makes the rows with the models themselves, in big batches."""
    lot = random.Random(11)
    people = _people(lot, customers)
    groups, releases, skus, methods = _surroundings()
    _memberships(lot, people, groups)
    _orders(lot, orders, people, groups, releases, skus, methods)
    _payments(lot)
    _filters(people)
    _figures()


def reference(prefix: str, number: int) -> str:
    """As mixed as those drawn by chance, which among so many at once would draw one twice every tenth time."""
    return f"{prefix}-{number * 61_803_399 % 100_000_000:08d}"


def _in_batches(model: Any, rows: Iterator[Any]) -> None:
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            model.objects.bulk_create(batch)
            batch = []
    model.objects.bulk_create(batch)


def _people(lot: random.Random, count: int) -> list[int]:
    from tirage.customers.models import Address, Customer

    def rows() -> Iterator[Customer]:
        for number in range(count):
            first, last = lot.choice(FIRST), lot.choice(LAST)
            email = f"{first}.{number}@example.com".lower()
            yield Customer(
                reference=reference("CUS", number),
                email=email,
                first_name=first,
                last_name=last,
                phone=f"+1 415 555 {number % 10_000:04}",
                status="suspended" if number % 50 == 0 else "active",
                marketing_consent_at=NOW if number % 3 else None,
                signed_up_at=NOW - timedelta(minutes=number * 40),
                search_text=f"{first} {last} {email} +1 415 555 {number % 10_000:04}".lower(),
            )

    _in_batches(Customer, rows())
    people = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    _in_batches(
        Address,
        (
            Address(
                reference=reference("ADR", person),
                customer_id=person,
                recipient="Somebody",
                line1="1 Main Street",
                city="Anywhere",
                state=lot.choice(STATES),
                postal_code=f"{lot.randrange(10_000, 99_999)}",
                is_default=True,
            )
            for person in people
            if person % 20
        ),
    )
    return people


def _surroundings() -> tuple[list[Any], list[Any], list[Any], list[Any]]:
    from tirage.catalog.models import Sku, Vintage, Wine
    from tirage.customers.models import Group
    from tirage.delivery.models import Method
    from tirage.offers.models import Release

    groups = [Group.objects.create(name=f"Tier {rank}", kind="allocation", rank=rank) for rank in range(1, 4)]
    releases = [Release.objects.create(name=f"Release {year}", made_at=NOW) for year in range(2021, 2027)]
    skus = []
    for number in range(12):
        wine = Wine.objects.create(name=f"Wine {number}")
        vintage = Vintage.objects.create(wine=wine, year=2023)
        skus.append(
            Sku.objects.create(
                code=f"W{number}", vintage=vintage, name=f"Wine {number} 2023", price_minor=90_00
            )
        )
    methods = [
        Method.objects.create(name=name, position=at)
        for at, name in enumerate(("Ground", "Air", "Overnight"))
    ]
    return groups, releases, skus, methods


def _memberships(lot: random.Random, people: list[int], groups: list[Any]) -> None:
    from tirage.customers.models import Customer, Membership, Tag
    from tirage.payments.models import PaymentMethod

    _in_batches(
        Membership,
        (
            Membership(customer_id=person, group=lot.choice(groups), kind="allocation", since=NOW)
            for person in people
            if person % 10
        ),
    )
    tag = Tag.objects.create(name="VIP")
    through = Customer.tags.through
    _in_batches(through, (through(customer_id=person, tag_id=tag.pk) for person in people[::7]))
    _in_batches(
        PaymentMethod,
        (
            PaymentMethod(
                reference=reference("CRD", person),
                customer_id=person,
                gateway="test",
                token=f"card_{person}",
                brand=lot.choice(("Visa", "Visa", "Visa", "Mastercard", "American Express")),
                last4="4242",
                exp_month=1,
                exp_year=2030,
                is_default=True,
                saved_at=NOW,
            )
            for person in people[::2]
        ),
    )


def _orders(
    lot: random.Random, count: int, people: list[int], groups: Any, releases: Any, skus: Any, methods: Any
) -> None:
    from tirage.orders.models import Order, OrderChange, OrderLine

    states = ("placed",) * 12 + ("shipped",) * 6 + ("cancelled", "abandoned")

    def rows() -> Iterator[Order]:
        for number in range(count):
            at = NOW - timedelta(minutes=(count - number) * 12)
            state = "pending" if number > count - 20 else lot.choice(states)
            yield Order(
                reference=reference("ORD", number),
                customer_id=lot.choice(people),
                release=releases[number * len(releases) // count],
                group=lot.choice(groups),
                method=lot.choice(methods),
                state=state,
                channel="staff" if number % 100 == 0 else "offer",
                currency="USD",
                made_at=at,
                placed_at=at,
                shipped_at=at if state == "shipped" else None,
                recipient="Somebody",
                line1="1 Main Street",
                city="Anywhere",
                ship_state=lot.choice(STATES),
                postal_code="94110",
                owed_minor=(owed := lot.randrange(90_00, 3_000_00)),
                paid_minor=owed + (-owed if number % 400 == 1 else 50_00 if number % 700 == 1 else 0),
            )

    _in_batches(Order, rows())
    keys = list(Order.objects.order_by("pk").values_list("pk", flat=True))
    _in_batches(
        OrderChange,
        (
            OrderChange(
                order_id=key, number=1, kind="placing", at=NOW, actor_label="Somebody", difference_minor=1
            )
            for key in keys
        ),
    )
    changes = dict(OrderChange.objects.values_list("order_id", "pk"))
    _in_batches(
        OrderLine,
        (
            OrderLine(
                order_id=key,
                change_id=changes[key],
                sku=sku,
                quantity=lot.randrange(1, 7),
                unit_price_minor=90_00,
            )
            for key in keys
            # Two wines that nearly everybody buys, and one more.
            for sku in (*(hot for hot in skus[:2] if lot.random() < 0.9), lot.choice(skus[2:]))
        ),
    )


#: Months whose daily totals are asked for.
MONTHS = ("2023-03", "2025-11", "2026-09")
#: How the bench's money comes: mostly by card, now and then otherwise.
WAYS = (("test", ""),) * 24 + (
    ("credit", ""),
    ("offline", "cheque"),
    ("offline", "transfer"),
    ("offline", "comp"),
)


def _payments(lot: random.Random) -> None:
    """Each order's money as it came: one in twelve declined first, one in twenty set aside and taken later."""
    from tirage.orders.models import Order
    from tirage.payments.models import Payment, PaymentMethod

    cards = dict(PaymentMethod.objects.values_list("customer_id", "pk"))
    numbers = itertools.count(1)

    def payment(order: Any, kind: str, state: str, gateway: str = "test", **more: Any) -> Payment:
        name = reference("PAY", next(numbers))
        return Payment(
            reference=name,
            idempotency_key=name,
            order_id=order.pk,
            payment_method_id=cards.get(order.customer_id) if gateway == "test" else None,
            gateway=gateway,
            kind=kind,
            state=state,
            currency="USD",
            made_at=order.made_at,
            settled_at=order.made_at + timedelta(seconds=2) if state == "settled" else None,
            **{"amount_minor": order.owed_minor, "actor_label": "Somebody", **more},
        )

    def first_ones() -> Iterator[Payment]:
        for number, order in enumerate(orders()):
            if order.state == "abandoned" or number % 12 == 0:
                code = lot.choice(("insufficient_funds", "card_declined", "expired_card"))
                yield payment(
                    order, "charge", "declined", decline_code=code, message="Your bank declined it."
                )
            if order.state == "pending":
                yield payment(order, "charge", "needs_customer")
            elif order.state != "abandoned":
                gateway, offline = lot.choice(WAYS)
                kind = "authorise" if gateway == "test" and number % 20 == 0 else "charge"
                staff = "Bench" if offline else "Somebody"
                note = "A gift" if offline == "comp" else ""
                yield payment(
                    order, kind, "settled", gateway, offline_kind=offline, note=note, actor_label=staff
                )

    def orders() -> Iterator[Any]:
        return Order.objects.only("customer_id", "state", "made_at", "owed_minor").order_by("pk").iterator()

    def later_ones() -> Iterator[Payment]:
        settled = Payment.objects.filter(state="settled", gateway="test").select_related("order")
        for number, parent in enumerate(list(settled.order_by("pk"))):
            if parent.kind == "authorise":
                yield payment(parent.order, "capture", "settled", parent_id=parent.pk)
            elif number % 30 == 0:
                part = parent.amount_minor // 3
                yield payment(parent.order, "refund", "settled", parent_id=parent.pk, amount_minor=part)

    _in_batches(Payment, first_ones())
    _in_batches(Payment, later_ones())


#: A filter as the builder writes it: what a team would ask for.
ASKED = "all(spent(from:500,last:24months),any(state(state:CA),tag(tag:VIP)),not(suspended()))"


def _filters(people: list[int]) -> None:
    """A segment and a list to choose."""
    from tirage.segments.models import CustomerList, CustomerListMember, Segment

    Segment.objects.create(name="Asked for", definition=ASKED, made_at=NOW, changed_at=NOW)
    kept = CustomerList.objects.create(
        name="Kept", definition=ASKED, said="", made_at=NOW, total=len(people[::3]), actor_label="Bench"
    )
    _in_batches(CustomerListMember, (CustomerListMember(list=kept, customer_id=one) for one in people[::3]))


def _figures() -> None:
    """The customers' figures; on PostgreSQL what its autovacuum would do within minutes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE figures AS SELECT customer_id, COUNT(*) AS orders, SUM(owed_minor) AS spent,"
            " MIN(made_at) AS first, MAX(made_at) AS last FROM orders_order"
            " WHERE state IN ('placed', 'shipped') GROUP BY customer_id"
        )
        cursor.execute(
            "UPDATE customers_customer SET orders_count = figures.orders, lifetime_minor = figures.spent,"
            " first_order_at = figures.first, last_order_at = figures.last"
            " FROM figures WHERE figures.customer_id = customers_customer.id"
        )
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")


def _values(name: str, filter_: Any) -> list[str]:
    """What a filter is asked for; nothing where there is nothing to choose."""
    import django_filters

    from tirage.backoffice.frame.filters import DayFilter, FlagFilter, MinorFilter

    if isinstance(filter_, DayFilter):
        return ["2024-05-01"]
    if isinstance(filter_, FlagFilter):
        return ["on"]
    if isinstance(filter_, MinorFilter):
        return ["500"]
    if name == "filter":
        return [ASKED]
    if isinstance(filter_, django_filters.ChoiceFilter):
        choices = [str(value) for value, _ in filter_.extra["choices"]]
        few = [*choices[:2], *(one for one in ("CA", "NY", "MT") if one in choices)]
        return choices if len(choices) < 7 else few
    return ["3"]


def questions(definition: RowList[Any]) -> Iterator[dict[str, str]]:
    """Each filter with a value, each search, each order both ways, a far page, and several filters at once."""
    from django.http import QueryDict

    yield {}
    yield {"page": "500"}
    yield {"page": "999999"}
    filters = definition.filters(QueryDict(""), definition.rows()).filters
    every: dict[str, str] = {}
    for name, filter_ in filters.items():
        if name == "q":
            for text in SEARCHES:
                yield {"q": text}
            continue
        values = _values(name, filter_)
        for value in values:
            yield {name: value}
        if values:
            every.setdefault(name, values[0])
    for column in definition.columns:
        if column.sort:
            yield {"sort": column.key}
            yield {"sort": f"-{column.key}"}
    names = list(every)
    for one, other in zip(names, names[1:] + names[:1], strict=True):
        yield {one: every[one], other: every[other]}


def sign_in() -> Client:
    """A browser in which an owner with a second factor is signed in."""
    from allauth.mfa.totp.internal.auth import TOTP
    from django.test import Client

    from tirage.staff.models import StaffMember

    member = StaffMember.objects.create_user("bench@example.com", name="Bench", role="owner")
    TOTP.activate(member, "JBSWY3DPEHPK3PXP")
    client = Client()
    client.force_login(member, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def ask(client: Client, path: str, question: dict[str, str]) -> tuple[float, int]:
    """Median milliseconds of the whole answer, and how many rows were counted."""
    times, count = [], 0
    for _ in range(TIMES):
        began = time.perf_counter()
        answer = client.get(path, question)
        times.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{path}?{urlencode(question)} answered {answer.status_code}")
        said = re.search(r'<strong class="figures">([\d,]+)</strong>', answer.content.decode())
        count = int(said[1].replace(",", "")) if said else 0
    return statistics.median(times), count


def measure(customers: int, orders: int, *, postgres: bool) -> dict[str, Any]:
    """Fills, asks everything, prints as it goes; answers the slowest of each list in milliseconds.

    SQLite is asked without having gathered statistics, as a winery's own file is.
    """
    with fresh_database(postgres=postgres):
        began = time.monotonic()
        fill(customers, orders)
        print(f"filled in {time.monotonic() - began:.0f} s", flush=True)
        return ask_all(sign_in())


def ask_all(client: Client) -> dict[str, Any]:
    """Every question of the long lists and the daily totals; answers the slowest of each in milliseconds."""
    from tirage.backoffice.customers.list import CUSTOMERS
    from tirage.backoffice.orders.list import ORDERS
    from tirage.backoffice.payments.list import PAYMENTS

    slowest: dict[str, Any] = {}
    lists = (("/winery/customers/", CUSTOMERS), ("/winery/orders/", ORDERS), ("/winery/payments/", PAYMENTS))
    for path, definition in lists:
        client.get(path)
        found = []
        for question in questions(definition):
            milliseconds, count = ask(client, path, question)
            found.append((milliseconds, urlencode(question) or "everything"))
            print(f"{definition.name:10} {milliseconds:7.1f} ms {count:8,} rows  {found[-1][1]}", flush=True)
        worst = max(found)
        slowest[definition.name] = {
            "questions": len(found),
            "median_ms": round(statistics.median(milliseconds for milliseconds, _ in found), 1),
            "slowest_ms": round(worst[0], 1),
            "slowest": worst[1],
        }
    sums = []
    for path, _ in lists:
        for question in ({}, {"state": "placed"}, {"q": "a"}):
            sums.append((ask(client, path, {**question, "totals": "1"})[0], f"{path}?{urlencode(question)}"))
            print(f"sums       {sums[-1][0]:7.1f} ms {sums[-1][1]}", flush=True)
    slowest["sums"] = {
        "questions": len(sums),
        "median_ms": round(statistics.median(milliseconds for milliseconds, _ in sums), 1),
        "slowest_ms": round(max(sums)[0], 1),
        "slowest": max(sums)[1],
        "most_ms": MOST_SUMS_MS,
    }
    months = [(ask(client, "/winery/payments/daily/", {"month": month})[0], month) for month in MONTHS]
    slowest["daily totals"] = {
        "questions": len(months),
        "median_ms": round(statistics.median(milliseconds for milliseconds, _ in months), 1),
        "slowest_ms": round(max(months)[0], 1),
        "slowest": max(months)[1],
    }
    return slowest


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--orders", type=int, default=200_000)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    slowest = measure(options.customers, options.orders, postgres=options.postgres)
    for name, figures in slowest.items():
        print(f"{name}: {figures['questions']} questions, median {figures['median_ms']} ms, "
              f"slowest {figures['slowest_ms']} ms ({figures['slowest']})")  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps(slowest), encoding="utf-8")
    return int(any(one["slowest_ms"] >= one.get("most_ms", MOST_MS) for one in slowest.values()))


if __name__ == "__main__":
    sys.exit(main())
