"""Somebody who can't wait: a plan of an offer that opens later, and a reminder of its opening."""

from __future__ import annotations

from datetime import datetime

from tirage.checkout.operations.opening import ask_for_reminder, can_be_reminded
from tirage.checkout.operations.planning import PlanWays, keep_plan
from tirage.checkout.queries import load_offer_page
from tirage.core.actors import Actor, ActorKind
from tirage.customers.models import Customer
from tirage.offers.rules import OfferStatus


def plan_ahead(email: str, now: datetime) -> None:
    """All that the customer may take, planned; nothing where their offer is open already."""
    customer = Customer.objects.get(email=email)
    page = load_offer_page(customer, now)
    if page.offer is None or page.status is not OfferStatus.NOT_YET or not page.offer.shown_early:
        return
    actor = Actor(ActorKind.CUSTOMER, customer.pk, customer.name)
    quantities = {item.offer_item_id: item.cap for item in page.items}
    keep_plan(customer=customer, quantities=quantities, ways=PlanWays(), actor=actor, now=now)
    if can_be_reminded(page.offer, now):
        ask_for_reminder(customer=customer, actor=actor, now=now)
