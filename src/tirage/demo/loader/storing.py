"""Wine that goes to customers' own warehouses, and one customer who has an account there."""

from __future__ import annotations

from datetime import date, datetime

from tirage.core.actors import Actor
from tirage.customers.models import Customer
from tirage.customers.operations import update_customer
from tirage.delivery.models import Destination, Method
from tirage.delivery.states import MethodKind


def store_elsewhere(customer_email: str, actor: Actor, now: datetime) -> None:
    """A transfer beside the estate's own cellar; taxed where the warehouses are, in California."""
    california = Destination.objects.get(country="US", state="CA")
    last = Method.objects.order_by("-position").values_list("position", flat=True).first() or 0
    Method.objects.create(
        name="To your wine storage",
        description="We transfer it to your account at a warehouse nearby",
        internal_description="Transfer sheet to the warehouse with the customer’s account number",
        kind=MethodKind.STORAGE.value,
        handover=california,
        position=last + 1,
    )
    customer = Customer.objects.filter(email=customer_email).first()
    if customer:
        account: dict[str, str | date | None] = {
            "storage_warehouse": "Valley Wine Vault",
            "storage_account": "V-2210",
        }
        update_customer(customer=customer, values=account, actor=actor, now=now)
