"""Places that wine is sent to, of whose tax the tables say nothing."""

from __future__ import annotations

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from tirage.delivery.models import Destination
from tirage.taxes.models import TaxRate


def untaxed_places(today: date) -> QuerySet[Destination]:
    """Open places without any rate that holds or will, not even one of nought: nobody looked their tax up."""
    said = TaxRate.objects.filter(
        Q(state="") | Q(state=OuterRef("state")),
        Q(last_day=None) | Q(last_day__gte=today),
        country=OuterRef("country"),
    )
    return Destination.objects.filter(~Exists(said), is_open=True)
