"""That a customer has seen an offer: what reports and filters ask for."""

from __future__ import annotations

from datetime import datetime

from tirage.checkout import statements
from tirage.checkout.rules import OfferPage
from tirage.customers.models import Customer


def note_look(*, customer: Customer, page: OfferPage, now: datetime) -> None:
    """Keeps the first time that the customer saw the offer of ``page``; one statement."""
    if page.offer is not None:
        statements.note_look(customer.pk, page.offer.id, now)
