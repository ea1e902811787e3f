"""Reminders of an opening: a customer asks, the worker writes once, shortly before."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from tirage.checkout import statements
from tirage.checkout.models import OpeningReminder
from tirage.checkout.queries import page_of
from tirage.checkout.rules import OfferFacts
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_rows
from tirage.core.reactions import react
from tirage.customers.models import Customer
from tirage.offers.rules import OfferStatus

#: How long before an opening the mail leaves.
BEFORE = timedelta(minutes=30)
#: After an opening nobody has to be reminded of it any more.
AT_MOST_AFTER = timedelta(minutes=30)
#: Reminders that one transaction queues, and transactions that one turn of the schedule has.
STEP, STEPS = 200, 50


def can_be_reminded(offer: OfferFacts, now: datetime) -> bool:
    """Whether there is time for a mail: after that the page itself counts down."""
    return now < offer.opens_at - BEFORE


def ask_for_reminder(*, customer: Customer, actor: Actor, now: datetime) -> None:
    """Notes that the customer wants a mail before their next offer opens; asking twice is once.

    Records ``opening.asked``. Raises DomainError ``no_opening``, ``opens_soon``.
    """
    offer = _upcoming(customer, now)
    if not can_be_reminded(offer, now):
        raise DomainError("opens_soon", "It opens in a moment. Keep this page open; it goes on by itself.")
    _, made = OpeningReminder.objects.get_or_create(
        customer=customer, offer_id=offer.id, defaults={"asked_at": now}
    )
    if made:
        record_event(
            EventName.OPENING_ASKED,
            "customer",
            customer.pk,
            text=f"asked to be reminded when {offer.release_name} opens",
            customer_id=customer.pk,
            actor=actor,
            now=now,
        )


def drop_reminder(*, customer: Customer, actor: Actor, now: datetime) -> None:
    """No reminder after all. Harmless without one. Raises DomainError ``no_opening``."""
    offer = _upcoming(customer, now)
    OpeningReminder.objects.filter(customer=customer, offer_id=offer.id, queued_at=None).delete()


def is_reminded(customer: Customer, offer: OfferFacts) -> bool:
    """Whether the customer asked for it; one statement."""
    return OpeningReminder.objects.filter(customer=customer, offer_id=offer.id).exists()


def remind_of_openings(*, now: datetime) -> int:
    """Queues the mails that are due, each once; how many. Run by the schedule.

    An opening that is moved takes its reminders along. What couldn't be queued until half an hour after the opening is
    left alone: the winery's own mail has been there by then.
    """
    count = 0
    for _ in range(STEPS):
        queued = _queue_step(now)
        count += queued
        if queued < STEP:
            break
    return count


@transaction.atomic
def _queue_step(now: datetime) -> int:
    """Locks the reminders, so two workers queue none twice."""
    due = OpeningReminder.objects.filter(
        queued_at=None,
        offer__is_active=True,
        offer__opens_at__lte=now + BEFORE,
        offer__opens_at__gt=now - AT_MOST_AFTER,
        offer__closes_at__gt=now,
    )
    ids = list(due.order_by("pk").values_list("pk", flat=True)[:STEP])
    waiting = lock_rows(OpeningReminder.objects.filter(pk__in=ids, queued_at=None))
    OpeningReminder.objects.filter(pk__in=[one.pk for one in waiting]).update(queued_at=now)
    for one in waiting:
        react("opening.near", customer_id=one.customer_id, offer_id=one.offer_id, now=now)
    return len(waiting)


def _upcoming(customer: Customer, now: datetime) -> OfferFacts:
    row = statements.offer_of_customer(customer.pk, now)
    page = page_of(row, customer.pk, now) if row else None
    if page is None or page.offer is None or page.status is not OfferStatus.NOT_YET:
        raise DomainError("no_opening", "No offer of yours is about to open.")
    return page.offer
