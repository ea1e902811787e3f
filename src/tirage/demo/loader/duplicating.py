"""Somebody who is on the list twice: a good customer who signed up anew in the tasting room."""

from __future__ import annotations

from datetime import timedelta

from tirage.core.actors import Actor
from tirage.customers.models import Customer
from tirage.customers.operations import create_customer, save_address
from tirage.demo.loader.context import Load
from tirage.demo.loader.named import NAMED

_TEXTS = ("recipient", "line1", "line2", "city", "state", "postal_code", "country")


def leave_duplicate(load: Load, actor: Actor) -> None:
    """A second account with another spelling of the mailbox and the same address, without orders."""
    named = [one.email for one in NAMED.values()]
    buyers = Customer.objects.filter(orders_count__gte=2, status="active").exclude(email__in=named)
    first = buyers.exclude(phone="").order_by("pk").first()
    home = first.addresses.filter(is_default=True, removed_at__isnull=True).first() if first else None
    if first is None or home is None:
        return
    mailbox, _, domain = first.email.partition("@")
    at = load.now - timedelta(days=20)
    second = create_customer(
        email=f"{mailbox}+tasting@{domain}",
        first_name=first.first_name,
        last_name=first.last_name,
        phone=first.phone,
        source="Tasting room",
        note="Came with friends for the spring tasting.",
        join_default_group=False,
        actor=actor,
        now=at,
    )
    # As everybody's in the demo: the same in every load of a moment.
    Customer.objects.filter(pk=second.pk).update(reference=load.reference("CUS"))
    save_address(
        customer=second,
        address_reference=None,
        values={name: getattr(home, name) for name in _TEXTS},
        make_default=True,
        actor=actor,
        now=at,
    )
