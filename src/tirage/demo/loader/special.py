"""Addresses in books of people who can be tried: those that not every carrier takes wine to, and one written twice."""

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


def spell_one_twice(actor: Actor, now: datetime) -> None:
    """A home as the tasting room wrote it down once more: the two look the same, and can be made one."""
    customer = Customer.objects.get(email=NAMED["full"].email)
    home = customer.addresses.get(is_default=True, removed_at__isnull=True)
    names = ("line2", "city", "state", "country")
    spelled = {
        "recipient": f"{customer.first_name} M. {customer.last_name}",
        "line1": home.line1.upper(),
        "postal_code": f"{home.postal_code[:5]}-2417",
    }
    save_address(
        customer=customer,
        address_reference=None,
        values={name: getattr(home, name) for name in names} | spelled,
        make_default=False,
        actor=actor,
        now=now,
    )
