"""A customer's addresses that look like one, for the page on which a person says which spelling stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tirage.customers.models import Address, Customer
from tirage.customers.twins import Twins, find_twins, naming, takes

MERGED = "The two addresses are one. Orders that went to either are as they were."


def pairs_of(customer: Customer) -> list[tuple[Twins, Twins]]:
    """Each pair twice: as proposed, and the other way round; three statements at most."""
    own = list(customer.addresses.filter(removed_at__isnull=True))
    found = find_twins(own)
    named = naming([address.pk for pair in found for address in (pair.stays, pair.goes)]) if found else {}
    return [
        (
            replace(pair, named=named.get(pair.goes.pk, ())),
            Twins(pair.goes, pair.stays, takes(pair.goes, pair.stays), named.get(pair.stays.pk, ())),
        )
        for pair in found
    ]


def has_pairs(addresses: list[Address]) -> bool:
    return bool(find_twins(addresses))


def sent_pair(data: Mapping[str, str]) -> tuple[str, str]:
    """Which one stays and which one goes, out of the radio button that was chosen."""
    stays, _, goes = str(data.get("pair", ""))[:60].partition(" ")
    return stays, goes
