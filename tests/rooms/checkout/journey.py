"""The shortest ways through a checkout, for tests that are about something else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.world import World
from tirage.checkout.operations import Placing, place_order, set_cart
from tirage.checkout.queries import load_offer_page, load_set_aside, quote_checkout
from tirage.checkout.rules import ItemView, OfferPage
from tirage.core.actors import Actor, ActorKind
from tirage.customers.models import Customer


def customer_actor(customer: Customer) -> Actor:
    return Actor(ActorKind.CUSTOMER, customer.pk, customer.name)


def item_of(page: OfferPage, code: str) -> ItemView:
    return next(item for item in page.items if item.code == code)


def hold(customer: Customer, wanted: dict[str, int], now: datetime) -> Any:
    """Puts so many pieces of each sku code into the cart."""
    page = load_offer_page(customer, now)
    quantities = {item_of(page, code).offer_item_id: quantity for code, quantity in wanted.items()}
    return set_cart(customer=customer, quantities=quantities, actor=customer_actor(customer), now=now)


def checkout_arguments(world: World, customer: Customer, now: datetime, **changes: Any) -> dict[str, Any]:
    """What the checkout form of Ana or Ben sends: home address, ground, saved card, the total they see.

    With ``set_aside`` that of bottles set aside.
    """
    address = {world.ana.pk: world.ana_home, world.ben.pk: world.ben_home}[customer.pk]
    card = {world.ana.pk: world.ana_card, world.ben.pk: world.ben_card}[customer.pk]
    aside = changes.get("set_aside")
    page = load_set_aside(customer, aside, now) if aside else load_offer_page(customer, now)
    assert page.cart is not None
    method = changes.get("method_reference", world.ground.reference)
    quote = quote_checkout(
        page,
        country=address.country,
        state=address.state,
        method_reference=method,
        city=address.city,
        postal_code=address.postal_code,
        customer_id=customer.pk,
    )
    return {
        "customer": customer,
        "attempt": page.cart.attempt,
        "address_reference": address.reference,
        "method_reference": method,
        "card_reference": card.reference,
        "expected_total_minor": quote.total.minor,
        "adult_confirmed": True,
        "actor": customer_actor(customer),
        "now": now,
        **changes,
    }


def buy(world: World, customer: Customer, wanted: dict[str, int], now: datetime, **changes: Any) -> Placing:
    """Holds and checks out in one go."""
    hold(customer, wanted, now)
    return place_order(**checkout_arguments(world, customer, now, **changes))
