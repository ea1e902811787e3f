"""Whoever takes the consent back in the shop is unsubscribed at the service at once, whenever the list is synced."""

from __future__ import annotations

from datetime import datetime

from tirage.core.jobs import queue_job
from tirage.marketing.models import Subscriber
from tirage.marketing.services import current_service
from tirage.marketing.states import Standing

TASK = "tirage.marketing.tasks.leave_lists"


def queue_leaving(*, customer_id: int) -> None:
    """Reaction to a consent that was taken back: the worker tells the service, where the customer is on a list."""
    on_lists = Subscriber.objects.filter(customer=customer_id, state=Standing.SUBSCRIBED.value)
    if on_lists.exists() and current_service().is_connected:
        queue_job(TASK, customer_id)


def leave_lists(*, customer_id: int, now: datetime) -> int:
    """Tells the service that the customer wants no more mail, list by list; how many. No transaction may be open.

    Who agreed anew meanwhile stays. Raises what the service raises: the worker tries again, and the next run does too.
    """
    service, count = current_service(), 0
    rows = Subscriber.objects.filter(customer=customer_id, state=Standing.SUBSCRIBED.value)
    for row in list(rows.select_related("list", "customer").order_by("pk")):
        if row.customer is None or row.customer.marketing_consent_at is not None:
            continue
        service.unsubscribe(list_id=row.list.service_id, email=row.email)
        # As a run writes it down: what the service says of it later is no news.
        rows.filter(pk=row.pk).update(
            state=Standing.REMOVED.value,
            reason="Wants no more mail.",
            digest="",
            left_at=now,
            changed_at=now,
        )
        count += 1
    return count
