"""Where a customer has wine stored: asked where a way that goes into storage is chosen, and kept for next time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from tirage.core.actors import Actor
from tirage.core.texts import fitting
from tirage.customers.models import Customer
from tirage.customers.operations import update_customer

#: The fields, each with the longest that it takes.
_LONGEST = {"storage_warehouse": 80, "storage_account": 40}
#: Their controls, for what is refused.
STORAGE_CONTROLS = {
    "storage_warehouse": ("storage_warehouse", "Your warehouse"),
    "storage_account": ("storage_account", "Your account number there"),
}


def storage_typed(sent: Mapping[str, str]) -> dict[str, str | date | None]:
    """The account that wine goes into, where it was asked. Raises DomainError for what is longer than any is."""
    values: dict[str, str | date | None] = {name: sent[name].strip() for name in _LONGEST if name in sent}
    for name, most in _LONGEST.items():
        fitting(str(values.get(name, "")), most, name)
    return values


def keep_storage(
    customer: Customer, values: dict[str, str | date | None], actor: Actor, now: datetime
) -> None:
    """Keeps it with the customer, once something goes there; what stands already is no act."""
    if any(getattr(customer, name) != value for name, value in values.items()):
        update_customer(customer=customer, values=values, actor=actor, now=now)
