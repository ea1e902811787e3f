"""Addresses that not every carrier takes wine to, in address books of people who can be tried."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tirage.core.actors import Actor
from tirage.customers.models import Customer
from tirage.customers.operations import save_address
from tirage.demo.loader.named import NAMED

#: By key of the named: a post office box, a military post and a place in a territory.
SPECIAL: Mapping[str, Mapping[str, str]] = {
    "full": {"line1": "PO Box 4417", "city": "San Francisco", "state": "CA", "postal_code": "94110"},
    "ordered": {"line1": "PSC 3 Box 4120", "city": "APO", "state": "AE", "postal_code": "09021"},
    "later": {"line1": "151 Calle Fortaleza", "city": "San Juan", "state": "PR", "postal_code": "00901"},
}


def add_special_addresses(actor: Actor, now: datetime) -> None:
    """A second address each; where their orders go stays as it was."""
    for key, place in SPECIAL.items():
        customer = Customer.objects.get(email=NAMED[key].email)
        values = {"recipient": customer.name, **place}
        save_address(
            customer=customer,
            address_reference=None,
            values=values,
            make_default=False,
            actor=actor,
            now=now,
        )
