"""Reads of standing orders used by more than one caller."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from tirage.customers.models import Address, Customer
from tirage.payments.models import PaymentMethod
from tirage.payments.queries import saved_cards
from tirage.standing.models import StandingOrder
from tirage.standing.states import LIVE


def live_standing(customer: Customer) -> StandingOrder | None:
    """The customer's standing order that is active or paused."""
    standing = StandingOrder.objects.select_related("address", "card", "customer")
    return standing.filter(customer=customer, state__in=[state.value for state in LIVE]).first()


def ways_of(customer: Customer, now: datetime) -> tuple[list[Address], list[PaymentMethod]]:
    """Addresses and cards that a standing order may name, those to choose first in front; two statements."""
    addresses = Address.objects.filter(customer=customer, removed_at__isnull=True)
    cards = saved_cards(customer.pk, now).filter(gateway=settings.TIRAGE_GATEWAY)
    return list(addresses.order_by("-is_default", "-id")), [one for one in cards if not one.has_expired(now)]
