"""Customers who want to be told when bottles that others hold come back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from tirage.checkout import statements
from tirage.checkout.models import RestockRequest
from tirage.checkout.queries import page_of
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.reactions import react
from tirage.core.turns import take_turns
from tirage.customers.models import Customer
from tirage.offers.models import Offer
from tirage.offers.rules import OfferStatus

#: Requests that one run tries; the others have their turn in the next.
TRIES = 500


def ask_to_be_told(*, customer: Customer, sku_id: int, actor: Actor, now: datetime) -> None:
    """Notes that the customer wants a mail when bottles held by others come back; asking twice is once.

    It ends when it is answered, when the customer gets the bottles otherwise, and with its release.
    Raises DomainError ``not_offered`` for a wine outside the customer's offer.
    """
    row = statements.offer_of_customer(customer.pk, now)
    page = page_of(row, customer.pk, now) if row else None
    item = next((item for item in page.items if item.sku_id == sku_id), None) if page else None
    if page is None or page.offer is None or item is None:
        raise DomainError("not_offered", "This wine is not in your offer.")
    _, made = RestockRequest.objects.get_or_create(
        customer=customer,
        release_id=page.offer.release_id,
        sku_id=sku_id,
        told_at=None,
        defaults={"asked_at": now},
    )
    if made:
        record_event(
            EventName.RESTOCK_ASKED,
            "customer",
            customer.pk,
            text=f"asked to be told when {item.full_name} comes back",
            customer_id=customer.pk,
            actor=actor,
            now=now,
        )


def end_requests(sku_ids: Collection[int], *, customer_id: int, release_id: int) -> None:
    """The customer has got what was asked for: nobody has to be told of it any more."""
    waiting = RestockRequest.objects.filter(told_at__isnull=True, sku_id__in=sku_ids)
    waiting.filter(customer_id=customer_id, release_id=release_id).delete()


def tell_restocked(*, now: datetime) -> int:
    """Tells those who asked that bottles have come back, once each and while their offer is open; how many mails.

    Requests end with their release: those of one whose offers have all closed are forgotten.
    """
    going_on = Offer.objects.filter(closes_at__gt=now).values("release")
    RestockRequest.objects.filter(told_at__isnull=True).exclude(release__in=going_on).delete()
    tried = statements.requests_to_try(now, TRIES)
    RestockRequest.objects.filter(pk__in=[one["id"] for one in tried]).update(looked_at=now)
    waiting: dict[int, list[dict[str, Any]]] = {}
    for request in tried:
        waiting.setdefault(request["customer_id"], []).append(request)
    return sum(take_turns(partial(_tell, customer, requests, now) for customer, requests in waiting.items()))


def _tell(customer_id: int, requests: Sequence[dict[str, Any]], now: datetime) -> int:
    row = statements.offer_of_customer(customer_id, now)
    page = page_of(row, customer_id, now) if row else None
    if page is None or page.offer is None or page.status is not OfferStatus.OPEN:
        return 0
    back = {item.sku_id for item in page.items if item.takes_more}
    ready = [one for one in requests if one["sku_id"] in back and one["release_id"] == page.offer.release_id]
    with transaction.atomic():
        ids = [one["id"] for one in ready]
        told = RestockRequest.objects.filter(pk__in=ids, told_at__isnull=True).update(told_at=now)
        if told:
            react("bottles.back", customer_id=customer_id, sku_ids=[one["sku_id"] for one in ready], now=now)
    return min(told, 1)
