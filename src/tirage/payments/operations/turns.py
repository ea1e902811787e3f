"""Whose turn it is to be asked about, among payments that may stay as they are for long."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, QuerySet

from tirage.payments.models import Payment


def next_in_turn(payments: QuerySet[Payment], most: int, now: datetime) -> list[Payment]:
    """Those that wait longest to be asked about, new ones first; noted before, so that none comes up each time."""
    found = list(payments.order_by(F("asked_at").asc(nulls_first=True), "made_at", "id")[:most])
    Payment.objects.filter(pk__in=[payment.pk for payment in found]).update(asked_at=now)
    return found
