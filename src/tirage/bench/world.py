"""Fills an empty database for release day and prints what the crowd needs to know. A process of its own.

    python -m tirage.bench.world CUSTOMERS PAST

*Hot*: one group, one offer of eight wines, everybody wants the same two. *Wide*: forty groups, each with eight wines
of its own. There is exactly as much of the wanted wine as the crowd will take, so an oversell can't hide.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from tirage.bench.load import WIDE_GROUPS, WINES_AN_OFFER
from tirage.cli.starting import start_django

#: What each customer of the year before has had sent; each has a cart right now, too.
PAST_ORDERS_EACH = 4


def main(customers: int, past: int) -> None:
    """Writes the world with so many customers of each scenario, and of the year before; prints it as JSON."""
    start_django()
    from tirage.core.clock import read_clock

    now = read_clock()
    _delivery()
    _past(past, now)
    crowd = {"hot": _crowd("hot", 1, customers, now), "wide": _crowd("wide", WIDE_GROUPS, customers, now)}
    print(json.dumps({"crowd": crowd, "password_ms": _password_ms()}))


def _delivery() -> None:
    from tirage.core.models import Winery
    from tirage.delivery.models import Destination, Method, Rate, RateTable, Zone
    from tirage.taxes.models import TaxRate, TaxSetup

    Winery.objects.create(id=1, name="Bench Estate", support_email="cellar@example.com")
    zone = Zone.objects.create(name="West")
    home = Destination.objects.create(country="US", state="CA", name="California", zone=zone, is_open=True)
    TaxSetup.objects.create(pk=1, revision="bench", state="CA")
    TaxRate.objects.create(country="US", state="CA", name="California", rate_ppm=72_500)
    for name, price in (("Ground", 2500), ("Two-day", 4800), ("Overnight", 9000)):
        method = Method.objects.create(name=name)
        table = RateTable.objects.create(method=method)
        Rate.objects.bulk_create(
            [
                Rate(table=table, zone=zone, up_to_milli=step * 1000, price_minor=price * step)
                for step in (3, 6, 12)
            ]
        )
    Method.objects.create(name="Pick up at the estate", kind="pickup", handover=home)


def _past(count: int, now: datetime) -> None:
    """A year that went before: customers, their shipped orders, and carts that others hold right now.

    A database without history would be planned for as if it were empty, which no winery's is.
    """
    from tirage.customers.models import Customer
    from tirage.orders.models import Order
    from tirage.orders.statements import recount_customer, recount_orders

    people = Customer.objects.bulk_create(
        [
            Customer(email=f"past{number}@example.com", last_name=f"Past {number}", signed_up_at=now)
            for number in range(count)
        ],
        batch_size=1000,
    )
    offer = _offer("past", now - timedelta(days=300))
    _past_orders(people, offer, now - timedelta(days=290))
    _present_carts(people, offer, now)
    recount_orders(0, 2**62)
    for customer_id in Order.objects.values_list("customer_id", flat=True).distinct():
        recount_customer(customer_id)


def _past_orders(people: list[Any], offer: dict[str, Any], at: datetime) -> None:
    from tirage.core.models import Event
    from tirage.offers.models import OfferItem
    from tirage.orders.models import Order, OrderChange, OrderLine
    from tirage.payments.models import Payment

    items = list(OfferItem.objects.filter(pk__in=offer["items"]).select_related("sku", "offer"))
    facts = {
        "release": items[0].offer.release,
        "offer": items[0].offer,
        "currency": "USD",
        "ship_state": "CA",
    }
    money = {"owed_minor": 48_000, "paid_minor": 48_000}
    orders = Order.objects.bulk_create(
        [
            Order(
                customer=people[n % len(people)],
                state="shipped",
                made_at=at,
                placed_at=at,
                shipped_at=at,
                **facts,
                **money,
            )
            for n in range(PAST_ORDERS_EACH * len(people))
        ],
        batch_size=500,
    )
    who = {"actor_label": "bench"}
    changes = OrderChange.objects.bulk_create(
        [
            OrderChange(order=one, number=1, kind="placing", at=at, difference_minor=48_000, **who)
            for one in orders
        ],
        batch_size=1000,
    )
    OrderLine.objects.bulk_create(
        [
            OrderLine(order=change.order, change=change, sku=item.sku, quantity=2, unit_price_minor=12_000)
            for n, change in enumerate(changes)
            for item in (items[n % 8], items[(n + 3) % 8])
        ],
        batch_size=1000,
    )
    paid = {
        "gateway": "test",
        "kind": "charge",
        "state": "settled",
        "currency": "USD",
        "amount_minor": 48_000,
    }
    Payment.objects.bulk_create(
        [
            Payment(order=one, idempotency_key=f"past-{one.pk}", made_at=at, settled_at=at, **paid, **who)
            for one in orders
        ],
        batch_size=1000,
    )
    Event.objects.bulk_create(
        [
            Event(
                at=at,
                actor_kind="system",
                name=name,
                subject_kind="order",
                subject_id=one.pk,
                **who,
            )
            for one in orders
            for name in ("order.placed", "order.shipped")
        ],
        batch_size=1000,
    )


def _present_carts(people: list[Any], offer: dict[str, Any], now: datetime) -> None:
    """A cart with two held wines for each of the past's customers, as at nine o'clock, for an hour."""
    from tirage.checkout.models import Cart, CartLine
    from tirage.inventory.models import Hold, Movement, Stock
    from tirage.offers.models import OfferItem

    items = list(OfferItem.objects.filter(pk__in=offer["items"]).select_related("offer"))
    stocks = []
    for item in items:
        held = 2 * len(people) // len(items)
        stocks.append(Stock.objects.create(sku_id=item.sku_id, on_hand=held, held=0))
        Movement.objects.create(
            stock=stocks[-1], at=now, quantity=held, reason="opening", actor_label="bench"
        )
    until = now + timedelta(hours=1)
    carts = Cart.objects.bulk_create(
        [
            Cart(customer=one, release=items[0].offer.release, expires_at=until, changed_at=now)
            for one in people
        ],
        batch_size=1000,
    )
    pairs = [(cart, index) for n, cart in enumerate(carts) for index in (n % 8, (n + 4) % 8)]
    CartLine.objects.bulk_create(
        [CartLine(cart=cart, offer_item=items[index], quantity=1) for cart, index in pairs], batch_size=1000
    )
    Hold.objects.bulk_create(
        [Hold(stock=stocks[i], holder=cart.reference, quantity=1, expires_at=until) for cart, i in pairs],
        batch_size=1000,
    )
    for index, stock in enumerate(stocks):
        Stock.objects.filter(pk=stock.pk).update(held=sum(1 for _, i in pairs if i == index))


def _crowd(name: str, groups: int, count: int, now: datetime) -> list[dict[str, Any]]:
    """Customers of one scenario, each with a link that signs in and the two wines to take."""
    chance = random.Random(f"{name} {count}")  # noqa: S311  # the same choices each time, no secret
    offers = [_offer(f"{name} {number}", now) for number in range(groups)]
    people = _people(name, count, [offer["group"] for offer in offers], now)
    wanted = []
    for number in range(count):
        items = offers[number % groups]["items"]
        wanted.append(items[:2] if groups == 1 else sorted(chance.sample(items, 2)))
    _stock_exactly(wanted)
    return [{"link": link, "items": items} for link, items in zip(_links(people, now), wanted, strict=True)]


def _offer(name: str, now: datetime) -> dict[str, Any]:
    from tirage.catalog.models import Sku, Vintage, Wine
    from tirage.customers.models import Group
    from tirage.offers.models import Offer, OfferItem, Release

    group = Group.objects.create(name=name, kind="allocation", discount_bp=500)
    release, _ = Release.objects.get_or_create(
        name=f"Release {name.split(maxsplit=1)[0]}", defaults={"made_at": now}
    )
    offer = Offer.objects.create(
        release=release,
        group=group,
        is_active=True,
        opens_at=now - timedelta(hours=1),
        closes_at=now + timedelta(days=1),
        title="Your allocation",
        message="The new vintage is here. Take what you like; what you leave goes to those who wait.",
        bottles_minimum=2,
    )
    items = []
    for position in range(WINES_AN_OFFER):
        wine = Wine.objects.create(
            name=f"{name} wine {position}", variety="Cabernet", appellation="Napa Valley"
        )
        vintage = Vintage.objects.create(
            wine=wine, year=2023, note="Dark fruit, cedar, and a long dry finish. " * 3
        )
        sku = Sku.objects.create(
            code=f"{name}-{position}".replace(" ", "-").upper(),
            vintage=vintage,
            name=str(vintage),
            price_minor=12_000,
        )
        items.append(
            OfferItem.objects.create(
                offer=offer, sku=sku, position=position, purchase_maximum=3, wish_maximum=3
            )
        )
    return {"group": group, "items": [item.pk for item in items]}


def _people(name: str, count: int, groups: list[Any], now: datetime) -> list[Any]:
    from tirage.customers.models import Address, Customer, Membership
    from tirage.payments.gateways import current_gateway
    from tirage.payments.models import PaymentMethod

    people = Customer.objects.bulk_create(
        [
            Customer(
                email=f"{name}{number}@example.com",
                first_name="Ada",
                last_name=f"Number {number}",
                adult_confirmed_at=now,
                signed_up_at=now,
                search_text=f"ada number {number} {name}{number}@example.com",
            )
            for number in range(count)
        ],
        batch_size=1000,
    )
    Membership.objects.bulk_create(
        [
            Membership(customer=person, group=groups[number % len(groups)], kind="allocation", since=now)
            for number, person in enumerate(people)
        ],
        batch_size=1000,
    )
    Address.objects.bulk_create(
        [
            Address(
                customer=person,
                recipient=person.name,
                line1=f"{number} Vine Street",
                city="Napa",
                state="CA",
                postal_code="94558",
                is_default=True,
            )
            for number, person in enumerate(people)
        ],
        batch_size=1000,
    )
    gateway, cards = current_gateway(), []
    details = {
        "card_number": "4242424242424242",
        "card_expiry": f"12 / {(now.year + 3) % 100}",
        "card_cvc": "123",
    }
    for person in people:
        card = gateway.save_card(
            customer_reference=person.reference,
            details={**details, "card_name": person.name},
            idempotency_key=f"bench-{person.reference}",
        )
        cards.append(
            PaymentMethod(
                customer=person,
                gateway=gateway.key,
                token=card.token,
                brand=card.brand,
                last4=card.last4,
                exp_month=card.exp_month,
                exp_year=card.exp_year,
                is_default=True,
                saved_at=now,
            )
        )
    PaymentMethod.objects.bulk_create(cards, batch_size=1000)
    return list(people)


def _stock_exactly(wanted: list[list[int]]) -> None:
    """As many bottles of each wine as will be asked for, and a few of those nobody asks for."""
    from tirage.catalog.models import Sku
    from tirage.core.clock import read_clock
    from tirage.inventory.models import Movement, Stock

    demand = Counter(item for items in wanted for item in items)
    now = read_clock()
    for sku_id, item_id in Sku.objects.filter(stock__isnull=True).values_list("pk", "offer_items__pk"):
        bottles = demand[item_id] or 12
        stock = Stock.objects.create(sku_id=sku_id, on_hand=bottles)
        Movement.objects.create(stock=stock, at=now, quantity=bottles, reason="opening", actor_label="bench")


def _links(people: list[Any], now: datetime) -> list[str]:
    from tirage.customers.sign_in import make_campaign_link

    return [urlsplit(make_campaign_link(person, "/offer/", now=now)).path for person in people]


def _password_ms() -> float:
    """Processor milliseconds of one password check: of the quickest, without what a busy machine adds."""
    from django.contrib.auth.hashers import check_password, make_password

    encoded = make_password("a long and quiet sentence")
    costs = []
    for _ in range(10):
        began = time.thread_time()
        check_password("a long and quiet sentence", encoded)
        costs.append(time.thread_time() - began)
    return round(min(costs) * 1000, 1)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
