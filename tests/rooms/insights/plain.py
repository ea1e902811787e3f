"""Figures once more, as a child would add them up: everything read into memory, loops, no SQL. Tests compare."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from tests.rooms.segments.plain import Books, offered_and_taken, opened_at
from tirage.core.winery import local_time
from tirage.customers.models import Customer, Membership
from tirage.insights.models import Placement
from tirage.insights.rules.areas import Sums
from tirage.insights.rules.periods import Period
from tirage.insights.rules.spending import assumed_spending
from tirage.orders.models import Order, OrderCharge, OrderLine
from tirage.payments.models import Payment
from tirage.wishes.models import Wish

STANDING = ("placed", "shipped")


def day_of(order: Order) -> date:
    assert order.placed_at is not None
    return local_time(order.placed_at).date()


def wine_of(order: Order) -> int:
    """From the ledger, not from the order's own figures."""
    lines = OrderLine.objects.filter(order=order)
    off = OrderCharge.objects.filter(order=order, kind="discount")
    return sum(one.quantity * one.unit_price_minor for one in lines) + sum(one.amount_minor for one in off)


def bottles_of(order: Order) -> int:
    return sum(one.quantity * one.sku.units for one in OrderLine.objects.filter(order=order))


def given_back(order: Order) -> int:
    settled = Payment.objects.filter(order=order, kind="refund", state="settled")
    return sum(one.amount_minor for one in settled)


def delivery_of(order: Order) -> int:
    return sum(one.amount_minor for one in OrderCharge.objects.filter(order=order, kind="shipping"))


def daily_sales() -> dict[tuple[Any, ...], tuple[int, ...]]:
    """By day, country, state, ZIP, group and channel: orders, bottles, gross, refunded, net, shipping."""
    found: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * 6)
    places = {one.customer_id: one for one in Placement.objects.all()}
    for order in Order.objects.filter(state__in=[*STANDING, "cancelled"]):
        place = places.get(order.customer_id)
        spot = (place.country, place.state, place.zip_code) if place else ("", "", "")
        stands = order.state in STANDING
        back = given_back(order)
        row = found[(day_of(order), *spot, order.group_id, order.channel)]
        figures = (
            int(stands),
            bottles_of(order) if stands else 0,
            order.paid_minor + back,
            back,
            wine_of(order) if stands else 0,
            delivery_of(order) if stands else 0,
        )
        for number, figure in enumerate(figures):
            row[number] += figure
    return {key: tuple(row) for key, row in found.items()}


def sums_of(customers: set[int], period: Period, compared: Period, books: Books) -> Sums:
    """What these customers come to; ``customers`` are those who fit, and of those who count are looked for."""
    placed = list(Placement.objects.filter(customer__in=customers).exclude(coverage="excluded"))
    tests = set(Membership.objects.filter(group__is_test=True).values_list("customer_id", flat=True))
    placed = [one for one in placed if one.customer_id not in tests]
    ids = {one.customer_id for one in placed}
    orders = [
        one
        for one in Order.objects.select_related("group").filter(customer__in=ids)
        if one.placed_at and not (one.group and one.group.is_test)
    ]
    now = [one for one in orders if one.state in STANDING and day_of(one) in period]
    before = [one for one in orders if one.state in STANDING and day_of(one) in compared]
    money = [one for one in orders if one.state in (*STANDING, "cancelled") and day_of(one) in period]
    bought, bought_before = {one.customer_id for one in now}, {one.customer_id for one in before}
    first = {
        one.pk
        for one in Customer.objects.filter(pk__in=ids, first_order_at__isnull=False)
        if local_time(one.first_order_at).date() in period  # type: ignore[arg-type]
    }
    wishes = [
        one
        for one in Wish.objects.exclude(state="withdrawn").filter(customer__in=ids)
        if local_time(one.made_at).date() in period and not one.offer_item.offer.group.is_test
    ]
    homes = {_home(one) for one in placed}
    by_spot: dict[Any, int] = defaultdict(int)
    for _, spot in {_home(one) for one in placed if one.customer_id in bought}:
        by_spot[spot] += 1
    releases = [pk for pk, at in opened_at(books).items() if local_time(at).date() in period]
    chances = [offered_and_taken(books, one, releases) for one in books.people if one.pk in ids]
    return Sums(
        offered=sum(offered for offered, _ in chances),
        taken=sum(taken for offered, taken in chances if offered > 0),
        customers=len(ids),
        households=len(homes),
        active=len(bought),
        active_before=len(bought_before),
        new=len(first & bought),
        lapsed=len(bought_before - bought),
        retained=len(bought_before & bought),
        sales_minor=sum(map(wine_of, now)),
        sales_before_minor=sum(map(wine_of, before)),
        orders=len(now),
        orders_before=len(before),
        bottles=sum(map(bottles_of, now)),
        bottles_before=sum(map(bottles_of, before)),
        gross_minor=sum(one.paid_minor + given_back(one) for one in money),
        refunded_minor=sum(map(given_back, money)),
        shipping_minor=sum(delivery_of(one) for one in money if one.state in STANDING),
        wished=sum(one.asked * one.offer_item.sku.units for one in wishes),
        unmet=sum((one.asked - one.granted) * one.offer_item.sku.units for one in wishes),
        spending_minor=sum(assumed_spending(spot[2], count, period.days) for spot, count in by_spot.items()),
    )


def _home(place: Placement) -> tuple[Any, tuple[Any, ...]]:
    """A household, or somebody by themselves, and the spot that it is counted at."""
    spot = (place.country, place.state, place.zip_code, place.latitude, place.longitude)
    return place.household or place.customer_id, spot
