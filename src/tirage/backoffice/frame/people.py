"""Finding customers by what somebody types."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from tirage.customers.models import Customer
from tirage.customers.rules import fold

MOST_WORDS = 6


def people_matching(text: str, rows: QuerySet[Customer] | None = None) -> QuerySet[Customer]:
    """Customers with every word of ``text`` somewhere in name, e-mail or telephone, accents or not."""
    found = Customer.objects.all() if rows is None else rows
    for word in text.lower().split()[:MOST_WORDS]:
        folded = fold(word)
        here = Q(search_text__contains=word)
        found = found.filter(here if folded == word else here | Q(search_text__contains=folded))
    return found
