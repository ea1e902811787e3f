"""A customer of former years who asks to be erased, and has nothing open."""

from __future__ import annotations

from datetime import timedelta

from tirage.core.actors import Actor, ActorKind
from tirage.customers.models import Customer
from tirage.demo.loader.context import Load
from tirage.demo.loader.named import NAMED
from tirage.leaving.erasing.asking import ask_erasing
from tirage.leaving.erasing.obstacles import find_obstacles
from tirage.leaving.models import ErasureAsk

#: Of so many whose last order is the longest ago.
MOST_LOOKED_AT = 40


def ask_to_be_erased(load: Load) -> None:
    named = [one.email for one in NAMED.values()]
    buyers = Customer.objects.filter(orders_count__gte=1, status="active").exclude(email__in=named)
    for customer in buyers.order_by("last_order_at", "pk")[:MOST_LOOKED_AT]:
        if not find_obstacles(customer):
            actor = Actor(ActorKind.CUSTOMER, customer.pk, customer.name)
            ask = ask_erasing(customer=customer, actor=actor, now=load.now - timedelta(days=12))
            ErasureAsk.objects.filter(pk=ask.pk).update(reference=load.reference("ASK"))
            return
